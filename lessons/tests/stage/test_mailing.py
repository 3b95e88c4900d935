"""Mails of a recording are moments of its trace, with the function that sent them."""

from django.core import mail
from django.db.models.signals import post_save
from django.test import SimpleTestCase, TestCase

from lessons.stage.mailing import MAIL, add_mails, mails_noted
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector import Trace, record
from users.models import Interest


class RecordedMailTests(RecordedTestCase):
    def test_it_is_kept_with_the_recording_and_lies_in_what_ran_then(self):
        [moment] = [each for each in self.trace.moments if each.kind == MAIL]
        self.assertEqual((moment.place.module, moment.place.name), ("notifications.signals", "send_welcome"))
        self.assertEqual(moment.node.short_name, "hand_over_rows")
        self.assertTrue(moment.node.start < moment.start < moment.node.start + moment.node.duration)
        self.assertIn("notifications.signals:send_welcome", self.recording.functions)


class NotedMailTests(TestCase):
    def test_it_lies_in_the_receiver_that_sent_it(self):
        def write(sender, **kwargs):
            mail.send_mail("subject", "text", "a@example.com", ["b@example.com"])

        post_save.connect(write, sender=Interest)
        self.addCleanup(post_save.disconnect, write, sender=Interest)
        with mails_noted() as noted, record(details=True) as trace:
            Interest.objects.create(name="chess")
        add_mails(trace, noted)
        [moment] = [each for each in trace.moments if each.kind == MAIL]
        self.assertEqual(moment.node.short_name, "write")
        self.assertEqual(mail.outbox, [])


class NoMailTests(SimpleTestCase):
    def test_a_trace_without_mail_stays_as_it_is(self):
        with mails_noted() as noted:
            pass
        trace = Trace()
        add_mails(trace, noted)
        self.assertEqual(trace.moments, [])
