"""What is heard becomes an entry."""

import json

from django.contrib.auth.models import Group, Permission
from django.core.serializers.json import DjangoJSONEncoder
from django.test import RequestFactory, TestCase, TransactionTestCase, modify_settings, override_settings

from activity import signals
from activity.models import Entry
from activity.tests.support import PASSWORD, LogMixin, User, entries, last_entry, make_user, statements
from listening.testing import connections_of
from users import events

URLS = override_settings(ROOT_URLCONF="activity.tests.urls")


class ConnectionTests(TestCase):
    def test_each_receiver_is_connected_once_however_often_it_is_asked_for(self):
        heard = {signal for signal, _, _ in signals.CONNECTIONS}
        before = {signal: connections_of(signal) for signal in heard}
        signals.connect()
        self.assertEqual({signal: connections_of(signal) for signal in heard}, before)
        for signal, receiver, _ in signals.CONNECTIONS:
            senders = [of for (uid, of), *_ in connections_of(signal) if uid == f"activity.{receiver.__name__}"]
            self.assertTrue(senders, receiver)
            self.assertEqual(len(senders), len({*senders}), receiver)


class UserEventTests(LogMixin, TestCase):
    databases = {"default", "other"}

    def send(self, signal, using="default", **arguments):
        with self.commit(using):
            signal.send_robust(sender=User, using=using, **arguments)
        return last_entry(using)

    def send_changes(self, instance=None, **changes):
        return self.send(events.fields_changed, instance=instance or self.user, changes=changes)

    def test_a_registration_is_the_persons_own_doing(self):
        entry = self.send(events.user_registered, instance=self.user)
        self.assertEqual(
            (entry.what, entry.user, entry.by, entry.username), ("registered", self.user, self.user, "ada")
        )

    def test_an_addition_is_the_doing_of_who_added_the_account(self):
        entry = self.send(events.user_added, instance=self.user, by=make_user("staff"))
        self.assertEqual((entry.what, entry.user, entry.by_name), ("created", self.user, "staff"))
        self.assertEqual((entry.by.username, entry.username), ("staff", "ada"))

    def test_a_verified_address(self):
        entry = self.send(events.email_verified, instance=self.user)
        self.assertEqual((entry.what, entry.user, entry.by), ("verified", self.user, None))

    def test_a_closed_account_is_logged_by_its_name_alone(self):
        entry = self.send(events.account_closed, user_id=0, username="ghost", email="ghost@example.com")
        self.assertEqual((entry.what, entry.user_id, entry.username, entry.details), ("closed", None, "ghost", {}))

    def test_a_change_is_logged_old_to_new_and_as_what_it_is(self):
        for changes, what in (
            ({"email": ("a", "b")}, "changed"),
            ({"username": ("a", "b"), "email": ("a", "b")}, "changed"),
            ({"is_staff": (False, True), "email": ("a", "b")}, "rights"),
            ({"is_active": (True, False)}, "rights"),
            ({"is_superuser": (True, False), "password": (None, None)}, "rights"),
            ({"password": (None, None)}, "password"),
        ):
            entry = self.send_changes(**changes)
            self.assertEqual(entry.what, what)
            self.assertEqual(entry.details, {name: list(pair) for name, pair in changes.items()})

    def test_a_real_change_is_heard(self):
        user = User.objects.get()
        user.email = "new@example.com"
        with self.commit():
            user.save()
        entry = Entry.objects.get()
        self.assertEqual(entry.details, {"email": ["ada@example.com", "new@example.com"]})

    def test_a_new_name_is_the_name_of_the_entry(self):
        user = User.objects.get()
        user.username = "eve"
        with self.commit():
            user.save()
        self.assertEqual(Entry.objects.get().username, "eve")

    def test_a_profile_speaks_for_its_user(self):
        entry = self.send_changes(self.user.profile, interests=(["Chess"], ["Chess", "Music"]))
        self.assertEqual((entry.user, entry.username, entry.what), (self.user, "ada", "changed"))
        self.assertEqual(entry.details, {"interests": [["Chess"], ["Chess", "Music"]]})

    def test_what_belongs_to_no_account_is_not_for_this_log(self):
        with self.assertNoLogs("activity.log"), self.commit():
            group = Group(name="Editors")
            events.fields_changed.send_robust(
                sender=Group, instance=group, changes={"name": ("a", "b")}, using="default"
            )
        self.assertLog()

    def test_secrets_are_not_stored_even_if_they_are_sent(self):
        for name in ("password", "api_token", "session_key", "secret", "passphrase"):
            entry = self.send_changes(**{name: ("pbkdf2$old", "pbkdf2$new")})
            self.assertEqual(entry.details, {name: [None, None]})
            self.assertNotIn("pbkdf2", str(vars(entry)))

    def test_an_account_that_was_deleted_in_the_same_transaction_is_known_by_name(self):
        user = make_user("bruno")
        user.delete()  # leaves the instance without its primary key
        entry = self.send(events.email_verified, instance=user)
        self.assertEqual((entry.user_id, entry.username), (None, "bruno"))

    def test_entries_go_to_the_database_of_the_instance(self):
        user = make_user("ada", using="other")
        entry = self.send(events.email_verified, instance=user, using="other")
        self.assertEqual((entry.user_id, entry.username), (user.pk, "ada"))
        self.assertLog()

    def test_each_event_costs_one_statement(self):
        user, profile = User.objects.get(), self.user.profile
        for signal, arguments in (
            (events.user_registered, {"instance": user}),
            (events.user_added, {"instance": user, "by": user}),
            (events.email_verified, {"instance": user}),
            (events.fields_changed, {"instance": user, "changes": {"email": ("a", "b")}}),
            (events.fields_changed, {"instance": profile, "changes": {"image": ("a", "b")}}),
            (events.account_closed, {"user_id": 5, "username": "ghost", "email": ""}),
        ):
            with statements() as run:
                self.send(signal, **arguments)
            ours = [sql for sql in run if "activity_entry" in sql]  # other apps may listen too
            writes = [sql for sql in ours if not sql.startswith("SELECT")]  # without the look at the entry
            self.assertEqual((len(writes), len(ours)), (1, 2), run)

    def test_an_export_holds_ones_own_entries_and_no_address_of_others(self):
        admin = make_user("admin")
        factory = RequestFactory(REMOTE_ADDR="192.0.2.1")
        with self.commit():
            signals.done("changed", "default", person={"pk": admin.pk}, username="admin")
            for by in (self.user, admin):
                signals.done("verified", "default", person={"pk": self.user.pk}, by=by, request=factory.get("/"))
        with statements() as run:
            answers = events.collecting_export.send_robust(sender=User, instance=self.user, using="default")
            part = list(next(answer for receiver, answer in answers if receiver.__module__ == "activity.signals"))
        self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1, run)
        self.assertEqual([(row["by"], row["address"]) for row in part], [("admin", None), ("ada", "192.0.2.1")])
        json.dumps(part, cls=DjangoJSONEncoder)

    def test_an_export_that_fails_tells_the_sender(self):
        with self.assertLogs("django.dispatch", "ERROR"):
            answers = events.collecting_export.send_robust(sender=User, instance=self.user, using="nowhere")
        self.assertTrue(any(isinstance(answer, Exception) for _, answer in answers))


