"""Senders that can never match: the check, the list and the why all tell of them."""

import sys
from types import ModuleType

from django import template
from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth import signals as auth_signals
from django.contrib.auth.models import AbstractUser, Group, User
from django.core.signals import request_started
from django.db import connection, models
from django.db.backends.signals import connection_created
from django.db.models import signals
from django.dispatch import Signal
from django.test import SimpleTestCase
from django.test.signals import template_rendered
from django.test.utils import isolate_apps

from signal_inspector import checks
from signal_inspector.connected import inventory, listing
from signal_inspector.why.senders import unreachable

HERE = __name__
BOTH = (User, Group)
ours = Signal()


class Mixin:
    """A class that models are made of, and which is none."""


def hear(sender, **kwargs):
    pass


@isolate_apps("signal_inspector")
def between_by_hand():
    """Return a model between two others that somebody has written."""

    class Badge(models.Model):  # noqa: DJ008 - nobody shows it
        class Meta:
            app_label = "signal_inspector"

    class Holder(models.Model):  # noqa: DJ008
        badges = models.ManyToManyField(Badge, through="Holding")

        class Meta:
            app_label = "signal_inspector"

    class Holding(models.Model):  # noqa: DJ008
        badge = models.ForeignKey(Badge, models.CASCADE)
        holder = models.ForeignKey(Holder, models.CASCADE)

        class Meta:
            app_label = "signal_inspector"

    return Holding


class ConnectedTestCase(SimpleTestCase):
    def connect(self, signal, sender):
        signal.connect(hear, sender=sender)
        self.addCleanup(signal.disconnect, hear, sender=sender)

    def found(self):
        return [each for signal in inventory.all_signals() for each in signal.receivers if each.name == f"{HERE}.hear"]


class NeverTests(ConnectedTestCase):
    def assertNever(self, signal, sender, words):
        signal.connect(hear, sender=sender)
        try:
            (receiver,) = self.found()
            told = [each for each in checks.check_connections() if each.obj == f"{HERE}.hear"]
            why = unreachable(inventory.SignalInfo("post_save", *[""] * 7, False), receiver)
        finally:
            signal.disconnect(hear, sender=sender)
        self.assertIn(words, receiver.never)
        self.assertTrue(receiver.remedy)
        self.assertEqual([each.id for each in told], ["signal_inspector.W003"])
        self.assertIn(words, told[0].msg)
        self.assertIn(why.id, ("never-sent", "swapped-out", "other-sender"))

    def test_a_label_where_none_is_looked_up(self):
        words = "is a text. This signal does not look up labels"
        self.assertNever(auth_signals.user_logged_in, settings.AUTH_USER_MODEL, f"'auth.User' {words}")
        self.assertNever(ours, settings.AUTH_USER_MODEL, words)
        self.assertNever(signals.post_migrate, settings.AUTH_USER_MODEL, words)
        ours.connect(hear, sender="auth.Group")
        self.addCleanup(ours.disconnect, hear, sender="auth.Group")
        self.assertIn(words, self.found()[0].never)  # it is kept by nobody, and read in the source

    def test_a_container_of_models(self):
        self.assertNever(signals.post_save, BOTH, "is a tuple, which counts as one sender")
        self.assertNever(ours, BOTH, "(auth.User, auth.Group) is a tuple")
        signals.post_save.connect(hear, sender=[User, Group])
        (receiver,) = self.found()
        signals.post_save.receivers[:] = [each for each in signals.post_save.receivers if each[1]() is not hear]
        self.assertIn("is a list", receiver.never)

    def test_what_no_longer_is_there(self):
        sender = [User]
        self.assertNever(signals.pre_save, sender, "its sender is no model")

    def test_what_stands_for_a_model(self):
        user = User()
        self.assertNever(signals.post_save, user, "User object is an instance, and the model class sends it")
        self.assertNever(signals.post_save, User.objects, "is a manager")
        self.assertNever(signals.post_save, get_user_model, "get_user_model is a function")
        self.assertNever(signals.post_save, sys.modules[HERE], "is a module")
        self.assertNever(signals.post_save, apps.get_app_config("auth"), "app auth is an AppConfig")
        self.assertNever(signals.post_save, Mixin, "Mixin is a class, and the model class sends it")
        self.assertNever(signals.pre_init, models.Model.__class__, "is a class")

    def test_a_relation_in_the_place_of_what_is_between(self):
        field = User._meta.get_field("groups")
        self.assertNever(signals.m2m_changed, User.groups, "is the descriptor of a relation")
        self.assertNever(signals.m2m_changed, field, "is a field")
        self.assertNever(signals.m2m_changed, User.groups.rel, "is a field")
        self.assertNever(signals.m2m_changed, User, "auth.User is not the model between")

    def test_rows_of_a_model_that_a_field_has_made(self):
        for name in ("pre_save", "post_save", "pre_delete", "post_delete"):
            with self.subTest(name):
                self.assertNever(getattr(signals, name), User.groups.through, "made by a many-to-many field")

    def test_migrate(self):
        other = AppConfig("django.contrib.auth", sys.modules["django.contrib.auth"])
        bare = next(each for each in apps.get_app_configs() if each.models_module is None)
        for signal in (signals.pre_migrate, signals.post_migrate):
            self.assertNever(signal, ModuleType, "is a class, and the AppConfig")
            self.assertNever(signal, sys.modules[HERE], "is a module, and the AppConfig")
            self.assertNever(signal, User, "is a model, and the AppConfig")
            self.assertNever(signal, other, "is not the AppConfig that is installed")
            self.assertNever(signal, bare, "has no models module")

    def test_other_signals_of_django(self):
        self.assertNever(auth_signals.user_login_failed, User, "it is sent by a text")
        self.assertNever(auth_signals.user_logged_in, AbstractUser, "is abstract")
        self.assertNever(auth_signals.user_logged_out, User.objects, "is a manager, and a class sends it")
        self.assertNever(connection_created, connection, "and a class sends it")
        self.assertNever(request_started, User, "is a model, and the class that works")
        self.assertNever(template_rendered, template.Template, "the object itself sends it")


class MayMatchTests(ConnectedTestCase):
    def test_whoever_sends_is_left_alone(self):
        self_made = between_by_hand()
        for signal, sender in (
            (signals.post_save, User),
            (signals.post_init, User.groups.through),
            (signals.m2m_changed, User.groups.through),
            (signals.post_save, self_made),
            (signals.post_migrate, apps.get_app_config("auth")),
            (auth_signals.user_logged_in, User),
            (auth_signals.user_logged_out, type(None)),
            (connection_created, type(connection)),
            (ours, User()),
            (ours, hear),
            (ours, AbstractUser),
            (ours, HERE),
            (ours, User.objects),
        ):
            with self.subTest(signal=signal, sender=sender):
                signal.connect(hear, sender=sender)
                try:
                    self.assertEqual([each.never for each in self.found()], [""])
                finally:
                    signal.disconnect(hear, sender=sender)

    def test_a_label_that_is_looked_up(self):
        self.connect(signals.post_save, "auth.User")
        self.assertEqual([each.never for each in self.found()], [""])


class ListedTests(ConnectedTestCase):
    def test_such_a_sender_is_in_quotes_with_a_warning(self):
        self.connect(signals.post_save, BOTH)
        text = "\n".join(listing.table(inventory.all_signals(), 200))
        self.assertIn('"(auth.User, auth.Group)" (never sends it)', text)
        self.assertIn("never sends it", "\n".join(listing.mermaid(inventory.all_signals())))
