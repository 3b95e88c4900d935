"""The stories that the project gives to the bench."""

from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings

from activity.models import Entry
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.trials import stories
from signal_inspector.trials.changes import RAISE, Changes
from signal_inspector.trials.running import run
from users.models import Profile

User = get_user_model()
CREATE_PROFILE = ("django.db.models.signals.post_save", "users.signals.create_profile")


class StoryTests(TestCase):
    databases = {"default", "other"}

    def left(self, name, **options):
        self.outcome = run(lambda: stories.prepare(name), **options)
        return sorted(f"{row.model._meta.label} {row.kind}" for row in self.outcome.rows)

    def test_a_registration_leaves_what_the_form_leaves(self):
        self.assertEqual(
            self.left("a registration"),
            [
                "activity.Entry created",
                "activity.Entry created",
                "auth.User created",
                "delivery.Delivery created",
                "users.AccountSession created",
                "users.Profile created",
            ],
        )
        self.assertEqual((self.outcome.error, self.outcome.mails), (None, 1))
        self.assertFalse(User.objects.exists() or Profile.objects.exists() or Entry.objects.exists())

    def test_without_its_profile_nobody_is_registered(self):
        self.assertEqual(self.left("a registration", changes=Changes({CREATE_PROFILE: "raise"})), [])
        self.assertTrue(self.outcome.on_purpose)

    def test_a_login_is_one_of_somebody_who_is_there(self):
        self.assertEqual(
            self.left("a login"), ["activity.Entry created", "auth.User changed", "users.AccountSession created"]
        )
        self.assertEqual(self.outcome.trace.roots[0].short_name, "user_logged_in")

    @override_settings(ALLOWED_HOSTS=[".example.com"])
    def test_each_that_is_named_runs_wherever_the_site_is(self):
        for name in settings.SIGNAL_INSPECTOR_STORIES:
            with self.subTest(name):
                self.left(name)
                self.assertIsNone(self.outcome.error)


class RaisingTests(TestCase):
    """Each receiver of each story raises once: what comes out is that, or whoever sent the signal has caught it."""

    databases = {"default", "other"}

    def test_what_comes_out_is_what_was_raised(self):
        for name in settings.SIGNAL_INSPECTOR_STORIES:
            for atomic in (False, True):
                for key in self.heard(name, atomic):
                    with self.subTest(name, atomic=atomic, key=key):
                        self.assertRaisesOnPurpose(self.raising(name, key, atomic))

    def raising(self, name, key, atomic):
        with mock.patch("logging.Logger.handle"):  # what send_robust() catches is logged
            return run(lambda: stories.prepare(name), Changes({key: RAISE}), atomic)

    def heard(self, name, atomic):
        outcome = run(lambda: stories.prepare(name), atomic=atomic)
        pairs = outcome.trace.walk_with_parents()
        heard = ((node, parent) for node, parent in pairs if node.kind == RECEIVER and parent.kind == SIGNAL)
        return dict.fromkeys((parent.name, node.name) for node, parent in heard)

    def assertRaisesOnPurpose(self, outcome):
        self.assertEqual(outcome.refused, [])
        raised = [(node, parent) for node, parent in outcome.trace.walk_with_parents() if node.error]
        self.assertEqual({node.error for node, _parent in raised}, {"RaisedOnPurpose"})
        if not outcome.on_purpose:
            self.assertIsNone(outcome.error)
            self.assertTrue(
                any("robust" in node.how or (parent and "robust" in parent.how) for node, parent in raised)
            )
