"""Accounts from another system come with profiles and without a mail."""

import re
import tempfile
from io import StringIO
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import TransactionTestCase, override_settings
from django.urls import reverse

from listening.muting import sent
from listening.testing import connections_of
from users import events
from users.models import Profile
from users.tests.steps import PageMixin, registration

User = get_user_model()

HEADER = "username,email,first_name,last_name\n"


def not_migrated(execute, sql, *args):
    """Stand in for a database without tables, where transactions begin and end as ever."""
    if sql.startswith("SELECT"):
        raise OperationalError("no such table")
    return execute(sql, *args)


def has_no_password(user):
    return not user.has_usable_password()


class ImportMixin:
    def run_import(self, text, encoding="utf-8"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "people.csv")
            path.write_text(text, encoding=encoding)
            out = StringIO()
            call_command("import_users", str(path), stdout=out)
            return out.getvalue()


class ImportedPeopleTests(ImportMixin, PageMixin, TransactionTestCase):
    """Whoever was imported has no password, and sets one by mail; an account of an older import is just like it."""

    def setUp(self):
        super().setUp()
        self.run_import(HEADER + "ada,Ada@Example.com,Ada,\n")

    def ask(self, address="ada@example.com"):
        """Ask for a link, and return what is in it, None if no mail came."""
        mail.outbox.clear()
        self.client.post(reverse("password_reset"), {"email": address})
        links = [re.search(r"https?://[^/]+(\S+)", message.body).group(1) for message in mail.outbox]
        return links[0] if links else None

    def set_password(self, link, password="correct-horse-7"):
        page = self.client.get(link, follow=True)
        return self.client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})

    def test_imported_asked_set_logged_in(self):
        self.assertRedirects(self.set_password(self.ask()), reverse("password_reset_complete"))
        response = self.client.post(reverse("login"), {"username": "ada", "password": "correct-horse-7"})
        self.assertRedirects(response, reverse("profile"))
        self.assertContains(self.client.get(reverse("profile")), "ada")

    def test_the_address_is_theirs_already(self):
        response = self.client.post(reverse("register"), registration(username="bo"))
        self.assertContains(response, "There is an account with this address already.")

    def test_nobody_else_is_written_to(self):
        self.assertIsNone(self.ask("bo@example.com"))
        User.objects.update(is_active=False)
        self.assertIsNone(self.ask())

    def test_a_password_that_another_system_keeps_is_not_set_here(self):
        link = self.ask()
        for function in (has_no_password, f"{__name__}.has_no_password"):
            with override_settings(PASSWORD_KEPT_ELSEWHERE=function):
                self.assertIsNone(self.ask())
                self.assertContains(self.client.get(link, follow=True), "This link does not work")
                self.assertContains(self.set_password(link), "This link does not work")
        self.assertFalse(User.objects.get().has_usable_password())


