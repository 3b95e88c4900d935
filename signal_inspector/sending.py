"""
What stands in for the methods of ``Signal`` while a record goes on.

Each passes straight through where nothing is recorded in its context. A signal that synchronous receivers hear is sent
by a loop of our own: Django's, with a row for each receiver. With asynchronous receivers, or ``asend()``, Django's own
method does the work. It is given a stand-in of the signal, which has the same receivers, each in a wrapper; so they
run in the order, the threads and the tasks of whatever version of Django is installed.
"""

import types

from django.dispatch import Signal
from django.dispatch.dispatcher import NO_RECEIVERS

from signal_inspector import naming
from signal_inspector.recording import END, ERROR, RECORDING, RESULT, START, current, note_receiver, now

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(
    send=Signal.send, send_robust=Signal.send_robust, asend=Signal.asend, asend_robust=Signal.asend_robust
)

FUNCTION = types.FunctionType


def send(self, sender, **named):
    """Do what ``Signal.send()`` does, and note it."""
    parent = current.get()
    if parent is None or not parent[RECORDING].active:
        return django.send(self, sender, **named)
    return _send(self, sender, named, parent, "send")


def send_robust(self, sender, **named):
    """Do what ``Signal.send_robust()`` does, and note it."""
    parent = current.get()
    if parent is None or not parent[RECORDING].active:
        return django.send_robust(self, sender, **named)
    return _send(self, sender, named, parent, "send_robust")


async def asend(self, sender, **named):
    """Do what ``Signal.asend()`` does, and note it."""
    return await _asend(self, sender, named, django.asend, "asend")


async def asend_robust(self, sender, **named):
    """Do what ``Signal.asend_robust()`` does, and note it."""
    return await _asend(self, sender, named, django.asend_robust, "asend_robust")


def _send(signal, sender, named, parent, how):
    recording = parent[RECORDING]
    if not signal.receivers or signal.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        recording.note_unheard(signal, sender)
        return []
    receivers, async_receivers = signal._live_receivers(sender)
    if not receivers and not async_receivers:
        recording.note_unheard(signal, sender)
        return []
    above = recording.note_signal(parent, signal, how, sender, named, len(receivers) + len(async_receivers))
    if above is None:
        return getattr(django, how)(signal, sender, **named)
    token = current.set(above)
    try:
        if async_receivers:
            stand_in = StandIn(signal, above, receivers, async_receivers)
            return stand_in.unwrap(getattr(django, how)(stand_in, sender, **named))
        return _call(signal, sender, named, receivers, above, how == "send_robust")
    except BaseException as error:
        above[ERROR] = type(error).__name__
        raise
    finally:
        above[END] = now()
        current.reset(token)


def _call(signal, sender, named, receivers, above, robust):
    """Call synchronous receivers one after the other, each in its row. This is where the time goes."""
    recording = above[RECORDING]
    add, enter = recording.rows.append, current.set
    responses = []
    for receiver in receivers:
        # The row of note_receiver(), made here: a call would cost as much as the rest.
        if type(receiver) is FUNCTION:
            name, rest = receiver.__module__, receiver.__qualname__
        else:
            name, rest = naming.receiver_name(receiver), ""
        row = [now(), above, recording, "receiver", name, rest, None, 0, 0.0, "", "", None]
        add(row)
        enter(row)
        try:
            response = receiver(signal=signal, sender=sender, **named)
        except BaseException as error:
            row[END] = now()
            row[ERROR] = type(error).__name__
            if not robust or not isinstance(error, Exception):
                raise
            enter(above)
            signal._log_robust_failure(receiver, error)
            response = error
        else:
            row[END] = now()
            if response is not None:
                row[RESULT] = type(response).__name__
        responses.append((receiver, response))
    return responses


