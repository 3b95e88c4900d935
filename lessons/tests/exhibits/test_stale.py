from lessons.exhibits import stale
from lessons.tests.exhibits.support import ExhibitTestCase

CHANGES = ["open to closed", "closed to open"]


class StaleTests(ExhibitTestCase):
    def test_a_snapshot_misses_what_a_stale_copy_undoes(self):
        sentence = "In the database: open to closed, closed to open. Told: open to closed."
        self.assertGoesWrong(stale, sentence, happened=CHANGES, told=CHANGES[:1])

    def test_what_is_stored_tells_both(self):
        sentence = "In the database: open to closed, closed to open. Told: open to closed, closed to open."
        self.assertHolds(stale, sentence, happened=CHANGES, told=CHANGES)
