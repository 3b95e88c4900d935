"""
What stands in for the methods of ``Signal`` while a record goes on.

Each passes straight through where nothing is recorded in its context. Synchronous receivers are called by a loop of
our own: Django's, with an event for each receiver. Asynchronous ones, all receivers with ``asend()``, and all where
another tool had wrapped the method before us, are left to that method. It is given a stand-in of the signal, which has
the same receivers, each in a wrapper (see wrappers.py); so they run in the order, the threads and the tasks of
whatever version of Django is installed.

In the loop the current row moves on to each receiver, and back when all have been called: whatever is sent meanwhile
looks at it. Nobody may look at it who runs beside the receiver: a task or a timer, which has a copy of the context;
code that asgiref runs in this thread for a task of another one; a greenlet. So it is done in the thread of the record
alone, while no event loop has to do with it. Elsewhere each receiver gets a row of its own. A copy of the context that
is taken by hand belongs to what runs when it is used.
"""

import types
from contextlib import suppress
from threading import get_ident

from django.dispatch import Signal, dispatcher

from signal_inspector.reading.naming import receiver_name
from signal_inspector.reading.private import is_plain_thread, log_failure, receivers_of
from signal_inspector.recording import altered
from signal_inspector.recording.details import note_missed, note_sending
from signal_inspector.recording.rows import CALLED, ENDED, KEY, NAME, RECORDING, REST, current, now, running
from signal_inspector.recording.wrappers import end, fail, wrapped

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(
    send=Signal.send, send_robust=Signal.send_robust, asend=Signal.asend, asend_robust=Signal.asend_robust
)

FUNCTION = types.FunctionType
DISPATCHER = vars(dispatcher)  # the globals of methods that are Django's own


def _sending(how):
    """Return what stands in for ``Signal.send()`` or ``send_robust()``."""
    robust, originals = how == "send_robust", vars(django)

    # One function, however long: each further one would be a level of nesting for each signal inside a signal, and a
    # receiver that calls itself would reach Python's limit in half as many steps as without a record.
    def method(self, sender, **named):
        parent, original = current.get(), originals[how]
        if parent is None or not (recording := parent[RECORDING]).active:
            return original(self, sender, **named)
        if recording.director is not None:
            return altered.send(django, parent, self, sender, named, how)
        is_django = type(original) is FUNCTION and original.__globals__ is DISPATCHER
        receivers, async_receivers = receivers_of(self, sender)
        count = len(receivers) + len(async_receivers)
        above = recording.note_signal(parent, self, how, sender, named, count)
        if above is None:
            return original(self, sender, **named) if count or not is_django else []
        if recording.details:
            note_sending(above, parent, named)
        note, details, signal, responses = recording.log.extend, recording.details, above[KEY], []
        outer = parent[KEY], parent[NAME], parent[REST]
        moves = is_django and recording.thread == get_ident() and is_plain_thread()
        if moves:
            row = parent
        else:
            row = above
            current.set(row)
        try:
            if is_django:
                # One after the other, each in its row. This is where the time goes: so the events are noted here, and
                # the moment in which one receiver ends is that in which the next one begins.
                began = now()
                for receiver in receivers:
                    if type(receiver) is FUNCTION:
                        name, rest = receiver.__module__, receiver.__qualname__
                    else:
                        name, rest = receiver_name(receiver), ""
                        recording.note_work(began, receiver)
                    note((CALLED, began, signal, name, rest))
                    if not moves:
                        row = [recording, began, name, rest]
                        current.set(row)
                    else:
                        row[KEY] = began
                        if details:
                            row[NAME], row[REST] = name, rest
                    try:
                        response = receiver(signal=self, sender=sender, **named)
                    except BaseException as error:
                        fail(row, error)
                        if not robust or not isinstance(error, Exception):
                            if details:
                                note_missed(recording, signal, [*receivers[len(responses) + 1 :], *async_receivers])
                            raise
                        if moves:
                            row[KEY] = signal
                        else:
                            current.set(above)
                        log_failure(self, receiver, error)
                        response, began = error, now()
                    else:
                        began = now()
                        if response is not None:
                            note((ENDED, row[KEY], began, type(response).__name__, ""))
                    responses.append((receiver, response))
                if not async_receivers:
                    note((ENDED, signal, began, "", ""))
                    return responses
                if receivers:
                    note((ENDED, row[KEY], began, "", ""))
                current.set(above)
            stand_in = wrapped(self, above, () if is_django else receivers, async_receivers)
            responses += stand_in.unwrap(original(stand_in, sender, **named))
            end(above)
            return responses
        except BaseException as error:
            end(above, error=error)
            raise
        finally:
            if moves:
                parent[KEY], parent[NAME], parent[REST] = outer
            if not moves or async_receivers:
                current.set(parent)

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


async def _asend(signal, sender, named, method, how):
    parent = running()
    if parent is None:
        return await method(signal, sender, **named)
    recording = parent[RECORDING]
    if recording.director is not None:
        return await altered.asend(django, parent, signal, sender, named, how)
    receivers, async_receivers = receivers_of(signal, sender)
    count = len(receivers) + len(async_receivers)
    above = recording.note_signal(parent, signal, how, sender, named, count)
    if above is None:
        return await method(signal, sender, **named)
    if recording.details:
        note_sending(above, parent, named)
    token = current.set(above)
    try:
        stand_in = wrapped(signal, above, receivers, async_receivers)
        responses = stand_in.unwrap(await method(stand_in, sender, **named))
    except BaseException as error:
        end(above, error=error)
        raise
    else:
        end(above)
        return responses
    finally:
        with suppress(ValueError):  # an abandoned coroutine is closed in whatever context is at hand
            current.reset(token)
