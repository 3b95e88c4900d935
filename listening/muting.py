"""
Mute receivers for a while, and record what is sent.

Both are for tests, and for work that must not be heard: a bulk import that sends no mail. Both change the signal
itself, so they hold for the whole process: a request that is served by another thread meanwhile is not heard
either, or is recorded too. Where that matters, give the receiver a condition instead.
"""

from collections import namedtuple
from contextlib import ExitStack, contextmanager

from django.apps import apps
from django.db.models.signals import ModelSignal

from listening.private import move_to_front, mute, unmute


@contextmanager
def muted(signal, *receivers, sender=None):
    """
    Keep receivers of a signal from hearing it, inside a ``with`` block or a decorated function.

    Afterwards each is back in its place, with its sender, reference and dispatch_uid. So it is after an exception,
    with another block for the same receivers that ends before or after this one, and where others were connected or
    disconnected meanwhile. A receiver that was itself disconnected, or was held by nothing else, does not come back.

    Args:
        signal (Signal): the signal.
        *receivers (callable): the receivers to mute; all that are connected now, if none is given. One that is not
            connected is passed over. One that is connected inside the block is called, but for those that it mutes.
        sender (object): mute the receivers only where they are connected with this sender, for a model signal also
            named as in ``"auth.User"``. A receiver that is connected to all senders is not meant then.

    Other threads are muted too, and a ``send()`` that is under way goes on. In a coroutine function use the block: a
    decorator is done before the coroutine runs.
    """
    if isinstance(sender, str) and isinstance(signal, ModelSignal):
        sender = apps.get_model(sender)
    keys = mute(signal, receivers, sender)
    try:
        yield
    finally:
        unmute(signal, keys)


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
            move_to_front(signal, calls.record)
        yield calls
