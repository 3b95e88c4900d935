"""
What stands in for the methods of ``Signal`` while a record goes on.

Each passes straight through where nothing is recorded in its context. A signal that only synchronous receivers hear is
sent by a loop of our own: Django's, with a row for each receiver. With asynchronous receivers, with ``asend()``, or
where another tool had wrapped the method before us, that method does the work. It is given a stand-in of the signal,
which has the same receivers, each in a wrapper (see wrappers.py); so they run in the order, the threads and the tasks
of whatever version of Django is installed.
"""

import types
from contextlib import suppress

from django.dispatch import Signal, dispatcher

from signal_inspector.reading import naming
from signal_inspector.reading.private import log_failure, receivers_of
from signal_inspector.recording import altered
from signal_inspector.recording.details import note_changes, note_error, note_origin
from signal_inspector.recording.rows import END, ERROR, RECORDING, RESULT, current, more_of, now
from signal_inspector.recording.wrappers import wrapped

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(
    send=Signal.send, send_robust=Signal.send_robust, asend=Signal.asend, asend_robust=Signal.asend_robust
)

FUNCTION = types.FunctionType
DISPATCHER = vars(dispatcher)  # the globals of methods that are Django's own


def _sending(how):
    """Return what stands in for ``Signal.send()`` or ``send_robust()``."""
    robust = how == "send_robust"

    # One function, however long: each further one would be a level of nesting for each signal inside a signal, and a
    # receiver that calls itself would reach Python's limit in half as many steps as without a record.
    def method(self, sender, **named):
        parent = current.get()
        if parent is None or not parent[RECORDING].active:
            return getattr(django, how)(self, sender, **named)
        if parent[RECORDING].director is not None:
            return altered.send(django, parent, self, sender, named, how)
        original = getattr(django, how)
        above, receivers, async_receivers = _note(parent, self, sender, named, how)
        if above is None:
            return original(self, sender, **named)
        token = current.set(above)
        try:
            if async_receivers or type(original) is not FUNCTION or original.__globals__ is not DISPATCHER:
                stand_in = wrapped(self, above, receivers, async_receivers)
                return stand_in.unwrap(original(stand_in, sender, **named))
            # Synchronous receivers, one after the other, each in its row. This is where the time goes.
            recording, responses = above[RECORDING], []
            add, enter = recording.rows.append, current.set
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
                    response = receiver(signal=self, sender=sender, **named)
                except BaseException as error:
                    row[END] = now()
                    row[ERROR] = type(error).__name__
                    if recording.details:
                        note_error(row, error)
                    if not robust or not isinstance(error, Exception):
                        if recording.details:
                            missed = map(naming.receiver_name, receivers[len(responses) + 1 :])
                            more_of(above)["missed"] = list(missed)
                        raise
                    enter(above)
                    log_failure(self, receiver, error)
                    response = error
                else:
                    row[END] = now()
                    if response is not None:
                        row[RESULT] = type(response).__name__
                responses.append((receiver, response))
            return responses
        except BaseException as error:
            above[ERROR] = type(error).__name__
            raise
        finally:
            above[END] = now()
            current.reset(token)

    method.__name__ = how
    method.__doc__ = f"Do what ``Signal.{how}()`` does, and note it."
    return method


send, send_robust = map(_sending, ("send", "send_robust"))


async def asend(self, sender, **named):
    """Do what ``Signal.asend()`` does, and note it."""
    return await _asend(self, sender, named, django.asend, "asend")


async def asend_robust(self, sender, **named):
    """Do what ``Signal.asend_robust()`` does, and note it."""
    return await _asend(self, sender, named, django.asend_robust, "asend_robust")


def _note(parent, signal, sender, named, how):
    """Return the row of a signal with its receivers, synchronous and asynchronous; None for a row if it gets none."""
    recording = parent[RECORDING]
    receivers, async_receivers = receivers_of(signal, sender)
    count = len(receivers) + len(async_receivers)
    if count:
        row = recording.note_signal(parent, signal, how, sender, named, count)
        if recording.details and row is not None:
            note_origin(row, parent)
            note_changes(row, named)
        return row, receivers, async_receivers
    recording.note_unheard(parent, signal, sender, named)
    return None, receivers, async_receivers


async def _asend(signal, sender, named, method, how):
    parent = current.get()
    if parent is None or not parent[RECORDING].active:
        return await method(signal, sender, **named)
    if parent[RECORDING].director is not None:
        return await altered.asend(django, parent, signal, sender, named, how)
    above, receivers, async_receivers = _note(parent, signal, sender, named, how)
    if above is None:
        return await method(signal, sender, **named)
    token = current.set(above)
    try:
        stand_in = wrapped(signal, above, receivers, async_receivers)
        return stand_in.unwrap(await method(stand_in, sender, **named))
    except BaseException as error:
        above[ERROR] = type(error).__name__
        raise
    finally:
        above[END] = now()
        with suppress(ValueError):  # an abandoned coroutine is closed in whatever context is at hand
            current.reset(token)
