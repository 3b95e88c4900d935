from django.test import SimpleTestCase

from signal_inspector.exporting.lines import GAP, Axis, lines_of
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.tests.traces.test_folding import nested
from signal_inspector.traces.nodes import RECEIVER


class LineTests(SimpleTestCase):
    def test_numbers_are_places_in_the_walk_also_where_lines_are_folded(self):
        self.assertEqual([line.number for line in lines_of(sample())], list(range(6)))
        self.assertIn("40 times inside itself", lines_of(nested(40, "again"))[-1].notes[-1])

    def test_bars_lie_within_the_whole(self):
        for line in lines_of(sample()):
            self.assertLessEqual(0, line.x)
            self.assertLessEqual(line.x + line.width, 1)

    def test_a_long_time_in_which_nothing_fired_is_drawn_short(self):
        early, late = node(RECEIVER, "a", duration=0.1), node(RECEIVER, "b", start=0.9, duration=0.1)
        axis = Axis(make_trace(early, late, duration=1.0))
        self.assertAlmostEqual(axis.left_out, 0.8)
        self.assertAlmostEqual(axis.place(0.1), (1 - GAP) / 2)
        self.assertAlmostEqual(axis.place(0.9), (1 + GAP) / 2)
        self.assertEqual((axis.place(0), axis.place(1.0)), (0, 1))

    def test_without_one_the_axis_is_even(self):
        axis = Axis(make_trace(node(RECEIVER, "a", duration=0.6), duration=1.0))
        self.assertEqual((axis.left_out, axis.place(0.5)), (0, 0.5))
