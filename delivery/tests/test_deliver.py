"""The command that runs what is left, tells how many wait, starts again, forgets."""

import io
from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import TestCase
from django.utils import timezone

from delivery.management.commands import deliver
from delivery.models import ATTEMPTS, Delivery
from delivery.sweeping import sweep, sweeping
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, Trouble, heard, later, trouble


def not_migrated(execute, sql, *args):
    """Stand in for a database without tables, where transactions begin and end as ever."""
    if sql.startswith("SELECT"):
        raise OperationalError("no such table")
    return execute(sql, *args)


class CommandTestCase(ParcelMixin, TestCase):
    databases = {"default", "other"}

    def run_command(self, *options):
        out = io.StringIO()
        call_command("deliver", *options, stdout=out)
        return out.getvalue().splitlines()


class RunTests(CommandTestCase):
    def test_it_runs_what_is_due_however_lately_it_was_handed_over(self):
        self.open("first")
        self.open("second")
        self.assertEqual(self.run_command(), ["2 deliveries done, 0 waiting."])
        self.assertEqual(self.heard_doors(), ["first", "second"])
        self.assertEqual(self.run_command(), ["0 deliveries done, 0 waiting."])

    def test_it_leaves_what_is_not_due(self):
        self.open()
        self.rows().get().take(parcels.write_down.lease)
        self.assertEqual(self.run_command(), ["0 deliveries done, 1 waiting."])

    def test_it_fails_where_something_fails(self):
        self.open("first")
        self.open("other", Group.objects.create(name="others"))
        trouble.append(Trouble())
        with self.assertRaisesMessage(CommandError, "1 delivery failed"):
            self.run_command()
        self.assertEqual(self.heard_doors(), ["other"])

    def test_what_was_given_up_stays_so_until_somebody_asks(self):
        self.open()
        self.rows().update(state="given_up", attempts=ATTEMPTS, finished_at=timezone.now())
        self.assertEqual(self.run_command(), ["0 deliveries done, 0 waiting."])
        lines = self.run_command("--retry")
        self.assertEqual(lines[0], "1 delivery started again.")
        self.assertEqual(lines[-1], "1 delivery done, 0 waiting.")
        self.assertEqual(heard[0][1]["attempt"], 1)

    def test_others_may_make_rows_of_what_they_keep_before_it_looks(self):
        def make_row(sender, **kwargs):
            if sender is Delivery and not self.rows():
                self.open()

        sweeping.connect(make_row)
        self.addCleanup(sweeping.disconnect, make_row)
        self.assertEqual(self.run_command(), ["1 delivery done, 0 waiting."])

    def test_watching_goes_on_whatever_happens(self):
        sweeps = [sweep, mock.Mock(side_effect=ConnectionError), sweep]
        self.open()
        with (
            later(minutes=2),
            mock.patch.object(deliver, "close_old_connections"),  # a test case's must stay
            mock.patch.object(deliver, "sweep", side_effect=lambda: sweeps.pop(0)()),
            mock.patch.object(deliver.time, "sleep", side_effect=[None, None, KeyboardInterrupt]),
            self.assertRaises(KeyboardInterrupt),
        ):
            call_command("deliver", "--watch", stdout=io.StringIO(), stderr=io.StringIO())
        self.assertEqual((sweeps, self.heard_doors()), ([], ["front"]))


class LookedAfterTests(CommandTestCase):
    def test_it_tells_how_many_wait_and_for_how_long(self):
        self.open("first")
        self.open("second")
        self.open("third")
        first, second, _ = self.rows()
        Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now() + timedelta(minutes=5))
        Delivery.objects.filter(pk=second.pk).update(state="given_up", finished_at=timezone.now())
        line, other = self.run_command("--status")
        self.assertRegex(line, r"^default: 2 waiting, 1 of them due, late by \d s; 1 given up\.$")
        self.assertEqual(other, "other: 0 waiting, 0 of them due; 0 given up.")
        self.assertEqual(heard, [])

    def test_it_forgets_what_is_over_for_thirty_days_some_at_a_time_and_nothing_that_waits(self):
        for _ in range(5):
            self.open()
        waiting = self.rows().last()
        Delivery.objects.exclude(pk=waiting.pk).update(state="done", finished_at=timezone.now())
        Delivery.objects.filter(pk=waiting.pk).update(due_at=timezone.now() + timedelta(days=99))
        with later(days=29):
            self.assertEqual(self.run_command("--prune")[0], "0 deliveries forgotten.")
        with later(days=31):
            self.assertEqual(self.run_command("--prune=40")[0], "0 deliveries forgotten.")
            self.assertEqual(Delivery.objects.prune(30, batch=3), 4)
        self.assertEqual(self.rows().get(), waiting)

    def test_it_drops_what_waits_for_a_receiver_and_leaves_the_rest(self):
        parcels.opened.connect(parcels.send_away, sender=Group)
        self.open()
        self.assertEqual(self.run_command("--drop", parcels.send_away.label)[0], "1 delivery dropped.")
        self.assertEqual(self.rows().get().receiver, parcels.write_down.label)

    def test_it_refuses_days_that_are_none(self):
        for days in ("-1", "9999999999", "999999"):
            with self.subTest(days), self.assertRaisesMessage(CommandError, "--prune"):
                self.run_command(f"--prune={days}")

    def test_a_database_that_is_not_migrated_is_one_sentence(self):
        sentence = 'Has "manage.py migrate" been run?'
        with self.assertRaisesMessage(CommandError, sentence), connection.execute_wrapper(not_migrated):
            self.run_command()
