from django.test import SimpleTestCase

from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.tests.traces.test_aligning import called, grown, signal
from signal_inspector.traces.comparing import as_text, compare
from signal_inspector.traces.nodes import CALLBACK, RECEIVER
from signal_inspector.traces.trace import Trace


def two(*receivers, before, **values):
    """Return two traces of one signal: with these receivers, and with those before."""
    return make_trace(signal("x", *before)), make_trace(signal("x", *receivers), **values)


class ComparisonTests(SimpleTestCase):
    def test_the_same_story_with_other_keys_and_times_is_the_same(self):
        other = Trace.from_data(sample().as_data())
        other.roots[0].instance, other.duration = "auth.User:2", 0.3
        comparison = compare(sample(), other)
        self.assertIs(comparison.has_changed, False)
        self.assertEqual(
            comparison.sentences(),
            ["The same fired, in the same order.", "3 statements, as before.", "It took 300.0 ms, before 100.0 ms."],
        )
        self.assertEqual(comparison.changed_rows(), [])

    def test_a_sentence_for_each_kind_of_change(self):
        before = called("shop.gone", "shop.first", "shop.second", "shop.quick", "shop.asks", "shop.fails")
        after = called("shop.second", "shop.first", "shop.quick", "shop.asks", "shop.fails", "shop.new", "shop.new")
        after[2].duration, after[3].queries, after[4].error = 0.2, 2, "ValueError"
        sentences = compare(*two(*after, before=before, queries=1)).sentences()
        self.assertEqual(
            sentences[:-1],
            [
                "2 receivers were added: shop.new 2×.",
                "1 receiver is gone: shop.gone.",
                "1 receiver moved: shop.first (place 2, before place 1).",
                "1 receiver is slower: shop.quick (200.0 ms by itself, before 0.0 ms).",
                "More statements in 1 receiver: shop.asks (+2).",
                "Otherwise in 1 receiver: shop.fails (raises ValueError now).",
                "3 statements more: 3, before 0; outside of receivers 1 statement more.",
            ],
        )

    def test_what_is_gone_is_named_once_with_all_that_it_set_off_counted(self):
        sends = node(RECEIVER, "shop.sends", signal("y", *called("shop.a", "shop.b")), node(CALLBACK, "shop.later"))
        self.assertEqual(
            compare(*two(before=[sends])).sentences()[0], "1 signal, 3 receivers, 1 callback are gone: shop.sends."
        )

    def test_statements_outside_of_receivers_alone(self):
        comparison = compare(make_trace(), make_trace(queries=3))
        self.assertIs(comparison.has_changed, True)
        self.assertIn(
            "3 statements more: 3, before 0; outside of receivers 3 statements more.", comparison.sentences()
        )

    def test_many_names_are_cut(self):
        comparison = compare(*two(*called(*(f"shop.r{number}" for number in range(9))), before=[]))
        self.assertIn("shop.r4, and 4 others.", comparison.sentences()[0])

    def test_what_was_full_says_so(self):
        self.assertIn("A trace was full", compare(make_trace(), make_trace(left_out=3)).sentences()[-1])

    def test_changed_rows_stand_below_what_led_to_them(self):
        before = [node(RECEIVER, "a", signal("y", *called("b"))), *called("c")]
        after = [node(RECEIVER, "a", signal("y", *called("b", "new"))), *called("c")]
        rows = compare(*two(*after, before=before)).changed_rows()
        self.assertEqual(
            [(row.depth, row.node.short_name) for row in rows],
            [(0, "post_save"), (1, "a"), (2, "post_save"), (3, "new")],
        )

    def test_how_often_a_change_repeats_itself_is_told_where_only_changes_are(self):
        before = make_trace(*(signal(f"shop.{name}") for _ in range(50) for name in ("Order", "Line")))
        after = Trace.from_data(before.as_data())
        for order in after.roots[::2]:
            order.add(called("new")[0])
        rows = compare(before, after).changed_rows()
        self.assertEqual(
            [(row.node.short_name, row.repeats) for row in rows[-2:]],
            [("post_save", "these 2, and 48 times more the same"), ("new", "")],
        )

    def test_as_text(self):
        comparison = compare(*two(*called("a", "new"), before=called("a", "gone")))
        text = as_text(comparison).partition("\n\n")[2].splitlines()
        self.assertEqual(text, ["    post_save of x", "-       gone  [gone]", "+       new  [added]"])
        self.assertIn("        a", as_text(comparison, everything=True).splitlines())

    def test_it_is_the_same_every_time(self):
        one, other = grown(3), grown(4)
        self.assertEqual(as_text(compare(one, other)), as_text(compare(one, other)))
