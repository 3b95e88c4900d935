"""
Two apps listen to one event, and the one that was connected first fails: the other one does its work all the same.

These are the real receivers of ``activity`` and ``notifications``, on the real events of ``users``, sent by the pages.
An app is made to fail in two ways: what its receivers call raises an error, or the database refuses a statement.
Each event is tried with either app in front. The receivers of ``notifications`` are durable: what fails is kept.
"""

import io
import json
import zipfile
from contextlib import ExitStack, contextmanager, nullcontext
from unittest import mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TransactionTestCase

from activity.models import Entry
from delivery.models import Delivery
from listening.muting import sent
from listening.testing import move_to_front, receivers_of, restored
from notifications.models import Kind, Mail
from users import events
from users.models import Profile

User = get_user_model()

PASSWORD, OTHER_PASSWORD = "tr0ub4dor&3x", "correct-horse-7"
LOG, MAILS = "activity.signals", "notifications.signals"  # the modules of the receivers
TABLES = {LOG: Entry._meta.db_table, MAILS: Mail._meta.db_table}
# What the receivers of each app call to do their work.
CALLED = {
    LOG: ("activity.signals.done", "activity.models.Entry.objects.using"),
    MAILS: ("notifications.signals.render", "notifications.models.Mail.objects.filter"),
}


class ListenersTestCase(TransactionTestCase):
    """With real commits. The steps of a person, and what came of them."""

    databases = "__all__"

    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def register(self, username="ada"):
        data = {"username": username, "email": f"{username}@example.com"}
        return self.client.post("/register/", {**data, "password1": PASSWORD, "password2": PASSWORD}, follow=True)

    def have_account(self):
        """Have an account, about which no mail was sent."""
        self.user = User.objects.create_user("ada", "ada@example.com", PASSWORD)
        self.client.force_login(self.user)

    def put_first(self, module, signal):
        """Let the receivers of a module be those that were connected first."""
        self.enterContext(restored(signal))
        for receiver in reversed(receivers_of(signal, User)):
            if receiver.__module__ == module:
                move_to_front(signal, receiver)
        self.assertEqual(self.modules(signal)[0], module)

    def modules(self, signal):
        """Return the modules of the receivers of a signal, in the order in which they are called."""
        return [receiver.__module__ for receiver in receivers_of(signal, User)]

    def add_stand_in(self, signal, heard):
        """Connect a receiver for the app that has none for this event."""

        def stand_in(instance, **kwargs):
            heard.append(instance.username)

        signal.connect(stand_in)
        self.addCleanup(signal.disconnect, stand_in)  # which also keeps it alive

    def assertLogged(self, what):
        """Beside logins and logouts, which are no events of ``users``, the log holds one entry."""
        entries = Entry.objects.exclude(what__in=("logged_in", "logged_out"))
        self.assertEqual([entry.what for entry in entries], [what])

    def assertMails(self, *addresses):
        self.assertEqual([message.to[0] for message in mail.outbox], list(addresses))


