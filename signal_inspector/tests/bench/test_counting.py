"""What is left in the database, in numbers and sentences."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import SimpleTestCase

from signal_inspector.bench.counting import counts, differences, other_values, the_same
from signal_inspector.tests.bench.support import outcome


class DifferenceTests(SimpleTestCase):
    def test_one_of_two_that_belong_together_is_missing(self):
        first = outcome((ContentType, "created"), (Permission, "created"))
        self.assertEqual(
            differences(first, outcome((ContentType, "created"))),
            ["The content type is there, its permission is not."],
        )

    def test_nothing_is_left_of_what_would_be_created(self):
        first = outcome((Group, "created"), (Permission, "created"), (Permission, "created"))
        (sentence,) = differences(first, outcome())
        self.assertEqual(
            sentence, "Nothing is left in the database. As it is, this would be left: the group and 2 permissions."
        )

    def test_what_was_there_before_is_there_still(self):
        for kind in ("deleted", "changed"):
            with self.subTest(kind):
                told = differences(outcome((Group, kind)), outcome())
                self.assertEqual(told, ["Nothing would be changed: group 1 is still there, as before."])
        first = outcome((Group, "changed"), (Permission, "deleted"), (ContentType, "created"))
        self.assertEqual(
            differences(first, outcome()),
            [
                "Nothing would be changed: group 1 and permission 1 are still there, as before.",
                "Not created: the content type.",
            ],
        )

    def test_numbers_differ(self):
        first = outcome((Group, "created"), (Group, "created"), (Permission, "deleted"), (ContentType, "created"))
        second = outcome((Group, "created"), (Permission, "changed"))
        self.assertEqual(
            differences(first, second),
            [
                "Not there: the content type.",
                "1 row of auth.Group created instead of 2.",
                "1 row of auth.Permission changed instead of 0.",
                "0 rows of auth.Permission deleted instead of 1.",
            ],
        )

    def test_counts_stand_beside_each_other(self):
        (count,) = counts(outcome((Group, "created"), (Group, "changed")), outcome())
        self.assertEqual((count.before, count.after, count.differs), ("1 created, 1 changed", "none", True))

    def test_the_same_rows(self):
        self.assertEqual(
            the_same(outcome((Group, "created"))),
            "The same rows are left, with and without your changes: auth.Group 1 created.",
        )
        self.assertEqual(the_same(outcome()), "No row would change, with or without your changes.")


class ValueTests(SimpleTestCase):
    def test_values_differ_though_numbers_do_not(self):
        first, second = (outcome((Group, "created", {"name": name})) for name in "ab")
        self.assertEqual(other_values(first, second, first), ["Other values in auth.Group: name."])
        self.assertEqual(other_values(first, first, first), [])

    def test_a_column_that_is_never_the_same_says_nothing(self):
        first, second, third = (outcome((Group, "created", {"name": name})) for name in "abc")
        self.assertEqual(other_values(first, second, third), [])

    def test_keys_of_new_rows_say_nothing(self):
        first, second = (outcome((Group, "created", {"id": 1})) for _ in range(2))
        second.rows[0].key, second.rows[0].values = (2,), {"id": 2}
        self.assertEqual(other_values(first, second, None), [])

    def test_another_row_is_other_values(self):
        first, second = outcome((Group, "deleted")), outcome((Group, "deleted"))
        second.rows[0].key = (2,)
        self.assertEqual(other_values(first, second, None), ["Other values in auth.Group: id."])
