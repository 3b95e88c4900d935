"""``seed_demo`` registers one person by the form, and keeps what that set off."""

import io
from unittest import mock

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.test import TransactionTestCase, override_settings

from lessons.management.commands import seed_demo
from lessons.models import Recording
from users.management.commands.seed_demo import PASSWORD

User = get_user_model()


class SeedDemoTests(TransactionTestCase):
    databases = "__all__"

    def setUp(self):
        cache.clear()

    def seed(self, *args):
        self.errors, output = io.StringIO(), io.StringIO()
        call_command("seed_demo", *args, stdout=output, stderr=self.errors)
        return output.getvalue()

    @override_settings(DEBUG=True)
    def test_it_registers_somebody_and_keeps_what_that_set_off(self):
        told = self.seed()
        self.assertIn(f"grace / {PASSWORD}  (registered by the form; /learn/stage/ shows how)", told)
        self.assertTrue(User.objects.get(username="grace").check_password(PASSWORD))
        self.assertEqual(Recording.objects.count(), 1)

    def test_without_debug_nobody_knows_the_password_but_who_is_told(self):
        password = self.seed().partition("grace / ")[2].split()[0]
        self.assertGreaterEqual(len(password), 20)
        self.assertTrue(User.objects.get(username="grace").check_password(password))

    @override_settings(DEBUG=True)
    def test_a_second_time_changes_nothing_and_tells_the_login(self):
        self.seed()
        before = (list(User.objects.values()), list(Recording.objects.values()))
        for args in ((), ("--if-empty",)):
            self.assertIn(f"grace / {PASSWORD}\n", self.seed(*args))
            self.assertEqual((list(User.objects.values()), list(Recording.objects.values())), before)

    def test_if_empty_does_nothing_where_there_is_an_account(self):
        User.objects.create_user("somebody")
        self.seed("--if-empty")
        self.assertEqual((User.objects.count(), Recording.objects.count()), (1, 0))

    def test_one_whose_name_or_address_is_taken_is_not_registered(self):
        User.objects.create_user("GRACE", "somebody@example.com")
        self.assertNotIn("grace", self.seed())
        self.assertFalse(Recording.objects.exists())

    def test_a_refused_registration_is_told_and_the_others_are_there(self):
        with mock.patch.object(seed_demo, "record_registration", side_effect=seed_demo.NotRecorded("Refused.")):
            self.assertIn("Demo logins", self.seed())
        self.assertEqual(self.errors.getvalue(), "Refused.\n")
        self.assertTrue(User.objects.filter(username="ada").exists())
