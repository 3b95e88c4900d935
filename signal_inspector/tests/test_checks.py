"""System checks of how signals are connected."""

import importlib.util
import sys
import tempfile
from functools import partial
from pathlib import Path
from textwrap import dedent
from unittest import mock

from django.apps import AppConfig, apps
from django.contrib.auth.models import AbstractUser, Group, User
from django.contrib.auth.signals import user_logged_in
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db.models import Model, signals
from django.dispatch import Signal
from django.test import SimpleTestCase, override_settings
from django.test.utils import isolate_apps

from signal_inspector import checks
from signal_inspector.connected import senders
from signal_inspector.reading.private import entries_of
from signal_inspector.tests.connected.test_forgotten import ShopOfTest
from signal_inspector.tests.connected.test_senders import waiting
from signal_inspector.why import explaining

HERE = __name__

ours = Signal()


def hear(sender, **kwargs):
    pass


def hear_too(sender, **kwargs):
    pass


def make(name):
    def made(sender, **kwargs):
        return name

    return made


class Later:
    async def __call__(self, sender, **kwargs):
        pass


async def hear_later(number, sender, **kwargs):
    pass


def give(sender, **kwargs):
    yield


class Ear:
    def hear(self, sender, **kwargs):
        pass

    def hear_of_class(self, sender, **kwargs):
        pass


prepared = []

TWO_OF_ONE_NAME = """
    from django.contrib.auth.models import User
    from django.contrib.auth.signals import user_logged_in
    from django.db.models.signals import post_save
    from django.dispatch import receiver


    @receiver(post_save, sender=User)
    def event(sender, **kwargs):
        pass


    @receiver(user_logged_in)
    def event(sender, **kwargs):
        pass
    """


class MethodField:
    """Connects a method in contribute_to_class(), in time for class_prepared; FieldTracker does so."""

    def contribute_to_class(self, cls, name):
        setattr(cls, name, self)
        signals.class_prepared.connect(self.finish, sender=cls)

    def finish(self, sender, **kwargs):
        prepared.append(sender)


class FunctionField:
    """The same with a function of the module."""

    def contribute_to_class(self, cls, name):
        signals.class_prepared.connect(note_prepared, sender=cls)


class ClosureField:
    """The same with a closure."""

    def contribute_to_class(self, cls, name):
        def finish(sender, **kwargs):
            prepared.append(sender)

        setattr(cls, name, finish)
        signals.class_prepared.connect(finish, sender=cls)


def note_prepared(sender, **kwargs):
    prepared.append(sender)


class ConnectedTestCase(SimpleTestCase):
    def connect(self, signal, receiver, **kwargs):
        signal.connect(receiver, **kwargs)
        sender, uid = kwargs.get("sender"), kwargs.get("dispatch_uid")
        self.addCleanup(signal.disconnect, receiver, sender=sender, dispatch_uid=uid)

    def told(self, id):
        """Return the warnings about receivers of these tests; other apps may have their own."""
        found = [each for each in checks.check_connections() if HERE in each.msg or "twice_" in each.msg]
        return [each for each in found if each.id == f"signal_inspector.{id}"]


