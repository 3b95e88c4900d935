"""A trial: what it changes, what it leaves, and what stays outside of it."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock, skipUnless

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection, connections, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.test import TestCase, TransactionTestCase

from signal_inspector.reading import private
from signal_inspector.tests.trials.support import HERE, POST_SAVE, GroupReceivers, a_group, kinds, look_on
from signal_inspector.trials import changes, running
from signal_inspector.trials.changes import Changes, RaisedOnPurpose
from signal_inspector.trials.running import run

GROUP, RIGHT = ("auth.Group", "created"), ("auth.Permission", "created")
MAKE_RIGHT = (POST_SAVE, f"{HERE}.make_right")


def changed(action, key=MAKE_RIGHT, **options):
    return run(a_group, Changes({key: action}), **options)


class LeftTests(GroupReceivers, TestCase):
    databases = {"default", "other"}

    def test_nothing_stays(self):
        before = Group.objects.count(), Permission.objects.count()
        outcome = run(a_group)
        self.assertEqual(kinds(outcome), [GROUP, RIGHT])
        self.assertEqual((Group.objects.count(), Permission.objects.count()), before)
        self.assertEqual(outcome.rolled_back, ["default", "other"])

    def test_without_atomic_an_error_leaves_what_was_saved_before_it(self):
        outcome = changed("raise")
        self.assertEqual(kinds(outcome), [GROUP])
        self.assertIsInstance(outcome.error, RaisedOnPurpose)
        self.assertIn("make_right was set to raise", str(outcome.error))

    def test_atomic_takes_it_back(self):
        outcome = changed("raise", atomic=True)
        self.assertEqual((kinds(outcome), outcome.on_purpose), ([], True))

    def test_a_receiver_that_is_off_does_nothing(self):
        outcome = changed("off")
        self.assertEqual((kinds(outcome), outcome.error), ([GROUP], None))

    def test_robust_sending_goes_on_after_an_error(self):
        self.hear(look_on)
        with self.assertLogs("django.dispatch", "ERROR"):
            outcome = run(a_group, Changes({MAKE_RIGHT: "raise"}, {POST_SAVE: "send_robust"}))
        self.assertIsNone(outcome.error)
        self.assertIn("look_on", outcome.trace.as_text())

    def test_a_receiver_that_raises_already_does_so(self):
        self.hear(lambda **kwargs: 1 / 0)
        outcome = run(a_group)
        self.assertEqual(
            (outcome.error_name, outcome.on_purpose, kinds(outcome)), ("ZeroDivisionError", False, [GROUP, RIGHT])
        )

    def test_nothing_is_left_of_no_rows(self):
        outcome = run(lambda: Group.objects.none().delete)
        self.assertEqual((kinds(outcome), outcome.error, outcome.trace.roots), ([], None, []))

    def test_what_is_prepared_is_neither_recorded_nor_left(self):
        def prepare():
            group = Group.objects.create(name="Writers")
            return group.delete

        outcome = run(prepare)
        self.assertEqual(kinds(outcome), [("auth.Group", "deleted")])
        self.assertNotIn("make_right", outcome.trace.as_text())


class CommitTests(GroupReceivers, TestCase):
    """Commits are pretended, and mean what they mean."""

    def test_autocommit_is_what_code_sees(self):
        seen = []
        run(lambda: lambda: seen.append((connection.in_atomic_block, connection.get_autocommit())))
        self.assertEqual(seen, [(False, True)])

    def test_a_callback_runs_at_the_commit_and_not_before(self):
        def story():
            with transaction.atomic():
                transaction.on_commit(lambda: Group.objects.create(name="after"))
                told.append(Group.objects.filter(name="after").exists())
            told.append(Group.objects.filter(name="after").exists())

        told = []
        run(lambda: story)
        self.assertEqual(told, [False, True])

    def test_a_callback_does_not_run_after_a_rollback_or_where_it_is_not_wanted(self):
        def story():
            with transaction.atomic():
                transaction.on_commit(lambda: ran.append("kept"))
            with transaction.atomic():
                transaction.on_commit(lambda: ran.append("lost"))
                transaction.set_rollback(True)

        ran = []
        run(lambda: story)
        run(lambda: story, callbacks=False)
        self.assertEqual(ran, ["kept"])

    def test_a_statement_that_fails_in_autocommit_fails_alone(self):
        def story():
            Group.objects.create(name="one")
            try:
                Group.objects.create(name="one")
            except IntegrityError:
                Group.objects.create(name="two")

        outcome = run(lambda: story)
        self.assertIsNone(outcome.error)
        self.assertEqual([row.values["name"] for row in outcome.rows if row.model is Group], ["one", "two"])

    def test_a_durable_block_is_outermost(self):
        def story():
            with transaction.atomic(durable=True):
                Group.objects.create(name="one")

        self.assertIsNone(run(lambda: story).error)

    def test_the_connection_is_as_it_was(self):
        names = ("in_atomic_block", "autocommit", "savepoint_ids", "atomic_blocks", "needs_rollback")
        before = [getattr(connection, name) for name in names]
        changed("raise", atomic=True)
        self.assertEqual([getattr(connection, name) for name in names], before)
        self.assertNotIn("close", vars(connection))

    def test_a_statement_of_its_own_that_commits_is_refused(self):
        outcome = run(lambda: lambda: connection.cursor().execute("COMMIT"))
        self.assertEqual(outcome.error_name, "Refused")
        self.assertEqual(len(outcome.refused), 1)

    def test_so_is_whatever_else_begins_or_ends_it(self):
        for sql in ("/* now */ commit", "-- now\nEND", "BEGIN IMMEDIATE", "ROLLBACK", "ROLLBACK TRANSACTION"):
            with self.subTest(sql):
                outcome = run(lambda sql=sql: lambda: connection.cursor().execute(sql))
                self.assertEqual((outcome.error_name, len(outcome.refused)), ("Refused", 1))

    def test_an_error_leaves_an_inner_block_as_it_would_in_earnest(self):
        def story():
            with transaction.atomic():
                Group.objects.create(name="kept")
                try:
                    with transaction.atomic():
                        Group.objects.create(name="lost")
                        raise ValueError
                except ValueError:
                    Group.objects.create(name="after it")
                with transaction.atomic():
                    raise KeyError

        def caught():
            with contextlib.suppress(KeyError):
                story()
            with transaction.atomic():
                savepoint = connection.savepoint()
                Group.objects.create(name="lost")
                connection.savepoint_rollback(savepoint)
                Group.objects.create(name="kept")

        outcome = run(lambda: story)
        self.assertEqual((outcome.error_name, kinds(outcome), outcome.refused), ("KeyError", [], []))
        outcome = run(lambda: caught)
        self.assertEqual((outcome.error, outcome.refused), (None, []))
        self.assertEqual([row.values["name"] for row in outcome.rows if row.model is Group], ["kept"])

    def test_nobody_closes_the_connection(self):
        def story():
            Group.objects.create(name="one")
            connection.close()
            Group.objects.create(name="two")

        self.assertEqual(len(run(lambda: story).rows), 4)
        self.assertFalse(Group.objects.filter(name="two").exists())


class TimeTests(GroupReceivers, TestCase):
    def test_waits_are_counted_and_bounded(self):
        with mock.patch.object(time, "sleep") as sleep:
            outcome = run(
                lambda: lambda: [Group.objects.create(name=str(number)) for number in range(12)],
                Changes({MAKE_RIGHT: "wait"}),
            )
        self.assertEqual((outcome.waits, sleep.call_count), (10, 10))
        sleep.assert_called_with(0.2)
        self.assertEqual(len(outcome.rows), 24)

    def test_a_trial_ends_when_it_takes_too_long(self):
        def story():
            while True:
                try:
                    Group.objects.exists()
                except Exception:  # what a careless receiver does: it is not to keep the trial from ending
                    continue

        with mock.patch.object(running, "LONGEST", 0.05):
            outcome = run(lambda: story)
        self.assertTrue(outcome.out_of_time)


class BesideTests(GroupReceivers, TransactionTestCase):
    """What goes on beside a trial, and what a trial starts."""

    def test_a_request_beside_it_notices_nothing(self):
        inside, done, beside = threading.Event(), threading.Event(), []

        def wait_inside(**kwargs):
            inside.set()
            done.wait(10)

        def send_beside():
            inside.wait(10)
            beside.append([receiver for receiver, _answer in signal.send(Permission, instance=Permission())])
            done.set()

        signal = Signal()
        signal.connect(look_on)
        entries = private.entries_of(signal), private.entries_of(post_save)
        thread = threading.Thread(target=send_beside)
        thread.start()
        pre_save.connect(wait_inside, sender=Group)
        self.addCleanup(pre_save.disconnect, wait_inside, sender=Group)
        name = f"{HERE}.look_on"
        seen = []
        others = Changes({MAKE_RIGHT: "off", ("<unnamed Signal>", name): "off"})
        outcome = run(lambda: lambda: (Group.objects.create(name="a"), seen.extend(signal.send("x"))), others)
        thread.join()
        self.assertEqual((beside, seen), ([[look_on]], []))
        self.assertEqual(kinds(outcome), [GROUP])
        self.assertEqual((private.entries_of(signal), private.entries_of(post_save)), entries)

    @skipUnless(connection.vendor == "postgresql", "SQLite's in-memory test database has no second writer")
    def test_two_trials_at_once_do_not_mix(self):
        def one(action):
            try:
                return kinds(changed(action))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(one, ["off", "earlier"] * 3))
        self.assertEqual(found, [[GROUP], [GROUP, RIGHT]] * 3)
        self.assertFalse(Group.objects.exists())

    def test_a_receiver_that_starts_a_thread_is_refused(self):
        written = []
        self.hear(lambda **kwargs: threading.Thread(target=written.append, args=(1,)).start())
        outcome = run(a_group)
        self.assertEqual((outcome.error_name, written), ("Refused", []))
        self.assertIn("thread", outcome.refused[0])

    def test_a_pool_works_and_is_refused_the_database(self):
        def ask(**kwargs):
            with ThreadPoolExecutor(1) as pool:
                answers.append(pool.submit(len, "abc").result())
                answers.append(pool.submit(Group.objects.create, name="stays").exception())
                pool.submit(lambda: connection.connection.close()).result()

        answers = []
        self.hear(ask)
        outcome = run(a_group)
        self.assertEqual((answers[0], type(answers[1]).__name__), (3, "Refused"))
        self.assertEqual(len(outcome.refused), 1)
        self.assertFalse(Group.objects.exists())

    def test_asynchronous_receivers_wait_and_raise(self):
        async def listen(**kwargs):
            heard.append(kwargs["created"])

        heard = []
        listen.__qualname__ = "listen"
        self.hear(listen)
        key = (POST_SAVE, f"{__name__}.listen")
        with mock.patch.object(changes, "SECONDS", 0):
            self.assertIsNone(changed("wait", key).error)
        self.assertEqual(heard, [True])
        self.assertEqual(changed("raise", key).error_name, "RaisedOnPurpose")
        self.assertEqual(heard, [True])
