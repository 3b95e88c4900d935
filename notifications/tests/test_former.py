"""What the outbox of former versions holds is not lost."""

import io
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from delivery.models import Delivery
from notifications.former import move_mails
from notifications.models import Mail
from notifications.tests.outbox import Kind, MailMixin, later, make_user, sent_to


class FormerTests(MailMixin, TestCase):
    databases = {"default", "other"}

    def leave(self, kind=Kind.WELCOME, **fields):
        fields = {"recipient": "ada@example.com", "account_id": str(self.user.pk), "database": "default"} | fields
        return Mail.objects.create(kind=kind, **fields)

    def move(self):
        move_mails(sender=Delivery)

    def test_each_kind_that_waits_is_sent_by_deliver(self):
        for kind in Kind:
            self.leave(kind)
        call_command("deliver", stdout=io.StringIO())
        subjects = sorted(message.subject for message in mail.outbox)
        self.assertEqual(len(set(subjects)), len(Kind))
        self.assertEqual({*sent_to()}, {"ada@example.com"})
        self.assertFalse(Mail.objects.exists())
        self.assertEqual({row.state for row in Delivery.objects.all()}, {"done"})

    def test_it_keeps_its_attempts_its_age_and_what_tells_it_from_others(self):
        former = self.leave(attempts=3, last_error="SMTPServerDisconnected", created_at="2026-01-01T00:00Z")
        former.refresh_from_db()
        self.move()
        row = Delivery.objects.get()
        self.assertEqual((row.event_id, row.attempts, row.created_at), (former.pk, 3, former.created_at))
        self.assertEqual((row.key, row.last_error, row.state), (str(self.user.pk), former.last_error, "waiting"))

    def test_one_that_a_process_of_a_former_version_may_be_sending_stays(self):
        self.leave(attempts=1, next_try_at=timezone.now() + timedelta(minutes=5))
        self.move()
        self.assertEqual((Mail.objects.count(), Delivery.objects.count()), (1, 0))
        with later(minutes=6):
            self.move()
        self.assertEqual((Mail.objects.count(), Delivery.objects.count()), (0, 1))

    def test_one_that_is_claimed_in_this_moment_stays_too(self):
        former = self.leave()
        claimed = Mail.objects.filter(pk=former.pk)

        def claim(execute, sql, *args):
            if sql.startswith("INSERT"):  # of the delivery: the mail was read, and is not deleted yet
                claimed.update(attempts=1)
            return execute(sql, *args)

        with connection.execute_wrapper(claim):
            self.move()
        self.assertEqual((Mail.objects.count(), Delivery.objects.count()), (1, 0))

    def test_what_is_over_can_be_looked_at_and_started_again(self):
        now = timezone.now()
        self.leave(sent_at=now, attempts=1)
        self.leave(given_up_at=now, attempts=7, last_error="OSError")
        self.move()
        self.assertEqual(sorted(row.state for row in Delivery.objects.all()), ["done", "given_up"])
        call_command("deliver", "--retry", stdout=io.StringIO())
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_it_goes_to_the_database_of_its_account(self):
        user = make_user("grace", using="other")
        self.leave(account_id=str(user.pk), recipient="grace@example.com", database="other")
        self.move()
        self.assertEqual(Delivery.objects.using("other").get().key, str(user.pk))

    def test_it_costs_one_statement_when_nothing_is_left(self):
        with self.assertNumQueries(1):
            self.move()

    def test_an_account_that_is_gone_is_told_so(self):
        get_user_model().objects.all().delete()
        mail.outbox.clear()
        self.leave(Kind.ACCOUNT_CLOSED)
        call_command("deliver", stdout=io.StringIO())
        self.assertIn("was closed", mail.outbox[-1].subject)
