"""A trace in time."""

from django.test import SimpleTestCase

from signal_inspector.pages.trace.timeline import THINNEST, Timeline, long_pauses, milliseconds
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.traces.running import as_run, numbered


class TimelineTests(SimpleTestCase):
    def bars(self, trace):
        whole = as_run(trace)
        timeline = Timeline(whole)
        return [timeline.bar(step.start, step.end) for step in numbered(whole)[1:]]

    def test_bars_lie_where_the_time_was(self):
        self.assertEqual(self.bars(sample())[:2], [("5.000%", "60.000%"), ("10.000%", "50.000%")])

    def test_none_sticks_out_and_none_is_too_thin_to_be_seen(self):
        odd = [node(SIGNAL, "a", start=start, duration=time) for start, time in ((0, 0), (9, 9), (1, 0), (-1, 1e-9))]
        for total in (1.0, 0.0):
            for bar in self.bars(make_trace(*odd, duration=total)):
                x, width = (float(each.rstrip("%")) for each in bar)
                self.assertGreaterEqual(x, 0)
                self.assertGreaterEqual(width, THINNEST)
                self.assertLessEqual(x + width, 100.001)

    def test_long_pauses_are_left_out_of_the_picture(self):
        fired = [node(SIGNAL, "a", start=start, duration=0.005) for start in (0.100, 0.400, 0.405)]
        whole = as_run(make_trace(*fired, duration=0.410))
        timeline = Timeline(whole)
        self.assertEqual([(round(a, 9), round(b, 9)) for a, b in long_pauses(whole)], [(0, 0.1), (0.105, 0.4)])
        self.assertEqual(timeline.left_out, "395.0 ms")
        self.assertEqual(timeline.pauses, ["0.000%", "33.333%"])
        bars = [
            tuple(round(float(each.rstrip("%"))) for each in bar)
            for bar in self.bars(make_trace(*fired, duration=0.41))
        ]
        self.assertEqual(bars, [(0, 33), (33, 33), (67, 33)])
        self.assertEqual(timeline.bar(0.2, 0.3), ("33.333%", "0.400%"), "What lies in a pause is a line.")
        self.assertEqual(timeline.bar(0, 0.41), ("0.000%", "100.000%"))

    def test_pauses_that_matter_little_stay(self):
        early = make_trace(node(SIGNAL, "a", start=0.1, duration=0.1), duration=1)
        self.assertEqual(long_pauses(as_run(early)), [(0.2, 1)])
        half = make_trace(node(SIGNAL, "a", start=0.3, duration=0.5), duration=1)
        for trace in (sample(), half, make_trace(duration=1), make_trace(node(SIGNAL, "a", duration=1), duration=1)):
            self.assertEqual(long_pauses(as_run(trace)), [])
            self.assertEqual(Timeline(as_run(trace)).left_out, "")

    def test_the_scale_has_few_round_marks(self):
        for total in (0.0, 1e-6, 0.0007, 0.1, 0.5586, 1, 61):
            marks = Timeline(as_run(make_trace(duration=total))).scale
            self.assertTrue(2 <= len(marks) <= 6, marks)
        marks = Timeline(as_run(make_trace(duration=0.1))).scale
        self.assertEqual([text for _, text in marks], ["0", "20", "40", "60", "80", "100"])

    def test_times(self):
        self.assertEqual(
            [milliseconds(seconds) for seconds in (0, 0.000001, 0.00006, 0.0123, 1.5)],
            ["0.0 ms", "< 0.1 ms", "0.1 ms", "12.3 ms", "1500.0 ms"],
        )
