import re
from datetime import timedelta
from html import unescape
from unittest import mock

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from signal_inspector.connected import lookup
from signal_inspector.context_processors import inspector
from signal_inspector.models import StoredTrace
from signal_inspector.requests import store, strip
from signal_inspector.tests.support import POST_SAVE, SAVEPOINT, Site, listen, make_trace, no_table, node, save, site
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.urls import urlpatterns

HOSTILE = "</title><script>alert('&\"</script><img src=x onerror=alert(1)>"


@site
@override_settings(DEBUG=True)
class NoTableTests(TestCase):
    """Somebody forgot to migrate."""

    def test_it_is_said(self):
        for name in ("traces", "new_traces", "graph"):
            with no_table(), transaction.atomic():
                with self.assertLogs("django.request"):
                    response = self.client.get(reverse(f"signal_inspector:{name}"))
                transaction.set_rollback(True)
            self.assertContains(response, "migrate signal_inspector", status_code=503)


@site
class AccessTests(TestCase):
    """Staff only, everybody while DEBUG."""

    def setUp(self):
        pk = save().pk
        values = {"pk": pk, "number": 1, "format": "svg"}
        self.paths = [
            reverse(
                f"signal_inspector:{each.name}",
                kwargs={name: value for name, value in values.items() if f"<{name}>" in str(each.pattern)},
            )
            for each in urlpatterns
        ]
        place = self.paths.index("/signals/receiver/")
        self.paths[place] += "?name=django.contrib.auth.models.update_last_login"

    def statuses(self):
        return {self.client.get(path).status_code for path in self.paths}

    def test_a_stranger_is_sent_to_the_login(self):
        for path in self.paths:
            if path.endswith(".json"):  # a program has no use for a form
                with self.assertLogs("django.request"):
                    self.assertEqual(self.client.get(path).status_code, 403)
                continue
            self.assertRedirects(
                self.client.get(path + "?a=b&c" if "?" not in path else path),
                "/login/?next="
                + (path.replace("?", "%3F").replace("=", "%3D") if "?" in path else f"{path}%3Fa%3Db%26c"),
                fetch_redirect_response=False,
            )

    def test_users_are_refused_and_staff_are_not(self):
        self.client.force_login(User.objects.create_user("user"))
        with self.assertLogs("django.request"):
            self.assertEqual(self.statuses(), {403})
        self.client.force_login(User.objects.create_user("staff", is_staff=True))
        self.assertEqual(self.statuses(), {200})

    def test_staff_who_left_are_strangers(self):
        self.client.force_login(User.objects.create_user("gone", is_staff=True, is_active=False))
        with self.assertLogs("django.request"):
            self.assertEqual(self.statuses(), {302, 403})

    @override_settings(DEBUG=True)
    def test_everybody_while_debug(self):
        self.assertEqual(self.statuses(), {200})

    @override_settings(DEBUG=True)
    def test_nothing_is_cached_and_nothing_can_be_posted_but_to_the_bench(self):
        for path in self.paths:
            self.assertIn("no-store", self.client.get(path).headers["Cache-Control"])
            if path == reverse("signal_inspector:try"):
                continue
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.post(path).status_code, 405)


