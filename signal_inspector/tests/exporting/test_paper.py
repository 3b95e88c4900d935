import re

from django.test import SimpleTestCase

from signal_inspector.exporting import paper
from signal_inspector.tests.support import POST_SAVE, an_attempt, leaving, make_trace, node, sample
from signal_inspector.traces.later.following import Part
from signal_inspector.traces.nodes import RECEIVER, SIGNAL, TRANSACTION, Detail, Moment, Place, Statement


class PaperTests(SimpleTestCase):
    def test_it_needs_no_other_file_and_no_script(self):
        text = paper.convert(sample(), "POST /register/")
        self.assertNotIn("<script", text)
        self.assertEqual(re.findall(r'(?:src|href)="(?!#n\d)[^"]*"|url\(|@import|https?:', text), [])

    def test_each_line_has_its_anchor(self):
        text = paper.convert(sample(), "POST /register/")
        numbers = [int(number) for number in re.findall(r'<li id="n(\d+)"', text)]
        self.assertEqual(numbers, list(range(len(list(sample().walk())))))

    def test_what_it_tells(self):
        text = paper.convert(sample(), "POST /register/, answered 302")
        for words in (
            "answered 302",
            "auth.User:1 was created",
            "raised ValueError",
            "not run",
            "2 statements",
            "240 times",
        ):
            self.assertIn(words, text)

    def test_what_was_left_for_later_is_told_as_it_was_known_then(self):
        attempt = an_attempt(2, "again", error="SMTPException", trace="a" * 32)
        part = Part("", attempt, make_trace(node(SIGNAL, POST_SAVE), queries=3))
        text = " ".join(paper.convert(leaving(), "all", [part]).split())
        for words in (
            "attempt 1 left no record: ",
            "<b>attempt 2, by worker 7 on web-2, after a wait of 250.0 ms: raised SMTPException</b>",
            "100 ms 3 statements </span>",
            "<b>waiting</b>",
            "is told as it was known at ",
        ):
            self.assertIn(words, text)
        self.assertNotIn("as it was known", paper.convert(sample(), "all"))

    def test_details(self):
        place = Place("shop.models", 7, "Order.save")
        detail = Detail(origin=place, statements=[Statement("SELECT %s", 0.0, 0.001, place)])
        trace = make_trace(node(RECEIVER, "shop.signals.f", detail=detail))
        trace.moments.append(Moment(TRANSACTION, "COMMIT", "default", 0.002, 0.001))
        text = " ".join(paper.convert(trace, "all").split())
        for words in ("from shop.models:7 in Order.save", "<code>SELECT %s</code>", "at 2.00 ms: COMMIT default"):
            self.assertIn(words, text)