class LoginTests(LogMixin, TestCase):
    def test_the_story_of_a_visit(self):
        self.post_login(password="wrong")
        self.post_login(HTTP_USER_AGENT="x")
        self.post("logout")
        self.assertLog("login_failed", "logged_in", "logged_out")
        for entry in entries():
            self.assertEqual((entry.user, entry.username, entry.address), (self.user, "ada", "127.0.0.1"))
            self.assertRegex(entry.request_id, r"\A[0-9a-f]{32}\Z")
        self.assertEqual([entry.by_name for entry in entries()], ["", "ada", "ada"])
        self.assertEqual([entry.by_id for entry in entries()], [None, self.user.pk, self.user.pk])

    def test_a_login_costs_one_statement_more(self):
        with statements() as run:
            self.post_login()
        self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1)

    def test_a_failed_login_costs_one_statement_that_finds_its_account(self):
        with statements() as run:
            self.post_login(password="wrong")
        self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1)
        self.assertEqual(last_entry().user, self.user)

    def test_no_password_and_no_name_that_nobody_has_is_stored(self):
        self.post_login(username=PASSWORD, password="typed-wrong-7")
        self.post_login(password="typed-wrong-7")
        self.post_login()
        rows = " ".join(str(vars(entry)) for entry in entries())
        for secret in (PASSWORD, "typed-wrong-7", self.client.session.session_key):
            self.assertNotIn(secret, rows)
        self.assertEqual([entry.username for entry in entries()], ["", "ada", "ada"])

    def test_names_that_no_account_can_have_are_logged_as_failures_too(self):
        names = ("a\0", "a\nb", "\ud800", "", None, "a" * 100_000, 7)
        for name in names:  # Django's own backend fails for some of them before it says a word
            signals.log_failed_login(sender="test", credentials={"username": name})
        self.assertLog(*["login_failed"] * len(names))

    def test_a_visitor_who_logs_out_did_nothing(self):
        with statements() as run, self.assertNoLogs("activity.log"):
            self.post("logout")
        self.assertLog()
        self.assertFalse([sql for sql in run if "activity_entry" in sql])

    def test_a_lock_out_is_logged_for_the_account(self):
        for _ in range(5):
            self.post_login(password="wrong")
        self.assertEqual(self.post_login().status_code, 429)
        self.assertLog(*["login_failed"] * 4, "locked_out", "locked_out")
        self.assertEqual({(entry.user, entry.username) for entry in entries()}, {(self.user, "ada")})

    def test_an_attempt_is_one_entry_and_one_statement_whatever_becomes_of_it(self):
        for number in range(7):
            with statements() as run:
                self.post_login(password="wrong")
            self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1, number)
            self.assertEqual(len(entries()), number + 1)

    def test_a_failed_login_is_logged_with_the_whole_address_though_its_network_is_what_counts(self):
        for number in range(2):
            self.post_login(password="wrong", REMOTE_ADDR=f"2001:db8::{number + 1}")
        self.assertEqual([entry.address for entry in entries()], ["2001:db8::1", "2001:db8::2"])

    def test_a_wrong_password_where_it_is_asked_for_once_more_is_a_failed_login(self):
        self.post_login()
        for page in ("export_account", "delete_account", "password_change"):
            self.post(page, {"password": "wrong", "old_password": "wrong"})
        self.assertLog("logged_in", *["login_failed"] * 3)
        self.assertEqual(last_entry().user, self.user)

    def test_a_lock_out_for_a_name_that_nobody_has_is_logged_for_nobody(self):
        for _ in range(5):
            self.post_login(username="nobody")
        self.assertEqual(Entry.objects.get(what="locked_out").username, "")

    def test_a_login_at_the_admin_is_one_too(self):
        User.objects.filter(pk=self.user.pk).update(is_staff=True)
        self.post("admin:login", {"username": "ada", "password": PASSWORD})
        self.assertLog("logged_in")

    def test_a_login_by_code_is_one_too(self):
        with self.commit():
            self.client.force_login(self.user)
        self.assertLog("logged_in")

    def test_a_user_of_no_database_is_known_by_name(self):
        user = User(username="remote")
        with self.commit():
            signals.log_login(sender=User, request=RequestFactory().get("/"), user=user)
        self.assertEqual((last_entry().user_id, last_entry().username), (None, "remote"))


