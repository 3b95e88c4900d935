"""What the tests of mails share: accounts, what they say, the clock."""

import logging
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from notifications.models import Mail
from users import events
from users.models import Profile

User = get_user_model()
Kind = Mail.Kind

PATH = "/email/verify/token-of-{}/"


class MailMixin:
    """An account with a link of its own, and silence about the failures that are meant."""

    def setUp(self):
        super().setUp()
        # Paths that can be foretold: the real ones hold the time. One test follows a real one.
        patch = mock.patch.object(Profile, "get_verification_path", lambda profile: PATH.format(profile.user_id))
        patch.start()
        self.addCleanup(patch.stop)
        for name in ("notifications", "django_tasks", "django.tasks", "django_tasks_db", "django.request"):
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        self.user = make_user("ada")

    def say(self, signal, **facts):
        """Send an event, as its sender would: after the commit. What a receiver raised is raised here."""
        facts = {"using": "default"} | facts
        for _receiver, answer in signal.send_robust(sender=User, **facts):
            if isinstance(answer, Exception):
                raise answer

    def say_registered(self, user=None):
        self.say(events.user_registered, instance=user or self.user)

    def say_changed(self, **changes):
        self.say(events.fields_changed, instance=self.user, changes=changes)

    @property
    def link(self):
        return "https://testserver" + PATH.format(self.user.pk)


class OutboxTestCase(MailMixin, TransactionTestCase):
    """Tests in which the events are really sent after the commit, and mails are sent at once."""

    def stored(self):
        return Mail.objects.get()


def make_user(username, using="default", **fields):
    return User.objects.db_manager(using).create_user(username, f"{username}@example.com", **fields)


def sent_to():
    """Return the addresses of the mails that were sent, in their order."""
    return [message.to[0] for message in mail.outbox]


@contextmanager
def later(**time):
    """Set the clock forward, as ``later(minutes=5)``."""
    now, ahead = timezone.now, timedelta(**time)
    with mock.patch.object(timezone, "now", side_effect=lambda: now() + ahead):
        yield


def database_tasks():
    """Have tasks wait in the database for a worker."""
    return override_settings(TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}})
