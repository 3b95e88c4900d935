"""When entries are written, and what happens if they can't be."""

from unittest import mock

from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory, TestCase, TransactionTestCase, override_settings
from django.urls import reverse

from activity.context import following
from activity.log import done, failed
from activity.middleware import RequestIdMiddleware
from activity.models import Entry
from activity.signals import log_changes
from activity.tests.support import LogMixin, User, entries, last_entry, make_user, statements, unwritable

URLS = override_settings(ROOT_URLCONF="activity.tests.urls")


class RolledBackTests(LogMixin, TransactionTestCase):
    databases = {"default", "other"}

    def undo(self, action, using="default"):
        with self.assertRaises(ZeroDivisionError), transaction.atomic(using=using):
            action()
            raise ZeroDivisionError

    def test_what_is_rolled_back_never_stands_in_the_log(self):
        group = Group.objects.create(name="Editors")
        self.user.email = "new@example.com"
        self.undo(self.user.save)
        self.undo(lambda: self.user.groups.add(group))
        self.undo(lambda: self.client.force_login(self.user))
        self.assertLog()

    def test_what_is_committed_does(self):
        with transaction.atomic():
            self.user.email = "new@example.com"
            self.user.save()
            self.user.groups.create(name="Editors")
            self.client.force_login(self.user)
            self.assertLog("groups")  # with the change itself, and gone with it
        self.assertLog("groups", "changed", "logged_in")

    def test_only_the_transaction_of_the_entrys_own_database_counts(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic(using="other"):
            done("verified", "default", username="ada")
            self.assertLog("verified")
            raise ZeroDivisionError
        self.assertLog("verified")

    @URLS
    def test_failures_stand_though_the_request_was_rolled_back(self):
        with mock.patch.dict(connections.settings["default"], ATOMIC_REQUESTS=True):
            response = self.client.get("/writes-and-fails/")
        self.assertEqual(response.status_code, 500)
        self.assertFalse(User.objects.filter(username="ghost").exists())
        self.assertLog("login_failed", "request_failed")
        self.assertEqual({entry.request_id for entry in entries()}, {response.headers["X-Request-ID"]})

    @URLS
    def test_what_was_done_before_a_request_failed_stands_if_it_is_committed(self):
        self.client.get("/writes-and-fails/")
        self.assertTrue(User.objects.filter(username="ghost").exists())
        self.assertLog("logged_in", "login_failed", "request_failed")

    def test_a_failure_in_a_transaction_within_the_request_waits_for_its_end(self):
        def view(request):
            self.undo(lambda: failed("login_failed"))
            self.assertLog()
            return HttpResponse()

        RequestIdMiddleware(view)(RequestFactory().get("/"))
        self.assertLog("login_failed")

    def test_a_failure_stands_though_the_middleware_is_left_by_an_exception(self):
        def view(request):
            failed("login_failed")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            RequestIdMiddleware(view)(RequestFactory().get("/"))
        self.assertLog("login_failed")

    def test_a_failure_has_the_time_at_which_it_happened(self):
        with following(RequestFactory().get("/")) as context:
            failed("login_failed")
        self.assertEqual(len(context.failures), 1)
        self.assertLess(context.failures[0][2]["at"], make_user("bruno").date_joined)

    def test_without_a_request_a_failure_is_written_at_once(self):
        authenticate(RequestFactory().post("/"), username="ada", password="wrong")
        self.assertLog("login_failed")


@URLS
class UnwritableTests(LogMixin, TransactionTestCase):
    """Of a log that can't be written the server's log tells; the action stands."""

    def setUp(self):
        super().setUp()
        self.enterContext(unwritable())

    def test_a_login_is_one_all_the_same(self):
        with self.reported() as log:
            self.post_login()
        self.assertEqual(self.client.get(reverse("profile")).status_code, 200)
        self.assertEqual(len(log.output), 1)
        self.assertIn("“logged_in”", log.output[0])

    def test_a_failed_login_answers_as_ever(self):
        with self.reported():
            response = self.post_login(password="wrong")
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "csrfmiddlewaretoken")

    def test_a_failed_request_shows_its_error_page(self):
        with self.reported() as log:
            response = self.client.get("/fails/")
        self.assertEqual(response.status_code, 500)
        self.assertEqual(len(log.output), 1)

    def test_a_change_is_saved(self):
        self.user.email = "new@example.com"
        with self.reported():
            self.user.save()
        self.assertEqual(User.objects.get().email, "new@example.com")

    def test_a_group_is_given_and_the_rest_of_the_transaction_stands(self):
        with self.reported() as log, transaction.atomic():
            before = make_user("bruno")
            before.groups.add(Group.objects.create(name="Editors"))
            before.groups.clear()
            before.groups.create(name="Writers")
            after = make_user("chiara")
        self.assertEqual(set(User.objects.all()), {self.user, before, after})
        self.assertEqual(before.groups.get().name, "Writers")
        self.assertEqual(len(log.output), 3)

    def test_an_event_within_a_transaction_breaks_nothing_there(self):
        with self.reported(), transaction.atomic():
            failed("login_failed")
            make_user("bruno")
        self.assertEqual(User.objects.count(), 2)


class ReportTests(LogMixin, TestCase):
    def test_the_line_of_a_report_is_not_forged(self):
        error = ValueError("x\nERROR forged: line\u2028again")
        with mock.patch.object(Entry.objects, "record", side_effect=error), self.reported() as log:
            failed("login_failed")
        line, *stack = log.output[0].splitlines()
        self.assertIn(r"ValueError: x\nERROR forged: line\u2028again", line)
        for row in stack:  # of Python's own: files, lines, their source
            self.assertTrue(row.startswith("  "), row)

    def test_a_receiver_that_raises_is_reported_and_fails_nobody(self):
        with self.reported() as log:
            self.assertIsNone(log_changes(sender=User, instance=self.user, changes=None, using="default"))
        self.assertIn("log_changes", log.output[0])

    def test_a_database_that_has_no_log_gets_no_entries(self):
        with (
            mock.patch("activity.log.router.allow_migrate_model", return_value=False),
            self.assertNoLogs("activity.log"),
            self.assertNumQueries(0),
        ):
            failed("login_failed")

    def test_outside_of_a_transaction_there_is_no_savepoint(self):
        """A savepoint costs two trips to the server."""
        connection.in_atomic_block, was = False, connection.in_atomic_block
        try:
            with self.assertNumQueries(1):
                failed("login_failed")
        finally:
            connection.in_atomic_block = was

    def test_one_statement_writes_an_entry(self):
        with statements() as run:
            failed("login_failed", person={"username": "ada"})
        self.assertEqual(len(run), 1)
        self.assertEqual(last_entry().user, self.user)