class FailingFirstMixin:
    """The stories. How an app fails, ``failing()`` says: see below."""

    @contextmanager
    def failing_first(self, module, signal, receiver):
        """Put an app first, let it fail, and expect the failure in the log with the name of its receiver."""
        self.put_first(module, signal)
        logger = "activity.log" if module == LOG else "delivery.running"
        with self.failing(module), self.assertLogs(logger, "WARNING") as logs:
            yield
        self.assertIn(receiver, "".join(logs.output))
        if module == MAILS:
            self.assertEqual({row.state for row in Delivery.objects.filter(event=signal.label)}, {"waiting"})

    def test_the_log_of_a_registration_fails_and_the_welcome_is_sent(self):
        with self.failing_first(LOG, events.user_registered, "log_registration"):
            response = self.register()
        self.assertContains(response, "Welcome, ada! Your profile was created.")
        self.assertTrue(Profile.objects.filter(user__username="ada").exists())
        self.assertMails("ada@example.com")

    def test_the_welcome_fails_and_the_registration_is_in_the_log(self):
        with self.failing_first(MAILS, events.user_registered, "send_welcome"):
            response = self.register()
        self.assertContains(response, "Welcome, ada! Your profile was created.")
        self.assertLogged("registered")
        self.assertMails()

    def change_address(self):
        data = {"username": "ada", "email": "new@example.com"}
        self.assertContains(self.client.post("/profile/", data, follow=True), "Your profile was saved.")
        self.assertEqual(User.objects.get().email, "new@example.com")

    def test_the_log_of_a_changed_address_fails_and_both_addresses_get_their_mail(self):
        self.have_account()
        with self.failing_first(LOG, events.fields_changed, "log_changes"):
            self.change_address()
        self.assertMails("new@example.com", "ada@example.com")

    def test_the_mails_about_a_changed_address_fail_and_the_change_is_in_the_log(self):
        self.have_account()
        with self.failing_first(MAILS, events.fields_changed, "announce_changed_address"):
            self.change_address()
        self.assertLogged("changed")
        self.assertMails()

    def change_password(self):
        data = {"old_password": PASSWORD, "new_password1": OTHER_PASSWORD, "new_password2": OTHER_PASSWORD}
        self.assertContains(self.client.post("/password-change/", data, follow=True), "Your password was changed")
        self.assertTrue(User.objects.get().check_password(OTHER_PASSWORD))

    def test_the_log_of_a_changed_password_fails_and_the_owner_is_told(self):
        self.have_account()
        with self.failing_first(LOG, events.fields_changed, "log_changes"):
            self.change_password()
        self.assertMails("ada@example.com")

    def test_the_mail_about_a_changed_password_fails_and_the_change_is_in_the_log(self):
        self.have_account()
        # Those for addresses have nothing to do, and do not fail.
        with self.failing_first(MAILS, events.fields_changed, "announce_changed_password"):
            self.change_password()
        self.assertLogged("password")
        self.assertMails()

    def close_account(self):
        response = self.client.post("/account/delete/", {"password": PASSWORD}, follow=True)
        self.assertContains(response, "Your account was deleted.")
        self.assertFalse(User.objects.exists())

    def test_the_log_of_a_closed_account_fails_and_the_owner_is_told(self):
        self.have_account()
        with self.failing_first(LOG, events.account_closed, "log_closing"):
            self.close_account()
        self.assertMails("ada@example.com")

    def test_the_mail_about_a_closed_account_fails_and_it_is_in_the_log(self):
        self.have_account()
        with self.failing_first(MAILS, events.account_closed, "announce_closed_account"):
            self.close_account()
        self.assertLogged("closed")
        self.assertMails()

    def test_the_log_of_a_verified_address_fails_and_the_next_receiver_hears(self):
        self.have_account()
        heard = []
        self.add_stand_in(events.email_verified, heard)  # notifications has nothing to say about it
        with self.failing_first(LOG, events.email_verified, "log_verification"):
            response = self.client.post(self.user.profile.get_verification_path(), follow=True)
        self.assertContains(response, "your address is verified")
        self.assertIsNotNone(Profile.objects.get().email_verified_at)
        self.assertEqual(heard, ["ada"])

    def test_a_stand_in_of_the_mails_fails_and_the_verification_is_in_the_log(self):
        self.have_account()

        def stand_in(**kwargs):
            connection.cursor().execute("SELECT nonsense FROM nowhere")

        stand_in.__module__ = MAILS
        events.email_verified.connect(stand_in)
        self.addCleanup(events.email_verified.disconnect, stand_in)
        self.put_first(MAILS, events.email_verified)
        with self.assertLogs("django.dispatch", "ERROR") as logs:
            response = self.client.post(self.user.profile.get_verification_path(), follow=True)
        self.assertIn("stand_in", logs.output[0])
        self.assertContains(response, "your address is verified")
        self.assertLogged("verified")

    def test_the_mail_with_another_link_fails_and_the_next_receiver_hears(self):
        self.have_account()
        heard = []
        self.add_stand_in(events.verification_requested, heard)  # activity has nothing to say about it
        with self.failing_first(MAILS, events.verification_requested, "send_verification_link"):
            response = self.client.post("/email/verify/", follow=True)
        self.assertContains(response, "A new link is on its way")
        self.assertEqual(heard, ["ada"])

    def export(self):
        response = self.client.post("/account/export/", {"password": PASSWORD})
        with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
            return json.loads(archive.read("data.json"))

    def test_the_log_is_missing_in_an_export_and_the_mails_are_there(self):
        self.have_account()
        Mail.objects.create(kind=Kind.WELCOME, recipient=self.user.email, account_id=self.user.pk, database="default")
        self.put_first(LOG, events.collecting_export)
        with self.failing(LOG), self.assertLogs(level="ERROR") as logs:
            data = self.export()
        self.assertRegex(logs.output[0], "add_entries_to_export|The part of activity is missing")
        self.assertEqual(
            (data["missing"], [row["kind"] for row in data["notifications"]]), (["activity"], ["welcome"])
        )
        self.assertEqual(data["account"]["username"], "ada")

    def test_the_mails_are_missing_in_an_export_and_the_log_is_there(self):
        self.have_account()
        self.put_first(MAILS, events.collecting_export)
        with self.failing(MAILS), self.assertLogs(level="ERROR") as logs:
            data = self.export()
        self.assertRegex(logs.output[0], "add_mails_to_export|The part of notifications is missing")
        self.assertEqual(
            (data["missing"], [row["what"] for row in data["activity"]]), (["notifications"], ["logged_in"])
        )
        self.assertEqual(data["account"]["username"], "ada")


