"""
Wrap receivers, so that each call is noted while Django's own methods send the signal.

Where receivers are asynchronous, Django runs them in tasks of its own.
"""

import types
from functools import partial

from signal_inspector.reading.private import StandIn
from signal_inspector.recording.details import note_error
from signal_inspector.recording.rows import AWAITED, BEGAN, ENDED, KEY, RECORDING, WRAPPED, current, now


def wrapped(signal, above, receivers, async_receivers):
    """Return a stand-in of a signal whose row is ``above``, with its receivers in wrappers."""
    return StandIn(
        signal,
        [Wrapper(receiver, signal, above) for receiver in receivers],
        [AsyncWrapper(receiver, signal, above) for receiver in async_receivers],
    )


def end(row, response=None, error=None):
    """Note that what a row stands for is over, with what it returned, or has raised."""
    told = "" if response is None else type(response).__name__
    raised = "" if error is None else type(error).__name__
    row[RECORDING].log.extend((ENDED, row[KEY], now(), told, raised))


def fail(row, error):
    """Note that what a row stands for has raised, and where."""
    end(row, error=error)
    if row[RECORDING].details:
        note_error(row, error)


class Wrapper:
    """A synchronous receiver whose call is noted."""

    __slots__ = ("above", "call", "receiver", "signal", "was_called")

    def __init__(self, receiver, signal, above, call=None):
        """Wrap a receiver of a signal whose row is ``above``; something else may be called in its place."""
        self.receiver, self.signal, self.above = receiver, signal, above
        self.call = call or receiver
        self.was_called = False

    def __call__(self, signal, **named):
        """Call the receiver with the real signal."""
        self.was_called = True
        row = self.above[RECORDING].note_receiver(self.above, self.receiver, WRAPPED)
        token = current.set(row)
        try:
            response = self.call(signal=self.signal, **named)
        except BaseException as error:
            fail(row, error)
            raise
        else:
            end(row, response)
            return response
        finally:
            current.reset(token)


class AsyncWrapper(Wrapper):
    """An asynchronous receiver whose call is noted."""

    __slots__ = ()

    def __call__(self, signal, **named):
        """Call the receiver with the real signal; return what is to be awaited."""
        self.was_called = True
        row = self.above[RECORDING].note_receiver(self.above, self.receiver, AWAITED)
        token = current.set(row)
        try:
            awaitable = self.call(signal=self.signal, **named)
        except BaseException as error:
            fail(row, error)
            raise
        finally:
            current.reset(token)
        return self.follow(awaitable, row)

    async def follow(self, awaitable, row):
        """Await the receiver, and note when it began, when it ended, and with what."""
        row[RECORDING].log.extend((BEGAN, row[KEY], now(), None, None))
        try:
            response = await stepping(awaitable, partial(current.set, row), current.reset)
        except BaseException as error:
            fail(row, error)
            raise
        end(row, response)
        return response


@types.coroutine
def stepping(awaitable, enter, leave):
    """
    Await something, with ``enter()`` called before each step of it, and ``leave()`` after, with what that returned.

    Django 6 runs all asynchronous receivers of a signal in one context: what one of them sets there, the others see.
    So what is to be current in one of them is set for each step, and taken back before another has its turn.
    """
    iterator = awaitable.__await__()
    value = thrown = None
    while True:
        token = enter()
        try:
            if thrown is not None:
                yielded = iterator.throw(thrown)
            else:
                yielded = next(iterator) if value is None else iterator.send(value)
        except StopIteration as stop:
            return stop.value
        finally:
            leave(token)
        thrown = None
        try:
            value = yield yielded
        except GeneratorExit:
            iterator.close()
            raise
        except BaseException as error:  # a cancellation: whoever is awaited answers it
            thrown = error
