"""
Mute receivers for a while, and record what is sent.

Both are for tests, and for work that must not be heard: a bulk import that sends no mail. Both change the signal
itself, so they hold for the whole process: a request that is served by another thread meanwhile is not heard
either, or is recorded too. Where that matters, give the receiver a condition instead.

What ``Signal.receivers`` holds is private to Django. In this app only this module looks into it.
"""

from collections import namedtuple
from contextlib import ExitStack, contextmanager
from weakref import ReferenceType

from django.apps import apps
from django.db.models.signals import ModelSignal
from django.dispatch.dispatcher import _make_id


class MutedKey(tuple):
    """
    The key of a receiver that is muted: equal to its real key, yet of a sender that nobody can be.

    So ``send()`` and ``has_listeners()`` pass the receiver over, while it keeps its place among the others, and
    ``connect()`` and ``disconnect()`` find it as ever. ``holders`` counts the blocks that keep it muted.
    """

    def __new__(cls, key):
        """Return the muted form of a real key."""
        muted_key = super().__new__(cls, (key[0], object()))
        muted_key.real, muted_key.holders = key, 0
        return muted_key

    def __eq__(self, other):
        return self.real == other

    def __ne__(self, other):  # not given by __eq__: tuple has its own
        return self.real != other

    def __hash__(self):
        return hash(self.real)


@contextmanager
def muted(signal, *receivers, sender=None):
    """
    Keep receivers of a signal from hearing it, inside a ``with`` block or a decorated function.

    Afterwards each is back in its place, with its sender, reference and dispatch_uid, whatever happened: an
    exception, another block for the same receivers, ended before or after this one, receivers that came and went.
    One that was disconnected meanwhile, or is gone because nothing but the signal knew it, stays so.

    Args:
        signal (Signal): the signal.
        *receivers (callable): the receivers to mute; all that are connected now, if none is given. One that is not
            connected is passed over. One that is connected meanwhile is heard, unless it is muted already.
        sender (object): mute the receivers only where they are connected with this sender, for a model signal also
            named as in ``"auth.User"``. A receiver that is connected to all senders is not meant then.

    Other threads are muted too, and a ``send()`` that is under way goes on. In a coroutine function use the block: a
    decorator is done before the coroutine runs.
    """
    keys = []
    try:
        _mute(keys, signal, receivers, sender)
        yield
    finally:
        _unmute(keys, signal)


class Call(namedtuple("Call", ["sender", "kwargs"])):
    """What was sent once: ``sender``, ``kwargs`` (a dict, as the receivers got it), and ``signal``."""

    signal = None


class Calls(list):
    """The calls that were recorded, in the order in which they were sent."""

    # A method, not a closure: with DEBUG, Django keeps the last few hundred functions that were ever connected.
    def record(self, signal, sender, **kwargs):
        """Note a call."""
        call = Call(sender, kwargs)
        call.signal = signal
        self.append(call)


@contextmanager
def sent(*signals, sender=None):
    """
    Record what is sent inside a ``with`` block: ``with sent(user_registered) as calls``.

    It listens before all receivers that are connected already. So a call is in the list though a receiver raises,
    and stands before what a receiver sends in turn.

    Args:
        *signals (Signal): the signals, which share one list.
        sender (object): record only what this sender sends, as in ``Signal.connect()``.

    Yields:
        A list of ``Call``, each equal to ``(sender, kwargs)``.

    The instances in the list are those that were sent, not copies: they change later, and stay in memory. Listening
    changes what Django does: with a receiver for ``pre_delete`` or ``post_delete`` it loads the rows that it deletes.
    """
    calls = Calls()
    with ExitStack() as stack:
        for signal in signals:
            signal.connect(calls.record, sender=sender, weak=False)
            stack.callback(signal.disconnect, calls.record, sender=sender)
            _move_to_front(signal, calls.record)
        yield calls


def _read(entry):
    """
    Return key and receiver of an entry in ``Signal.receivers``. The receiver is None if it is gone.

    Entries are ``(key, ref, is_async)`` in Django 5.2, and ``(key, ref, sender_ref, is_async)`` from 6.0 on.
    """
    key, ref = entry[0], entry[1]
    return key, ref() if isinstance(ref, ReferenceType) else ref


def _mute(keys, signal, receivers, sender):
    """Mute receivers, adding the key of each to a list."""
    if isinstance(sender, str) and isinstance(signal, ModelSignal):
        sender = apps.get_model(sender)
    with signal.lock:
        for index, entry in enumerate(signal.receivers):
            key, receiver = _read(entry)
            if not isinstance(key, MutedKey):
                key = MutedKey(key)
            if (receivers and receiver not in receivers) or (sender is not None and key.real[1] != _make_id(sender)):
                continue
            signal.receivers[index] = (key, *entry[1:])
            key.holders += 1
            keys.append(key)
        signal.sender_receivers_cache.clear()


def _unmute(keys, signal):
    """Let go of keys, and give the receivers that nobody else keeps muted their real ones."""
    with signal.lock:
        for key in keys:
            key.holders -= 1
        for index, entry in enumerate(signal.receivers):
            key = entry[0]
            if isinstance(key, MutedKey) and not key.holders:
                signal.receivers[index] = (key.real, *entry[1:])
        signal.sender_receivers_cache.clear()


def _move_to_front(signal, receiver):
    with signal.lock:
        for index, entry in enumerate(signal.receivers):
            if _read(entry)[1] == receiver:
                signal.receivers.insert(0, signal.receivers.pop(index))
                break
        signal.sender_receivers_cache.clear()
