"""What is connected to a signal, in the shapes of every supported Django."""

import gc
from weakref import WeakMethod, ref

from django.dispatch import Signal
from django.test import SimpleTestCase

from signal_inspector.reading import private


def hear(sender, **kwargs):
    pass


async def hear_later(sender, **kwargs):
    pass


class Ear:
    def hear(self, sender, **kwargs):
        pass


class Sender:
    pass


class ParseTests(SimpleTestCase):
    """Both shapes of the tuples, whichever Django runs the test."""

    def both(self, key, reference, is_async=False, sender=None):
        sender_reference = None if sender is None else ref(sender)
        parsed = [
            private.parse((key, reference, is_async)),
            private.parse((key, reference, sender_reference, is_async)),
        ]
        yield from parsed

    def test_a_weak_receiver_of_all_senders(self):
        for entry in self.both((id(hear), id(None)), ref(hear)):
            self.assertIs(entry.receiver, hear)
            self.assertTrue(entry.weak)
            self.assertTrue(entry.hears_all)
            self.assertFalse(entry.is_async)
            self.assertFalse(entry.dead)
            self.assertIsNone(entry.dispatch_uid)

    def test_a_strong_asynchronous_receiver(self):
        for entry in self.both(("uid", id(Sender)), hear_later, is_async=True):
            self.assertIs(entry.receiver, hear_later)
            self.assertFalse(entry.weak)
            self.assertTrue(entry.is_async)
            self.assertEqual(entry.dispatch_uid, "uid")
            self.assertEqual(entry.sender_id, id(Sender))
            self.assertFalse(entry.hears_all)

    def test_a_method(self):
        ear = Ear()
        for entry in self.both(((id(ear), id(Ear.hear)), id(None)), WeakMethod(ear.hear)):
            self.assertEqual(entry.receiver, ear.hear)
            self.assertIsNone(entry.dispatch_uid)

    def test_a_dead_reference(self):
        ear = Ear()
        reference, key = ref(ear), id(ear)
        del ear
        for entry in self.both((key, id(None)), reference):
            self.assertTrue(entry.dead)
            self.assertIsNone(entry.receiver)
            self.assertIsNone(entry.dispatch_uid)

    def test_a_dispatch_uid_that_is_a_number(self):
        for entry in self.both((1, id(None)), ref(hear)):
            self.assertEqual(entry.dispatch_uid, 1)

    def test_the_sender_that_django_keeps(self):
        entry = private.parse(((id(hear), id(Sender)), ref(hear), ref(Sender), False))
        self.assertIs(entry.sender, Sender)
        self.assertFalse(entry.sender_gone)

    def test_a_sender_that_is_gone(self):
        sender = Sender()
        entry = ((id(hear), id(sender)), ref(hear), ref(sender), False)
        del sender
        self.assertTrue(private.parse(entry).sender_gone)

    def test_a_key_that_is_nobodys(self):
        class MutedKey(tuple):
            def __eq__(self, other):
                raise AssertionError

            __hash__ = tuple.__hash__

        for entry in self.both(MutedKey(("uid", object())), ref(hear)):
            self.assertTrue(entry.muted)
            self.assertFalse(entry.hears_all)
            self.assertEqual(entry.dispatch_uid, "uid")


class ReadTests(SimpleTestCase):
    """What the Django that runs the test connects."""

    def test_the_order_is_that_of_running(self):
        signal = Signal()
        signal.connect(hear_later)
        signal.connect(hear)
        self.assertEqual([entry.receiver for entry in private.entries_of(signal)], [hear, hear_later])
        self.assertEqual([entry.is_async for entry in private.entries_of(signal)], [False, True])

    def test_sender_and_uid(self):
        signal, ear = Signal(), Ear()
        signal.connect(hear, sender=Sender, dispatch_uid="uid", weak=False)
        signal.connect(ear.hear, sender=ear.hear)
        first, second = private.entries_of(signal)
        self.assertEqual((first.sender_id, first.dispatch_uid, first.weak), (id(Sender), "uid", False))
        self.assertEqual((second.sender_id, second.dispatch_uid, second.weak), (private.id_of(ear.hear), None, True))

    def test_a_receiver_that_is_gone_keeps_its_place(self):
        signal, ear = Signal(), Ear()
        signal.connect(ear.hear)
        signal.connect(hear)
        del ear
        gc.collect()
        self.assertEqual([entry.dead for entry in private.entries_of(signal)], [True, False])

    def test_it_holds_no_lock(self):
        signal = Signal()
        with signal.lock:
            self.assertEqual(private.entries_of(signal), [])

    def test_a_signal_that_was_never_set_up(self):
        self.assertEqual(private.entries_of(Signal.__new__(Signal)), [])
