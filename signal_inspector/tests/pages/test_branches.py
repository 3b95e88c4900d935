"""Which lines an answer holds."""

from django.test import SimpleTestCase

from signal_inspector.pages.trace.branches import ALL_OPEN, DEEPEST, TOGETHER, Branches
from signal_inspector.tests.support import POST_SAVE, chain, make_trace, node
from signal_inspector.traces.folding import folds
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.traces.running import as_run


def loop(times, **values):
    """Return a trace of a loop that saves something."""
    return make_trace(
        *(node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.hear"), sender="shop.Entry", **values) for _ in range(times))
    )


def different(count):
    """Return a trace of signals of which none is like the one before it."""
    return make_trace(*(node(SIGNAL, f"shop.told_{number}", node(RECEIVER, "shop.hear")) for number in range(count)))


def lines(entries):
    """Return how many lines some entries are, and how many levels deep."""
    count, deepest, pending = 0, 0, [(entry, 1) for entry in entries]
    while pending:
        entry, depth = pending.pop()
        count, deepest = count + 1, max(deepest, depth)
        pending += [(child, depth + 1) for child in entry.children or ()]
    return count, deepest


class BranchTests(SimpleTestCase):
    def test_a_short_trace_is_open(self):
        self.assertEqual(lines(Branches().under(as_run(different(20)))), (40, 2))

    def test_of_a_long_one_an_answer_holds_some(self):
        entries = Branches().under(as_run(different(3000)))
        self.assertLessEqual(lines(entries)[0], ALL_OPEN)
        rest = entries[-1]
        self.assertEqual((len(entries), rest.steps, rest.begin, rest.end), (TOGETHER + 1, [], TOGETHER, None))
        self.assertEqual(Branches().under(as_run(different(3000)), rest.begin)[0].step.number, 2 * TOGETHER + 1)

    def test_what_leads_to_an_error_is_open_first(self):
        trace = different(ALL_OPEN - 25)
        trace.roots[-1].children[0].error = "ValueError"
        entries = Branches().under(as_run(trace))
        self.assertIsNotNone(entries[-1].children)
        self.assertIsNone(entries[-2].children)

    def test_a_loop_is_one_line_that_opens_to_all(self):
        whole = as_run(loop(163))
        [entry] = Branches().under(whole)
        self.assertEqual(
            (len(entry.steps), entry.begin, entry.end, entry.period, entry.children), (163, 0, 163, 1, None)
        )
        self.assertEqual(len(Branches().under(whole, entry.begin, entry.end)), TOGETHER + 1)
        rest = Branches().under(whole, entry.begin, entry.end)[-1]
        self.assertEqual(len(Branches().under(whole, rest.begin, rest.end)), 63)

    def test_an_error_in_a_loop_stands_alone(self):
        trace = loop(163)
        trace.roots[80].error = "ValueError"
        self.assertEqual([len(entry.steps) for entry in Branches().under(as_run(trace))], [80, 1, 82])

    def test_other_senders_are_no_repetition(self):
        trace = loop(20)
        for number, root in enumerate(trace.roots):
            root.sender = f"shop.Model{number}"
        self.assertEqual(len(Branches().under(as_run(trace))), 20)

    def test_what_repeats_inside_itself_stays_closed(self):
        trace = chain(40)
        entries = Branches(closed=folds(trace)[0]).under(as_run(trace))
        self.assertEqual(lines(entries), (5, 5))
        self.assertLessEqual(lines(Branches().under(as_run(chain(900))))[1], DEEPEST)

    def test_filters_hide_lines_and_what_stands_between_them(self):
        whole = as_run(different(10))
        entries = Branches(shown={3, 4, 9}).under(whole)
        self.assertEqual([entry.step.number for entry in entries], [3, 9])
        self.assertEqual([entry.begin for entry in entries], [1, 4])
