"""
Have whoever records traces follow an event into the process that does its work.

The setting ``DELIVERY_TRACER`` is the dotted path of an object with two methods, such as
``"signal_inspector.work.tracer"``; without it nothing is followed.

``context()``
    Returns a pair of strings that is stored with the rows of an event: W3C's ``traceparent``, 55 characters at most,
    and the id of the trace that is being recorded, 32 at most; empty ones if there is none.
``attempt(context, key, name, number, due_at)``
    Returns a context manager for one attempt. Its value is called with the outcome: "done"; "again" or "given up",
    with the error, and "again" with the time when it is tried again; "lost" if what was done does not count.

Neither may raise anything.
"""

from contextlib import contextmanager, nullcontext

from django.conf import settings
from django.utils.module_loading import import_string

from delivery.models import Delivery
from listening.durability import work_key

OUTCOMES = {
    Delivery.State.DONE: "done",
    Delivery.State.WAITING: "again",
    Delivery.State.GIVEN_UP: "given up",
    Delivery.State.TAKEN: "lost",
}


def tracer():
    """Return the object that the setting names, None if there is none."""
    path = getattr(settings, "DELIVERY_TRACER", None)
    return import_string(path) if path else None


def context():
    """Return ``traceparent`` and ``trace``, for the rows of an event that is announced now, as a dict."""
    following = tracer()
    traceparent, trace = following.context() if following else ("", "")
    return {"traceparent": traceparent, "trace": trace}


@contextmanager
def traced(row, due_at):
    """
    Make an attempt at a delivery in this block, which the tracer follows.

    Args:
        row (Delivery): as it was taken. It tells the outcome when the block ends.
        due_at (datetime): since when the attempt could have been made.
    """
    with _attempt(row, due_at) as tell:
        try:
            yield
        finally:
            if tell is not None:
                is_again = row.state == row.State.WAITING
                tell(OUTCOMES[row.state], error=row.last_error, next_at=row.due_at if is_again else None)


def _attempt(row, due_at):
    following = tracer()
    if following is None:
        return nullcontext()
    key = work_key(row.event_id, row.receiver)
    return following.attempt((row.traceparent, row.trace), key, row.receiver, row.attempts, due_at)
