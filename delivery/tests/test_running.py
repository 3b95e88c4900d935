"""A row is tried until it is done or given up, by one process at a time, in order."""

from datetime import timedelta
from itertools import pairwise
from unittest import mock

from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError
from django.test import SimpleTestCase, TransactionTestCase

from delivery.models import ATTEMPTS, PAUSES, Delivery
from delivery.running import run
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, Trouble, heard, later, not_handed_over, trouble
from listening import announce
from listening.durability import GiveUpError


class RunningTestCase(ParcelMixin, TransactionTestCase):
    def leave(self, *doors):
        """Have rows that nobody has touched."""
        with not_handed_over():
            for door in doors or ["front"]:
                self.open(door)

    def run_all(self):
        run(list(self.rows()))


class DoneTests(RunningTestCase):
    def test_a_receiver_gets_what_the_event_told_with_its_id_and_the_attempt(self):
        self.open()
        ((name, given),) = heard
        row = self.rows().get()
        self.assertEqual((name, given["instance"], given["door"]), ("write_down", self.group, "front"))
        self.assertEqual((given["attempt"], given["event_id"]), (1, str(row.event_id)))
        self.assertEqual((row.state, row.attempts, row.last_error), ("done", 1, ""))
        self.assertIsNotNone(row.finished_at)

    def test_of_what_is_gone_it_gets_the_key(self):
        self.leave()
        pk = self.group.pk
        self.group.delete()
        self.run_all()
        self.assertEqual((heard[0][1]["instance"], heard[0][1]["keys"]), (None, {"instance": pk}))

    def test_what_is_done_is_not_done_again(self):
        self.open()
        self.run_all()
        with later(days=9):
            self.run_all()
        self.assertEqual(len(heard), 1)

    def test_no_transaction_is_open_while_work_leaves_the_process(self):
        parcels.opened.connect(parcels.send_away, sender=Group)
        self.open()
        self.assertIs(dict(heard)["send_away"]["is_atomic"], False)

    def test_what_a_receiver_announces_is_delivered_too(self):
        def ring(sender, bell, **kwargs):
            if bell == "first":
                announce(parcels.rang, sender=None, bell="second", using="default")

        with mock.patch.object(parcels.answer_bell, "receiver", ring):
            announce(parcels.rang, sender=None, bell="first", using="default")
        self.assertEqual(self.states(), [("done", 1)] * 2)

    def test_what_is_about_nobody_or_about_something_gone_leaves_no_arguments(self):
        announce(parcels.rang, sender=None, bell="door", using="default")
        announce(parcels.removed, sender=Group, group_id=7, using="default")
        self.open()
        self.assertEqual([bool(row.arguments) for row in self.rows()], [False, False, True])

    def test_it_costs_the_row_its_instance_and_two_notes(self):
        self.leave()
        rows = list(self.rows())
        with self.assertNumQueries(7):  # take, BEGIN, the instance, the receiver's INSERT, done, COMMIT, what follows
            run(rows)


class OnceTests(RunningTestCase):
    def test_of_two_workers_one_gets_it(self):
        self.leave()
        first, second = self.rows().get(), self.rows().get()
        run([first])
        run([second])
        self.assertEqual((len(heard), first.attempts, second.attempts), (1, 1, 0))

    def test_what_a_killed_worker_had_taken_is_taken_again_when_the_lease_ends(self):
        self.leave()
        self.rows().get().take(parcels.write_down.lease)
        with later(seconds=50):
            self.run_all()
        self.assertEqual(heard, [])
        with later(seconds=70):
            self.run_all()
        self.assertEqual(heard[0][1]["attempt"], 2)

    def test_work_in_the_database_that_outlives_its_lease_is_rolled_back(self):
        self.leave()

        def be_slow(sender, **kwargs):
            self.rows().update(attempts=2)  # somebody else has taken it meanwhile
            Group.objects.create(name="late")

        with (
            mock.patch.object(parcels.write_down, "receiver", be_slow),
            self.assertLogs("delivery.running", "ERROR") as logs,
        ):
            self.run_all()
        self.assertIn("took longer than its lease of 0:01:00", logs.output[0])
        self.assertFalse(Group.objects.filter(name="late").exists())
        self.assertIsNone(self.rows().get().finished_at)

    def test_work_that_leaves_the_process_and_outlives_its_lease_is_left_to_who_has_it_now(self):
        parcels.opened.connect(parcels.send_away, sender=Group)
        parcels.opened.disconnect(parcels.write_down, sender=Group)
        self.leave()

        def be_slow(**kwargs):
            self.rows().update(attempts=2)

        with mock.patch.object(parcels.send_away, "receiver", be_slow):
            self.run_all()
        self.assertEqual(self.states(), [("taken", 2)])

    def test_work_in_the_database_and_done_are_one(self):
        self.leave()
        with mock.patch.object(Delivery, "finish", side_effect=DatabaseError):
            self.run_all()
        self.assertEqual((Group.objects.count(), self.states()), (1, [("waiting", 1)]))
        with later(minutes=6):
            self.run_all()
        self.assertEqual((Group.objects.count(), self.states()), (2, [("done", 2)]))


