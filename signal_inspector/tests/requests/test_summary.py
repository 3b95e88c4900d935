"""What pages need to know of a trace."""

from django.test import SimpleTestCase

from signal_inspector.requests import summary
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node, sample
from signal_inspector.traces.nodes import SIGNAL


class SavedTests(SimpleTestCase):
    def test_what_became_of_it_in_the_database(self):
        self.assertEqual(
            {
                model: {kind: times for kind, times in counts.items() if times}
                for model, counts in summary.saved(sample())
            },
            {"auth.User": {"created": 1}, "sample_shop.Order": {"saved": 2}},
        )


class FiredTests(SimpleTestCase):
    def test_in_the_order_in_which_it_was_sent_whatever_it_stands_under(self):
        late = node(SIGNAL, "shop.events.paid", sender="shop.Order", start=0.3)
        first = node(SIGNAL, POST_SAVE, late, sender="shop.Order", instance="shop.Order:7", start=0.1)
        second = node(SIGNAL, PRE_SAVE, sender="shop.Line", instance="shop.Line:new", start=0.2)
        self.assertEqual(
            summary.fired(make_trace(first, second)),
            [
                {"name": POST_SAVE, "sender": "shop.Order", "instance": "shop.Order:7"},
                {"name": PRE_SAVE, "sender": "shop.Line", "created": True, "instance": "shop.Line:new"},
                {"name": "shop.events.paid", "sender": "shop.Order", "instance": ""},
            ],
        )

    def test_each_once_with_how_often_and_a_row_that_was_made_apart(self):
        made = node(SIGNAL, POST_SAVE, sender="shop.Line", details={"created": True})
        changed = node(SIGNAL, POST_SAVE, sender="shop.Line", details={"created": False})
        self.assertEqual(
            summary.fired(make_trace(made, changed, made, made)),
            [
                {"name": POST_SAVE, "sender": "shop.Line", "created": True, "times": 3},
                {"name": POST_SAVE, "sender": "shop.Line", "instance": ""},
            ],
        )

    def test_the_first_ones_alone(self):
        roots = [node(SIGNAL, f"s{number}", start=number) for number in range(summary.FIRST + 5)]
        self.assertEqual(len(summary.fired(make_trace(*roots))), summary.FIRST)
