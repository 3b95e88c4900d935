import re
from html import unescape
from unittest import mock
from urllib.parse import unquote

from django.contrib.auth.models import User
from django.db import transaction
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.test import TestCase, override_settings
from django.urls import reverse

from signal_inspector import conf
from signal_inspector.connected import lookup
from signal_inspector.context_processors import inspector
from signal_inspector.tests.support import POST_SAVE, Site, make_trace, no_table, node, save, site
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
        values = {"pk": pk, "number": 1}
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
        self.assertEqual(self.statuses(), {302})

    @override_settings(DEBUG=True)
    def test_everybody_while_debug(self):
        self.assertEqual(self.statuses(), {200})

    @override_settings(DEBUG=True)
    def test_nothing_is_cached_and_nothing_can_be_posted(self):
        for path in self.paths:
            self.assertIn("no-store", self.client.get(path).headers["Cache-Control"])
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

    def test_none(self):
        response = self.client.get("/signals/traces/")
        self.assertContains(response, "No request was recorded yet.")

    def test_no_more_than_are_kept(self):
        with mock.patch.object(conf, "KEPT", 2):
            for _ in range(3):
                save()
            rows = self.client.get("/signals/traces/").context["rows"]
        self.assertEqual(len(rows), 2)

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
        self.assertEqual((answer["newest"], answer["number"]), (second.pk, 0))

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
        self.assertContains(everything, "As learned from 2 requests")
        for response, is_there in ((everything, True), (one, False)):
            self.assertContains(response, "update_last_login")
            self.assertContains(response, "flowchart LR")
            self.assertNotContains(response, "style=")
            self.assertEqual("pack" in response.text, is_there)

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

    def test_what_is_on_the_page_stands_at_its_top(self):
        namesakes = [Signal(), Signal()]  # noqa: F841 - held, so that they are listed
        text = self.client.get("/signals/").text
        ids = re.findall(r'<article class="card" id="([^"]*)"', text)
        targets = [unquote(target) for target in re.findall(r'<a href="#([^"]*)"', text.partition("contents")[2])]
        self.assertEqual(targets, [unescape(each) for each in ids])
        self.assertEqual(len({*ids}), len(ids))
        self.assertIn("django.contrib.auth.signals.user_logged_in", ids)
        contents = " ".join(re.sub("<[^>]*>", " ", text.partition("contents")[2].partition("</nav>")[0]).split())
        self.assertIn("signal_inspector.tests.urls told 1 receiver", contents)
        self.assertNotContains(self.client.get("/signals/", {"q": "user_logged_in"}), "contents")

    def test_a_part_of_a_name(self):
        for word in ("LOGGED_IN", "update_last", "django.contrib.auth.signals.user_logged_in"):
            response = self.client.get("/signals/", {"q": word})
            self.assertEqual([signal.short_name for signal in response.context["signals"]], ["user_logged_in"])
        self.assertContains(self.client.get("/signals/", {"q": HOSTILE}), "No signal and no receiver has such a name.")

    def test_the_life_of_a_model(self):
        response = self.client.get("/signals/", {"model": "auth.User"})
        names = [signal.short_name for signal in response.context["signals"]]
        self.assertLess(names.index("pre_save"), names.index("post_save"))
        self.assertLess(names.index("post_save"), names.index("post_delete"))
        for model in ("auth.Gone", "x", HOSTILE, "a.b.c", "\x00"):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.get("/signals/", {"model": model}).status_code, 404)

    def test_the_source_of_a_receiver(self):
        name = "django.contrib.auth.models.update_last_login"
        with self.assertNumQueries(0):
            response = self.client.get("/signals/receiver/", {"name": name})
        self.assertContains(response, '<span class="code-name">update_last_login</span>')
        self.assertContains(response, "user_logged_in")
        for unknown in ("", HOSTILE, "os.system"):
            with self.assertLogs("django.request"):
                response = self.client.get("/signals/receiver/", {"name": unknown})
            self.assertNotContains(response, "<img", status_code=404)


class ContextTests(TestCase):
    def test_templates_ask_when_they_ask(self):
        save()
        save(make_trace())
        with self.assertNumQueries(0):
            found = inspector(mock.Mock(user=None))["signal_inspector"]
            self.assertEqual((found.is_open, found.newest), (False, []))
        with override_settings(DEBUG=True), self.assertNumQueries(1):
            self.assertEqual((found.is_open, len(found.newest)), (True, 1))

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
