"""Traces as JSON, for programs."""

import json
from unittest import mock

from django.contrib.auth.models import User
from django.test import TestCase, override_settings
from django.urls import reverse

from signal_inspector.models import StoredTrace
from signal_inspector.requests import finding, store, summary
from signal_inspector.tests.exporting.test_formats import hostile
from signal_inspector.tests.support import (
    KEY,
    POST_SAVE,
    Site,
    an_attempt,
    leaving,
    make_trace,
    no_table,
    node,
    sample,
    save,
    save_work,
    site,
)
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.traces.trace import Trace

LIST = "/signals/traces.json"


@override_settings(DEBUG=True)
@site
class JsonTests(Site, TestCase):
    def ask(self, path=LIST, data=None, status=200):
        response = self.client.get(path, data)
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        return response.json()

    def test_the_list_in_one_statement(self):
        before = save(path="/before/")
        stored = save(before=before.pk)
        with self.assertNumQueries(1):
            data = self.ask()
        self.assertEqual((data["version"], data["kept"], data["silent"]), (1, 200, 0))
        self.assertEqual([each["path"] for each in data["traces"]], ["/register/", "/before/"])
        self.assertEqual(
            data["traces"][0],
            {
                "id": stored.pk,
                "method": "POST",
                "path": "/register/",
                "status": 302,
                "duration": 0.1,
                "signals": 2,
                "receivers": 3,
                "queries": 3,
                "errors": 1,
                "slowest": 0.05,
                "before": before.pk,
                "part_of": "",
                "attempt": None,
                "stored_at": stored.stored_at.isoformat(),
                "page": stored.get_absolute_url(),
                "json": f"/signals/traces/{stored.pk}.json",
                "user": "",
                "fired": summary.fired(sample()),
            },
        )

    def test_the_filters_are_those_of_the_page(self):
        save(make_trace(node(SIGNAL, "sample_shop.signals.paid")), path="/paid/")
        save(path="/failed/")
        save(make_trace(), path="/silent/")

        def paths(**query):
            return [each["path"] for each in self.ask(data=query)["traces"]]

        self.assertEqual(paths(), ["/failed/", "/paid/"])
        self.assertEqual(paths(quiet=1), ["/silent/", "/failed/", "/paid/"])
        self.assertEqual(paths(signal=POST_SAVE), ["/failed/"])
        self.assertEqual(paths(app="sample_shop"), ["/failed/"])
        self.assertEqual(paths(errors=1), ["/failed/"])
        self.assertEqual(paths(signal="nobody.sends_it"), [])
        data = self.ask(data={"errors": "1", "signal": POST_SAVE})
        asked = {"signal": POST_SAVE, "app": "", "slow": False, "errors": True, "quiet": False}
        self.assertEqual(data["filters"], asked)
        self.assertEqual(self.ask()["silent"], 1)
        for query in ({"signal": POST_SAVE}, {"app": "sample_shop"}, {"slow": 1}, {"errors": 1}, {"quiet": 1}):
            page = self.client.get(reverse("signal_inspector:traces"), query)
            self.assertEqual([row.path for row in page.context["rows"]], paths(**query))

    def test_a_trace_is_whole_and_in_one_statement(self):
        stored = save()
        with self.assertNumQueries(1):
            data = self.ask(f"/signals/traces/{stored.pk}.json")
        self.assertEqual((data["version"], data["request"]), (1, "POST /register/, answered 302"))
        self.assertEqual(Trace.from_data(data["trace"]).as_text(), sample().as_text())
        [listed] = self.ask()["traces"]
        self.assertEqual({key: data[key] for key in listed}, listed)

    def test_an_attempt_at_work_is_told_with_the_request_that_left_it(self):
        whole = save(leaving())
        work = save_work(an_attempt(error="SMTPException", outcome="given up"), whole)
        with self.assertNumQueries(1):
            listed, request = self.ask()["traces"]
        self.assertEqual((listed["id"], listed["part_of"], listed["method"]), (work.pk, whole.pk, "WORK"))
        self.assertEqual(
            listed["attempt"],
            {
                "key": KEY,
                "number": 1,
                "process": "worker 7 on web-2",
                "waited": 0.25,
                "started": "2026-11-29T12:01:00+00:00",
                "duration": 0.1,
                "outcome": "given up",
                "error": "SMTPException",
                "next_at": None,
                "trace": work.pk,
            },
        )
        self.assertEqual((request["part_of"], request["attempt"]), ("", None))
        data = self.ask(f"/signals/traces/{work.pk}.json")
        self.assertEqual({key: data[key] for key in listed}, listed)
        self.assertIn(f"for POST /register/ ({whole.pk}), attempt 1", data["request"])

    def test_what_a_request_left_for_later_is_told_with_its_attempts(self):
        trace = leaving(KEY, "another")
        trace.attempts.append(an_attempt(node=trace.roots[0].children[0], outcome="again", error="KeyError"))
        whole = save(trace)
        work = save_work(an_attempt(2), whole)
        with self.assertNumQueries(2):
            done, waiting = self.ask(f"/signals/traces/{whole.pk}.json")["work"]
        self.assertEqual((done["receiver"], done["is_open"]), ("shop.signals.send_receipt", False))
        self.assertEqual([each["outcome"] for each in done["attempts"]], ["again", "done"])
        self.assertEqual(
            [[each[name] for name in ("trace", "page", "json")] for each in done["attempts"]],
            [["", "", ""], [work.pk, work.get_absolute_url(), f"/signals/traces/{work.pk}.json"]],
        )
        self.assertEqual(
            waiting,
            {
                "key": "another",
                "receiver": "shop.signals.send_receipt",
                "is_open": True,
                "next_at": None,
                "attempts": [],
            },
        )

    def test_who_asked_is_told_by_model_and_key(self):
        stored = save(user="auth.User:7")
        self.assertEqual(self.ask()["traces"][0]["user"], "auth.User:7")
        self.assertEqual(self.ask(f"/signals/traces/{stored.pk}.json")["user"], "auth.User:7")

    def test_the_commands_read_it(self):
        stored = save()
        data = self.ask(f"/signals/traces/{stored.pk}.json")
        with mock.patch("pathlib.Path.read_text", return_value=json.dumps(data)):
            headline, trace = finding.stored_or_file("saved.json")
        self.assertEqual((headline, trace.as_text()), ("POST /register/, answered 302", sample().as_text()))

    def test_a_trace_of_version_1_is_told_in_the_version_of_today(self):
        stored = save()
        old = {key: value for key, value in sample().as_data().items() if key not in ("texts", "places", "moments")}
        StoredTrace.objects.update(data=json.dumps({**old, "version": 1}))
        self.assertEqual(self.ask(f"/signals/traces/{stored.pk}.json")["trace"]["version"], 2)

    def test_odd_names_are_json(self):
        stored = save(hostile())
        response = self.client.get(f"/signals/traces/{stored.pk}.json")
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(Trace.from_data(response.json()["trace"]).as_text(), hostile().as_text())

    def test_errors_are_json_too(self):
        stored = save()
        with self.assertLogs("django.request"):
            self.assertIn("no such trace", self.ask(f"/signals/traces/{'0' * 31}f.json", status=404)["error"])
            StoredTrace.objects.update(data='{"version": 99}')
            self.assertIn("another version", self.ask(f"/signals/traces/{stored.pk}.json", status=404)["error"])

    def test_nothing_is_stored_where_there_is_no_table(self):
        with no_table(), self.assertLogs("django.request"):
            self.assertIn("migrated", self.ask(status=503)["error"])

    def test_it_is_only_read_and_never_cached(self):
        with self.assertLogs("django.request"):
            self.assertEqual(self.client.post(LIST).status_code, 405)
        self.assertIn("no-store", self.client.get(LIST).headers["Cache-Control"])

    def test_no_more_are_listed_than_are_kept(self):
        for _ in range(3):
            save()
        with override_settings(SIGNAL_INSPECTOR_KEEP=2):
            store.prune()
            data = self.ask()
        self.assertEqual((data["kept"], len(data["traces"])), (2, 2))


@site
class AccessTests(Site, TestCase):
    """Those who may see the pages; a program is told so, and not sent to a form."""

    def test_strangers_and_customers_are_refused_and_staff_is_not(self):
        paths = (LIST, f"/signals/traces/{save().pk}.json")
        customer = User.objects.create_user("customer")
        staff = User.objects.create_user("staff", is_staff=True)
        for user, status in ((None, 403), (customer, 403), (staff, 200)):
            if user:
                self.client.force_login(user)
            for path in paths:
                with self.subTest(user=user, path=path):
                    if status == 403:
                        with self.assertLogs("django.request"):
                            response = self.client.get(path)
                        self.assertEqual(list(response.json()), ["error"])
                    else:
                        response = self.client.get(path)
                    self.assertEqual(response.status_code, status)
