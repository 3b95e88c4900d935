"""What has come of a trial, in sentences."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import SimpleTestCase

from signal_inspector.bench.differing import pairs
from signal_inspector.bench.telling import counts, verdict
from signal_inspector.tests.support import POST_SAVE, make_trace, node
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.trials.changes import Changes, RaisedOnPurpose
from signal_inspector.trials.left import Row
from signal_inspector.trials.running import Outcome


def saved(*names, **values):
    receivers = [node(RECEIVER, f"shop.signals.{name}") for name in names]
    return make_trace(node(SIGNAL, POST_SAVE, *receivers, sender="auth.Group", how="send", **values))


def outcome(*rows, trace=None, **values):
    return Outcome(
        trace or make_trace(), rows=[Row(model, "default", kind, (1,), {}) for model, kind in rows], **values
    )


class VerdictTests(SimpleTestCase):
    def told(self, first, second, **changes):
        return verdict(first, second, Changes(**changes))

    def test_one_of_two_that_belong_together_is_missing(self):
        first = outcome((ContentType, "created"), (Permission, "created"))
        self.assertEqual(
            self.told(first, outcome((ContentType, "created"))), ["The content type is there, its permission is not."]
        )

    def test_nothing_is_left(self):
        first = outcome((Group, "created"), (Permission, "created"))
        (sentence,) = self.told(first, outcome())
        self.assertEqual(
            sentence, "Nothing is left in the database. As it is, this would be left: the group and the permission."
        )

    def test_numbers_differ(self):
        first = outcome((Group, "created"), (Group, "created"), (Permission, "deleted"))
        sentences = self.told(first, outcome((Group, "created"), (Permission, "changed")))
        self.assertEqual(
            sentences,
            [
                "Of auth.Group 1 created, as it is 2.",
                "Of auth.Permission 1 changed, as it is 0.",
                "Of auth.Permission 0 deleted, as it is 1.",
            ],
        )

    def test_who_never_ran(self):
        sentences = self.told(
            outcome(trace=saved("one", "two", "three")),
            outcome(trace=saved("one")),
            receivers={(POST_SAVE, "shop.signals.two"): "off"},
        )
        self.assertEqual(sentences, ["Never ran: three."])

    def test_errors(self):
        failed = outcome(error=RaisedOnPurpose("one was set to raise."))
        self.assertEqual(
            self.told(outcome(), failed),
            ["It ends with RaisedOnPurpose, which whoever called it gets. one was set to raise."],
        )
        self.assertEqual(
            self.told(outcome(error=ValueError()), outcome()), ["ValueError, which it raises as it is, does not come."]
        )
        same = outcome(error=ValueError())
        self.assertEqual(self.told(same, same), ["It raises ValueError with and without the changes."])

    def test_mails(self):
        self.assertEqual(self.told(outcome(mails=2), outcome()), ["0 mails would be sent (as it is: 2)."])

    def test_no_difference(self):
        self.assertIn("No difference", self.told(outcome(), outcome())[0])

    def test_counts_stand_beside_each_other(self):
        (count,) = counts(outcome((Group, "created"), (Group, "changed")), outcome())
        self.assertEqual((count.before, count.after, count.differs), ("1 created, 1 changed", "none", True))


class PairTests(SimpleTestCase):
    def test_lines_are_marked(self):
        first, second = saved("one", "two", "three"), saved("one", "three", "four", error="ValueError")
        self.assertEqual(
            [(pair.mark, (pair.left or pair.right).node.short_name) for pair in pairs(first, second)],
            [("other", "post_save"), ("same", "one"), ("gone", "two"), ("same", "three"), ("added", "four")],
        )

    def test_keys_of_rows_make_no_difference(self):
        marks = [
            each.mark for each in pairs(saved("one", instance="auth.Group:1"), saved("one", instance="auth.Group:2"))
        ]
        self.assertEqual(marks, ["same", "same"])
