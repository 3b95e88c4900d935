"""The lines of trials, in the order in which they ran, one beside the other."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.test import SimpleTestCase, TestCase

from signal_inspector.bench.differing import pairs
from signal_inspector.bench.ordered import lines_of, written_model
from signal_inspector.tests.bench.test_telling import saved
from signal_inspector.tests.trials.support import GroupReceivers, a_group, make_right
from signal_inspector.traces.nodes import Statement
from signal_inspector.trials.running import run


def tell_later(sender, instance, **kwargs):
    transaction.on_commit(lambda: Group.objects.filter(pk=instance.pk).update(name="told"))


class LineTests(GroupReceivers, TestCase):
    receivers = (make_right, tell_later)

    def lines(self, **options):
        return [
            (line.depth, line.name, line.about.partition(":")[0], line.giver)
            for line in lines_of(run(a_group, details=True, **options).trace)
        ]

    def test_a_row_comes_before_post_save_and_what_waited_after_the_commit(self):
        self.assertEqual(
            self.lines(atomic=True),
            [
                (0, "BEGIN", "", ""),
                (0, "INSERT", "auth.Group", ""),
                (0, "post_save", "auth.Group", ""),
                (1, "make_right", "", ""),
                (2, "INSERT", "auth.Permission", ""),
                (1, "tell_later", "", ""),
                (0, "COMMIT", "", ""),
                (0, "tell_later", "", "tell_later"),
                (1, "UPDATE", "auth.Group", ""),
            ],
        )

    def test_what_did_not_wait_stands_where_it_was_given(self):
        lines = self.lines()
        self.assertIn((2, "tell_later", "", ""), lines)
        self.assertNotIn("COMMIT", [name for _depth, name, *_rest in lines])


class StatementTests(SimpleTestCase):
    def test_the_model_is_that_of_the_first_table(self):
        for sql, model in (
            ('INSERT INTO "auth_group" ("name") VALUES (%s)', Group),
            ("UPDATE auth_permission SET name = %s", Permission),
            ('DELETE FROM "nobodys"', None),
            ('SELECT * FROM "auth_group"', None),
        ):
            with self.subTest(sql):
                self.assertIs(written_model(Statement(sql, 0, 0, None)), model)


class PairTests(SimpleTestCase):
    def test_lines_are_marked(self):
        first, second = saved("one", "two", "three"), saved("one", "three", "four", error="ValueError")
        self.assertEqual(
            [(pair.mark, (pair.left or pair.right).name) for pair in pairs(first, second)],
            [("other", "post_save"), ("same", "one"), ("gone", "two"), ("same", "three"), ("added", "four")],
        )

    def test_keys_of_rows_make_no_difference(self):
        marks = [
            each.mark for each in pairs(saved("one", instance="auth.Group:1"), saved("one", instance="auth.Group:2"))
        ]
        self.assertEqual(marks, ["same", "same"])
