"""Accounts from another system come with profiles and without a mail."""

import tempfile
from io import StringIO
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import TransactionTestCase

from users import events
from users.dispatch import sent
from users.models import Profile

User = get_user_model()

HEADER = "username,email,first_name,last_name\n"


class ImportUsersTests(TransactionTestCase):
    def run_import(self, text, encoding="utf-8"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "people.csv")
            path.write_text(text, encoding=encoding)
            out = StringIO()
            call_command("import_users", str(path), stdout=out)
            return out.getvalue()

    def test_new_accounts_have_a_profile_and_no_password(self):
        out = self.run_import(HEADER + "ada,ada@example.com,Ada,Okafor\ndeniz,deniz@example.com,Deniz,Aydın\n")
        self.assertIn("2 accounts made, 0 brought up to date", out)
        self.assertEqual(Profile.objects.count(), 2)
        self.assertFalse(User.objects.get(username="ada").has_usable_password())
        self.assertEqual(User.objects.get(username="deniz").last_name, "Aydın")

    def test_a_changed_address_sends_no_mail_and_is_not_verified(self):
        user = User.objects.create_user("ada", "ada@example.com")
        receivers = list(events.fields_changed.receivers)
        self.run_import(HEADER + "ada,new@example.com,Ada,\n")
        user.refresh_from_db()
        self.assertEqual((user.email, user.first_name, mail.outbox), ("new@example.com", "Ada", []))
        self.assertEqual(events.fields_changed.receivers, receivers)

    def test_the_same_change_outside_of_an_import_is_heard(self):
        user = User.objects.create_user("ada", "ada@example.com")
        user.email = "new@example.com"
        with sent(events.fields_changed) as calls:
            user.save()
        self.assertEqual(len(calls), 1)

    def test_all_rows_or_none_and_the_row_is_named(self):
        with self.assertRaisesMessage(CommandError, "Row 3"):
            self.run_import(HEADER + "ada,ada@example.com,,\nin valid,x@example.com,,\n")
        self.assertEqual(User.objects.count(), 0)

    def test_a_file_that_can_not_be_read_is_one_sentence(self):
        with self.assertRaisesMessage(CommandError, "The file can't be read"):
            call_command("import_users", "no-such-file.csv")
        with self.assertRaisesMessage(CommandError, "The file can't be read"):
            self.run_import(HEADER + "adä,a@example.com,,\n", encoding="latin-1")
