"""
Send a signal to other receivers than are connected to it, where the record has a director that says so.

Django's own method does the work, and is given a stand-in of the signal. The signal itself is never touched: whoever
sends it beside this record, in another thread, task or request, reaches those that are connected.

A director has two methods. ``plan(name, sender, receivers, async_receivers, how)`` returns the method to send with,
and two lists of pairs: a receiver, and what is called in its place (itself, most often).
``before_statement(connection, sql)`` is called before each statement, and may raise.
"""

from contextlib import suppress

from signal_inspector.connected import registry
from signal_inspector.reading.private import StandIn, receivers_of
from signal_inspector.recording.details import note_missed, note_sending
from signal_inspector.recording.rows import KEY, RECORDING, current
from signal_inspector.recording.wrappers import AsyncWrapper, Wrapper, end


class Unnoted:
    """A receiver in a stand-in, whose call is not noted: the record is full."""

    def __init__(self, receiver, signal, above, call):
        """Wrap a receiver of a signal."""
        self.receiver, self.signal, self.call = receiver, signal, call

    def __call__(self, signal, **named):
        """Call what stands in for the receiver, with the real signal."""
        return self.call(signal=self.signal, **named)


def send(django, parent, signal, sender, named, how):
    """
    Do what ``Signal.send()`` or ``send_robust()`` does, with the receivers that the director names.

    Args:
        django (namespace): Django's own methods.
        parent (list): the row of what is running.
        signal (Signal), sender (object), named (dict), how (str): what is sent, by whom, with which arguments, by
            which method.
    """
    how, above, stand_in = _prepare(parent, signal, sender, named, how)
    if above is None:
        return stand_in.unwrap(getattr(django, how)(stand_in, sender, **named))
    token = current.set(above)
    try:
        responses = getattr(django, how)(stand_in, sender, **named)
    except BaseException as error:
        _fail(above, stand_in, error)
        raise
    else:
        end(above)
        return stand_in.unwrap(responses)
    finally:
        current.reset(token)


async def asend(django, parent, signal, sender, named, how):
    """Do what ``Signal.asend()`` or ``asend_robust()`` does, likewise."""
    how, above, stand_in = _prepare(parent, signal, sender, named, how)
    if above is None:
        return stand_in.unwrap(await getattr(django, how)(stand_in, sender, **named))
    token = current.set(above)
    try:
        responses = await getattr(django, how)(stand_in, sender, **named)
    except BaseException as error:
        _fail(above, stand_in, error)
        raise
    else:
        end(above)
        return stand_in.unwrap(responses)
    finally:
        with suppress(ValueError):  # an abandoned coroutine is closed in whatever context is at hand
            current.reset(token)


def _fail(above, stand_in, error):
    """Note that a signal has ended with an exception, and which receivers were not called."""
    end(above, error=error)
    if above[RECORDING].details:
        missed = [each.receiver for group in stand_in.receivers for each in group if not each.was_called]
        note_missed(above[RECORDING], above[KEY], missed)


def _prepare(parent, signal, sender, named, how):
    """Return the method, the row of the signal (None if it gets none), and the stand-in of the signal."""
    recording, connected = parent[RECORDING], receivers_of(signal, sender)
    how, receivers, async_receivers = recording.director.plan(registry.name_of(signal), sender, *connected, how)
    count = len(receivers) + len(async_receivers)
    above = recording.note_signal(parent, signal, how, sender, named, count)
    if above is not None and recording.details:
        note_sending(above, parent, named)
    kinds = (Unnoted, Unnoted) if above is None else (Wrapper, AsyncWrapper)
    wrapped = [
        [kind(receiver, signal, above, call) for receiver, call in pairs]
        for kind, pairs in zip(kinds, (receivers, async_receivers), strict=True)
    ]
    return how, above, StandIn(signal, *wrapped)
