"""A trace in time."""

from django.test import SimpleTestCase

from signal_inspector.pages import waterfall
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.traces.nodes import SIGNAL


class WaterfallTests(SimpleTestCase):
    def bars(self, trace):
        return waterfall.bars(trace, set(range(100)))

    def test_bars_lie_where_the_time_was(self):
        bars = self.bars(sample())
        self.assertEqual([(bar.x, bar.width) for bar in bars[:2]], [("5.000%", "60.000%"), ("10.000%", "50.000%")])
        self.assertNotIn("<lambda>", [bar.node.short_name for bar in bars], "It was not run.")

    def test_none_sticks_out_and_none_is_too_thin_to_be_seen(self):
        odd = [node(SIGNAL, "a", start=start, duration=time) for start, time in ((0, 0), (9, 9), (1, 0), (-1, 1e-9))]
        for total in (1.0, 0.0):
            for bar in self.bars(make_trace(*odd, duration=total)):
                x, width = float(bar.x.rstrip("%")), float(bar.width.rstrip("%"))
                self.assertGreaterEqual(x, 0)
                self.assertGreaterEqual(width, waterfall.THINNEST)
                self.assertLessEqual(x + width, 100.001)

    def test_a_pause_of_more_than_half_is_left_out_of_the_picture(self):
        for before, whole in ((0, 0.310), (0.001, 0.311)):  # of a process that has just begun: a connection is made
            first = [node(SIGNAL, "connection_created", duration=before)] * bool(before)
            late = make_trace(
                *first,
                node(SIGNAL, "a", start=before + 0.300, duration=0.005),
                node(SIGNAL, "b", start=before + 0.305, duration=0.005),
                duration=whole,
            )
            *_, a, b = self.bars(late)
            total = 0.010 + before
            for bar, start in ((a, before), (b, before + 0.005)):
                self.assertAlmostEqual(float(bar.x.rstrip("%")), start / total * 100, 2)
                self.assertAlmostEqual(float(bar.width.rstrip("%")), 0.005 / total * 100, 2)
            self.assertLessEqual(float(waterfall.scale(late)[-1][1]), total * 1000)
            self.assertAlmostEqual(waterfall.pause(late)[1], before + 0.300)

    def test_a_pause_at_the_end_and_none(self):
        early = make_trace(node(SIGNAL, "a", start=0.1, duration=0.1), duration=1)
        self.assertEqual(waterfall.pause(early), (0.2, 1))
        self.assertEqual([(bar.x, bar.width) for bar in self.bars(early)], [("50.000%", "50.000%")])
        for trace in (sample(), make_trace(duration=1), make_trace(node(SIGNAL, "a", start=0.5), duration=1)):
            self.assertEqual(waterfall.pause(trace), (0, 0))

    def test_the_scale_has_few_round_marks(self):
        for total in (0.0, 1e-6, 0.0007, 0.1, 0.5586, 1, 61):
            marks = waterfall.scale(make_trace(duration=total))
            self.assertTrue(2 <= len(marks) <= 6, marks)
        self.assertEqual(
            [text for _, text in waterfall.scale(make_trace(duration=0.1))], ["0", "20", "40", "60", "80", "100"]
        )

    def test_times(self):
        self.assertEqual(
            [waterfall.milliseconds(seconds) for seconds in (0, 0.000001, 0.00006, 0.0123, 1.5)],
            ["0.0 ms", "< 0.1 ms", "0.1 ms", "12.3 ms", "1500.0 ms"],
        )