class RaisingTests(FailingFirstMixin, ListenersTestCase):
    """What the receivers of an app call raises an error that nobody thought of."""

    @contextmanager
    def failing(self, module):
        with ExitStack() as stack:
            for name in CALLED[module]:
                stack.enter_context(mock.patch(name, side_effect=LookupError("nobody thought of this")))
            yield


class LostTableTests(FailingFirstMixin, ListenersTestCase):
    """The database refuses what the receivers of an app ask of its table."""

    @contextmanager
    def failing(self, module):
        table = f'"{TABLES[module]}"'

        def ask_nonsense(*args):
            connection.cursor().execute("SELECT nonsense FROM nowhere")

        def misdirect(execute, sql, params, many, context):
            if sql.startswith(("INSERT", "SELECT")):  # not the UPDATE of SET_NULL, which is part of a deletion
                sql = sql.replace(table, '"there_is_no_such_table"')
            return execute(sql, params, many, context)

        refused = mock.patch("notifications.signals.render", ask_nonsense) if module == MAILS else nullcontext()
        with connection.execute_wrapper(misdirect), refused:
            yield


class RefusingFirstTests(ListenersTestCase):
    """``user_registering`` goes out with ``send()``: the first of two apps refuses, and the second is not asked."""

    def connect(self, module, function):
        function.__module__ = module
        events.user_registering.connect(function, dispatch_uid=f"{module}.{function.__name__}", weak=False)
        self.addCleanup(events.user_registering.disconnect, dispatch_uid=f"{module}.{function.__name__}")

    def register_with(self, error):
        """Register while the first of two apps raises an error; return the answer and whether the second was asked."""
        asked = []

        def refuse_registration(instance, **kwargs):
            raise error

        def look_at_registration(instance, **kwargs):
            asked.append(instance.username)

        self.connect(LOG, refuse_registration)
        self.connect(MAILS, look_at_registration)
        self.assertEqual(self.modules(events.user_registering), [LOG, MAILS])
        self.client.raise_request_exception = False
        with sent(events.user_registered) as registered:
            response = self.register()
        self.assertEqual(registered, [])
        return response, asked

    def assertNothingWritten(self):
        for model in (User, Profile, Delivery, Entry):
            kept = model.objects.exclude(what="request_failed") if model is Entry else model.objects.all()
            self.assertFalse(kept.exists(), model)
        self.assertMails()

    def test_a_refusal_is_shown_nothing_is_written_and_the_second_is_not_asked(self):
        response, asked = self.register_with(ValidationError("Not today, please."))
        self.assertContains(response, "Not today, please.")
        self.assertEqual(asked, [])
        self.assertNothingWritten()

    def test_an_error_fails_the_request_nothing_is_written_and_the_second_is_not_asked(self):
        with self.assertLogs("django.request", "ERROR"):
            response, asked = self.register_with(LookupError("nobody thought of this"))
        self.assertEqual((response.status_code, asked), (500, []))
        self.assertNothingWritten()

    def test_when_nobody_refuses_both_are_asked_and_the_name_is_free_after_a_refusal(self):
        self.register_with(ValidationError("Not today, please."))
        events.user_registering.disconnect(dispatch_uid=f"{LOG}.refuse_registration")
        self.assertContains(self.register(), "Your profile was created.")
