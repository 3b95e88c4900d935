from django.test import SimpleTestCase

from signal_inspector.tests.support import make_trace
from signal_inspector.tests.traces.test_aligning import called, grown, signal
from signal_inspector.tests.traces.test_folding import nested
from signal_inspector.traces.comparing.differences import ADDED, GONE, MOVED
from signal_inspector.traces.comparing.merging import Merged
from signal_inspector.traces.nodes import Detail, Statement


def told(before, after):
    """Return the shown rows as pairs: the name with its depth, and what happened."""
    return [(row.depth, row.node.short_name, row.kinds) for row in Merged(before, after).shown()]


class MergedTests(SimpleTestCase):
    def test_what_is_gone_stands_after_what_it_followed(self):
        one, other = make_trace(signal("x", *called("a", "b", "c"))), make_trace(signal("x", *called("a", "d", "c")))
        self.assertEqual(
            told(one, other),
            [(0, "post_save", []), (1, "a", []), (1, "b", [GONE]), (1, "d", [ADDED]), (1, "c", [])],
        )

    def test_what_moved_stands_once_where_it_is_now(self):
        one, other = make_trace(signal("x", *called("a", "b", "c"))), make_trace(signal("x", *called("c", "a", "b")))
        merged = Merged(one, other)
        self.assertEqual([row.node.name for row in merged.everything[1:]], ["c", "a", "b"])
        self.assertEqual(merged.everything[1].kinds, [MOVED])
        self.assertEqual(merged.everything[1].changes[0].text, "moved: place 1, before place 3")

    def test_numbers_are_those_of_the_lines_as_they_ran(self):
        one, other = make_trace(signal("x", *called("a", "b"))), make_trace(signal("x", *called("b", "c")))
        numbers = {row.node.name: (row.number_before, row.number) for row in Merged(one, other).everything[1:]}
        self.assertEqual(numbers, {"a": (2, None), "b": (3, 2), "c": (None, 3)})

    def test_statements_are_told_where_both_know_them_and_their_number_changed(self):
        def asking(*texts, detailed=True):
            detail = Detail(statements=[Statement(text, 0, 0, None) for text in texts])
            return make_trace(*called("a", queries=len(texts), detail=detail), detailed=detailed)

        def told(before, after):
            return Merged(before, after).roots[0].statements

        self.assertEqual(told(asking("1"), asking("1", "2")), (["2"], []))
        self.assertEqual(told(asking("1"), asking("2")), ([], []))  # IN (%s, %s) has as many as there are rows
        self.assertEqual(told(asking("1", detailed=False), asking("1", "2")), ([], []))

    def test_each_node_of_both_is_in_one_row(self):
        for seed in range(10):
            one, other = grown(seed), grown(seed + 1)
            rows = Merged(one, other).everything
            for trace, side in ((one, "before"), (other, "after")):
                nodes = [id(getattr(row, side)) for row in rows if getattr(row, side)]
                self.assertCountEqual(nodes, [id(each) for each, _depth in trace.walk()])

    def test_the_rows_of_the_second_stand_in_its_order(self):
        one, other = grown(1), grown(2)
        numbers = [row.number for row in Merged(one, other).everything if row.after]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_repetitions_are_counted(self):
        def entries(number, *names):
            return make_trace(*(signal("log.Entry", *called(*names)) for _ in range(number)))

        rows = Merged(entries(163, "a"), entries(163, "a")).shown()
        self.assertEqual([row.depth for row in rows], [0, 1, 0, 1])
        self.assertEqual(rows[2].repeats, "and 161 more like this")
        changed = entries(163, "a")
        changed.roots[80].children += called("b")
        rows = Merged(entries(163, "a"), changed).shown()
        self.assertEqual([row.node.name for row in rows if row.changes], ["b"])
        self.assertEqual(
            [row.repeats for row in rows if row.repeats], ["and 78 more like this", "and 80 more like this"]
        )

    def test_siblings_that_repeat_themselves_together_are_counted(self):
        trace = make_trace(*(signal(f"shop.{name}") for _ in range(50) for name in ("Order", "Line")))
        rows = Merged(trace, trace).shown()
        self.assertEqual(len(rows), 4)
        self.assertEqual(rows[3].repeats, "these 2, and 48 times more the same")

    def test_recursion_is_folded(self):
        rows = Merged(nested(40, "again"), nested(90, "again")).shown()
        self.assertEqual(len(rows), 5)
        self.assertIn("90 times inside itself", rows[-1].fold)
        self.assertIn("before: and so on, 40 times inside itself", rows[-1].changes[0].text)