class ForgottenModuleTests(ShopOfTest, SimpleTestCase):
    def test_it_is_told_with_a_hint(self):
        self.write("signals.py")
        warning = checks.check_signals_modules_are_imported([self.config])[0]
        self.assertEqual(warning.id, "signal_inspector.W001")
        self.assertIn("shop_of_test.signals", warning.msg)

    def test_the_class_to_change_is_the_apps_own_or_one_to_be_written(self):
        self.write("signals.py")
        self.assertIn("ready() of an AppConfig of its own, in shop_of_test.apps", self.hint())
        self.config.__class__ = type("ShopConfig", (AppConfig,), {"__module__": "shop_of_test.apps"})
        self.assertIn("ready() of shop_of_test.apps.ShopConfig", self.hint())
        self.config.__class__ = type("BaseConfig", (AppConfig,), {"__module__": "somebody_else.apps"})
        self.assertIn("in shop_of_test.apps", self.hint())

    def hint(self):
        return checks.check_signals_modules_are_imported([self.config])[0].hint

    def test_a_package_is_told_of_where_somebody_asks(self):
        self.write("signals.py")
        check = checks.check_signals_modules_are_imported
        for own, told in ((True, 1), (False, 0)):
            with (
                self.subTest(own=own),
                mock.patch.object(checks.apps, "get_app_configs", return_value=[self.config]),
                mock.patch.object(checks, "is_projects_own", return_value=own),
            ):
                self.assertEqual((len(check()), len(check([self.config]))), (told, 1))

    def test_it_is_silenced_by_package(self):
        self.write("signals.py")
        with override_settings(SIGNAL_INSPECTOR_SILENCED=["shop_of_test"]):
            self.assertEqual(checks.check_signals_modules_are_imported([self.config]), [])


