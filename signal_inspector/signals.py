"""The app's own receivers: the first and the last moment of a request. Without the middleware they do little."""

from time import perf_counter

from signal_inspector.requests.records import STARTED, closed
from signal_inspector.requests.store import report


def note_beginning(sender, environ=None, scope=None, **kwargs):
    """Note when a request began: the first moment of its record, outside of all middleware."""
    carrier = environ if scope is None else scope
    if carrier is not None:  # a test may send the signal with neither
        carrier[STARTED] = perf_counter()


def store_record(sender, **kwargs):
    """Store the record of the request that is over, if there is one."""
    record = closed.get()
    if record is not None:
        closed.set(None)
        try:
            record.store()
        except Exception as error:
            report(error, "A trace was not stored.")
