"""
The story of an account as the signals tell it: who is called by what, in which order, and what waits for the commit.

Each step is held by a file in ``traces``. Where a change is meant: ``UPDATE_TRACES=1 python manage.py test
userprofile_project.tests.test_traces``, read the difference, commit it.
"""

import unittest

from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import TransactionTestCase
from django.urls import reverse

from signal_inspector import record
from signal_inspector.exporting import snippet
from signal_inspector.testing import SignalTestMixin
from signal_inspector.traces import snapshots
from users.tests.steps import PASSWORD, PageMixin, make_user, picture, registration

User = get_user_model()

# What Django tells of a request, and the tasks of theirs: the story is what the project's own code does.
LEFT_OUT = {"django.core.signals", "django_tasks.signals", "django.tasks.signals"}


@unittest.skipUnless(
    all(map(apps.is_installed, ("activity", "notifications", "signal_inspector"))), "The story is that of all apps."
)
class StoryTraceTests(PageMixin, SignalTestMixin, TransactionTestCase):
    """With real commits, so that what waits for one is run."""

    databases = "__all__"
    ignored_signals = {*SignalTestMixin.ignored_signals, *LEFT_OUT}

    def log_in_as(self, username):
        user = make_user(username)
        self.log_in(user)
        return user

    def test_register(self):
        with self.assertTrace():
            response = self.client.post(reverse("register"), registration())
        self.assertRedirects(response, reverse("profile"))

    def test_a_registration_taken_along_as_a_test_passes_when_pasted(self):
        with record() as trace:
            self.client.post(reverse("register"), registration())
        User.objects.all().delete()
        source = snippet.convert(snapshots.without(trace, {"django.core.signals"}), f"POST {reverse('register')}")
        module = {"__name__": __name__}
        exec(source.replace("{})", f"{registration()!r})"), module)  # what the source says to fill in
        result = unittest.TestResult()
        unittest.TestSuite([module["PostRegisterTests"]("test_what_it_sets_off")]).run(result)
        self.assertEqual((result.testsRun, result.errors, result.failures), (1, [], []))

    def test_edit_profile(self):
        user = self.log_in_as("ada")
        with self.assertTrace():
            response = self.post_profile(user, bio="Writes compilers.", first_name="Ada")
        self.assertEqual(response.status_code, 302)

    def test_upload_a_picture(self):
        user = self.log_in_as("ada")
        with self.assertTrace():
            response = self.post_profile(user, image=picture())
        self.assertEqual(response.status_code, 302)

    def test_save_without_a_change(self):
        user = self.log_in_as("ada")
        with self.assertTrace(), self.assertSignalBudget(receivers=0):
            response = self.post_profile(user)
        self.assertEqual(response.status_code, 302)

    def test_change_address(self):
        user = self.log_in_as("ada")
        with self.assertTrace():
            response = self.post_profile(user, email="new@example.com")
        self.assertEqual(response.status_code, 302)

    def test_delete_account(self):
        self.log_in_as("ada")
        with self.assertTrace():
            response = self.client.post(reverse("delete_account"), {"password": PASSWORD})
        self.assertEqual(response.status_code, 302)
        self.assertFalse(User.objects.exists())
