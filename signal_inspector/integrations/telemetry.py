"""
Spans for OpenTelemetry: signals, receivers, and what waits for a commit.

    from signal_inspector.integrations import telemetry

    telemetry.instrument()

Each is a child of the span that is current where it happens, so that all of a request lie below the span of the
request, and what other instrumentations note (statements, calls of services) below the receiver that caused it. Where
no span is recorded nothing is done: no span of ours is ever a beginning, but that of a callback which runs after its
request is over.

A callback runs after the span that gave it has ended, so it is no child of that: it has a link to it.

Django 6.1 runs the asynchronous receivers of a signal in one context, and a span that one of them has made current is
so for its neighbours too. Here each has a context of OpenTelemetry's own, which is current when it runs and no longer.

No name holds a primary key, and no attribute the message of an exception. Tried with version 1.45 of the API.
"""

from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import Signal
from opentelemetry import context, trace

from signal_inspector.integrations.spans import ROOM, Callback, Room, SignalSpan, in_context
from signal_inspector.reading.private import receivers_of

MAX_SPANS = 1000  # below one span of somebody else; a batch processor drops what is more than 2,048 at a time

_tracer = None
_most = MAX_SPANS
_originals = {}  # what our methods stand in for, by their names
_rooms = WeakKeyDictionary()  # by the span of somebody else that ours lie below


def instrument(tracer_provider=None, max_spans=MAX_SPANS):
    """
    Make spans from now on, until ``uninstrument()``. A second call changes provider and limit.

    Args:
        tracer_provider (TracerProvider): whose tracer makes them; by default the one that is set for the process.
        max_spans (int): how many spans of ours may lie below one span of somebody else. A signal that would be more is
            sent without any, with all that it sets off; that span tells so, in an event.
    """
    global _tracer, _most
    _tracer, _most = trace.get_tracer("signal_inspector", tracer_provider=tracer_provider), max_spans
    for name, (owner, method) in METHODS.items():
        if name not in _originals:  # else ours is still there, below what another tool has put over it
            _originals[name] = vars(owner)[name]
            setattr(owner, name, method)


def uninstrument():
    """Make no more spans, and put the methods of Django back, unless another tool has put its own over ours."""
    global _tracer
    _tracer = None
    for name, (owner, method) in METHODS.items():
        if vars(owner)[name] is method:
            setattr(owner, name, _originals.pop(name))


def tracer():
    """Return the tracer that makes our spans, None while there are to be none."""
    return _tracer


def _room():
    """Return the ``Room`` that spans have here, None where nothing is recorded."""
    span = trace.get_current_span()
    if _tracer is None or not span.is_recording():
        return None
    room = context.get_value(ROOM)
    if room is None:
        room = _rooms.get(span)
    if room is None:
        room = _rooms[span] = Room(span, _tracer, _most)
    return room


def _sending(name):
    """Return what stands in for ``Signal.send()`` or ``send_robust()``."""

    def method(self, sender, **named):
        room = _room()
        receivers = ((), ()) if room is None else receivers_of(self, sender)
        if not any(receivers) or not room.take(1 + sum(map(len, receivers))):
            return _originals[name](self, sender, **named)
        with SignalSpan(room, self, name, sender, named, receivers) as sent:
            token = context.attach(sent.context)
            try:
                return sent.stand_in.unwrap(_originals[name](sent.stand_in, sender, **named))
            finally:
                context.detach(token)

    method.__name__, method.__doc__ = name, f"Do what ``Signal.{name}()`` does, in a span."
    return method


def _awaiting(name):
    """Return what stands in for ``Signal.asend()`` or ``asend_robust()``."""

    async def method(self, sender, **named):
        room = _room()
        receivers = ((), ()) if room is None else receivers_of(self, sender)
        if not any(receivers) or not room.take(1 + sum(map(len, receivers))):
            return await _originals[name](self, sender, **named)
        with SignalSpan(room, self, name, sender, named, receivers) as sent:
            waiting = _originals[name](sent.stand_in, sender, **named)
            return sent.stand_in.unwrap(await in_context(waiting, sent.context))

    method.__name__, method.__doc__ = name, f"Do what ``Signal.{name}()`` does, in a span."
    return method


def on_commit(self, func, robust=False):
    """Do what ``BaseDatabaseWrapper.on_commit()`` does; the callback gets a span when it runs."""
    room = _room()
    if room is None or not callable(func) or not room.take(1):
        return _originals["on_commit"](self, func, robust)
    return _originals["on_commit"](self, Callback(room, func, robust), robust)


METHODS = {
    "send": (Signal, _sending("send")),
    "send_robust": (Signal, _sending("send_robust")),
    "asend": (Signal, _awaiting("asend")),
    "asend_robust": (Signal, _awaiting("asend_robust")),
    "on_commit": (BaseDatabaseWrapper, on_commit),
}
