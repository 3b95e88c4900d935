"""The panel of the debug toolbar, in a project of its own, under WSGI and ASGI."""

import re
from html import unescape
from unittest import mock, skipUnless

from django.dispatch import Signal
from django.http import HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings

from signal_inspector.tests.integrations.support import answers_of, is_installed

INSTALLED = is_installed("debug_toolbar")
if INSTALLED:
    from signal_inspector.integrations.toolbar import SignalsFiredPanel, drawn, page_of


def words(content):
    """Return the rows of the table of a panel as texts."""
    content = content.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", content, re.DOTALL)
    return [unescape(re.search("<code>(.*?)</code>", row, re.DOTALL)[1]).replace("\xa0", " ") for row in rows]


@skipUnless(INSTALLED, "The debug toolbar is not installed.")
class PanelTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answers = answers_of("toolbar_project/ask.py", "toolbar_settings")

    def test_the_tree_is_shown_under_wsgi_and_asgi(self):
        for name in ("wsgi", "asgi"):
            with self.subTest(name):
                rows = words(self.answers[name]["panel"]["content"])
                self.assertEqual(
                    [re.sub(r"Group:\d+", "Group", row) for row in rows],
                    [
                        "post_save of auth.Group",
                        "└─ toolbar_urls.welcome",
                        "   ├─ after the commit: toolbar_urls.tell",
                        "   └─ welcomed of auth.Group",
                        "      ├─ toolbar_urls.note",
                        "      └─ toolbar_urls.note_later",
                    ],
                )

    def test_an_asynchronous_view_is_told_of_too(self):
        rows = words(self.answers["awaited"]["panel"]["content"])
        self.assertIn("└─ toolbar_urls.welcome", rows)
        self.assertIn("toolbar_urls.note_later", rows[-1])

    def test_the_side_bar_counts(self):
        for name, told in (
            ("wsgi", "2 signals, 3 receivers"),
            ("awaited", "2 signals, 3 receivers"),
            ("silent", "0 signals, 0 receivers"),
        ):
            self.assertIn(f"<small>{told}</small>", self.answers[name]["body"])

    def test_it_links_to_the_page_of_the_trace(self):
        for name in ("wsgi", "asgi", "awaited", "silent"):
            answer = self.answers[name]
            self.assertEqual(answer["links"], [f"/signals/traces/{answer['headers']['X-Signal-Trace']}/"])
            [[status, page]] = answer["pages"]
            self.assertEqual(status, 200)
            self.assertEqual("toolbar_urls.welcome" in page, name != "silent")

    def test_it_says_so_where_nothing_fired(self):
        self.assertIn("No signal was sent that anybody hears.", self.answers["silent"]["panel"]["content"])

    def test_what_nobody_heard_is_told(self):
        self.assertRegex(
            self.answers["wsgi"]["panel"]["content"], r"<code>django.db.models.signals.pre_save</code> ×1"
        )

    def test_a_strict_content_security_policy_has_nothing_to_refuse(self):
        for answer in (self.answers["wsgi"], self.answers["silent"]):
            self.assertEqual(answer["panel"]["scripts"], [])
            self.assertNotRegex(
                answer["panel"]["content"], r"<script|<style|<link|<img|\sstyle=|\son[a-z]+=|javascript:"
            )

    def test_what_is_no_page_is_recorded_and_leads_nowhere_by_itself(self):
        self.assertEqual(self.answers["data"]["body"], "{}")
        self.assertEqual(self.answers["data"]["status"], 200)

    def test_the_inspectors_own_pages_have_no_trace_to_link_to(self):
        self.assertIn("Signals fired", self.answers["own"]["body"])
        self.assertEqual(self.answers["own"]["links"], [])

    def test_the_toolbars_own_requests_are_not_among_the_traces(self):
        paths = [each["path"] for each in self.answers["kept"]["traces"]]
        self.assertEqual(paths, ["/data/", "/silent/", "/awaited/", "/plain/", "/plain/"])


@skipUnless(INSTALLED, "The debug toolbar is not installed.")
class RecordingTests(SimpleTestCase):
    def test_it_may_begin_and_end_twice(self):
        panel = SignalsFiredPanel(mock.Mock(stats={}), None)
        before = Signal.send
        panel.enable_instrumentation()
        panel.enable_instrumentation()
        self.assertIsNot(Signal.send, before)
        panel.disable_instrumentation()
        trace = panel.trace
        panel.disable_instrumentation()
        self.assertIs(Signal.send, before)
        self.assertIs(panel.trace, trace)

    def test_one_that_did_not_begin_tells_nothing(self):
        panel = SignalsFiredPanel(mock.Mock(stats={}), None)
        panel.disable_instrumentation()
        panel.generate_stats(RequestFactory().get("/"), HttpResponse())
        self.assertEqual(panel.get_stats(), {})

    def test_without_the_pages_and_without_a_record_there_is_no_link(self):
        request = RequestFactory().get("/")
        self.assertEqual(page_of(request), "")
        request.signal_trace_id = "0" * 32
        self.assertTrue(page_of(request))
        with override_settings(ROOT_URLCONF=()):
            self.assertEqual(page_of(request), "")


@skipUnless(INSTALLED, "The debug toolbar is not installed.")
class BranchTests(SimpleTestCase):
    def test_branches_lead_from_each_line_to_the_one_that_it_stands_under(self):
        depths = [0, 1, 2, 2, 1, 2, 3, 0, 1]
        self.assertEqual(
            [branch.replace("\xa0", " ") for branch in drawn(depths)],
            ["", "├─ ", "│  ├─ ", "│  └─ ", "└─ ", "   └─ ", "      └─ ", "", "└─ "],
        )
        self.assertEqual(drawn([]), [])
