"""What the tests of recording have in common: signals, receivers, and how a trace is written down."""

import asyncio

from asgiref.sync import async_to_sync
from django.dispatch import Signal

told = Signal()
asked = Signal()


class Unheard:
    """A sender that nobody listens to."""


def names(trace):
    """Return the tree of a trace as nested lists of short names."""

    def of(node):
        return [node.short_name, *map(of, node.children)] if node.children else node.short_name

    return [of(root) for root in trace.roots]


def text(trace):
    return trace.as_text(times=False, keys=False)


class Connected:
    """Connects receivers for one test."""

    def connect(self, signal, receiver, **options):
        signal.connect(receiver, weak=False, **options)
        self.addCleanup(signal.disconnect, receiver, options.get("sender"), options.get("dispatch_uid"))
        return receiver


def first(sender, **kwargs):
    """Answer with a number."""
    return 1


def second(sender, **kwargs):
    """Answer with nothing."""


def failing(sender, **kwargs):
    """Fail."""
    raise ZeroDivisionError("a secret")


def sending(sender, **kwargs):
    """Send another signal."""
    return asked.send(sender)


class Callable:
    """A receiver without a name."""

    def __call__(self, sender, **kwargs):
        """Answer."""
        return "called"

    def method(self, sender, **kwargs):
        """Answer."""
        return "method"


async def asking(sender, **kwargs):
    """Answer asynchronously."""
    return "asked"


async def afailing(sender, **kwargs):
    """Fail asynchronously."""
    raise KeyError("a secret")


WAYS = ("send", "send_robust", "asend", "asend_robust")


def send(signal, how):
    """Send a signal by the method of a name."""
    method = getattr(signal, how)
    return async_to_sync(method)(None) if asyncio.iscoroutinefunction(method) else method(None)


def outcome(function, *args):
    """Return what a call gives, or the type and the words of what it raises."""
    try:
        return [response for _, response in function(*args)]
    except Exception as error:
        return type(error), str(error)
