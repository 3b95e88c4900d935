import re

from django.test import SimpleTestCase

from signal_inspector.exporting import paper
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.traces.nodes import RECEIVER, TRANSACTION, Detail, Moment, Place, Statement


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

    def test_details(self):
        place = Place("shop.models", 7, "Order.save")
        detail = Detail(origin=place, statements=[Statement("SELECT %s", 0.0, 0.001, place)])
        trace = make_trace(node(RECEIVER, "shop.signals.f", detail=detail))
        trace.moments.append(Moment(TRANSACTION, "COMMIT", "default", 0.002, 0.001))
        text = " ".join(paper.convert(trace, "all").split())
        for words in ("from shop.models:7 in Order.save", "<code>SELECT %s</code>", "at 2.00 ms: COMMIT default"):
            self.assertIn(words, text)