@override_settings(DEBUG=True)
@site
class ListTests(Site, TestCase):
    def test_newest_first_in_one_statement(self):
        save(path="/first/")
        save(path="/second/")
        with self.assertNumQueries(1):
            response = self.client.get("/signals/traces/")
        self.assertEqual([row.path for row in response.context["rows"]], ["/second/", "/first/"])
        self.assertContains(response, "POST /first/")

    def test_filters(self):
        save(make_trace(), path="/empty/")
        save(path="/full/")
        for query in (f"signal={POST_SAVE}", "app=sample_shop", "slow=1", "errors=1"):
            response = self.client.get(f"/signals/traces/?{query}")
            self.assertContains(response, "/full/")
            self.assertNotContains(response, "/empty/")
        self.assertContains(self.client.get("/signals/traces/?app=nobody"), "No request matches these filters.")

    def test_what_fired_nothing_is_counted_and_left_out_unless_asked_for(self):
        save(make_trace(), path="/empty/")
        save(path="/full/")
        response = self.client.get("/signals/traces/")
        self.assertNotContains(response, "/empty/")
        self.assertContains(response, "<span data-silent>1</span>", html=True)
        self.assertContains(self.client.get("/signals/traces/?quiet=1"), "/empty/")
        StoredTrace.objects.filter(path="/full/").delete()
        self.assertContains(self.client.get("/signals/traces/"), "Nothing fired yet")

    def test_what_fired_and_how_long_ago_in_words(self):
        stored = save()
        StoredTrace.objects.update(stored_at=timezone.now() - timedelta(minutes=3, seconds=5))
        response = self.client.get("/signals/traces/")
        self.assertContains(response, "<code>auth.User:1</code> created", 1)
        self.assertContains(response, "3 minutes ago</time>", 1)
        self.assertContains(response, f'title="{date_format(stored.stored_at, "SHORT_DATE_FORMAT")}', 1)
        StoredTrace.objects.update(summary='{"signals": ["shop.events.paid"], "apps": []}')
        self.assertContains(self.client.get("/signals/traces/"), "<code>paid</code>", 1)

    def test_none(self):
        response = self.client.get("/signals/traces/")
        self.assertContains(response, "No request was recorded yet.")

    @override_settings(SIGNAL_INSPECTOR_KEEP=2)
    def test_no_more_of_either_kind_than_are_kept(self):
        for _ in range(3):
            save()
            save(make_trace())
        store.prune()
        for query, number in (("", 2), ("?quiet=1", 4)):
            response = self.client.get(f"/signals/traces/{query}")
            self.assertEqual(len(response.context["rows"]), number)
            self.assertContains(response, f'data-most="{number}"')
        self.assertContains(
            response, "The newest 2 requests in which something fired are kept, and the newest 2 others."
        )

    def test_names_are_escaped(self):
        save(make_trace(node(SIGNAL, HOSTILE, node(RECEIVER, HOSTILE))), path=HOSTILE, method="<b>")
        response = self.client.get("/signals/traces/", {"signal": HOSTILE, "app": HOSTILE})
        self.assertNotContains(response, "<script>alert")
        self.assertNotContains(response, "<img")
        self.assertContains(response, "&lt;img src=x")


@override_settings(DEBUG=True)
@site
class NewTests(Site, TestCase):
    """What the list asks for every other second."""

    def ask(self, seen, **data):
        return self.client.get("/signals/traces/new/", {"seen": seen, **data})

    def test_nothing_new_costs_one_small_statement(self):
        first = save()
        with self.assertNumQueries(1) as queries:
            self.assertEqual(self.ask(first.pk).status_code, 204)
        self.assertNotIn("summary", queries[0]["sql"])

    def test_nothing_at_all(self):
        self.assertEqual(self.ask("").status_code, 204)

    def test_what_is_new(self):
        first, second = save(path="/first/"), save(path="/second/")
        with self.assertNumQueries(2):
            answer = self.ask(first.pk).json()
        self.assertIn("/second/", answer["rows"])
        self.assertNotIn("/first/", answer["rows"])
        self.assertEqual((answer["newest"], answer["number"], answer["all"]), (second.pk, 1, False))
        self.assertEqual(answer["message"], "1 new request")

    def test_the_filters_hold(self):
        first, second = save(), save(make_trace())
        answer = self.ask(first.pk, errors="1").json()
        self.assertEqual((answer["newest"], answer["number"], answer["silent"]), (second.pk, 0, 0))

    def test_what_fired_nothing_is_only_counted(self):
        first, second = save(), save(make_trace())
        answer = self.ask(first.pk).json()
        self.assertEqual((answer["newest"], answer["number"], answer["silent"]), (second.pk, 0, 1))
        self.assertEqual(self.ask(first.pk, quiet="1").json()["number"], 1)

    def test_the_first_ones_and_those_after_a_long_absence(self):
        save()
        for seen in ("", "0" * 31 + "f", "\x00"):
            self.assertIs(self.ask(seen).json()["all"], True)


