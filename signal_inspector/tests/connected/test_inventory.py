"""Signals and receivers as plain data."""

import functools
import gc
import json
from dataclasses import asdict

from django.contrib.auth.models import Group, User
from django.db.models.signals import class_prepared, m2m_changed, post_save, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase
from django.test.utils import isolate_apps

from signal_inspector.connected import inventory
from signal_inspector.tests.connected.test_senders import waiting
from signal_inspector.tests.reading.test_naming import Touchy
from signal_inspector.tests.support import connect_untouched

HERE = __name__

ours = Signal(use_caching=True)
"""
Something of ours.

instance
    A thing.
"""


def hear(sender, **kwargs):
    """
    Hear it.

    More.
    """


async def hear_later(sender, **kwargs):
    pass


class Ear:
    """An ear."""

    def hear(self, sender, **kwargs):
        pass

    def __call__(self, sender, **kwargs):
        """Hear as an object."""


class ConnectedTestCase(SimpleTestCase):
    def connect(self, signal, receiver, **kwargs):
        signal.connect(receiver, **kwargs)
        sender, uid = kwargs.get("sender"), kwargs.get("dispatch_uid")
        self.addCleanup(signal.disconnect, receiver, sender=sender, dispatch_uid=uid)

    def listed(self, name=f"{HERE}.ours"):
        return next(signal for signal in inventory.all_signals() if signal.name == name)


class SignalInfoTests(ConnectedTestCase):
    def test_what_is_known_of_a_signal(self):
        signal = self.listed()
        self.assertEqual((signal.name, signal.module), (f"{HERE}.ours", HERE))
        self.assertEqual((signal.when, signal.arguments), ("Something of ours.", "instance"))
        self.assertTrue(signal.use_caching)
        self.assertEqual(signal.file, __file__)
        with open(__file__) as file:
            self.assertTrue(file.readlines()[signal.line - 1].startswith("ours = "))
        self.assertTrue(signal.where.endswith(f"signal_inspector/tests/connected/test_inventory.py:{signal.line}"))

    def test_a_signal_without_a_name(self):
        nameless = Signal()
        nameless.connect(hear)
        signal = next(signal for signal in inventory.all_signals() if signal.name.startswith("<"))
        self.assertEqual((signal.short_name, signal.module, signal.where), ("<unnamed Signal>", "", ""))

    def test_it_is_plain_data(self):
        json.dumps([asdict(signal) for signal in inventory.all_signals()])