class ImportUsersTests(ImportMixin, TransactionTestCase):
    def test_new_accounts_have_a_profile_and_no_password(self):
        out = self.run_import(HEADER + "ada,ada@example.com,Ada,Okafor\ndeniz,deniz@example.com,Deniz,Aydın\n")
        self.assertIn("2 accounts made, 0 brought up to date", out)
        self.assertEqual(Profile.objects.count(), 2)
        self.assertFalse(User.objects.get(username="ada").has_usable_password())
        self.assertEqual(User.objects.get(username="deniz").last_name, "Aydın")

    def test_a_changed_address_sends_no_mail_and_is_not_verified(self):
        user = User.objects.create_user("ada", "ada@example.com")
        before = connections_of(events.fields_changed)
        self.run_import(HEADER + "ada,new@example.com,Ada,\n")
        user.refresh_from_db()
        self.assertEqual((user.email, user.first_name, mail.outbox), ("new@example.com", "Ada", []))
        self.assertEqual(connections_of(events.fields_changed), before)

    def test_the_same_change_outside_of_an_import_is_heard(self):
        user = User.objects.create_user("ada", "ada@example.com")
        user.email = "new@example.com"
        with sent(events.fields_changed) as calls:
            user.save()
        self.assertEqual(len(calls), 1)

    def test_all_rows_or_none_and_the_row_is_named(self):
        with self.assertRaisesMessage(CommandError, "Line 3"):
            self.run_import(HEADER + "ada,ada@example.com,,\nin valid,x@example.com,,\n")
        self.assertEqual(User.objects.count(), 0)

    def test_a_file_that_can_not_be_read_is_one_sentence(self):
        with self.assertRaisesMessage(CommandError, "The file can't be read"):
            call_command("import_users", "no-such-file.csv")
        with self.assertRaisesMessage(CommandError, "The file can't be read"):
            self.run_import(HEADER + "adä,a@example.com,,\n", encoding="latin-1")

    def test_columns_that_the_file_does_not_have_leave_values_alone(self):
        User.objects.create_user("ada", "ada@example.com", first_name="Ada", last_name="Okafor")
        out = self.run_import("username\nada\n")
        self.assertIn("0 accounts made, 1 brought up to date", out)
        self.run_import("last_name,username\nByron,ada\n")
        user = User.objects.get(username="ada")
        self.assertEqual((user.email, user.first_name, user.last_name), ("ada@example.com", "Ada", "Byron"))

    def test_values_that_the_file_does_not_bring_are_not_judged(self):
        User.objects.create(username="ada", email="no address")
        self.run_import("username,first_name\nada,Ada\n")
        self.assertEqual(User.objects.get().first_name, "Ada")

    def test_a_value_that_is_empty_in_the_file_is_emptied(self):
        User.objects.create_user("ada", "ada@example.com", first_name="Ada")
        self.run_import("username,first_name\nada,\n")
        self.assertEqual(User.objects.get().first_name, "")

    def test_blanks_and_letter_case_of_column_names_do_not_matter(self):
        out = self.run_import("Username , EMAIL\nada,ada@example.com\n")
        self.assertEqual(out, "1 account made, 0 brought up to date. No mail was sent.\n")
        self.assertEqual(User.objects.get().email, "ada@example.com")

    def test_other_columns_are_refused_with_those_expected_and_found(self):
        for header in ("username;email", "username,e-mail", "email,first_name", "username,username", "username,"):
            sentence = f"username, email, first_name, last_name, .*; the file has '{header.split(',')[0]}'"
            with self.subTest(header), self.assertRaisesRegex(CommandError, sentence):
                self.run_import(f"{header}\nada{',' * header.count(',')}\n")
        self.assertFalse(User.objects.exists())

    def test_a_new_account_needs_a_column_for_its_address(self):
        User.objects.create_user("ada", "ada@example.com")
        sentence = "Line 3 ('bruno') would be a new account, which needs a column email; the file has 'username'"
        with self.assertRaisesMessage(CommandError, sentence):
            self.run_import("username,last_name\nada,Byron\nbruno,Keller\n")
        self.assertEqual(User.objects.get().last_name, "")

    def test_a_new_account_needs_an_address(self):
        with self.assertRaisesMessage(CommandError, "Line 2 ('ada') would be a new account, which needs an email"):
            self.run_import("username,email\nada,\n")
        self.assertFalse(User.objects.exists())

    def test_a_name_is_found_in_every_spelling_and_first_of_all_in_its_own(self):
        for name in ("Änn", "änn", "Bruno"):
            User.objects.create_user(name, f"{name}@example.com")
        self.run_import("username,last_name\nänn,Keller\nBRUNO,Byron\n")
        names = dict(User.objects.values_list("username", "last_name"))
        self.assertEqual(names, {"Änn": "", "änn": "Keller", "BRUNO": "Byron"})

    def assertRefused(self, sentence, text):
        """The file is refused with a sentence, and nothing is written."""
        before = list(User.objects.order_by("pk").values_list("username", "email", "first_name"))
        with self.assertRaisesMessage(CommandError, sentence):
            self.run_import(text)
        self.assertEqual(list(User.objects.order_by("pk").values_list("username", "email", "first_name")), before)

    def test_an_address_that_another_row_brings_is_refused(self):
        for address in ("ada@example.com", "ADA@Example.COM"):
            sentence = "Line 3 ('bo'): the address is that of line 2, too."
            self.assertRefused(sentence, f"{HEADER}ada,ada@example.com,,\nbo,{address},,\n")
        sentence = "Line 3 ('bo'): the address is that of line 2, too."
        self.assertRefused(sentence, HEADER + "ada,a@bücher.example,,\nbo,a@xn--bcher-kva.example,,\n")

    def test_a_name_that_another_row_brings_is_refused_for_known_accounts_too(self):
        sentence = "Line 3 ('ada'): the name is that of line 2, too."
        for name in ("ada", "ADA", "ａｄａ"):
            self.assertRefused(sentence, f"{HEADER}ada,ada@example.com,,\n{name},other@example.com,,\n")
        User.objects.create_user("ada", "ada@example.com")
        self.assertRefused(sentence, "username,first_name\nada,Ada\nAda,Eda\n")

    def test_an_address_that_another_account_has_is_refused(self):
        User.objects.create_user("ada", "Ada@example.com")
        User.objects.create_user("bo", "bo@example.com")
        sentence = "Line 3 ('cy'): another account has the address."
        self.assertRefused(sentence, HEADER + "dan,dan@example.com,,\ncy,ada@EXAMPLE.com,,\n")
        self.assertRefused("Line 2 ('bo'): another account has the address.", HEADER + "bo,ada@example.com,,\n")

    def test_what_somebody_claimed_under_an_older_name_is_refused(self):
        user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.claim(user)
        User.objects.update(email="new@example.com")  # unheard, so the key is that of the old address
        self.assertRefused("another account has the address", HEADER + "bo,ada@example.com,,\n")

    def test_an_address_that_an_earlier_row_gives_up_is_free(self):
        User.objects.create_user("ada", "ada@example.com")
        self.run_import(HEADER + "ada,new@example.com,,\nbo,ada@example.com,,\n")
        self.assertEqual(dict(User.objects.values_list("username", "email"))["bo"], "ada@example.com")

    def test_a_known_account_keeps_what_it_has(self):
        for name in ("ada", "bo"):  # two accounts of one address, older than the rule
            User.objects.create_user(name, "ada@example.com")
        self.run_import(HEADER + "ada,ada@example.com,Ada,\n")
        self.run_import("username,first_name\nada,Eda\nbo,Bo\n")
        self.assertEqual([*User.objects.order_by("pk").values_list("first_name", flat=True)], ["Eda", "Bo"])

    def test_names_and_addresses_are_claimed(self):
        self.run_import(HEADER + "Ada,Ada@example.com,,\n")
        keys = Profile.objects.values_list("name_key", "email_key")
        self.assertEqual(keys.get(), ("ada", "ada@example.com"))
        self.run_import(HEADER + "ada,new@example.com,,\n")
        self.assertEqual(keys.get()[1], "new@example.com")

    def test_passwords_are_refused(self):
        with self.assertRaisesMessage(CommandError, "Passwords are not imported"):
            self.run_import("username,email,Password\nada,ada@example.com,x\n")

    def test_a_row_of_another_length_is_refused(self):
        for row, count in (("ada,ada@example.com", 2), ("ada,ada@example.com,a,b,c", 5)):
            with self.subTest(row), self.assertRaisesMessage(CommandError, f"Line 2 has {count} values for 4 columns"):
                self.run_import(f"{HEADER}{row}\n")

    def test_line_numbers_are_those_of_the_file(self):
        with self.assertRaisesMessage(CommandError, "Line 6 ('in valid')"):
            self.run_import('\nusername,email\n"ada\n",ada@example.com\n\nin valid,x@example.com\n')

    def test_an_empty_file_is_told(self):
        for text in ("", "\n\n", " , \n"):
            with self.subTest(text), self.assertRaisesMessage(CommandError, "The file is empty."):
                self.run_import(text)

    def test_a_database_that_is_not_migrated_is_one_sentence(self):
        sentence = 'Has "manage.py migrate" been run?'
        with self.assertRaisesMessage(CommandError, sentence), connection.execute_wrapper(not_migrated):
            self.run_import(HEADER + "ada,ada@example.com,,\n")
