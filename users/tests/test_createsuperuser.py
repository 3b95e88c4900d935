"""The first account comes by a command, and takes nobody's name or address either."""

from io import StringIO
from unittest import mock

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import TestCase

from users.models import Profile

User = get_user_model()

TAKEN_NAME, TAKEN_ADDRESS = "A user with that username already exists.", "There is an account with this address"


class CreateSuperuserTests(TestCase):
    databases = {"default", "other"}

    def setUp(self):
        User.objects.create_user("ada", "ada@example.com")

    def create(self, username="root", email="root@example.com", **options):
        call_command("createsuperuser", interactive=False, username=username, email=email, verbosity=0, **options)

    def test_a_new_name_and_address(self):
        self.create()
        self.assertTrue(Profile.objects.filter(user__username="root", user__is_superuser=True).exists())

    def test_a_name_in_another_spelling_is_refused(self):
        for name in ("ADA", "ａｄａ"):
            with self.assertRaisesMessage(CommandError, TAKEN_NAME):
                self.create(name)

    def test_an_address_is_refused_in_whatever_spelling_and_from_wherever_it_comes(self):
        for address in ("ada@example.com", "ADA@Example.com"):
            with self.assertRaisesMessage(CommandError, TAKEN_ADDRESS):
                self.create(email=address)
            environment = mock.patch.dict("os.environ", DJANGO_SUPERUSER_EMAIL=address)
            with environment, self.assertRaisesMessage(CommandError, TAKEN_ADDRESS):
                self.create(email=None)
        self.assertEqual(User.objects.count(), 1)

    def test_each_database_is_looked_at_by_itself(self):
        self.create("ada", "ada@example.com", database="other")
        self.assertTrue(User.objects.using("other").get().is_superuser)
        with self.assertRaisesMessage(CommandError, TAKEN_ADDRESS):
            self.create("bo", "ada@example.com", database="other")

    def test_whoever_types_a_taken_one_is_asked_again(self):
        terminal = mock.Mock(isatty=lambda: True)
        module, errors = "django.contrib.auth.management.commands.createsuperuser", StringIO()
        typed = ["Ada", "root", "ADA@example.com", "root@example.com"]
        with (
            mock.patch("builtins.input", side_effect=typed),
            mock.patch(f"{module}.getpass.getpass", return_value="correct-horse-7"),
        ):
            call_command("createsuperuser", stdin=terminal, verbosity=0, stderr=errors)
        self.assertEqual(User.objects.get(is_superuser=True).email, "root@example.com")
        self.assertIn(TAKEN_NAME, errors.getvalue())
        self.assertIn(TAKEN_ADDRESS, errors.getvalue())
