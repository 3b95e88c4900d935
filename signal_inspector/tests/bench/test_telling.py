"""What has come of a trial, in sentences."""

from django.contrib.auth.models import Group
from django.test import SimpleTestCase

from signal_inspector.bench.telling import changed_in_words, verdict
from signal_inspector.tests.bench.support import outcome
from signal_inspector.tests.support import POST_SAVE, make_trace, node
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.trials.changes import Changes, RaisedOnPurpose


def saved(*names, **values):
    receivers = [node(RECEIVER, f"shop.signals.{name}") for name in names]
    return make_trace(node(SIGNAL, POST_SAVE, *receivers, sender="auth.Group", how="send", **values))


NO_ROWS = "No row would change, with or without your changes."


class VerdictTests(SimpleTestCase):
    def told(self, first, second, **changes):
        return verdict(first, second, Changes(**changes))

    def test_who_never_ran(self):
        sentences = self.told(
            outcome(trace=saved("one", "two", "three")),
            outcome(trace=saved("one")),
            receivers={(POST_SAVE, "shop.signals.two"): "off"},
        )
        self.assertEqual(sentences, ["Never ran: three.", NO_ROWS])

    def test_errors(self):
        failed = outcome(error=RaisedOnPurpose("one was set to raise."))
        self.assertEqual(
            self.told(outcome(), failed),
            ["It ends with RaisedOnPurpose, which whoever called it gets. one was set to raise.", NO_ROWS],
        )
        self.assertEqual(
            self.told(outcome(), outcome(error=ValueError("no"))),
            ["It ends with ValueError, which whoever called it gets. ValueError: no", NO_ROWS],
        )
        self.assertEqual(
            self.told(outcome(error=ValueError()), outcome()),
            ["ValueError, which it raises as it is, does not come.", NO_ROWS],
        )
        same = outcome(error=ValueError())
        self.assertEqual(self.told(same, same), ["It raises ValueError with and without the changes.", NO_ROWS])

    def test_mails(self):
        self.assertEqual(self.told(outcome(mails=2), outcome()), ["0 mails would be sent (as it is: 2).", NO_ROWS])

    def test_files(self):
        self.assertEqual(
            self.told(outcome(), outcome(files=1))[0], "1 file would be written or removed (as it is: 0)."
        )

    def test_other_rows_come_first_and_the_same_ones_last(self):
        failed = outcome((Group, "created"), error=ValueError())
        self.assertIn("Nothing is left", self.told(failed, outcome())[0])
        self.assertIn("The same rows are left", self.told(outcome((Group, "created")), failed)[-1])

    def test_no_difference(self):
        (sentence,) = self.told(outcome(), outcome())
        self.assertIn("No difference: the same receivers ran", sentence)
        changes = {"receivers": {(POST_SAVE, "shop.signals.one"): "off"}}
        self.assertIn(
            "No difference beside that: all others ran",
            self.told(outcome(trace=saved("one", "two")), outcome(trace=saved("two")), **changes)[0],
        )

    def test_changes_in_words(self):
        receivers = {
            (POST_SAVE, "shop.f.<locals>.<lambda>"): "off",
            (POST_SAVE, "shop.f", "auth.Group"): "raise",
            (POST_SAVE, "shop.f", ""): "off",
        }
        self.assertEqual(
            changed_in_words(Changes(receivers, {"shop.told": "send_robust"})),
            ["f: off", "f (auth.Group): raises", "f: off", "told: send_robust()"],
        )
