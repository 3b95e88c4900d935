"""What is left in the database."""

from unittest import mock

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TestCase

from signal_inspector.trials import left
from signal_inspector.trials.left import Tables
from signal_inspector.trials.running import run


def told(work):
    return [(row.model._meta.label, row.kind, sorted(row.values)) for row in run(lambda: work).rows]


class RowTests(TestCase):
    def setUp(self):
        self.group = Group.objects.create(name="Editors")

    def test_what_sends_no_signal_is_seen(self):
        self.assertEqual(told(lambda: Group.objects.update(name="Writers")), [("auth.Group", "changed", ["name"])])
        self.assertEqual(len(told(lambda: Group.objects.bulk_create([Group(name="a"), Group(name="b")]))), 2)
        self.assertEqual(
            told(lambda: connection.cursor().execute("DELETE FROM auth_group")), [("auth.Group", "deleted", [])]
        )

    def test_members_of_a_relation_are_rows_between(self):
        right = Permission.objects.first()
        self.assertEqual(
            told(lambda: self.group.permissions.set([right]))[0][:2], ("auth.Group_permissions", "created")
        )

    def test_what_is_written_and_taken_back_is_nothing(self):
        def story():
            self.group.name = "Writers"
            self.group.save()
            Group.objects.update(name="Editors")

        self.assertEqual(told(story), [])

    def test_looking_is_not_recorded(self):
        outcome = run(lambda: lambda: Group.objects.create(name="Writers"))
        self.assertEqual(outcome.trace.counts()["queries"], 1)

    def test_of_a_large_table_new_rows_and_the_number_are_told(self):
        def story():
            Group.objects.create(name="x")
            Group.objects.filter(name="Editors").delete()
            Group.objects.filter(name="b").update(name="y")

        Group.objects.bulk_create([Group(name="b"), Group(name="c")])
        with mock.patch.object(left, "MOST_ROWS", 2):
            outcome = run(lambda: story)
        found = [(row.kind, row.key != ()) for row in outcome.rows if row.model is Group]
        self.assertEqual(found, [("created", True), ("deleted", False)])
        self.assertEqual(outcome.tables.large.count("auth.Group"), 1)

    def test_a_table_that_can_not_be_read_is_named(self):
        with mock.patch.object(Group._meta, "db_table", "nowhere"):
            tables = Tables()
        tables._models["nowhere"] = ContentType
        with mock.patch.object(left.Tables, "_read", return_value=None):
            tables.look_before(connection, "INSERT INTO nowhere VALUES (1)")
        self.assertEqual(tables.rows(), [])


class StatementTests(TestCase):
    def written(self, sql):
        return [model._meta.label for model in Tables()._written(sql)]

    def test_tables_are_found_in_statements(self):
        for sql in (
            'INSERT INTO "auth_group" ("name") VALUES (%s)',
            "INSERT OR IGNORE INTO auth_group VALUES (1)",
            'UPDATE "auth_group" SET "name" = %s',
            "DELETE FROM `auth_group`",
            'DELETE FROM ONLY "public"."auth_group"',
            'WITH x AS (SELECT 1) INSERT INTO "auth_group" SELECT * FROM x',
        ):
            with self.subTest(sql):
                self.assertEqual(self.written(sql), ["auth.Group"])

    def test_reading_is_no_writing(self):
        self.assertEqual(self.written('SELECT "auth_group"."id" FROM "auth_group" FOR UPDATE'), [])
