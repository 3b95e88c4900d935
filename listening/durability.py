"""
Mark receivers of events that must not be lost, though the process dies between the commit and their turn.

The mark alone keeps nothing. Who does, such as an outbox, hears ``announcing`` inside the transaction, notes there
what is to be done, and answers with ``Kept``: those receivers then return at once when the event is sent, and are run
by whoever has noted them, maybe in another process. Where nobody has, a marked receiver runs like any other one.
"""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial, update_wrapper
from inspect import iscoroutinefunction, signature
from typing import Any, NamedTuple
from uuid import uuid4

from django.db.models import Model

from listening.events import Event
from listening.private import all_receivers, receivers_of

__tracebackhide__ = True  # who calls is told of, in traces and by pytest

GIVEN = ("event_id", "attempt", "keys")  # what a durable receiver gets beside the arguments of the event

_sending = ContextVar("sending", default=None)  # a _Sending, while an announced event is sent
_batch = ContextVar("batch", default=None)  # what is shared by the durable receivers that run one after another


class GiveUpError(Exception):
    """Raised by a durable receiver, from another error: that one will be the same however often it is tried."""


class Kept(NamedTuple):
    """The answer of a receiver of ``announcing`` that has noted durable receivers, to be run later."""

    receivers: frozenset
    hand_over: Callable[[], None] | None  # called after the commit, when the event was sent to everybody else


class _Sending(NamedTuple):
    event: Event
    event_id: str
    kept: frozenset


class Durable:
    """A durable receiver, as it is connected; see ``durable``."""

    def __init__(self, receiver, *, noting, only_noted, atomic, lease):
        if iscoroutinefunction(receiver):
            raise TypeError(f"{receiver.__qualname__} is a coroutine function: nothing awaits a durable receiver.")
        update_wrapper(self, receiver)
        if only_noted and noting is None:
            raise TypeError(f"{receiver.__qualname__} gets only what is noted, and nothing is: give it noting.")
        self.receiver, self.noting, self.only_noted = receiver, noting, only_noted
        self.atomic, self.lease = atomic, lease
        self.names = frozenset(signature(receiver).parameters)

    def __repr__(self):
        return f"<Durable {self.label}>"

    @property
    def label(self):
        """The name that rows know it by."""
        return f"{self.__module__}.{self.__qualname__}"

    def continues_as(self):
        """Return what this work is known by if somebody keeps it, "" if not: asked by who watches the call."""
        sending = _sending.get()
        return work_key(sending.event_id, self.label) if sending is not None and self in sending.kept else ""

    def __call__(self, sender, signal, **arguments):
        """Return at once if somebody keeps this; else run, like any receiver."""
        if not isinstance(signal, Event):
            raise TypeError(f"{self.label} is durable, so it listens to events (listening.events), not to {signal!r}.")
        sending = _sending.get()
        if sending is None or sending.event is not signal:  # sent, not announced
            sending = _Sending(signal, str(uuid4()), frozenset())
        if self in sending.kept:
            return
        given = self.note(sender, signal, arguments)
        if given is not None:
            with together():
                self.run(sender, signal, given, event_id=sending.event_id, attempt=1, keys=keys_of(given))

    def note(self, sender, signal, arguments):
        """Return what must be kept of an event, by name; None if the event is none of its business."""
        noted = {} if self.noting is None else self.noting(sender=sender, signal=signal, **arguments)
        return noted if noted is None or self.only_noted else arguments | noted

    def run(self, sender, signal, arguments, *, event_id, attempt, keys):
        """Do the work. An instance that the receiver does not name is left out: who keeps this need not read it."""
        arguments = {name: value for name, value in arguments.items() if name in self.names or name not in keys}
        self.receiver(sender=sender, signal=signal, **arguments, event_id=event_id, attempt=attempt, keys=keys)


def durable(receiver=None, *, noting=None, only_noted=False, atomic=True, lease=timedelta(minutes=1)):
    """
    Mark a receiver of an event: its work is done though the process dies, at least once, maybe in another process.

        @receiver(user_registered, dispatch_uid="billing.open_account")
        @durable
        def open_account(sender, instance, using, event_id, **kwargs): ...

        user_registered.connect(durable(open_account), dispatch_uid="billing.open_account")  # hold it: see weak

    The receiver gets the arguments of the event, rebuilt where it runs: a model instance is read again, and None if
    its row is gone; it is not read, and left out, if the receiver does not name it. Beside them it gets ``event_id``
    (str), which is the same at each attempt and for each receiver of the event; ``attempt`` (int), 1 the first time;
    and ``keys``, a dict from the name of each argument that is an instance to its primary key. What it raises has it
    tried again later, ``GiveUpError`` has not.

    Args:
        receiver (callable): a receiver of an event of ``listening.events`` that is announced. No coroutine function.
        noting (callable): called with sender, signal and arguments of the event when it is announced. It returns a
            dict of plain values that the receiver gets too, as they were then; or None: then nothing is kept, and the
            receiver does not run.
        only_noted (bool): the receiver gets what was noted, and not the arguments of the event, which then are not
            kept: what nobody needs later is better not stored.
        atomic (bool): its work in the event's database commits together with the note that it is done, so it happens
            exactly once. False for work that leaves the process, and must not hold a transaction meanwhile: such work
            may be done twice.
        lease (timedelta): how long it may take before whoever runs it is believed dead, and somebody else tries.

    Raises:
        TypeError: it is a coroutine function, or gets only what is noted, and nothing is.
    """
    options = {"noting": noting, "only_noted": only_noted, "atomic": atomic, "lease": lease}
    return partial(Durable, **options) if receiver is None else Durable(receiver, **options)


def work_key(event_id, label):
    """Return what tells the work of a durable receiver for an event from all other work: both their names."""
    return f"{event_id} {label}"


def durable_receivers(signal, sender):
    """Return the durable receivers that a sender's signal calls now."""
    return [each for each in receivers_of(signal, sender) if isinstance(each, Durable)]


def connected_durable(signal):
    """Return a list of all durable receivers of a signal, whoever the sender, muted ones too."""
    return [each for each in all_receivers(signal) if isinstance(each, Durable)]


def key_of(event, arguments):
    """Return the key of what an event is about, as text, "" if it does not say."""
    value = arguments.get(getattr(event, "key", ""))
    value = value.pk if isinstance(value, Model) else value
    return "" if value is None else str(value)


def keys_of(arguments):
    """Return a dict from the name of each argument that is an instance of a model to its primary key."""
    return {name: value.pk for name, value in arguments.items() if isinstance(value, Model)}


@contextmanager
def sending(signal: Event, event_id: str, kept: list[Kept]):
    """Send an announced event in this block, whose durable receivers are kept by these."""
    receivers = frozenset().union(*(each.receivers for each in kept))
    token = _sending.set(_Sending(signal, event_id, receivers))
    try:
        with together():
            yield
    finally:
        _sending.reset(token)


@contextmanager
def together():
    """Run durable receivers one after another in this block: they can share what is made for all, see ``shared``."""
    if _batch.get() is not None:
        yield
        return
    with ExitStack() as stack:
        token = _batch.set((stack, {}))
        try:
            yield
        finally:
            _batch.reset(token)


def shared(make: Callable[[], Any]) -> Any:
    """
    Return what a function makes, a context manager, entered once for the durable receivers that run together.

    A connection to a mail server, for example. Only while a durable receiver runs.
    """
    stack, made = _batch.get()
    if make not in made:
        made[make] = stack.enter_context(make())
    return made[make]