class ReceiverTests(ConnectedTestCase):
    def receiver(self, receiver, **kwargs):
        self.connect(ours, receiver, **kwargs)
        return self.listed().receivers[0]

    def test_a_function(self):
        found = self.receiver(hear, sender=User, dispatch_uid="here", weak=False)
        self.assertEqual(found.name, f"{HERE}.hear")
        self.assertEqual((found.sender, found.sender_kind), ("auth.User", "model"))
        self.assertEqual((found.dispatch_uid, found.weak, found.is_async, found.dead), ("here", False, False, False))
        self.assertEqual(found.doc, "Hear it.")
        self.assertEqual((found.file, found.line), (__file__, hear.__code__.co_firstlineno))
        self.assertEqual(found.app, "signal_inspector")

    def test_a_partial(self):
        function = functools.partial(hear, more=1)
        found = self.receiver(function)
        self.assertEqual((found.name, found.doc), (f"functools.partial({HERE}.hear)", "Hear it."))
        self.assertEqual(found.line, hear.__code__.co_firstlineno)

    def test_a_bound_method(self):
        ear = Ear()
        found = self.receiver(ear.hear)
        self.assertEqual((found.name, found.weak), (f"{HERE}.Ear.hear", True))
        self.assertEqual(found.line, Ear.hear.__code__.co_firstlineno)

    def test_a_callable_object(self):
        ear = Ear()
        found = self.receiver(ear)
        self.assertEqual((found.name, found.doc), (f"{HERE}.Ear.__call__", "Hear as an object."))
        self.assertEqual(found.app, "signal_inspector")

    def test_an_object_that_must_not_be_touched(self):
        touchy = Touchy()
        # connect() asks the receiver this and that; what looks at it later must not.
        connect_untouched(self, ours, touchy)
        self.assertEqual(self.listed().receivers[0].name, "signal_inspector.tests.reading.test_naming.Touchy.__call__")

    def test_a_lambda(self):
        function = lambda sender, **kwargs: None  # noqa: E731 - a lambda is what is tested
        found = self.receiver(function)
        self.assertTrue(found.name.endswith("<lambda>"))
        self.assertTrue(found.where)

    def test_a_builtin(self):
        found = self.receiver(print, weak=False)
        self.assertEqual((found.name, found.where, found.doc), ("builtins.print", "", ""))

    def test_a_class(self):
        self.assertEqual(self.receiver(Ear).name, f"{HERE}.Ear")

    def test_every_sender(self):
        found = self.receiver(hear)
        self.assertEqual((found.sender, found.sender_kind), ("", "all"))

    def test_one_that_is_gone_keeps_its_place(self):
        ear = Ear()
        ours.connect(ear.hear)
        self.connect(ours, hear)
        del ear
        gc.collect()
        first, second = self.listed().receivers
        self.assertEqual((first.dead, first.name, first.where), (True, "", ""))
        self.assertEqual(second.name, f"{HERE}.hear")

    def test_they_stand_in_the_order_in_which_they_run(self):
        self.connect(ours, hear_later)
        self.connect(ours, hear)
        self.assertEqual([each.name.rpartition(".")[2] for each in self.listed().receivers], ["hear", "hear_later"])
        self.assertTrue(self.listed().receivers[1].is_async)

    def test_one_that_is_muted(self):
        connect_untouched(self, ours, hear, sender_id=object())
        self.assertEqual(self.listed().receivers[0].sender_kind, "nobody")

    def test_one_that_waits_for_a_model(self):
        with waiting(post_save, hear, "nowhere.Order"):
            found = self.listed("django.db.models.signals.post_save").receivers[-1]
        self.assertEqual((found.name, found.sender, found.pending), (f"{HERE}.hear", "nowhere.order", True))

    @isolate_apps("signal_inspector")
    def test_one_of_an_abstract_model(self):
        from django.db import models

        class Base(models.Model):
            class Meta:
                abstract = True
                app_label = "signal_inspector"

        found = self.receiver(hear, sender=Base)
        self.assertEqual(found.sender, "signal_inspector.Base")

    def test_it_is_found_by_its_name(self):
        self.connect(ours, hear)
        self.assertIs(inventory.receiver_named(f"{HERE}.hear"), hear)
        self.assertIsNone(inventory.receiver_named(f"{HERE}.hear_later"))


class ForModelTests(ConnectedTestCase):
    def heard(self, model):
        return {
            signal.short_name: [each.name for each in signal.receivers if each.name.startswith(HERE)]
            for signal in inventory.for_model(model)
        }

    def test_the_order_of_life(self):
        names = [signal.name for signal in inventory.for_model(Group)]
        self.assertEqual(names[:8], inventory.LIFE)

    def test_what_hears_this_model_and_no_other(self):
        self.connect(class_prepared, hear)
        self.connect(pre_save, hear)
        self.connect(post_save, hear, sender=Group)
        self.connect(post_save, hear_later, sender=User)
        self.connect(m2m_changed, hear, sender=Group.permissions.through)
        self.connect(m2m_changed, hear_later, sender=User.user_permissions.through)
        heard = self.heard(Group)
        for name in ("class_prepared", "pre_save", "post_save", "m2m_changed"):
            self.assertEqual(heard[name], [f"{HERE}.hear"], name)
        self.assertEqual(heard["post_delete"], [])

    def test_both_sides_of_a_relation(self):
        self.connect(m2m_changed, hear, sender=User.groups.through)
        self.assertEqual(self.heard(User)["m2m_changed"], [f"{HERE}.hear"])
        self.assertEqual(self.heard(Group)["m2m_changed"], [f"{HERE}.hear"])

    def test_other_signals_of_this_very_model_with_all_who_hear_them(self):
        self.assertNotIn("ours", self.heard(Group))
        self.connect(ours, hear)
        self.assertNotIn("ours", self.heard(Group))
        self.connect(ours, hear_later, sender=Group)
        self.assertEqual(self.heard(Group)["ours"], [f"{HERE}.hear", f"{HERE}.hear_later"])
        self.assertNotIn("ours", self.heard(User))


class StatementTests(TestCase):
    def test_looking_sends_no_query(self):
        with self.assertNumQueries(0):
            inventory.for_model(User, inventory.all_signals())
            inventory.receiver_named("none")
