"""Mail stays in memory."""

from django.conf import settings
from django.core import mail
from django.test import SimpleTestCase

from signal_inspector.trials.rollback import mail_in_memory


class MailTests(SimpleTestCase):
    def test_the_settings_are_put_back(self):
        backend = "django.core.mail.backends.dummy.EmailBackend"
        name, value = "EMAIL_BACKEND", backend
        if hasattr(settings, "MAILERS"):
            name, value = "MAILERS", {"default": {"BACKEND": backend}}
        self.enterContext(self.settings(**{name: value}))
        outbox = mail.outbox
        with mail_in_memory() as messages:
            mail.send_mail("Hello", "", "a@example.com", ["b@example.com"])
        self.assertEqual(len(messages), 1)
        self.assertIs(mail.outbox, outbox)
        self.assertEqual((getattr(settings, name), mail.outbox), (value, []))
