"""Mails are sent after the commit, whether ``delivery`` is installed or not; ``test_apart`` runs this without it."""

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import TransactionTestCase

from listening import announce
from users import events

User = get_user_model()


class AloneTests(TransactionTestCase):
    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def addresses(self):
        return [message.to for message in mail.outbox]

    def test_who_registers_is_welcomed(self):
        password = "correct-horse-7"
        data = {"username": "ada", "email": "ada@example.com", "password1": password, "password2": password}
        self.client.post("/register/", data)
        self.assertEqual(self.addresses(), [["ada@example.com"]])
        self.assertIn("/email/verify/", mail.outbox[0].body)

    def test_they_wait_for_the_commit_and_go_with_a_rollback(self):
        user = User.objects.create_user("ada", "ada@example.com")
        with transaction.atomic():
            announce(events.user_registered, sender=User, instance=user, using="default")
            self.assertEqual(self.addresses(), [])
        with transaction.atomic():
            announce(events.user_registered, sender=User, instance=user, using="default")
            transaction.set_rollback(True)
        self.assertEqual(self.addresses(), [["ada@example.com"]])

    def test_so_do_the_links_that_reset_a_password(self):
        User.objects.create_user("ada", "ada@example.com")
        self.client.post("/password-reset/", {"email": "ada@example.com"})
        self.assertEqual(self.addresses(), [["ada@example.com"]])
