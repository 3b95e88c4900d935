"""The spans themselves, each current where its code runs and nowhere else."""

from opentelemetry import context, trace
from opentelemetry.trace import Link, Status, StatusCode

from signal_inspector.connected import registry
from signal_inspector.reading import naming
from signal_inspector.reading.private import StandIn
from signal_inspector.recording.wrappers import stepping

ROOM = context.create_key("signal_inspector.room")


class Room:
    """
    How much room there is below one span of somebody else.

    Attributes:
        span (Span): that span.
        tracer (Tracer): who makes spans of ours.
        most (int), left (int): how many there may be, and may still be made.
    """

    def __init__(self, span, tracer, most):
        """Begin with all of it."""
        self.span, self.tracer, self.most, self.left = span, tracer, most, most
        self.is_full = False

    def take(self, number):
        """Take room for some spans, and tell whether there was enough. It is told once that there wasn't."""
        if self.left >= number:
            self.left -= number
            return True
        if not self.is_full:
            self.is_full = True
            self.span.add_event("signals are left out", {"django.signal.max_spans": self.most})
        return False


class Span:
    """A span as a block, which notes what the block raises. Nothing makes it current."""

    def __init__(self, room, name, attributes, parent, links=None):
        """Begin it below the span of ``parent``, a context of OpenTelemetry's."""
        self.span = room.tracer.start_span(name, parent, attributes=attributes, links=links)
        self.context = trace.set_span_in_context(self.span, parent)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self.span.set_attribute("error.type", naming.class_name(kind))
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()


class SignalSpan(Span):
    """The span of a signal, and what stands in for the signal: its receivers make spans of their own below it."""

    def __init__(self, room, signal, how, sender, named, receivers):
        """Begin it for a signal that a method (``how``) sends to a pair: synchronous and asynchronous receivers."""
        below = signal
        while type(below) is StandIn:  # a record has put it in the place of a signal, which gives the name
            below = below.signal
        name, sent_by = registry.name_of(below), naming.sender_name(sender)
        attributes = {"django.signal.name": name, "django.signal.sender": sent_by, "django.signal.method": how}
        attributes |= _details(named)
        short = name.rpartition(".")[2]
        title = f"{short} of {sent_by}" if sent_by else short
        super().__init__(room, title, attributes, context.set_value(ROOM, room))
        synchronous = [Receiver(room, each, signal, below, self.context) for each in receivers[0]]
        asynchronous = [AsyncReceiver(room, each, signal, below, self.context) for each in receivers[1]]
        self.stand_in = StandIn(signal, synchronous, asynchronous)


def _details(named):
    """Return what is told of the arguments of a signal: those that a trace tells, too."""
    found = {key: named[key] for key in ("created", "raw") if type(named.get(key)) is bool}
    if type(named.get("action")) is str:
        found["action"] = named["action"][:40]
    if type(names := named.get("update_fields")) in (frozenset, set, list, tuple):
        found["update_fields"] = sorted(name for name in names if type(name) is str)
    if named.get("instance") is not None:
        found["instance"] = naming.instance_name(named["instance"])
    return {f"django.signal.{key}": value for key, value in found.items()}


class Receiver:
    """A synchronous receiver, called in a span."""

    def __init__(self, room, receiver, stand_in, signal, above):
        """Call a receiver of a signal below the span of ``above``, a context of OpenTelemetry's."""
        self.room, self.receiver, self.signal, self.above = room, receiver, signal, above
        while type(stand_in) is StandIn:  # whose receivers are wrapped, too
            stand_in, receiver = stand_in.signal, receiver.receiver
        self.__wrapped__ = receiver  # where a record looks for the name

    def begin(self):
        """Return the span, as a block."""
        name = naming.receiver_name(self.__wrapped__)
        return Span(self.room, name, {"code.function.name": name}, self.above)

    def __call__(self, signal, **named):
        """Call the receiver with the real signal."""
        with self.begin() as called:
            token = context.attach(called.context)
            try:
                return self.receiver(signal=self.signal, **named)
            finally:
                context.detach(token)


class AsyncReceiver(Receiver):
    """An asynchronous receiver, awaited in a span."""

    async def __call__(self, signal, **named):
        """Await the receiver with the real signal; the span begins when it first runs."""
        with self.begin() as called:
            return await in_context(self.receiver(signal=self.signal, **named), called.context)


class Callback:
    """A function that waits for a commit, and runs in a span. For whoever looks at it it is that function."""

    def __init__(self, room, function, robust):
        """Wait for a commit, which the current span has asked for."""
        self.room, self.function, self.robust = room, function, robust
        self.giver = trace.get_current_span().get_span_context()

    def __call__(self):
        """Run the function below what is current at the commit, with a link to where it comes from."""
        name, above = naming.receiver_name(self.function), context.set_value(ROOM, self.room)
        is_below = trace.get_current_span().get_span_context().span_id == self.giver.span_id
        attributes = {"code.function.name": name, "django.on_commit.robust": bool(self.robust)}
        links = None if is_below else [Link(self.giver)]
        with Span(self.room, f"after the commit: {name}", attributes, above, links) as run:
            token = context.attach(run.context)
            try:
                return self.function()
            finally:
                context.detach(token)

    def __getattr__(self, name):
        return getattr(self.function, name)

    def __eq__(self, other):
        return self.function == (other.function if type(other) is Callback else other)

    def __hash__(self):
        return hash(self.function)

    def __repr__(self):
        return repr(self.function)


class Current:
    """A context of OpenTelemetry's that is current for some steps, with what these make current themselves."""

    def __init__(self, own):
        """Begin with this one."""
        self.own = own

    def enter(self):
        """Make it current, and return how to undo that."""
        return context.attach(self.own)

    def leave(self, token):
        """Remember what is current by now, and undo it: no neighbour sees it."""
        self.own = context.get_current()
        context.detach(token)


def in_context(awaitable, own):
    """Return what awaits something, in a context of OpenTelemetry's that is current while it runs, and no longer."""
    kept = Current(own)
    return stepping(awaitable, kept.enter, kept.leave)
