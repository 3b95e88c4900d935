"""The command that sends what was left, and forgets what is old."""

import io
from datetime import timedelta

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import TestCase
from django.utils import timezone

from notifications.models import ATTEMPTS, Mail
from notifications.tests.outbox import MailMixin, later, sent_to


def not_migrated(execute, sql, *args):
    """Stand in for a database without tables, where transactions begin and end as ever."""
    if sql.startswith("SELECT"):
        raise OperationalError("no such table")
    return execute(sql, *args)


class CommandTests(MailMixin, TestCase):
    def run_command(self, *options):
        out = io.StringIO()
        call_command("send_pending_mails", *options, stdout=out)
        return out.getvalue().splitlines()

    def test_it_sends_what_is_due(self):
        self.say_registered()
        self.say_changed(password=(None, None))
        self.assertEqual(self.run_command(), ["2 mails sent, 0 waiting."])
        self.assertEqual(len(sent_to()), 2)
        self.assertEqual(self.run_command(), ["0 mails sent, 0 waiting."])
        self.assertEqual(len(sent_to()), 2)

    def test_it_leaves_what_is_not(self):
        self.say_registered()
        Mail.objects.get().claim(timezone.now() + timedelta(minutes=5))
        self.assertEqual(self.run_command(), ["0 mails sent, 1 waiting."])
        self.assertEqual(sent_to(), [])

    def test_what_was_given_up_stays_so_until_somebody_asks(self):
        self.say_registered()
        Mail.objects.update(attempts=ATTEMPTS, given_up_at=timezone.now())
        self.assertEqual(self.run_command(), ["0 mails sent, 0 waiting."])
        self.assertEqual(self.run_command("--given-up"), ["1 mail sent, 0 waiting."])
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_it_forgets_what_was_sent_or_given_up_thirty_days_ago_and_nothing_that_waits(self):
        for _ in range(3):
            self.say_registered()
        sent, given_up, waiting = Mail.objects.all()
        Mail.objects.filter(pk=sent.pk).update(sent_at=timezone.now())
        Mail.objects.filter(pk=given_up.pk).update(given_up_at=timezone.now())
        Mail.objects.filter(pk=waiting.pk).update(next_try_at=timezone.now() + timedelta(days=99))
        with later(days=29):
            self.assertEqual(self.run_command("--forget")[0], "0 old mails forgotten.")
        with later(days=31):
            self.assertEqual(self.run_command("--forget", "40")[0], "0 old mails forgotten.")
            self.assertEqual(self.run_command("--forget")[0], "2 old mails forgotten.")
        self.assertEqual(Mail.objects.get(), waiting)

    def test_it_refuses_days_that_are_none_before_anything_is_changed(self):
        self.say_registered()
        Mail.objects.update(attempts=ATTEMPTS, given_up_at=timezone.now())
        for days, sentence in (("-1", "0 or more"), ("999999999", "a calendar has"), ("9999999999", "a calendar has")):
            with self.subTest(days), self.assertRaisesMessage(CommandError, sentence):
                self.run_command("--given-up", f"--forget={days}")
        self.assertEqual(Mail.objects.get().attempts, ATTEMPTS)

    def test_a_database_that_is_not_migrated_is_one_sentence(self):
        sentence = 'Has "manage.py migrate" been run?'
        with self.assertRaisesMessage(CommandError, sentence), connection.execute_wrapper(not_migrated):
            self.run_command()
