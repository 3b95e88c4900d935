"""Claims, repetitions and pauses."""

from datetime import timedelta
from itertools import pairwise
from unittest import mock

from django.core import mail
from django.test import SimpleTestCase, TestCase

from notifications import tasks
from notifications.models import ATTEMPTS, PAUSES, Mail
from notifications.server import MailServer
from notifications.tests.outbox import Kind, MailMixin, OutboxTestCase, later, sent_to


class DeliveryTests(MailMixin, TestCase):
    """A mail is in the outbox, and nothing has been done about it."""

    def setUp(self):
        super().setUp()
        self.say_registered()
        self.row = Mail.objects.get()
        self.deliver = tasks.deliver.func

    def test_a_task_that_runs_twice_sends_one_mail(self):
        self.deliver([str(self.row.pk)])
        self.deliver([str(self.row.pk)])
        with later(days=3):
            self.deliver([str(self.row.pk)])
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_a_mail_that_was_forgotten_is_not_sent_again(self):
        self.deliver([str(self.row.pk)])
        Mail.objects.all().delete()
        self.deliver([str(self.row.pk)])
        self.assertEqual(len(mail.outbox), 1)

    def test_of_two_workers_that_read_the_same_row_one_gets_it(self):
        first, second = Mail.objects.get(), Mail.objects.get()
        with MailServer() as server:
            tasks.attempt(first, server)
            tasks.attempt(second, server)
        self.assertEqual(sent_to(), ["ada@example.com"])
        self.assertEqual((first.attempts, second.attempts), (1, 0))

    def test_a_claimed_mail_is_left_alone_until_its_claim_ends(self):
        self.row.claim(self.row.next_try_at + PAUSES[0])
        with later(minutes=4):
            self.deliver([str(self.row.pk)])
        self.assertEqual(sent_to(), [])
        with later(minutes=6):
            self.deliver([str(self.row.pk)])
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_a_mail_without_any_point_is_dropped(self):
        type(self.user).objects.update(email="new@example.com")
        self.deliver([str(self.row.pk)])
        self.assertEqual((sent_to(), Mail.objects.count()), ([], 0))

    def test_what_is_wrong_with_one_mail_does_not_keep_the_next_from_being_sent(self):
        Mail.objects.update(database="nowhere")
        self.say_changed(password=(None, None))
        self.deliver([str(row.pk) for row in Mail.objects.all()])
        self.assertEqual(sent_to(), ["ada@example.com"])
        self.assertIn("password", mail.outbox[0].subject)
        self.assertEqual(Mail.objects.get(kind=Kind.WELCOME).last_error, "ConnectionDoesNotExist")

    def test_a_mail_that_can_not_be_written_waits_for_the_code_to_be_repaired(self):
        with mock.patch.object(tasks, "render", side_effect=ValueError):
            self.deliver([str(self.row.pk)])
        self.row.refresh_from_db()
        self.assertEqual((self.row.last_error, self.row.given_up_at), ("ValueError", None))

    def test_a_sent_mail_costs_four_statements(self):
        with self.assertNumQueries(4):  # the mail, its claim, the user with the profile, "sent"
            self.deliver([str(self.row.pk)])


class RetryTests(OutboxTestCase):
    """Every attempt fails."""

    def setUp(self):
        super().setUp()
        self.error = ConnectionRefusedError(111, "Connection refused")
        patch = mock.patch.object(MailServer, "_open", lambda server: self.fail_with(server))
        patch.start()
        self.addCleanup(patch.stop)
        self.attempts = 0
        self.say_registered()

    def fail_with(self, server):
        self.attempts += 1
        server.error = self.error
        raise self.error

    def test_an_attempt_that_failed_is_counted_and_put_off(self):
        row = self.stored()
        self.assertEqual((row.attempts, row.last_error, row.sent_at), (1, "ConnectionRefusedError 111", None))
        self.assertAlmostEqual(row.next_try_at - row.created_at, PAUSES[0], delta=timedelta(seconds=30))

    def test_the_pauses_grow_and_have_an_end(self):
        pk = self.stored().pk
        tried_at = [timedelta()]
        clock = timedelta()
        while clock < timedelta(days=14):
            clock += timedelta(minutes=1) if clock < timedelta(hours=2) else timedelta(minutes=30)
            with later(seconds=clock.total_seconds()):
                before = self.attempts
                tasks.deliver.func([str(pk)])
                if self.attempts > before:
                    tried_at.append(clock)
        self.assertEqual(len(tried_at), ATTEMPTS)
        pauses = [after - before for before, after in pairwise(tried_at)]
        self.assertEqual(pauses, sorted(pauses))
        for pause, wanted in zip(pauses, PAUSES, strict=True):
            self.assertGreaterEqual(pause, wanted)
            self.assertLess(pause, wanted + timedelta(minutes=35))
        row = self.stored()
        self.assertEqual((row.attempts, row.last_error), (ATTEMPTS, "ConnectionRefusedError 111"))
        self.assertIsNotNone(row.given_up_at)

    def test_a_last_attempt_that_was_killed_is_the_end_too(self):
        Mail.objects.update(attempts=ATTEMPTS)
        with later(days=2), self.assertLogs("notifications.tasks", "ERROR") as logs:
            tasks.deliver.func([str(self.stored().pk)])
        self.assertIsNotNone(self.stored().given_up_at)
        self.assertEqual(self.attempts, 1)
        self.assertIn("given up", logs.output[0])

    def test_the_log_tells_kind_and_error_and_neither_address_nor_link(self):
        self.error = OSError("ada@example.com token-of")
        with self.assertLogs("notifications.tasks", "WARNING") as logs:
            self.say_registered()
        (line,) = logs.output
        self.assertRegex(
            line, r"WARNING:.*\(welcome\) was not sent and is tried again later, attempt 1 of 7: OSError$"
        )
        self.assertFalse(logs.records[0].exc_info)


class PauseTests(SimpleTestCase):
    def test_they_grow(self):
        self.assertEqual(list(PAUSES), sorted({*PAUSES}))

    def test_a_claim_lasts_longer_than_a_slow_server(self):
        self.assertGreater(PAUSES[0], timedelta(seconds=10 * 10))
