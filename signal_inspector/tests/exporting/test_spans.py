import asyncio

from django.dispatch import Signal
from django.test import SimpleTestCase

from signal_inspector import record
from signal_inspector.exporting.spans import lanes, spans_of, steps
from signal_inspector.tests.recording.support import Connected
from signal_inspector.tests.support import chain, make_trace, node, sample
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, WORK, Detail, Moment, Place, Statement

told = Signal()


def of(trace):
    """Return the lanes of a trace, each as the text of what begins and ends in it."""
    return [[(span.name, begins) for span, begins in steps(lane)] for lane in lanes(spans_of(trace, "all"))]


class SpanTests(Connected, SimpleTestCase):
    def assertNested(self, trace):
        """Fail unless in each lane whatever ends is what began last, and time goes on."""
        found = lanes(spans_of(trace, "all"))
        for lane in found:
            running, last = [], 0
            for span, begins in steps(lane):
                at = span.start if begins else span.end
                self.assertGreaterEqual(at, last)
                last = at
                if begins:
                    self.assertIn(span.parent, (*running[-1:], None) if running else (span.parent,))
                    running.append(span)
                else:
                    self.assertIs(running.pop(), span)
            self.assertEqual(running, [])
        return found

    def test_what_lies_in_what(self):
        found = of(sample())
        self.assertEqual(len(found), 1)
        self.assertEqual(
            [name for name, begins in found[0] if begins][:3],
            ["all", "post_save of auth.User:1", "django.contrib.auth.models.update_last_login"],
        )
        self.assertNested(sample())

    def test_what_was_not_run_has_no_time(self):
        self.assertNotIn("tell", str(of(sample())))

    def test_a_callback_lies_in_what_ran_it(self):
        commits = node(RECEIVER, "commits", start=0.5, duration=0.4)
        callback = node(CALLBACK, "callback", start=0.6, duration=0.1, detail=Detail(ran_in=commits))
        gives = node(RECEIVER, "gives", callback, start=0.1, duration=0.1)
        trace = make_trace(gives, commits, duration=1)
        self.assertEqual(
            [name for name, begins in of(trace)[0] if begins],
            ["all", "gives", "commits", "after the commit: callback"],
        )
        self.assertEqual(self.assertNested(trace)[0][-1].parent.name, "commits")

    def test_statements_and_work_lie_in_what_asked_for_them(self):
        asks = node(RECEIVER, "asks", start=0.1, duration=0.2)
        asks.detail = Detail(statements=[Statement("SELECT 1", 0.15, 0.01, Place("shop.models", 3, "f"))])
        trace = make_trace(asks, duration=1)
        trace.statements.append(Statement("SELECT 2", 0.5, 0.1, None))
        trace.moments.append(Moment(WORK, "password hashed", "", 0.6, 0.3))
        lane = self.assertNested(trace)[0]
        self.assertEqual(
            [(span.name, span.parent and span.parent.name) for span in lane],
            [("all", None), ("asks", "all"), ("SELECT 1", "asks"), ("SELECT 2", "all"), ("password hashed", "all")],
        )
        self.assertEqual(lane[2].about["from"], "shop.models:3 in f")

    def test_asynchronous_receivers_take_lanes_of_their_own(self):
        async def one(sender, **kwargs):
            await asyncio.sleep(0.002)

        async def two(sender, **kwargs):
            await asyncio.sleep(0.001)

        for receiver in (one, two):
            self.connect(told, receiver)
        with record() as trace:
            asyncio.run(told.asend("x"))
        self.assertEqual(len(self.assertNested(trace)), 2)

    def test_neighbours_overlap_by_rounding(self):
        both = [node(RECEIVER, "a", start=0.1, duration=0.1000001), node(RECEIVER, "b", start=0.2, duration=0.1)]
        trace = make_trace(node(SIGNAL, "s", *both, start=0.1000001, duration=0.1999998), duration=0.3)
        self.assertEqual(len(self.assertNested(trace)), 1)

    def test_a_trace_thousands_of_levels_deep(self):
        self.assertEqual(len(self.assertNested(chain(3000))[0]), 3001)