@URLS
class FailedRequestTests(LogMixin, TestCase):
    def test_a_failed_request_is_logged_with_its_id(self):
        response = self.client.get("/fails/")
        entry = Entry.objects.get()
        self.assertEqual((entry.what, entry.request_id), ("request_failed", response.headers["X-Request-ID"]))
        self.assertEqual(entry.details, {"method": "GET", "route": "fails/", "error": "RuntimeError"})
        self.assertEqual(entry.address, "127.0.0.1")

    def test_neither_the_path_nor_the_message_nor_the_query_is_stored(self):
        self.client.post("/fails/top-secret/?token=top-secret", {"password": "top-secret"})
        entry = Entry.objects.get()
        self.assertNotIn("top-secret", str(vars(entry)))
        self.assertEqual(entry.details["route"], "fails/<token>/")

    def test_who_sent_it_is_known_if_it_was_found_out(self):
        self.client.force_login(self.user)
        self.client.get("/fails-who/")
        self.assertEqual((last_entry().user, last_entry().username, last_entry().by), (self.user, "ada", self.user))

    def test_who_sent_it_is_not_looked_up_for_the_log(self):
        self.client.force_login(self.user)
        with statements() as run:
            self.client.get("/fails/")
        self.assertEqual(len(run), 1, run)
        self.assertIsNone(last_entry().user)

    @modify_settings(MIDDLEWARE={"remove": ["userprofile_project.middleware.KnownMethodsMiddleware"]})
    def test_an_odd_method_forges_nothing(self):
        self.client.generic("GET\nERROR" + "X" * 100, "/fails/")
        self.assertEqual(last_entry().details["method"], r"GET\nERRORXXXXXXXXXX")

    def test_a_page_that_does_not_fail_leaves_no_entry_and_costs_none(self):
        with statements() as run, self.assertNoLogs("activity"):
            self.client.get("/succeeds/")
            self.client.get("/nowhere/")
        self.assertEqual(run, [])
        self.assertLog()

    async def test_it_works_without_threads_too(self):
        self.async_client.raise_request_exception = False
        response = await self.async_client.get("/fails-async/")
        entry = await Entry.objects.aget()
        self.assertEqual((response.status_code, entry.request_id), (500, response.headers["X-Request-ID"]))
        self.assertEqual(entry.details["route"], "fails-async/")

    async def test_who_sent_it_is_known_without_threads_too(self):
        self.async_client.raise_request_exception = False
        await self.async_client.aforce_login(self.user)
        await self.async_client.get("/fails-who-async/")
        entry = await Entry.objects.aget(what="request_failed")
        self.assertEqual((entry.user_id, entry.by_id), (self.user.pk, self.user.pk))


