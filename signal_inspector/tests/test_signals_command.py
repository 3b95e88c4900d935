"""The command ``signals``."""

import json
from io import StringIO
from unittest import mock

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import TestCase

from signal_inspector.management.commands.signals import named
from signal_inspector.tests.connected.test_listing import receiver, signal
from signal_inspector.tests.connected.test_senders import waiting

HERE = __name__

something_happened = Signal()


def hear_group(sender, **kwargs):
    """Hear a group."""


class SignalsCommandTests(TestCase):
    def setUp(self):
        post_save.connect(hear_group, sender=Group, dispatch_uid="here")
        self.addCleanup(post_save.disconnect, sender=Group, dispatch_uid="here")

    def run_command(self, *args, **kwargs):
        out = StringIO()
        with self.assertNumQueries(0):
            call_command("signals", *args, stdout=out, **kwargs)
        return out.getvalue()

    def names(self, *args):
        return [signal["name"].rpartition(".")[2] for signal in json.loads(self.run_command(*args, "--format=json"))]

    def test_all(self):
        text = self.run_command()
        self.assertIn("django.db.models.signals.pre_init", text)
        self.assertIn(f"{HERE}.something_happened", text)
        self.assertIn(f"{HERE}.hear_group", text)

    def test_a_part_of_a_name(self):
        self.assertEqual(self.names("_SAVE"), ["post_save", "pre_save"])
        self.assertEqual(self.names("models.signals.pre_s"), ["pre_save"])

    def test_a_part_of_the_name_of_a_receiver(self):
        text = self.run_command("hear_gr")
        self.assertIn("post_save", text)
        self.assertIn("Hear a group.", text)
        self.assertIn("dispatch_uid: here", text)
        self.assertTrue(text.endswith("1 signal, 1 receiver\n"))

    def test_short_names_go_before_others_and_signals_before_receivers(self):
        signals = [signal(receiver("app.save_all"), name=name) for name in ("app.saved.done", "app.on_save")]
        self.assertEqual([each.name for each in named("save", signals)], ["app.on_save"])
        self.assertEqual([each.name for each in named("saved", signals)], ["app.saved.done"])
        self.assertEqual(len(named("save_a", signals)), 2)

    def test_a_signal_that_fits_keeps_all_its_receivers(self):
        (found,) = named("on_save", [signal(receiver("app.on_save"), receiver("app.other"), name="app.on_save")])
        self.assertEqual(len(found.receivers), 2)

    def test_by_model(self):
        names = self.names("--sender", "auth.group")
        self.assertEqual(names[:4], ["class_prepared", "pre_init", "post_init", "pre_save"])
        self.assertIn("hear_group", self.run_command("post_save", "--sender", "auth.Group"))
        self.assertNotIn("hear_group", self.run_command("post_save", "--sender", "auth.User"))

    def test_the_name_of_a_model_alone_will_do_where_one_app_has_it(self):
        self.assertEqual(self.names("--sender", "group"), self.names("--sender", "auth.Group"))
        with (
            mock.patch.object(ContentType._meta, "object_name", "Group"),
            self.assertRaisesMessage(
                CommandError, "There are several models named group: auth.Group, contenttypes.Group."
            ),
        ):
            self.run_command("--sender", "group")

    def test_by_a_model_that_is_waited_for(self):
        with waiting(post_save, hear_group, "nowhere.Order"):
            self.assertIn("nowhere.order (pending)", self.run_command("--sender", "nowhere.Order"))

    def test_by_app(self):
        found = json.loads(self.run_command("--app", "signal_inspector", "--format=json"))
        apps = {receiver["app"] for signal in found for receiver in signal["receivers"]}
        self.assertEqual(apps, {"signal_inspector"})

    def test_by_the_label_the_name_or_the_package_of_an_app(self):
        from django.contrib.auth.models import update_last_login

        post_save.connect(update_last_login, sender=Group)
        self.addCleanup(post_save.disconnect, update_last_login, sender=Group)
        for app in ("auth", "django.contrib.auth", "django.contrib", "django", "Auth"):
            with self.subTest(app):
                self.assertIn("update_last_login", self.run_command("--app", app))
        for app in ("django.contrib.au", "users.update"):
            with self.subTest(app), self.assertRaises(CommandError):
                self.run_command("--app", app)

    def test_its_own_receivers_are_left_out_unless_somebody_asks(self):
        self.assertNotIn("store_record", self.run_command())
        self.assertNotIn("store_record", self.run_command("request_finished"))
        self.assertNotIn("store_record", self.run_command("--format=mermaid"))
        for args in (["--all"], ["--app", "signal_inspector"], ["store_record"], ["request_finished", "--all"]):
            with self.subTest(args):
                self.assertIn("store_record", self.run_command(*args))

    def test_what_does_not_fit_gets_the_nearest_names(self):
        for args, meant in (
            (["post_saev"], "Did you mean post_save"),
            (["hear_grup"], "hear_group"),
            (["--app", "authh"], "Did you mean auth"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, meant):
                self.run_command(*args)

    def test_mermaid(self):
        text = self.run_command("hear_group", format="mermaid")
        self.assertEqual(text.splitlines()[0], "flowchart LR")
        self.assertIn('-->|"auth.Group"|', text)

    def test_nothing_fits(self):
        for args in (["no_such_name"], ["--app", "nowhere"], ["--sender", "nowhere.Order"], ["--sender", "nonsense"]):
            with self.assertRaises(CommandError) as caught:
                self.run_command(*args)
            self.assertEqual(caught.exception.returncode, 1)
            self.assertIn(args[-1], str(caught.exception))
