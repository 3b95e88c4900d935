from django.test import SimpleTestCase

from lessons.stage import happenings
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector import Node, Trace


class HappeningTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.told = happenings.in_order(self.trace)

    def place(self, kind, name):
        """Return where in the list something of a kind and a name is first."""
        return next(
            place
            for place, each in enumerate(self.told)
            if each.kind == kind and name in (each.what.name if each.kind == "moment" else each.node.short_name)
        )

    def test_all_is_told_in_the_order_of_time(self):
        times = [each.at for each in self.told]
        self.assertEqual(times, sorted(times))

    def test_a_receiver_returns_after_what_it_has_set_off(self):
        called, returned = self.place("called", "create_profile"), self.place("returned", "create_profile")
        inner = [each.node.short_name for each in self.told[called:returned] if each.kind == "sent"]
        self.assertEqual(inner, ["pre_save", "post_save"])

    def test_what_waits_for_the_commit_is_told_before_and_runs_after(self):
        waits, commit = self.place("waits", "user_registered"), self.place("moment", "COMMIT")
        self.assertLess(waits, commit)
        self.assertLess(commit, self.place("run", "user_registered"))

    def test_what_runs_after_the_commit_stands_under_what_was_running_then(self):
        [waited] = [each for each in self.told if each.kind == "sent" and each.node.short_name == "user_registered"]
        self.assertEqual([node.kind for node in waited.running], ["callback"])
        inserted = [each for each in self.told if each.kind == "statement" and "activity_entry" in each.what.sql]
        names = [node.short_name for node in inserted[0].running]
        self.assertEqual(names[1:4], ["log_registration", "user_registered", "user_registered"])


class RoundedTests(SimpleTestCase):
    def test_a_receiver_has_returned_when_the_next_one_is_called_though_the_times_are_rounded(self):
        nodes = [
            Node("receiver", "create_profile", start=0.1, duration=0.2000001),
            Node("receiver", "save_profile", start=0.3, duration=0.1),
        ]
        trace = Trace()
        trace.roots.append(Node("signal", "post_save", start=0.05, duration=0.4, children=nodes))
        told = [(each.kind, each.node.name) for each in happenings.in_order(trace)[1:]]
        names = ["create_profile", "create_profile", "save_profile", "save_profile"]
        self.assertEqual(told, list(zip(["called", "returned"] * 2, names, strict=True)))
