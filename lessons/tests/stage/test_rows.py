from django.test import SimpleTestCase

from lessons.stage.folding import steps_of
from lessons.stage.rows import rows_of, table_of, what_is_done
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector.traces.nodes import Statement


class RowTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.steps = steps_of(self.trace)
        self.rows = rows_of(self.steps)
        self.commit = next(step.number for step in self.steps if step.kind == "end")

    def row(self, table):
        return next(row for row in self.rows if row.table == table)

    def test_each_row_that_was_written_is_there_once(self):
        labels = [row.label for row in self.rows]
        expected = "auth.User users.Profile delivery.Delivery activity.Entry activity.Entry users.AccountSession"
        self.assertEqual(labels, expected.split())

    def test_a_signal_tells_the_key(self):
        self.assertEqual([row.key.isdecimal() for row in self.rows[:3]], [True, True, False])

    def test_a_row_is_not_committed_until_the_commit(self):
        for table in ("auth_user", "users_profile"):
            before = [committed for number, _done, committed in self.row(table).states if number < self.commit]
            self.assertEqual(set(before), {False}, table)
            self.assertIn((self.commit, True), [(state[0], state[2]) for state in self.row(table).states], table)

    def test_one_outside_of_a_transaction_is_committed_at_once(self):
        self.assertEqual([state[2] for state in self.row("activity_entry").states], [True])

    def test_columns_that_are_changed_have_their_names(self):
        self.assertEqual(self.row("auth_user").states[-1][1], ("changed", ["last_login"]))
        self.assertIn(("changed", ["name_key", "email_key"]), [state[1] for state in self.row("users_profile").states])


class StatementTests(SimpleTestCase):
    def statement(self, sql):
        return Statement(sql, 0.0, 0.0, None)

    def test_the_table_is_read_from_the_statement(self):
        cases = {
            'INSERT INTO "auth_user" ("id") VALUES (%s)': "auth_user",
            "UPDATE `auth_user` SET `id` = %s": "auth_user",
            'DELETE FROM "auth_user"': "auth_user",
            'SELECT 1 FROM "auth_user"': "auth_user",
            "PRAGMA x": "",
        }
        for sql, table in cases.items():
            self.assertEqual(table_of(self.statement(sql)), table, sql)

    def test_what_is_done_is_read_from_it_too(self):
        update = 'UPDATE "t" SET "a" = %s, "b" = ("t"."b" + %s) WHERE "t"."id" = %s'
        self.assertEqual(what_is_done(self.statement(update)), ("changed", ["a", "b"]))
        self.assertEqual(what_is_done(self.statement('DELETE FROM "t"')), ("deleted", []))
        self.assertEqual(what_is_done(self.statement('INSERT INTO "t"')), ("new", []))
