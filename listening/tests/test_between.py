"""What waits on an instance belongs to one save, also if saves nest or fail."""

import pickle

from django.contrib.auth.models import Group
from django.test import SimpleTestCase

from listening.between import MOST_WAITING, Between


class BetweenTests(SimpleTestCase):
    def setUp(self):
        self.place, self.group = Between("sample"), Group(name="editors")

    def test_what_was_left_is_taken_once(self):
        self.assertTrue(self.place.is_empty(self.group))
        self.place.leave(self.group, "old")
        self.assertFalse(self.place.is_empty(self.group))
        self.assertEqual(self.place.take(self.group), "old")
        self.assertTrue(self.place.is_empty(self.group))
        self.assertEqual(self.place.take(self.group, default="none"), "none")

    def test_nested_saves_take_their_own(self):
        self.place.leave(self.group, "outer", key=None)
        self.place.leave(self.group, "inner", key=frozenset({"name"}))
        self.assertEqual(self.place.take(self.group, key=frozenset({"name"})), "inner")
        self.assertEqual(self.place.take(self.group, key=None), "outer")

    def test_what_a_failed_save_left_is_forgotten_by_the_next_that_ends(self):
        for value in ("outer", "failed", "failed again"):
            self.place.leave(self.group, value, key=value)
        self.assertEqual(self.place.take(self.group, key="outer"), "outer")
        self.assertTrue(self.place.is_empty(self.group))

    def test_a_key_that_nobody_left_takes_nothing(self):
        self.place.leave(self.group, "old", key="one")
        self.assertIsNone(self.place.take(self.group, key="two"))
        self.assertEqual(self.place.take(self.group, key="one"), "old")

    def test_saves_that_fail_for_ever_leave_a_few(self):
        for number in range(3 * MOST_WAITING):
            self.place.leave(self.group, number)
        self.assertEqual(len(self.group.__dict__[self.place.attribute]), MOST_WAITING)
        self.assertEqual(self.place.take(self.group), 3 * MOST_WAITING - 1)

    def test_two_places_and_two_instances_never_meet(self):
        self.place.leave(self.group, "old")
        self.assertTrue(Between("another").is_empty(self.group))
        self.assertTrue(self.place.is_empty(Group(name="editors")))

    def test_an_instance_can_be_pickled_meanwhile(self):
        self.place.leave(self.group, "old")
        self.assertEqual(self.place.take(pickle.loads(pickle.dumps(self.group))), "old")
