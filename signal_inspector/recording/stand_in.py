"""
A signal as Django's own methods see it, for what they shall do themselves: its receivers are in wrappers.

They note each call. Where receivers are asynchronous, Django runs them in tasks of its own.
"""

import types

from signal_inspector.recording.rows import END, ERROR, RESULT, START, current, note_receiver, now


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
