"""Who the sender of a connection is."""

import gc
import sys
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from unittest import mock
from weakref import ref

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from signal_inspector.connected import senders
from signal_inspector.reading import private
from signal_inspector.tests.reading.test_naming import Touchy, TouchyClass
from signal_inspector.tests.support import connect_untouched

HERE = __name__


def hear(sender, **kwargs):
    pass


async def hear_later(sender, **kwargs):
    pass


class Plain:
    pass


@contextmanager
def waiting(signal, receiver, sender, **kwargs):
    """Connect to a lazy sender, and forget it afterwards."""
    key = tuple(sender.lower().split("."))
    signal.connect(receiver, sender=sender, **kwargs)
    try:
        yield
    finally:
        apps._pending_operations.pop(key, None)


class DescribeTests(SimpleTestCase):
    def assertDescribed(self, sender, kind, name):
        signal = Signal()
        signal.connect(hear, sender=sender)
        found = private.entries_of(signal)
        self.assertEqual(senders.Senders(found).describe(found[0]), (kind, name))

    def test_models_of_every_kind(self):
        self.assertDescribed(User, "model", "auth.User")
        self.assertDescribed(User.groups.through, "model", "auth.User_groups")

    @isolate_apps("signal_inspector")
    def test_models_that_are_in_no_list(self):
        from django.db import models

        class Base(models.Model):
            class Meta:
                abstract = True
                app_label = "signal_inspector"

        class Proxy(User):
            class Meta:
                proxy = True
                app_label = "signal_inspector"

        self.assertDescribed(Base, "model", "signal_inspector.Base")
        self.assertDescribed(Proxy, "model", "signal_inspector.Proxy")

    def test_apps_classes_modules_and_functions(self):
        self.assertDescribed(apps.get_app_config("auth"), "app", "app auth")
        self.assertDescribed(Plain, "other", f"{HERE}.Plain")
        self.assertDescribed(sys.modules[HERE], "other", HERE)
        self.assertDescribed(hear, "other", f"{HERE}.hear")

    def test_an_object_that_lies_in_no_module(self):
        sender = Plain()
        self.assertDescribed(sender, "other", f"{HERE}.Plain object")

    def test_nobody_is_touched(self):
        def key(sender):
            signal = Signal()
            connect_untouched(self, signal, hear, id(sender))
            found = private.entries_of(signal)
            return senders.Senders(found).describe(found[0])

        self.assertEqual(key(TouchyClass), ("other", "signal_inspector.tests.reading.test_naming.TouchyClass"))
        touchy = Touchy()
        self.assertEqual(key(touchy), ("other", "signal_inspector.tests.reading.test_naming.Touchy object"))

    def test_every_sender(self):
        self.assertDescribed(None, "all", "")

    def test_a_sender_that_is_gone_or_that_nobody_finds(self):
        entry = private.parse(((id(hear), 12345), hear, False))
        self.assertEqual(senders.Senders([entry]).describe(entry), ("unknown", "unknown (id 12345)"))
        entry.sender_gone = True
        self.assertEqual(senders.Senders([entry]).describe(entry), ("gone", "gone"))

    def test_a_receiver_that_is_muted(self):
        entry = private.parse((("uid", object()), hear, False))
        self.assertEqual(senders.Senders([entry]).describe(entry), ("nobody", "nobody (muted)"))

    def test_a_sender_is_looked_for_once_for_as_long_as_it_lives(self):
        sender = Plain()
        self.assertDescribed(sender, "other", f"{HERE}.Plain object")
        with mock.patch.object(senders.gc, "get_objects", side_effect=AssertionError):
            self.assertDescribed(sender, "other", f"{HERE}.Plain object")

    def test_no_sender_is_kept_alive(self):
        sender = Plain()
        self.assertDescribed(sender, "other", f"{HERE}.Plain object")
        key, reference = id(sender), ref(sender)
        del sender
        gc.collect()
        self.assertIsNone(reference())
        self.assertNotIn(key, senders._seen)

    def test_frozen_senders_are_found_in_modules(self):
        module = ModuleType("holds")
        module.sender = sender = Plain()
        with mock.patch.dict(sys.modules, {"holds": module}):
            gc.freeze()
            self.addCleanup(gc.unfreeze)
            self.assertDescribed(sender, "other", f"{HERE}.Plain object")


class PendingTests(SimpleTestCase):
    def test_what_waits_for_a_model(self):
        with waiting(post_save, hear, "nowhere.Order", dispatch_uid="uid", weak=False):
            signal, entry, label = private.pending_connections()[0]
        self.assertIs(signal, post_save)
        self.assertIs(entry.receiver, hear)
        self.assertEqual((entry.dispatch_uid, entry.weak, entry.is_async), ("uid", False, False))
        self.assertEqual(label, "nowhere.order")

    def test_asynchronous_and_odd_receivers(self):
        with waiting(pre_save, hear_later, "nowhere.Order"), waiting(pre_save, partial(hear), "nowhere.Bill"):
            found = {label: entry.is_async for _, entry, label in private.pending_connections()}
        self.assertEqual(found, {"nowhere.order": True, "nowhere.bill": False})

    def test_other_operations_that_wait_are_none_of_ours(self):
        def operation(model):
            pass

        apps.lazy_model_operation(operation, ("nowhere", "thing"))
        apps.lazy_model_operation(operation, ("nowhere", "thing"), ("auth", "user"))
        self.addCleanup(apps._pending_operations.pop, ("nowhere", "thing"))
        post_save.disconnect(hear, sender="nowhere.Thing")
        self.assertEqual(private.pending_connections(), [])
