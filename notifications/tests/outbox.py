"""What the tests of mails share: accounts, what they say, the clock."""

import logging
from unittest import mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.test import TransactionTestCase, override_settings

from delivery.models import Delivery
from delivery.tests.parcels import later  # noqa: F401 - the tests of mails import it from here
from listening import announce
from notifications.models import Kind  # noqa: F401 - as above
from users import events
from users.models import Profile

User = get_user_model()

PATH = "/email/verify/token-of-{}/"


class MailMixin:
    """An account with a link of its own, and silence about the failures that are meant."""

    def setUp(self):
        super().setUp()
        # Paths that can be foretold: the real ones hold the time. One test follows a real one.
        patch = mock.patch.object(Profile, "get_verification_path", lambda profile: PATH.format(profile.user_id))
        patch.start()
        self.addCleanup(patch.stop)
        for name in ("notifications", "delivery", "django_tasks", "django.tasks", "django_tasks_db", "django.request"):
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        self.user = make_user("ada")

    def say(self, signal, **facts):
        """Announce an event, as its sender would."""
        announce(signal, sender=User, **{"using": "default"} | facts)

    def say_registered(self, user=None):
        self.say(events.user_registered, instance=user or self.user)

    def say_changed(self, **changes):
        self.say(events.fields_changed, instance=self.user, changes=changes)

    @property
    def link(self):
        return "https://testserver" + PATH.format(self.user.pk)


class OutboxTestCase(MailMixin, TransactionTestCase):
    """Tests in which the events are really sent after the commit, and mails are sent at once."""

    databases = {"default", "other"}  # the command looks at all of them

    def stored(self):
        return Delivery.objects.get()


def make_user(username, using="default", **fields):
    return User.objects.db_manager(using).create_user(username, f"{username}@example.com", **fields)


def sent_to():
    """Return the addresses of the mails that were sent, in their order."""
    return [message.to[0] for message in mail.outbox]


def database_tasks():
    """Have deliveries wait in the database for a worker."""
    return override_settings(DELIVERY_URL="tasks:", TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}})
