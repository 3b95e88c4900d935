from django.template.loader import render_to_string
from django.test import SimpleTestCase

from signal_inspector.pages.compared import MOST_OPEN, context_of
from signal_inspector.tests.support import make_trace, node
from signal_inspector.tests.traces.test_aligning import called, signal
from signal_inspector.traces.comparing import compare
from signal_inspector.traces.nodes import CALLBACK, RECEIVER


class ComparedTests(SimpleTestCase):
    def test_traces_that_are_not_stored_have_no_links(self):
        before = make_trace(signal("shop.Order", *called("shop.signals.reserve", duration=0.0123)))
        after = make_trace(signal("shop.Order", node(CALLBACK, "shop.signals.tell", ran=False)))
        context = context_of(compare(before, after))
        text = render_to_string("signal_inspector/includes/compared.html", context)
        for words in ("gone", "added", "reserve", "12.3 ms", "not run", "not there"):
            self.assertIn(words, text)
        self.assertNotIn("<a ", text)
        summary = " ".join(render_to_string("signal_inspector/includes/compared_summary.html", context).split())
        self.assertIn("1 receiver is gone: shop.signals.reserve.", summary)
        self.assertIn("1.5 times and 5 ms at least", summary)

    def test_of_a_long_tree_that_did_not_change_all_is_shown(self):
        trace = make_trace(signal("shop.Order", *called(*(f"shop.r{number}" for number in range(MOST_OPEN + 1)))))
        self.assertEqual(len(context_of(compare(trace, trace))["lines"]), MOST_OPEN + 2)

    def test_deep_levels_are_told_and_no_more_set_in(self):
        roots = current = []
        for number in range(30):
            current.append(node(RECEIVER, f"shop.r{number}"))
            current = current[0].children
        last = context_of(compare(make_trace(*roots), make_trace(*roots)))["lines"][-1]
        self.assertEqual((last.level, last.indent, last.too_deep), (30, 8, True))
