"""What a record with details tells: where from, which statements, which transactions. Never a value."""

import inspect
import json

from asgiref.sync import async_to_sync
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from signal_inspector import Trace, record
from signal_inspector.recording import hashing
from signal_inspector.recording.details import masked
from signal_inspector.tests.recording.support import Connected, asked, failing, first, second, told
from signal_inspector.traces.nodes import SIGNAL

HERE = __name__


def line_of(function, text):
    """Return the number of the line of a function that holds a text."""
    lines, start = inspect.getsourcelines(function)
    [place] = [number for number, line in enumerate(lines, start) if text in line]
    return place


def saving(sender, **kwargs):
    """Save a group, two calls further down."""
    save_one()


def save_one():
    """Save a group."""
    Group.objects.create(name="saved")


def asking_again(sender, **kwargs):
    """Send another signal."""
    asked.send(sender)  # here


def node_of(trace, name):
    """Return the only node of a short name."""
    [node] = [node for node, _depth in trace.walk() if node.short_name == name]
    return node


class OriginTests(Connected, TestCase):
    def test_a_signal_knows_the_line_that_sent_it_and_the_line_of_the_receiver(self):
        self.connect(told, asking_again)
        self.connect(asked, first)
        with record(details=True) as trace:
            told.send(None)
        origin = node_of(trace, "told").more.origin
        self.assertEqual((origin.module, origin.name), (HERE, f"{type(self).__name__}.{self._testMethodName}"))
        asked_node = node_of(trace, "asked")
        line = line_of(asking_again, "# here")
        self.assertEqual((asked_node.more.origin.line, asked_node.more.via), (line, line))

    def test_a_save_is_found_behind_django_and_the_receiver_that_led_there(self):
        self.connect(told, saving)
        self.connect(post_save, first, sender=Group)
        with record(details=True) as trace:
            told.send(None)
        node = node_of(trace, "post_save")
        self.assertEqual(node.more.origin, (HERE, line_of(save_one, "Group.objects"), "save_one"))
        self.assertEqual(node.more.via, line_of(saving, "save_one()"))
        [statement] = node_of(trace, "saving").more.statements
        self.assertEqual(statement.place, node.more.origin)

    def test_every_way_of_sending_knows(self):
        self.connect(told, first)

        async def work():
            await told.asend(None)
            await told.asend_robust(None)

        with record(details=True) as trace:
            told.send_robust(None)
            async_to_sync(work)()
        names = [root.more.origin.name.rpartition(".")[2] for root in trace.roots]
        self.assertEqual(names, [self._testMethodName, "work", "work"])

    def test_a_module_that_hides_itself_is_told_of_only_where_there_is_no_other(self):
        names = {"__name__": "hiding", "__tracebackhide__": True, "told": told}
        exec("def tell():\n    told.send(None)", names)
        self.connect(told, first)
        with record(details=True) as trace:
            names["tell"]()
        self.assertEqual(trace.roots[0].more.origin.module, HERE)

    def test_the_names_of_changes_are_told(self):
        self.connect(told, first)
        with record(details=True) as trace:
            told.send(None, changes={"email": ("old secret", "new secret"), "name": (1, 2)})
        self.assertEqual(trace.roots[0].details, {"changes": ["email", "name"]})
        self.assertNotIn("secret", json.dumps(trace.as_data()))

    def test_without_details_nothing_of_it_is_noted(self):
        self.connect(told, saving)
        self.connect(post_save, first, sender=Group)
        with record() as trace:
            told.send(None, changes={"a": 1})
        self.assertEqual(
            [node for node, _ in trace.walk() if node.detail is not None or node.details.get("changes")], []
        )
        self.assertEqual((trace.moments, trace.statements, trace.detailed), ([], [], False))


