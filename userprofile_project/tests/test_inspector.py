"""The signal inspector, looking at this project."""

from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models.signals import post_save
from django.test import TestCase, override_settings

from listening.muting import muted
from signal_inspector.connected import inventory
from signal_inspector.why import explain
from users.models import Profile
from users.signals import create_profile


class ListingTests(TestCase):
    def test_the_life_of_a_profile(self):
        life = {signal.short_name: [each.name for each in signal.receivers] for signal in inventory.for_model(Profile)}
        self.assertEqual(next(iter(life)), "class_prepared")
        self.assertIn("users.signals.normalise_picture", life["pre_save"])
        self.assertIn("users.signals.announce_interests", life["m2m_changed"])
        self.assertNotIn("users.signals.create_profile", life["post_save"])

    def test_everything_is_listed_without_a_statement(self):
        out = StringIO()
        with self.assertNumQueries(0):
            call_command("signals", stdout=out)
        for name in ("users.events.user_registering", "users.signals.create_profile", "Somebody registered through"):
            self.assertIn(name, out.getvalue())

    def test_a_receiver_that_is_muted(self):
        with muted(post_save, create_profile):
            found = self.create_profile()
            self.assertEqual((found.sender_kind, found.dispatch_uid), ("nobody", "users.create_profile"))
        self.assertEqual(self.create_profile().sender, User._meta.label)

    def test_why_it_is_not_called_while_it_is_muted(self):
        with muted(post_save, create_profile):
            answer = explain("users.signals.create_profile", "save:auth.User")[0]
        self.assertEqual(answer.id, "muted")
        self.assertEqual(explain("users.signals.create_profile", "save:auth.User")[0].id, "connected")

    def create_profile(self):
        """Return what is listed about the receiver."""
        signal = next(signal for signal in inventory.all_signals() if signal.short_name == "post_save")
        return next(each for each in signal.receivers if each.name == "users.signals.create_profile")

    @override_settings(SILENCED_SYSTEM_CHECKS=[])
    def test_the_checks_have_nothing_to_say(self):
        call_command("check", tags=["signals"], fail_level="DEBUG", stdout=StringIO())
