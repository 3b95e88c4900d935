from lessons.exhibits import bulk
from lessons.tests.exhibits.support import ExhibitTestCase


class BulkTests(ExhibitTestCase):
    def test_nobody_hears_of_them(self):
        side = self.assertGoesWrong(bulk, "3 users, 0 profiles.", users=3, profiles=0)
        self.assertEqual(self.names(side), [])

    def test_who_calls_it_makes_the_profiles(self):
        self.assertHolds(bulk, "3 users, 3 profiles.", users=3, profiles=3)