class FailedTests(RunningTestCase):
    def test_a_failure_is_counted_told_without_its_words_and_put_off(self):
        trouble.append(Trouble("ada@example.com"))
        with self.assertLogs("delivery.running", "WARNING") as logs:
            self.open()
        row = self.rows().get()
        self.assertEqual((row.state, row.attempts, row.finished_at), ("waiting", 1, None))
        self.assertRegex(row.last_error, r"^Trouble \(tests/parcels.py, line \d+\)$")
        self.assertAlmostEqual(row.due_at - row.created_at, PAUSES[0], delta=timedelta(seconds=30))
        self.assertRegex(logs.output[0], r"is tried again later, attempt 1 of 7: Trouble \(")
        self.assertNotIn("ada@", str(logs.output))
        self.assertFalse(logs.records[0].exc_info)
        self.assertFalse(Group.objects.filter(name__startswith="front").exists())

    def test_the_pauses_grow_and_have_an_end(self):
        trouble.extend([Trouble()] * 99)
        self.leave()
        tried_at, clock, attempts = [], timedelta(), 0
        while clock < timedelta(days=5):
            with later(seconds=clock.total_seconds()):
                self.run_all()
            if self.rows().get().attempts > attempts:
                attempts = self.rows().get().attempts
                tried_at.append(clock)
            clock += timedelta(minutes=1) if clock < timedelta(hours=2) else timedelta(minutes=30)
        self.assertEqual(len(tried_at), ATTEMPTS)
        for (before, after), wanted in zip(pairwise(tried_at), PAUSES, strict=True):
            self.assertGreaterEqual(after - before, wanted)
            self.assertLess(after - before, wanted + timedelta(minutes=35))
        self.assertEqual(self.states(), [("given_up", ATTEMPTS)])

    def test_one_that_would_fail_for_ever_is_given_up_at_once(self):
        error = GiveUpError()
        error.__cause__ = ValueError()
        trouble.append(error)
        self.open()
        row = self.rows().get()
        self.assertEqual((row.state, row.attempts, row.last_error), ("given_up", 1, "ValueError"))

    def test_a_last_attempt_that_was_killed_is_the_end_too(self):
        self.leave()
        self.rows().update(attempts=ATTEMPTS, state="taken", last_error="Trouble")
        with self.assertLogs("delivery.running", "ERROR") as logs:
            self.run_all()
        self.assertIn("given up, attempt 7 of 7: Trouble", logs.output[0])
        self.assertEqual((heard, self.rows().get().state), ([], "given_up"))

    def test_a_broken_statement_of_the_receiver_is_its_failure(self):
        Group.objects.create(name=f"front {self.group.pk}")
        self.open()
        self.assertEqual(self.states(), [("waiting", 1)])
        self.assertIn(IntegrityError.__name__, self.rows().get().last_error)

    def test_a_database_that_can_not_note_it_leaves_it_to_the_lease_and_the_next_row_is_run(self):
        other = Group.objects.create(name="others")
        self.leave()
        with not_handed_over():
            self.open("back", other)
        take = Delivery.take
        broken = mock.patch.object(
            Delivery, "take", lambda row, lease: take(row, lease) if row.key == str(other.pk) else self.fail_to_note()
        )
        with broken, self.assertLogs("delivery.running", "ERROR") as logs:
            self.run_all()
        self.assertIn("can't be looked up or noted: DatabaseError", logs.output[0])
        self.assertEqual(self.states(), [("waiting", 0), ("done", 1)])

    def fail_to_note(self):
        raise DatabaseError


class OrderTests(RunningTestCase):
    def test_one_receiver_hears_of_one_key_in_order(self):
        self.leave("first", "second", "third")
        run(list(self.rows().order_by("-pk")))
        self.assertEqual(self.heard_doors(), ["first", "second", "third"])

    def test_one_in_its_pause_blocks_those_behind_it_and_nobody_else(self):
        trouble.append(Trouble())
        self.open("first")
        self.open("second")
        self.open("other", Group.objects.create(name="others"))
        self.assertEqual(self.heard_doors(), ["other"])
        with later(minutes=6):
            run([self.rows().first()])
        self.assertEqual(self.heard_doors(), ["other", "first", "second"])

    def test_one_that_was_given_up_does_not(self):
        trouble.append(GiveUpError())
        self.open("first")
        self.open("second")
        self.assertEqual(self.heard_doors(), ["second"])

    def test_one_that_is_taken_blocks_too(self):
        self.leave("first", "second")
        self.rows().first().take(timedelta(minutes=1))
        self.run_all()
        self.assertEqual(heard, [])


class GoneTests(RunningTestCase):
    """A receiver was renamed, or removed."""

    def test_its_rows_wait_and_cost_no_attempt(self):
        self.leave()
        parcels.opened.disconnect(parcels.write_down, sender=Group)
        self.run_all()
        row = self.rows().get()
        self.assertEqual((row.state, row.attempts, row.last_error), ("waiting", 0, "There is no such receiver"))
        parcels.opened.connect(parcels.write_down, sender=Group)
        with later(minutes=6):
            self.run_all()
        self.assertEqual(self.states(), [("done", 1)])

    def test_so_it_is_with_an_event_or_a_module_that_is_gone(self):
        for name in ("delivery.tests.parcels.closed", "no.such.events.opened", "nothing"):
            with self.subTest(name):
                self.leave()
                self.rows().update(event=name)
                self.run_all()
                self.assertEqual(self.states(), [("waiting", 0)])
                self.rows().delete()


class PauseTests(SimpleTestCase):
    def test_they_grow(self):
        self.assertEqual(list(PAUSES), sorted({*PAUSES}))