class AdminEditTests(LogMixin, TransactionTestCase):
    """What staff do to others is logged as their doing: what is written on commit is written within the request."""

    def setUp(self):
        super().setUp()
        self.staff = make_user("staff", is_staff=True, is_superuser=True)
        self.client.force_login(self.staff)
        self.group = Group.objects.create(name="Editors")

    def test_groups_and_address_of_an_account(self):
        data = {
            "username": "ada",
            "email": "new@example.com",
            "is_active": "on",
            "groups": [self.group.pk],
            "date_joined_0": "2026-01-01",
            "date_joined_1": "12:00:00",
            "profile-TOTAL_FORMS": "0",
            "profile-INITIAL_FORMS": "0",
        }
        response = self.post("admin:auth_user_change", data, self.user.pk)
        self.assertEqual(response.status_code, 302, response.content)
        self.assertLog("logged_in", "groups", "changed")
        _, groups, changed = entries()
        self.assertEqual(groups.details, {"added": ["Editors"]})
        self.assertEqual(changed.details, {"email": ["ada@example.com", "new@example.com"]})
        for entry in (groups, changed):
            self.assertEqual((entry.user, entry.by, entry.by_name), (self.user, self.staff, "staff"))
            self.assertEqual((entry.address, entry.request_id), ("127.0.0.1", response.headers["X-Request-ID"]))

    def test_a_new_account(self):
        data = {"username": "bo", "email": "bo@example.com", "usable_password": "true"}
        data |= {"password1": PASSWORD, "password2": PASSWORD, "profile-TOTAL_FORMS": 0, "profile-INITIAL_FORMS": 0}
        with statements() as run:
            response = self.post("admin:auth_user_add", data)
        self.assertEqual(response.status_code, 302, response.content)
        self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1, run)
        self.assertLog("logged_in", "created")
        entry = last_entry()
        self.assertEqual(
            (entry.user.username, entry.username, entry.sentence), ("bo", "bo", "The account was created.")
        )
        self.assertEqual((entry.by, entry.by_name, entry.address), (self.staff, "staff", "127.0.0.1"))
        self.assertEqual(entry.request_id, response.headers["X-Request-ID"])
        self.post("admin:auth_user_add", {**data, "username": "bo"})
        self.assertLog("logged_in", "created")

    def test_permissions_of_a_group(self):
        permission = Permission.objects.get(codename="view_user")
        data = {"name": "Editors", "permissions": [permission.pk]}
        self.post("admin:auth_group_change", data, self.group.pk)
        self.assertLog("logged_in", "permissions")
        entry = last_entry()
        self.assertEqual((entry.user, entry.by), (None, self.staff))
        self.assertEqual(entry.details, {"group": "Editors", "added": ["auth.view_user"]})