async def _asend(signal, sender, named, method, how):
    parent = current.get()
    if parent is None or not parent[RECORDING].active:
        return await method(signal, sender, **named)
    recording = parent[RECORDING]
    if not signal.receivers or signal.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        recording.note_unheard(signal, sender)
        return []
    receivers, async_receivers = signal._live_receivers(sender)
    if not receivers and not async_receivers:
        recording.note_unheard(signal, sender)
        return []
    above = recording.note_signal(parent, signal, how, sender, named, len(receivers) + len(async_receivers))
    if above is None:
        return await method(signal, sender, **named)
    token = current.set(above)
    try:
        stand_in = StandIn(signal, above, receivers, async_receivers)
        return stand_in.unwrap(await method(stand_in, sender, **named))
    except BaseException as error:
        above[ERROR] = type(error).__name__
        raise
    finally:
        above[END] = now()
        current.reset(token)


class StandIn:
    """A signal as Django's own methods see it, whose receivers are in wrappers that note their calls."""

    class Unknown:
        """A cache that knows of no sender."""

        @staticmethod
        def get(sender):
            """Return None."""

    sender_receivers_cache = Unknown

    def __init__(self, signal, above, receivers, async_receivers):
        """Wrap the receivers of a signal; ``above`` is its row."""
        self.signal = signal
        self.receivers = (
            [Wrapper(receiver, signal, above) for receiver in receivers],
            [AsyncWrapper(receiver, signal, above) for receiver in async_receivers],
        )

    def _live_receivers(self, sender):
        return self.receivers

    def _log_robust_failure(self, wrapper, error):
        self.signal._log_robust_failure(wrapper.receiver, error)

    def __getattr__(self, name):
        return getattr(self.signal, name)

    @staticmethod
    def unwrap(responses):
        """Return the responses with the receivers themselves."""
        return [(wrapper.receiver, response) for wrapper, response in responses]


class Wrapper:
    """A synchronous receiver whose call is noted."""

    __slots__ = ("above", "receiver", "signal")

    def __init__(self, receiver, signal, above):
        """Wrap a receiver of a signal whose row is ``above``."""
        self.receiver, self.signal, self.above = receiver, signal, above

    def __call__(self, signal, **named):
        """Call the receiver with the real signal."""
        row = note_receiver(self.above, self.receiver, asynchronous=False)
        token = current.set(row)
        try:
            response = self.receiver(signal=self.signal, **named)
        except BaseException as error:
            row[ERROR] = type(error).__name__
            raise
        finally:
            row[END] = now()
            current.reset(token)
        if response is not None:
            row[RESULT] = type(response).__name__
        return response


class AsyncWrapper(Wrapper):
    """An asynchronous receiver whose call is noted."""

    __slots__ = ()

    def __call__(self, signal, **named):
        """Call the receiver with the real signal; return what is to be awaited."""
        row = note_receiver(self.above, self.receiver, asynchronous=True)
        token = current.set(row)
        try:
            awaitable = self.receiver(signal=self.signal, **named)
        except BaseException as error:
            row[ERROR] = type(error).__name__
            raise
        finally:
            current.reset(token)
        return self.follow(awaitable, row)

    async def follow(self, awaitable, row):
        """Await the receiver, and note when it began, when it ended, and with what."""
        row[START] = now()
        try:
            response = await _stepping(awaitable, row)
        except BaseException as error:
            row[ERROR] = type(error).__name__
            raise
        finally:
            row[END] = now()
        if response is not None:
            row[RESULT] = type(response).__name__
        return response


@types.coroutine
def _stepping(awaitable, row):
    """
    Await something, with a row as the current one whenever it runs, and no longer.

    Django 6 runs all asynchronous receivers of a signal in one context: what one of them sets there, the others see.
    So the row is set for each step and taken back before another receiver has its turn.
    """
    iterator = awaitable.__await__()
    value = thrown = None
    while True:
        token = current.set(row)
        try:
            if thrown is not None:
                yielded = iterator.throw(thrown)
            else:
                yielded = next(iterator) if value is None else iterator.send(value)
        except StopIteration as stop:
            return stop.value
        finally:
            current.reset(token)
        thrown = None
        try:
            value = yield yielded
        except GeneratorExit:
            iterator.close()
            raise
        except BaseException as error:  # a cancellation: the receiver's to answer
            thrown = error
