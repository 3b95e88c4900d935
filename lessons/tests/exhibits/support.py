"""What the tests of the exhibits have in common."""

from django.db import connections
from django.test import TestCase

from lessons.running.receivers import MODEL_SIGNALS, own_signals
from lessons.running.trying import recorded
from lessons.running.turns import alone
from signal_inspector.reading.private import entries_of

COUNTED = ("statements", "receivers")


def connected(exhibit):
    """Return how many receivers the signals have that an exhibit may use."""
    return [sum(not each.dead for each in entries_of(one)) for one in (*MODEL_SIGNALS, *own_signals(exhibit))]


class ExhibitTestCase(TestCase):
    """Run the sides of an exhibit, of which nothing must be left."""

    def run_side(self, exhibit, name):
        """Return a ``Side``."""
        before, usual = connected(exhibit), connections["default"]
        with self.assertNumQueries(0), alone():  # of the site's database
            side = recorded(exhibit, name)
        self.assertEqual(connected(exhibit), before)
        self.assertIs(connections["default"], usual)
        return side

    def assertGoesWrong(self, exhibit, sentence, **left):
        """Fail where the naive side leaves something else, says something else, or counts as right."""
        return self.check(exhibit, "naive", False, sentence, left)

    def assertHolds(self, exhibit, sentence, **left):
        """Fail where the right side leaves something else, says something else, or counts as wrong."""
        return self.check(exhibit, "right", True, sentence, left)

    def check(self, exhibit, name, holds, sentence, left):
        side = self.run_side(exhibit, name)
        self.assertEqual({key: side.left[key] for key in side.left.keys() - {*COUNTED} | left.keys()}, left)
        self.assertEqual((side.sentence, side.holds), (sentence, holds))
        return side

    def names(self, side):
        """Return the short names of what fired, in the order of the tree."""
        return [node.short_name for node, _depth in side.trace.walk()]