class ErrorTests(Connected, SimpleTestCase):
    def test_an_error_knows_its_place_and_who_did_not_run_any_more(self):
        for receiver in (first, failing, second):
            self.connect(told, receiver)
        with record(details=True) as trace, self.assertRaises(ZeroDivisionError):
            told.send(None)
        self.assertEqual(node_of(trace, "failing").more.raised_at.line, line_of(failing, "raise"))
        self.assertEqual(trace.roots[0].more.missed, [f"{second.__module__}.second"])

    def test_send_robust_goes_on_and_misses_nobody(self):
        for receiver in (failing, second):
            self.connect(told, receiver)
        with record(details=True) as trace, self.assertLogs("django.dispatch", "ERROR"):
            told.send_robust(None)
        self.assertEqual(node_of(trace, "failing").more.raised_at.name, "failing")
        self.assertEqual(trace.roots[0].more.missed, ())


class StatementTests(TestCase):
    def test_statements_are_told_with_their_time_and_without_values(self):
        with record(details=True) as trace:
            Group.objects.create(name="a secret")
            list(Group.objects.filter(name="another secret"))
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'a third secret' WHERE 12345 = %s -- and a fourth secret", [54321])
        told_sql = [statement.sql for statement in trace.statements]
        self.assertEqual(len(told_sql), 3)
        self.assertEqual(told_sql[2], "SELECT %s WHERE %s = %s")
        self.assertEqual(trace.queries, 3)
        for word in ("secret", "12345", "54321"):
            self.assertNotIn(word, json.dumps(trace.as_data()))
        self.assertTrue(all(each.start >= 0 and 0 < each.duration <= trace.duration for each in trace.statements))
        self.assertAlmostEqual(sum(each.duration for each in trace.statements), trace.query_seconds, delta=0.001)

    def test_literals_of_every_kind_are_replaced(self):
        statements = {
            "SELECT 'it''s', 1, 1.5, $$x$$, E'\\x', X'ab' FROM \"t\"": 'SELECT %s, %s, %s, %s, E%s, X%s FROM "t"',
            'UPDATE t SET "a" = "secret" WHERE "t"."b" = "u"."c"': 'UPDATE t SET "a" = %s WHERE "t"."b" = "u"."c"',
            'INSERT INTO t ("a") VALUES ("secret", %s) RETURNING "t"."id"': (
                'INSERT INTO t ("a") VALUES (%s, %s) RETURNING "t"."id"'
            ),
            "SELECT 'not ended, a secret": "SELECT …",
            "SELECT /* secret */ a\n  FROM t": "SELECT a FROM t",
        }
        for statement, expected in statements.items():
            with self.subTest(statement):
                self.assertEqual(masked(statement, "sqlite"), expected)
        self.assertEqual(masked('SELECT `a` = "secret"', "mysql"), "SELECT `a` = %s")

    def test_a_long_one_is_cut(self):
        self.assertLessEqual(len(masked("SELECT " + ", ".join(["a"] * 50_000), "sqlite")), 2000)


class MomentTests(TransactionTestCase):
    def test_transactions_and_savepoints_stand_in_their_order(self):
        with record(details=True) as trace, transaction.atomic():
            with transaction.atomic():
                Group.objects.create(name="kept")
            try:
                with transaction.atomic():
                    raise InterruptedError
            except InterruptedError:
                pass
        names = [moment.name for moment in trace.moments]
        expected = [
            "BEGIN",
            "SAVEPOINT",
            "RELEASE SAVEPOINT",
            "SAVEPOINT",
            "ROLLBACK TO SAVEPOINT",
            "RELEASE SAVEPOINT",
        ]
        self.assertEqual([name for name in names if name != "COMMIT"][:5], expected[:5])
        self.assertEqual(names[-1], "COMMIT")
        self.assertEqual({moment.using for moment in trace.moments}, {"default"})
        listed = len(trace.statements) + sum(moment.queries for moment in trace.moments)
        self.assertEqual(listed, trace.queries)

    def test_each_tells_where_it_was_asked_for(self):
        def save():
            with transaction.atomic():  # asked
                Group.objects.create(name="kept")

        with record(details=True) as trace:
            save()
        line = line_of(save, "# asked")
        self.assertEqual([(each.name, each.place.line) for each in trace.moments], [("BEGIN", line), ("COMMIT", line)])
        data = json.loads(json.dumps(trace.as_data()))
        self.assertEqual(Trace.from_data(data).moments[0].place, trace.moments[0].place)
        for moment in data["moments"]:
            moment.pop()  # as early traces of version 2 have it
        self.assertIsNone(Trace.from_data(data).moments[0].place)

    def test_a_rollback_is_told(self):
        with record(details=True) as trace, self.assertRaises(InterruptedError), transaction.atomic():
            raise InterruptedError
        self.assertEqual([moment.name for moment in trace.moments], ["BEGIN", "ROLLBACK"])

    def test_a_callback_knows_where_it_was_given_and_where_it_ran(self):
        def outer(sender, **kwargs):
            with transaction.atomic():
                inner.send(None)

        def give(sender, **kwargs):
            transaction.on_commit(after)  # given

        def after():
            pass

        inner = Signal()
        told.connect(outer)
        inner.connect(give)
        self.addCleanup(told.disconnect, outer)
        with record(details=True) as trace:
            told.send(None)
        node = node_of(trace, "after")
        self.assertEqual(node.more.origin.line, line_of(give, "# given"))
        self.assertEqual(node.more.ran_in.short_name, "outer")
        again = Trace.from_data(json.loads(json.dumps(trace.as_data())))
        self.assertEqual(node_of(again, "after").more.ran_in.short_name, "outer")

    def test_one_that_runs_outside_of_everything_says_so(self):
        with record(details=True) as trace, transaction.atomic():
            transaction.on_commit(lambda: None)
        self.assertEqual((trace.roots[0].ran, trace.roots[0].more.ran_in), (True, None))


