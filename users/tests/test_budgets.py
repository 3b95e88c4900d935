"""
How many statements a request may cost. Transaction control is not counted: it depends on what is around.

A line in the account log costs one statement, and so do the mails that an event has: what has to be sent is noted.
What sending costs is the worker's. Without the apps that listen both are zero.
"""

from importlib.util import find_spec

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from listening.muting import muted
from users.models import Interest, Profile
from users.tests.steps import PageTestCase, form_fields, make_user, picture, registration

User = get_user_model()

LINE = apps.is_installed("activity")  # True is one statement
MAIL = apps.is_installed("notifications") and apps.is_installed("delivery")

TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


# Django 6 has the tasks of the library in itself.
TASKS = "django.tasks" if find_spec("django.tasks") else "django_tasks"


@override_settings(DELIVERY_URL="tasks:", TASKS={"default": {"BACKEND": f"{TASKS}.backends.dummy.DummyBackend"}})
class BudgetTestCase(PageTestCase):
    def statements(self, action, *args, **kwargs):
        """Return the statements of an action, with what it does after the commit."""
        with CaptureQueriesContext(connection) as queries, self.captureOnCommitCallbacks(execute=True):
            response = action(*args, **kwargs)
        if response is not None:
            self.assertLess(response.status_code, 400)
        return [query["sql"] for query in queries if not query["sql"].startswith(TRANSACTION_CONTROL)]

    def assertCosts(self, most, action, *args, **kwargs):
        statements = self.statements(action, *args, **kwargs)
        self.assertLessEqual(len(statements), most, "\n".join(statements))


class AccountBudgetTests(BudgetTestCase):
    def test_registering_with_the_login_that_follows(self):
        self.assertCosts(6 + 2 * LINE + MAIL, self.client.post, reverse("register"), registration())
        self.assertLoggedIn()

    def test_logging_in_and_out(self):
        make_user()
        self.assertCosts(3 + LINE, self.post_login)
        self.assertLoggedIn()
        self.assertCosts(4 + LINE, self.client.post, reverse("logout"))
        self.assertLoggedOut()


class ProfileBudgetTests(BudgetTestCase):
    def setUp(self):
        super().setUp()
        self.interests = [Interest.objects.create(name=f"Interest {number}") for number in range(20)]
        user = make_user()
        self.log_in(user)
        self.post_profile(user, image=picture(), interests=[interest.pk for interest in self.interests[:9]])
        self.fields = form_fields(self.client.get(reverse("profile")))

    def send(self, **changes):
        """Send the form as the browser does, with changes."""
        return self.client.post(reverse("profile"), {**self.fields, **changes})

    def test_opening_the_page(self):
        self.assertCosts(4, self.client.get, reverse("profile"))

    def test_sending_it_unchanged(self):
        self.assertCosts(4, self.send)

    def test_a_new_picture(self):
        before = Profile.objects.get().image.name
        self.assertCosts(7 + LINE, self.send, image=picture(colour="red"))
        self.assertNotEqual(Profile.objects.get().image.name, before)

    def test_a_new_address(self):
        self.assertCosts(9 + LINE + MAIL, self.send, email="new@example.com")
        self.assertEqual(Profile.objects.get().user.email, "new@example.com")


class PeopleBudgetTests(BudgetTestCase):
    def test_the_list_costs_one_statement_however_long_it_is(self):
        for size in (2, 20):
            for number in range(size):
                make_user(f"user{size}x{number}")
            Profile.objects.update(is_public=True)
            self.assertCosts(1, self.client.get, reverse("people"))


class ReceiverBudgetTests(BudgetTestCase):
    """What the receivers of this app add to an action: the same counted with and without any."""

    def added(self, action):
        """Return how many statements the receivers of saves and logins add."""
        self.statements(action)  # caches of Django's fill
        with_receivers = self.statements(action)
        with muted(pre_save), muted(post_save):
            without = self.statements(action)
        self.assertTrue(without)
        return len(with_receivers) - len(without)

    def test_a_login_costs_nothing_more(self):
        make_user()
        self.assertTrue(user_logged_in.has_listeners(User))

        def log_in_and_out():
            self.post_login()
            self.assertIn("_auth_user_id", self.client.session)
            self.client.logout()

        self.assertEqual(self.added(log_in_and_out), 0)

    def test_saving_fields_that_nobody_watches_costs_nothing_more(self):
        user = make_user()
        for fields in (["last_login"], ["date_joined"], ["last_login", "date_joined"]):
            self.assertEqual(self.added(lambda fields=fields: user.save(update_fields=fields)), 0, fields)

    def test_saving_a_user_costs_one_statement_more(self):
        user = User.objects.get(pk=make_user().pk)
        self.assertLessEqual(self.added(user.save), 1)
        self.assertLessEqual(self.added(lambda: user.profile and user.save()), 1)