@override_settings(DEBUG=True)
@site
class GraphTests(Site, TestCase):
    def test_of_all_traces_and_of_one(self):
        first = save()
        save(make_trace(node(SIGNAL, "sample_shop.events.ordered", node(RECEIVER, "sample_shop.signals.pack"))))
        with self.assertNumQueries(1):
            everything = self.client.get("/signals/graph/")
        with self.assertNumQueries(1):
            one = self.client.get(f"{first.get_absolute_url()}graph/")
        self.assertContains(everything, "As learned from 2 traces")
        for response, is_there in ((everything, True), (one, False)):
            self.assertContains(response, "update_last_login")
            self.assertContains(response, "flowchart LR")
            self.assertNotContains(response, "style=")
            self.assertEqual("pack" in response.text, is_there)

    def test_a_part_of_it(self):
        stored = save(
            make_trace(
                node(SIGNAL, POST_SAVE, node(RECEIVER, "activity.signals.write"), sender="auth.User"),
                node(SIGNAL, POST_SAVE, node(RECEIVER, "signal_inspector.tests.listen"), sender="auth.Group"),
            )
        )
        for path in ("/signals/graph/", f"{stored.get_absolute_url()}graph/"):
            for query in ({"app": "activity"}, {"model": "auth.User"}):
                with self.assertNumQueries(1):
                    response = self.client.get(path, query)
                self.assertContains(response, "activity.signals.write</title>")
                self.assertNotContains(response, "listen</title>")
                self.assertContains(response, "Show all")
            self.assertContains(
                self.client.get(path, {"app": HOSTILE}), "No recorded request shows anything of these."
            )

    def test_the_views_of_the_trace_stay_within_reach(self):
        stored = save()
        response = self.client.get(f"{stored.get_absolute_url()}graph/", {"app": "auth"})
        self.assertContains(response, f'href="{stored.get_absolute_url()}?view=ran&amp;app=auth"')
        trace = self.client.get(stored.get_absolute_url(), {"app": "auth"})
        self.assertContains(trace, f'href="{stored.get_absolute_url()}graph/?app=auth"')

    def test_nothing(self):
        self.assertContains(self.client.get("/signals/graph/"), "Nothing to draw yet")


@override_settings(DEBUG=True)
@site
class ConnectedTests(Site, TestCase):
    def test_the_list_costs_no_statement(self):
        with self.assertNumQueries(0):
            response = self.client.get("/signals/")
        self.assertContains(response, "django.contrib.auth.models.update_last_login")
        self.assertContains(response, "signal_inspector.tests.support.listen")
        self.assertContains(response, '<span class="code-name">listen</span>')
        with mock.patch.object(lookup, "MOST_SOURCES", 3):
            self.assertNotContains(self.client.get("/signals/"), "code-name")

    def test_it_is_folded_in_sections_and_each_signal_has_an_id(self):
        namesakes = Signal(), Signal()
        for namesake in namesakes:
            namesake.connect(listen)
        text = self.client.get("/signals/").text
        ids = [unescape(each) for each in re.findall(r'<details class="signal-card"\s+id="([^"]*)"', text)]
        self.assertEqual(len({*ids}), len(ids))
        self.assertIn("django.contrib.auth.signals.user_logged_in", ids)
        self.assertIn("<unnamed-Signal>-2", ids)
        self.assertEqual(ids[0], POST_SAVE)
        self.assertNotRegex(text, r'<details class="signal-card"[^>]* open')
        self.assertEqual(len(re.findall(r'<details class="section"\s+open', text)), 2)

    def test_a_search_that_finds_little_unfolds_it(self):
        text = self.client.get("/signals/", {"q": "user_logged_in"}).text
        self.assertRegex(text, r'<details class="signal-card"[^>]* open')
        self.assertRegex(text, 'data-narrowed="user_logged_in"')

    def test_a_part_of_a_name(self):
        for word in ("LOGGED_IN", "update_last", "django.contrib.auth.signals.user_logged_in"):
            response = self.client.get("/signals/", {"q": word})
            self.assertEqual([signal.short_name for signal in response.context["signals"]], ["user_logged_in"])
        self.assertEqual(self.client.get("/signals/", {"q": HOSTILE}).context["signals"], [])
        nothing = '<p class="empty">No signal and no receiver has such a name.</p>'
        self.assertContains(self.client.get("/signals/", {"q": HOSTILE}), nothing, html=True)
        self.assertNotContains(response, nothing, html=True)

    def test_the_life_of_a_model(self):
        login = node(SIGNAL, "django.contrib.auth.signals.user_logged_in", sender="auth.User", start=1)
        made = node(SIGNAL, POST_SAVE, sender="auth.User", details={"created": True})
        save(make_trace(made, login))
        with self.assertNumQueries(1 + SAVEPOINT):
            response = self.client.get("/signals/", {"model": "auth.User"})
        names = [signal.short_name for signal in response.context["signals"]]
        order = ["pre_save", "post_save", "user_logged_in", "post_delete"]
        self.assertEqual(sorted(order, key=names.index), order)
        self.assertContains(response, "Its place is from 1 stored trace.", 1)

    def test_the_life_of_a_model_without_a_table_of_traces(self):
        with no_table(), transaction.atomic(), self.assertLogs("signal_inspector"):
            response = self.client.get("/signals/", {"model": "auth.User"})
            transaction.set_rollback(True)
        self.assertContains(response, "user_logged_in")

    def test_of_a_model_that_is_not_there(self):
        for model in ("auth.Gone", "x", HOSTILE, "a.b.c", "\x00"):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.get("/signals/", {"model": model}).status_code, 404)

    def test_the_source_of_a_receiver(self):
        name = "django.contrib.auth.models.update_last_login"
        stored = save()
        with self.assertNumQueries(1 + SAVEPOINT):
            response = self.client.get("/signals/receiver/", {"name": name})
        self.assertContains(
            response, f'<a href="{stored.get_absolute_url()}"><bdi>POST /register/</bdi></a>', html=True
        )
        self.assertContains(response, '<span class="code-name">update_last_login</span>')
        self.assertContains(response, "user_logged_in")
        listener = self.client.get("/signals/receiver/", {"name": "signal_inspector.tests.support.listen"})
        self.assertContains(listener, "It was called in none of the recorded requests.")
        for unknown in ("", HOSTILE, "os.system"):
            with self.assertLogs("django.request"), self.assertNumQueries(0):
                response = self.client.get("/signals/receiver/", {"name": unknown})
            self.assertNotContains(response, "<img", status_code=404)