class TwiceTests(ConnectedTestCase):
    def assertTwice(self, count=1):
        self.assertEqual(len(self.told("W002")), count)

    def test_a_module_imported_under_two_names(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "receivers.py")
            path.write_text("def hear(sender, **kwargs):\n    pass\n")
            for name in ("twice_a", "twice_b"):
                spec = importlib.util.spec_from_file_location(name, path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                self.connect(ours, module.hear, weak=False, sender=User)
        warning = self.told("W002")[0]
        self.assertIn("twice_a.hear = twice_b.hear", warning.msg)
        self.assertIn("auth.User", warning.msg)
        self.assertTrue(warning.hint)

    def test_two_dispatch_uids(self):
        self.connect(ours, hear, dispatch_uid="a")
        self.assertTwice(0)
        self.connect(ours, hear, dispatch_uid="b")
        self.assertTwice()

    def test_every_sender_and_one_of_them(self):
        self.connect(ours, hear)
        self.connect(ours, hear, sender=User)
        self.assertTwice()

    def test_methods_of_one_object(self):
        ear = Ear()
        self.connect(ours, ear.hear, dispatch_uid="a")
        self.connect(ours, ear.hear, dispatch_uid="b")
        self.assertTwice()

    def test_what_only_looks_alike(self):
        one, other = Ear(), Ear()
        for receiver in (
            make("a"),
            make("b"),
            partial(hear, a=1),
            partial(hear, a=2),
            one.hear,
            other.hear,
            hear,
            hear_too,
        ):
            self.connect(ours, receiver, weak=False, sender=User)
        self.connect(ours, hear, sender=Group)
        self.connect(signals.m2m_changed, hear, sender=User)
        self.assertTwice(0)


class NeverCalledTests(ConnectedTestCase):
    def assertNever(self, signal, sender, *words):
        signal.connect(hear, sender=sender)
        try:
            told = [each.msg for each in self.told("W003")]
        finally:
            signal.disconnect(hear, sender=sender)
        self.assertEqual(len(told), 1 if words else 0, told)
        for word in words:
            self.assertIn(word, told[0])

    def test_senders_that_send(self):
        self.assertNever(signals.post_save, User)
        self.assertNever(signals.post_save, None)
        self.assertNever(signals.m2m_changed, User.groups.through)
        self.assertNever(signals.post_migrate, apps.get_app_config("auth"))
        self.assertNever(ours, AbstractUser)

    def test_an_abstract_model(self):
        self.assertNever(signals.post_save, AbstractUser, "auth.AbstractUser is abstract")
        self.assertNever(signals.pre_init, AbstractUser, "abstract")

    @isolate_apps("signal_inspector")
    @override_settings(SHOP_MODEL="auth.Group")
    def test_a_swapped_out_model(self):
        from django.db import models

        class Shop(models.Model):  # noqa: DJ008 - nobody shows it
            class Meta:
                app_label = "signal_inspector"
                swappable = "SHOP_MODEL"

        self.assertNever(signals.post_save, Shop, "Shop is swapped out for auth.Group")
        self.assertNever(signals.post_init, Shop)

    def test_m2m_changed_of_a_model_that_is_not_between_two(self):
        self.assertNever(signals.m2m_changed, User, "auth.User is not the model between")

    def test_class_prepared_of_a_class_that_is_made(self):
        self.assertNever(signals.class_prepared, User, "auth.User was prepared before")

    def test_class_prepared_of_a_class_that_is_being_made(self):
        for number, make_field in enumerate((MethodField, FunctionField, ClosureField)):
            with self.subTest(make_field.__name__), isolate_apps("signal_inspector"):
                prepared.clear()
                fields = {"Meta": type("Meta", (), {"app_label": "signal_inspector"}), "__module__": HERE}
                model = type(Model)(f"Shelf{number}", (Model,), {**fields, "mark": make_field()})
                self.assertEqual(prepared, [model])
                self.assertEqual(self.told("W003"), [])
                signals.class_prepared.disconnect(note_prepared, sender=model)

    def test_class_prepared_connected_when_the_class_is_there(self):
        ear = Ear()
        signals.class_prepared.connect(ear.hear_of_class, sender=User)
        self.addCleanup(signals.class_prepared.disconnect, ear.hear_of_class, sender=User)
        self.assertEqual(len(self.told("W003")), 1)

    def test_migrate_with_a_class(self):
        self.assertNever(signals.post_migrate, type(apps.get_app_config("auth")), "AppConfig")

    def test_a_sender_that_is_gone(self):
        entry = next(iter(read_of(ours, hear)))
        entry.sender_gone, entry.sender_id = True, 12345
        self.connect(ours, hear)
        with mock.patch.object(checks.inventory, "connections", return_value=known(entry)):
            self.assertIn("its sender is gone", self.told("W003")[0].msg)

    def test_it_has_a_hint(self):
        self.connect(signals.post_save, hear, sender=AbstractUser)
        self.assertTrue(self.told("W003")[0].hint)

    def test_a_lazy_sender_that_no_app_defines_is_told_by_django(self):
        with waiting(signals.post_save, hear, "nowhere.Order"):
            self.assertIn("signals.E001", [each.id for each in run_checks(databases=[])])


class EveryModelTests(ConnectedTestCase):
    def test_signals_of_rows(self):
        for name in ("pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete"):
            with self.subTest(name):
                signal = getattr(signals, name)
                signal.connect(hear)
                try:
                    told = self.told("W004")
                finally:
                    signal.disconnect(hear)
                self.assertEqual(len(told), 1)
                self.assertIn(name, told[0].msg)
                self.assertIn("sender=", told[0].hint)

    def test_one_model_and_signals_that_are_rare(self):
        self.connect(signals.post_save, hear, sender=User)
        self.connect(signals.class_prepared, hear)
        self.connect(signals.m2m_changed, hear)
        self.connect(ours, hear)
        self.assertEqual(self.told("W004"), [])

    def test_django_itself_is_not_blamed(self):
        from django.db import reset_queries

        self.connect(signals.post_save, reset_queries)
        self.assertFalse([each for each in checks.check_connections() if "django.db.r" in each.msg])

    def test_a_package_is_not_blamed_unless_somebody_asks(self):
        from sqlparse import format  # any function of a package

        self.connect(signals.post_save, format)
        self.assertEqual([each for each in checks.check_connections() if "sqlparse" in each.msg], [])
        with mock.patch.object(checks, "app_of", return_value="auth"):
            told = checks.check_connections([apps.get_app_config("auth")])
        self.assertTrue([each for each in told if "sqlparse" in each.msg])

    def test_a_receiver_or_a_package_is_silenced_by_a_setting(self):
        self.connect(signals.post_save, hear)
        for name in (f"{HERE}.hear", HERE, "signal_inspector"):
            with self.subTest(name), override_settings(SIGNAL_INSPECTOR_SILENCED=[name]):
                self.assertEqual(self.told("W004"), [])
        with override_settings(SIGNAL_INSPECTOR_SILENCED=[f"{HERE}.he", "signal"]):
            self.assertEqual(len(self.told("W004")), 1)

    def test_the_apps_that_are_asked_about(self):
        self.connect(signals.post_save, hear)
        ours_only = checks.check_connections([apps.get_app_config("signal_inspector")])
        self.assertEqual([each.id for each in ours_only], ["signal_inspector.W004"])
        self.assertEqual(checks.check_connections([apps.get_app_config("auth")]), [])


class ReplacedTests(ConnectedTestCase):
    def load(self, text, name="twice_named"):
        """Import a module that is written for the test, and take what it connects off again."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / f"{name}.py").write_text(dedent(text))
        self.enterContext(mock.patch.object(sys, "path", [str(folder), *sys.path]))
        importlib.invalidate_caches()
        module = importlib.import_module(name)
        self.addCleanup(sys.modules.pop, name)
        self.addCleanup(self.disconnect_those_of, name)
        return module

    def disconnect_those_of(self, module):
        """Take off what is connected still: a cache of Django's may keep it."""
        for signal in (signals.post_save, user_logged_in):
            for entry in entries_of(signal):
                if getattr(entry.receiver, "__module__", None) == module:
                    sender = None if entry.hears_all else User
                    signal.disconnect(entry.receiver, sender=sender, dispatch_uid=entry.dispatch_uid)

    def test_the_first_of_two_functions_of_one_name(self):
        self.load(TWO_OF_ONE_NAME)
        (told,) = self.told("W005")
        self.assertIn("twice_named.event in line 9, connected to post_save, is gone: line 14 takes its name", told.msg)
        self.assertIn("name of its own", told.hint)

    def test_why_says_which_line_replaces_which(self):
        module = self.load(TWO_OF_ONE_NAME)
        with mock.patch.object(explaining.finding, "modules", return_value=[("twice_named", Path(module.__file__))]):
            for keywords in ({}, {"operation": "create:auth.User"}, {"operation": "update:auth.User"}):
                with self.subTest(**keywords):
                    first = explaining.explain("twice_named.event", **keywords)[0]
                    self.assertEqual(first.id, "replaced")
                    self.assertIn("twice_named.py:9 connects a function of this name to post_save", first.text)
                    self.assertIn("twice_named.py:14 replaces it", first.text)

    def test_one_that_something_holds(self):
        self.load(TWO_OF_ONE_NAME.replace("sender=User)", "sender=User, weak=False, dispatch_uid='twice_named')"))
        self.assertEqual(self.told("W005"), [])

    def test_it_is_silenced_by_name(self):
        self.load(TWO_OF_ONE_NAME)
        with override_settings(SIGNAL_INSPECTOR_SILENCED=["twice_named.event"]):
            self.assertEqual(self.told("W005"), [])


class NeverRunTests(ConnectedTestCase):
    def test_a_coroutine_and_a_generator(self):
        later = Later()
        self.connect(signals.post_save, later, sender=User)
        self.connect(signals.post_save, give, sender=User)
        told = sorted(self.told("W006"), key=lambda warning: warning.msg)
        self.assertIn("Later.__call__ returns a coroutine", told[0].msg)
        self.assertIn("give returns a generator", told[1].msg)

    def test_what_is_awaited_or_may_be_run_by_the_sender(self):
        later = Later()
        self.connect(signals.post_save, later.__call__, sender=User)
        self.connect(signals.post_save, partial(hear_later, 1), sender=User, weak=False)
        self.connect(ours, give)
        self.assertEqual(self.told("W006"), [])


class RegisteredTests(ConnectedTestCase):
    def test_all_are_run_and_can_be_silenced(self):
        self.connect(signals.post_save, hear)
        with self.assertRaisesMessage(CommandError, "signal_inspector.W004"):
            call_command("check", "signal_inspector", tags=["signals"], fail_level="WARNING")
        with override_settings(SILENCED_SYSTEM_CHECKS=["signal_inspector.W004"]):
            call_command("check", "signal_inspector", tags=["signals"], fail_level="WARNING", stdout=mock.Mock())


def read_of(signal, receiver):
    signal.connect(receiver)
    try:
        return entries_of(signal)
    finally:
        signal.disconnect(receiver)


def known(entry):
    return [(f"{HERE}.ours", ours, entry)], senders.Senders([entry])


def write_for_each(sender, instance, **kwargs):
    Group.objects.get_or_create(name=instance.username)


def write_unless_raw(sender, instance, raw, **kwargs):
    if not raw:
        Group.objects.get_or_create(name=instance.username)


def save_again(sender, instance, raw, **kwargs):
    instance.save()


def save_once_more(sender, instance, created, raw, **kwargs):
    if created:
        instance.save()


class FixturesTests(ConnectedTestCase):
    def setUp(self):
        self.connect(signals.post_save, write_for_each, sender=User)
        self.connect(signals.post_save, write_for_each, sender=Group)
        self.connect(signals.post_save, write_unless_raw, sender=User)
        self.connect(signals.pre_save, write_for_each, sender=User)

    def test_it_is_off_by_default(self):
        self.assertEqual(self.told("W011"), [])

    @override_settings(SIGNAL_INSPECTOR_CHECK_FIXTURES=True)
    def test_one_that_writes_and_never_looks_at_raw_is_told_once_with_the_line(self):
        (warning,) = self.told("W011")
        line = write_for_each.__code__.co_firstlineno + 1
        self.assertIn(f"{HERE}.write_for_each never looks at raw, and writes: ", warning.msg)
        self.assertIn(f"test_checks.py:{line}: Group.objects.get_or_create(name=instance.username)", warning.msg)
        self.assertIn("if raw: return", warning.hint)

    @override_settings(SIGNAL_INSPECTOR_CHECK_FIXTURES=True, SIGNAL_INSPECTOR_SILENCED=[f"{HERE}.write_for_each"])
    def test_it_can_be_silenced(self):
        self.assertEqual(self.told("W011"), [])


class SavingAgainTests(ConnectedTestCase):
    def test_one_that_saves_its_own_instance(self):
        for signal in (signals.pre_save, signals.post_save):
            with self.subTest(signal=signal):
                signal.connect(save_again, sender=User)
                try:
                    (warning,) = self.told("W012")
                finally:
                    signal.disconnect(save_again, sender=User)
                self.assertIn(f"{HERE}.save_again saves its own instance", warning.msg)
                self.assertIn(f"test_checks.py:{save_again.__code__.co_firstlineno + 1}: instance.save()", warning.msg)

    def test_other_signals_are_not_sent_again(self):
        self.connect(signals.post_init, save_again, sender=User)
        self.connect(signals.post_delete, save_again, sender=User)
        self.assertEqual(self.told("W012"), [])

    def test_one_that_a_condition_stops_is_told_if_all_is_asked_for(self):
        self.connect(signals.post_save, save_once_more, sender=User)
        self.assertEqual(self.told("W012"), [])
        told = [each for each in checks.check_everything() if HERE in each.msg]
        self.assertEqual({each.id[-4:] for each in told}, {"I001", "W011"})  # it takes raw, and never looks at it
        self.assertIn("(behind: created)", told[0].msg)

    def test_all_is_what_is_off_by_default_too(self):
        self.connect(signals.post_save, write_for_each, sender=User)
        told = [each.id for each in checks.check_everything() if HERE in each.msg]
        self.assertEqual(told, ["signal_inspector.W011"])
        with override_settings(SIGNAL_INSPECTOR_CHECK_FIXTURES=True):
            self.assertEqual([each.id for each in checks.check_everything() if HERE in each.msg], told)
