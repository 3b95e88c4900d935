"""Which mails follow from what happens, and which do not."""

import io
from inspect import unwrap
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from delivery.models import Delivery, DeliveryQuerySet
from listening.muting import sent
from listening.testing import receivers_of
from notifications import signals
from notifications.models import Mail
from notifications.tests.outbox import Kind, MailMixin, OutboxTestCase, User, make_user, sent_to
from users import events
from users.management.commands import seed_demo

KINDS = {receiver.label: kind for _, receiver, kind in signals.RECEIVERS if kind}


class PostedTests(MailMixin, TestCase):
    """What is noted. In a TestCase nothing is committed, so nothing is sent."""

    def posted(self):
        rows = Delivery.objects.order_by("pk")
        return [(KINDS[row.receiver], row.arguments["address"]) for row in rows if row.receiver in KINDS]

    def test_who_registers_is_welcomed(self):
        self.say_registered()
        self.assertEqual(self.posted(), [(Kind.WELCOME, "ada@example.com")])

    def test_who_asks_for_a_link_gets_one(self):
        self.say(events.verification_requested, instance=self.user)
        self.assertEqual(self.posted(), [(Kind.VERIFY_ADDRESS, "ada@example.com")])

    def test_a_changed_address_is_told_to_the_old_one_and_the_new_one_gets_a_link(self):
        self.say_changed(email=("old@example.com", "new@example.com"))
        posted = [(Kind.ADDRESS_CHANGED, "old@example.com"), (Kind.VERIFY_ADDRESS, "new@example.com")]
        self.assertCountEqual(self.posted(), posted)

    def test_nobody_writes_to_an_empty_address(self):
        self.say_changed(email=("", "new@example.com"))
        self.say_changed(email=("old@example.com", ""))
        self.assertEqual(
            {(Kind.VERIFY_ADDRESS, "new@example.com"), (Kind.ADDRESS_CHANGED, "old@example.com")}, {*self.posted()}
        )
        Delivery.objects.all().delete()
        self.user.email = ""
        self.say_registered()
        self.say_changed(password=(None, None))
        self.say(events.account_closed, user_id=1, username="ghost", email="")
        self.assertEqual(self.posted(), [])

    def test_a_changed_password_is_told_to_the_owner(self):
        self.say_changed(password=(None, None))
        self.assertEqual(self.posted(), [(Kind.PASSWORD_CHANGED, "ada@example.com")])

    def test_both_at_once_are_three_mails(self):
        self.user.email = "new@example.com"
        self.say_changed(password=(None, None), email=("old@example.com", "new@example.com"))
        self.assertCountEqual(
            self.posted(),
            [
                (Kind.ADDRESS_CHANGED, "old@example.com"),
                (Kind.VERIFY_ADDRESS, "new@example.com"),
                (Kind.PASSWORD_CHANGED, "new@example.com"),
            ],
        )

    def test_a_closed_account_is_told_to_its_last_address(self):
        self.say(events.account_closed, user_id=4711, username="ghost", email="ghost@example.com")
        self.assertEqual(self.posted(), [(Kind.ACCOUNT_CLOSED, "ghost@example.com")])

    def test_the_row_holds_the_address_and_nothing_of_what_the_mail_says(self):
        self.say_registered()
        row = Delivery.objects.get()
        instance = {"$model": ["auth.user", self.user.pk, "default"]}
        self.assertEqual(row.arguments, {"instance": instance, "using": "default", "address": "ada@example.com"})
        self.assertEqual(row.key, str(self.user.pk))


class CostTests(MailMixin, TestCase):
    def test_other_changes_cost_no_statement(self):
        with self.assertNumQueries(0):
            self.say_changed(username=("old", "new"), is_staff=(False, True))

    def statements(self, action, *args, **kwargs):
        with CaptureQueriesContext(connection) as queries:
            action(*args, **kwargs)
        return [each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]

    def test_the_mails_of_an_event_cost_one_statement_until_they_are_sent(self):
        self.assertEqual(len(self.statements(self.say_registered)), 1)
        self.assertEqual(len(self.statements(self.say_changed, email=("old@example.com", "new@example.com"))), 1)

    def test_changes_of_other_models_are_not_heard(self):
        profile = self.user.profile
        with self.assertNumQueries(0):
            events.fields_changed.send_robust(
                sender=type(profile), instance=profile, changes={"email": ("a@b.c", "d@e.f")}, using="default"
            )


