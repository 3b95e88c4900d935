from django.test import SimpleTestCase

from signal_inspector.tests.support import POST_SAVE, make_trace, node
from signal_inspector.traces.comparing import differences
from signal_inspector.traces.comparing.differences import ADDED, FASTER, FEWER, GONE, MORE, OTHER, SLOWER
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail, Statement

HERE = (None, 1, 1)


def changes(before, after):
    times = {id(each): each.duration for each in (before, after) if each}
    return differences.changes(before, after, "", HERE, times)


def kinds(before, after):
    return [change.kind for change in changes(before, after)]


class DifferenceTests(SimpleTestCase):
    def test_added_and_gone(self):
        one = node(RECEIVER, "a")
        self.assertEqual(kinds(None, one), [ADDED])
        self.assertEqual(kinds(one, None), [GONE])
        self.assertEqual(kinds(one, one), [])

    def test_slower_and_faster_by_the_ratio_and_the_floor(self):
        for before, after, expected in (
            (0.001, 0.2, [SLOWER]),
            (0.2, 0.001, [FASTER]),
            (0.0001, 0.004, []),  # forty times, and nobody notices
            (1.0, 1.4, []),  # much, and not half as much again
            (0.01, 0.016, [SLOWER]),
        ):
            with self.subTest(before=before, after=after):
                one, other = node(RECEIVER, "a", duration=before), node(RECEIVER, "a", duration=after)
                self.assertEqual(kinds(one, other), expected)

    def test_a_signal_is_as_slow_as_its_receivers(self):
        self.assertEqual(kinds(node(SIGNAL, POST_SAVE), node(SIGNAL, POST_SAVE, duration=9)), [])

    def test_statements(self):
        one, other = node(RECEIVER, "a", queries=1), node(RECEIVER, "a", queries=3)
        self.assertEqual(kinds(one, other), [MORE])
        self.assertEqual(changes(other, one)[0], (FEWER, "2 statements fewer", "−2"))

    def test_what_came_of_it(self):
        for before, after, text in (
            ({}, {"error": "ValueError"}, "raises ValueError now"),
            ({"error": "KeyError"}, {"error": "ValueError"}, "raises ValueError, before KeyError"),
            ({"error": "KeyError"}, {}, "does not raise KeyError any more"),
            ({}, {"ran": False}, "does not run any more"),
            ({"how": "send"}, {"how": "send_robust"}, "send_robust(), before send()"),
            ({"details": {"created": True}}, {"details": {"created": False}}, "created is False, before True"),
            ({}, {"details": {"update_fields": ["a"]}}, "update_fields is a, before None"),
        ):
            with self.subTest(text):
                found = changes(node(CALLBACK, "a", **before), node(CALLBACK, "a", **after))
                self.assertEqual([(change.kind, change.text) for change in found], [(OTHER, text)])

    def test_a_signal_is_stopped_by_what_a_receiver_raises(self):
        one, other = node(SIGNAL, "a"), node(SIGNAL, "a", error="ValueError")
        self.assertEqual(changes(one, other)[0].text, "is stopped by ValueError now")
        self.assertEqual(changes(other, one)[0].text, "is not stopped by ValueError any more")

    def test_what_one_record_alone_can_tell_is_no_change(self):
        one, other = node(SIGNAL, "a"), node(SIGNAL, "a", details={"changes": ["email"]})
        self.assertEqual(kinds(one, other), [])
        self.assertEqual(kinds(node(SIGNAL, "a", details={"changes": ["bio"]}), other), [OTHER])

    def test_which_statements(self):
        one, two = (Statement(f"SELECT {number}", 0, 0, None) for number in (1, 2))
        self.assertEqual(differences.texts([one, one], [one, two]), (["SELECT 2"], ["SELECT 1"]))


class OwnTimeTests(SimpleTestCase):
    def own(self, *roots):
        trace = make_trace(*roots)
        times = differences.own_times(trace)
        return {each.name: round(times[id(each)], 6) for each, _depth in trace.walk()}

    def test_what_it_called_is_not_its_own(self):
        inner = node(RECEIVER, "inner", duration=0.2)
        outer = node(RECEIVER, "outer", node(SIGNAL, "signal", inner, duration=0.25), duration=0.3)
        self.assertEqual(self.own(outer), {"outer": 0.05, "signal": 0.05, "inner": 0.2})

    def test_a_callback_counts_for_what_ran_it(self):
        commits = node(RECEIVER, "commits", duration=0.5)
        callback = node(CALLBACK, "callback", duration=0.4, detail=Detail(ran_in=commits))
        gives = node(RECEIVER, "gives", callback, duration=0.1)
        self.assertEqual(self.own(gives, commits), {"gives": 0.1, "callback": 0.4, "commits": 0.1})

    def test_asynchronous_receivers_take_no_less_than_nothing(self):
        both = [node(RECEIVER, name, duration=0.3, asynchronous=True) for name in "ab"]
        self.assertEqual(self.own(node(SIGNAL, "signal", *both, duration=0.4))["signal"], 0)