class HashingTests(SimpleTestCase):
    def test_a_password_that_is_hashed_or_checked_is_told_once_and_not_in_words(self):
        hashers = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        with override_settings(PASSWORD_HASHERS=hashers), record(details=True) as trace:
            encoded = make_password("a secret")
            check_password("a secret", encoded)
        self.assertEqual([moment.name for moment in trace.moments], ["password hashed", "password checked"])
        self.assertNotIn("secret", json.dumps(trace.as_data()))
        self.assertEqual({moment.place.module for moment in trace.moments}, {__name__})

    def test_the_hasher_is_django_s_own_again(self):
        with record(details=True), record(details=True):
            self.assertTrue(hashing._replaced)
        self.assertEqual(hashing._replaced, [])


class StoredTests(Connected, TestCase):
    def test_a_trace_with_details_is_the_same_after_it_was_stored(self):
        self.connect(told, saving)
        self.connect(post_save, first, sender=Group)
        with record(details=True) as trace, transaction.atomic():
            told.send(None)
            transaction.on_commit(lambda: None)
        data = json.loads(json.dumps(trace.as_data()))
        again = Trace.from_data(data)
        self.assertEqual(json.loads(json.dumps(again.as_data())), data)
        self.assertEqual(again.moments[0].name, "SAVEPOINT")
        [statement], [before] = (node_of(each, "saving").more.statements for each in (again, trace))
        self.assertEqual((statement.sql, statement.place), (before.sql, before.place))

    def test_a_trace_of_the_first_version_is_read(self):
        data = {
            "version": 1,
            "started": "2026-11-01T10:00:00+00:00",
            "duration": 1.0,
            "queries": 2,
            "query_seconds": 0.1,
            "left_out": 0,
            "unheard": [["a.b", "c", 3]],
            "nodes": [
                {"kind": SIGNAL, "name": "a.b", "how": "send"},
                {"kind": "receiver", "name": "a.c", "parent": 0},
            ],
        }
        trace = Trace.from_data(data)
        self.assertEqual([node.name for node, _depth in trace.walk()], ["a.b", "a.c"])
        self.assertEqual((trace.detailed, trace.moments, trace.roots[0].more.origin), (False, [], None))
        with self.assertRaises(ValueError):
            Trace.from_data({**data, "version": 99})

    def test_a_record_in_a_record_hands_its_details_on(self):
        self.connect(told, saving)
        with record(details=True) as outer, record(details=True) as inner, transaction.atomic():
            told.send(None)
            Group.objects.count()
        for trace in (outer, inner):
            self.assertEqual(len(node_of(trace, "saving").more.statements), 1)
            self.assertEqual(trace.moments[0].name, "SAVEPOINT")
            self.assertEqual(len(trace.statements), 1)