class ContextTests(TestCase):
    def test_templates_ask_when_they_ask(self):
        save()
        save(make_trace())
        with self.assertNumQueries(0):
            found = inspector(mock.Mock(user=None))["signal_inspector"]
            self.assertEqual((found.is_open, found.newest), (False, []))
        with override_settings(DEBUG=True), self.assertNumQueries(1 + SAVEPOINT):
            self.assertEqual((found.is_open, len(found.newest)), (True, 1))

    def test_templates_may_ask_what_a_form_has_set_off_that_was_sent_before(self):
        def sent_before(**facts):
            facts = {"label": "POST /group/", "signals": 2, "receivers": 3, "id": "a" * 32, **facts}
            cookies = {strip.COOKIE: signing.dumps(facts, salt=strip.SALT)}
            return inspector(mock.Mock(user=None, COOKIES=cookies))["signal_inspector"]

        self.assertIsNone(sent_before().sent_before)  # a stranger's
        with override_settings(DEBUG=True):
            self.assertEqual(sent_before().sent_before["signals"], 2)
            self.assertIsNone(sent_before(label="GET /group/").sent_before)
            self.assertIsNone(sent_before(signals=0).sent_before)
            page = render_to_string(
                "signal_inspector/includes/set_off.html", {"signal_inspector": sent_before(receivers=1)}
            )
        self.assertIn("That sent 2 signals, which called 1 receiver.", " ".join(page.split()))
        self.assertInHTML(f'<a href="/signals/traces/{"a" * 32}/">See how</a>', page)

    def test_what_just_fired_is_counted_in_singular_and_plural(self):
        signal = node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.signals.look"))
        save(make_trace(signal), id="a" * 32)
        save(make_trace(signal, node(SIGNAL, POST_SAVE)), id="b" * 32)
        with override_settings(DEBUG=True):
            page = render_to_string(
                "signal_inspector/includes/just_fired.html", inspector(mock.Mock(user=None, GET={}))
            )
        text = " ".join(page.split())
        self.assertIn("1 signal, 1 receiver </li>", text)
        self.assertIn("2 signals, 1 receiver </li>", text)
