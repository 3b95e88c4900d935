from lessons.exhibits import spy
from lessons.tests.exhibits.support import ExhibitTestCase


class SpyTests(ExhibitTestCase):
    def test_a_listener_makes_django_load_all_rows(self):
        side = self.assertGoesWrong(spy, "4 statements; 300 deletions counted.", counted=300, statements=4)
        self.assertEqual(side.cost.receivers, 300)

    def test_without_one_a_statement_is_enough(self):
        self.assertHolds(spy, "1 statement; 300 deletions counted.", counted=300, statements=1)