class ExportTests(MailMixin, TestCase):
    def test_ones_own_mails_are_in_the_file_and_those_of_others_not(self):
        self.say_registered()
        self.say_registered(make_user("grace"))
        # A namesake's, on another database; not said, since others would listen. And one of a former version.
        former = {"account_id": self.user.pk, "recipient": "x@example.com"}
        Mail.objects.create(kind=Kind.WELCOME, database="other", **former)
        Mail.objects.create(kind=Kind.PASSWORD_CHANGED, database="default", **former)
        answers = events.collecting_export.send_robust(sender=User, instance=self.user, using="default")
        mine = list(dict(answers)[signals.add_mails_to_export])
        found = [(row["kind"], row["recipient"]) for row in mine]
        self.assertEqual(found, [("password_changed", "x@example.com"), ("welcome", "ada@example.com")])
        for row in mine:
            self.assertEqual(set(row), {"kind", "recipient", "created_at", "sent_at"})


class SentTests(OutboxTestCase):
    """The way through the real commit, with mails that are sent at once."""

    def test_a_mail_is_sent_when_the_event_is_over(self):
        self.say_registered()
        self.assertEqual(sent_to(), ["ada@example.com"])
        self.assertIn(self.link, mail.outbox[0].body)
        self.assertEqual(self.stored().state, "done")

    def test_a_saved_address_is_told_to_both(self):
        self.user.email = "new@example.com"
        self.user.save()
        self.assertEqual({*sent_to()}, {"ada@example.com", "new@example.com"})
        texts = {message.to[0]: message.body for message in mail.outbox}
        self.assertIn(self.link, texts["new@example.com"])
        self.assertNotIn("/email/verify/", texts["ada@example.com"])

    def test_nobody_hears_of_a_form_that_was_refused(self):
        make_user("grace")
        self.client.force_login(self.user)
        # The events too: a mail to an address that nobody has is dropped when it is written.
        with sent(*{signal for signal, _, _ in signals.RECEIVERS}) as calls:
            for refused in ({"email": "grace@example.com"}, {"email": "new@example.com", "username": ""}):
                response = self.client.post("/profile/", {"username": "ada", **refused})
                self.assertContains(response, "error-summary")
            self.client.post(
                "/password-change/", {"old_password": "wrong", "new_password1": "x", "new_password2": "y"}
            )
            self.client.post("/account/delete/", {"password": "wrong"})
            self.client.post("/register/", {"username": "ada", "email": "third@example.com"})
        self.assertEqual(calls, [])
        self.assertEqual((sent_to(), Delivery.objects.count()), ([], 0))

    def test_a_saved_password_is_told_and_the_hash_of_an_old_one_made_anew_is_not(self):
        self.user.set_password("correct-horse-7")
        self.user.save()
        self.assertEqual(sent_to(), ["ada@example.com"])
        mail.outbox.clear()
        hashers = [*settings.PASSWORD_HASHERS]
        with self.settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.ScryptPasswordHasher", *hashers]):
            before = User.objects.get().password
            self.assertTrue(User.objects.get().check_password("correct-horse-7"))
            self.assertNotEqual(User.objects.get().password, before)
        self.assertEqual(sent_to(), [])

    def test_a_deleted_account_is_told(self):
        self.user.delete()
        self.assertEqual(sent_to(), ["ada@example.com"])
        self.assertIn("was closed", mail.outbox[0].subject)

    def test_what_is_sent_before_the_commit_waits_for_it(self):
        with transaction.atomic():
            self.say_registered()
            self.assertEqual(sent_to(), [])
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_nothing_is_sent_or_kept_for_work_that_was_rolled_back(self):
        try:
            with transaction.atomic():
                self.say_registered()
                self.user.email = "new@example.com"
                self.user.save()
                self.user.delete()
                raise IntegrityError
        except IntegrityError:
            pass
        self.assertEqual(sent_to(), [])
        self.assertEqual(Delivery.objects.count(), 0)

    def test_nothing_is_sent_for_fixtures(self):
        out = io.StringIO()
        call_command("dumpdata", "auth.user", "users", stdout=out)
        fixture = out.getvalue().replace("ada@example.com", "new@example.com")
        with mock.patch("sys.stdin", io.StringIO(fixture)):
            call_command("loaddata", "-", format="json", verbosity=0)
        self.assertEqual(User.objects.get().email, "new@example.com")
        self.assertEqual(Delivery.objects.count(), 0)

    def test_nothing_is_sent_for_demo_accounts(self):
        call_command(seed_demo.Command(), stdout=io.StringIO())
        self.assertGreater(User.objects.count(), 3)
        self.assertEqual(Delivery.objects.count(), 0)

    def test_nothing_is_sent_for_bulk_work(self):
        User.objects.bulk_create([User(username=f"u{n}", email=f"u{n}@example.com") for n in range(3)])
        User.objects.update(email="all@example.com", password="x")
        self.user.email = "bulk@example.com"
        User.objects.bulk_update([self.user], ["email"])
        call_command("create_missing_profiles", stdout=io.StringIO())
        self.assertEqual(Delivery.objects.count(), 0)

    def test_users_who_did_not_register_are_not_welcomed(self):
        make_user("grace")
        self.assertEqual(Delivery.objects.count(), 0)


class BrokenTests(OutboxTestCase):
    """What breaks after the commit breaks nothing for those who send the events."""

    def change_address(self):
        self.user.email = "new@example.com"
        self.user.save()
        self.assertEqual(User.objects.get().email, "new@example.com")

    def test_a_row_that_can_not_be_written_takes_the_change_with_it(self):
        # What must not be lost is noted with the fact, or there is no fact.
        with mock.patch.object(DeliveryQuerySet, "bulk_create", side_effect=DatabaseError("disk full")):
            self.user.email = "new@example.com"
            with self.assertRaises(DatabaseError), transaction.atomic():
                self.user.save()
        self.assertEqual((User.objects.get().email, sent_to()), ("ada@example.com", []))

    def test_a_task_backend_that_is_down(self):
        with (
            self.settings(DELIVERY_URL="tasks:", TASKS={"default": {"BACKEND": "no.such.Backend"}}),
            self.assertLogs("delivery.signals", "ERROR") as logs,
        ):
            self.change_address()
        self.assertIn("can't be handed over", logs.output[0])
        self.assertEqual(Delivery.objects.due().count(), 2)
        call_command("deliver", stdout=io.StringIO())
        self.assertEqual({*sent_to()}, {"ada@example.com", "new@example.com"})

    def test_a_database_that_fails_while_a_mail_is_sent(self):
        for method in ("take", "finish"):
            with (
                self.subTest(method),
                mock.patch.object(Delivery, method, side_effect=DatabaseError("gone")),
                self.assertLogs("delivery.running", "ERROR") as logs,
            ):
                self.say_registered(make_user(method))
            self.assertRegex(logs.records[0].getMessage(), "can't be looked up or noted: DatabaseError")
        self.assertEqual(Delivery.objects.open().count(), 2)


class ConnectionTests(SimpleTestCase):
    def connected(self):
        return [
            (signal, receiver)
            for signal in {signal for signal, _, _ in signals.RECEIVERS}
            for receiver in receivers_of(signal, User)
            if receiver.__module__ == "notifications.signals"
        ]

    def test_each_receiver_is_connected_once_however_often_the_app_gets_ready(self):
        for _ in range(3):
            apps.get_app_config("notifications").ready()
        self.assertCountEqual(self.connected(), [row[:2] for row in signals.RECEIVERS])

    def test_each_names_what_it_uses_takes_the_rest_and_tells_what_it_does(self):
        for _signal, receiver, _kind in signals.RECEIVERS:
            function = unwrap(receiver)
            names = function.__code__.co_varnames
            self.assertEqual(names[0], "sender")
            self.assertIn("kwargs", names)
            self.assertTrue(function.__doc__)
