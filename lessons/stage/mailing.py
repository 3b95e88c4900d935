"""
The mails of a recording, as moments of its trace.

A trace of the inspector tells of a mail only where it is sent before the commit. The stage tells of all, and in which
function of which app.
"""

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from traceback import walk_stack

from django.core import mail

from lessons.stage.excerpts import is_own
from signal_inspector.reading.places import app_of
from signal_inspector.traces.nodes import Moment, Place
from signal_inspector.trials.rollback import mail_in_memory

MAIL = "mail"  # the kind of such a moment
WATCHING = ("lessons", "signal_inspector")


@contextmanager
def mails_noted():
    """
    Keep all mail in memory that is sent inside a ``with`` block, and note when and where it is.

    Yields:
        A list of pairs of a time (datetime) and a ``Place``, or None, to be given to ``add_mails``.
    """
    with mail_in_memory():
        mail.outbox = outbox = _Outbox()
        yield outbox.noted


def add_mails(trace, noted):
    """Add to a trace, which is over, a moment for each mail that was noted meanwhile."""
    for at, place in noted:
        start = (at - trace.started).total_seconds()
        trace.moments.append(Moment(MAIL, "mail sent", "", start, 0.0, _running(trace, start), place=place))


class _Outbox(list):
    """What stands in for Django's own ``mail.outbox``: Django's backend appends to it."""

    def __init__(self):
        super().__init__()
        self.noted = []

    def append(self, message):
        super().append(message)
        self.noted.append((datetime.now(UTC), _place()))


def _place():
    """Return where the app of the project that asks for this was entered: in the function that decides on a mail."""
    calls = [Place(frame.f_globals["__name__"], line, frame.f_code.co_qualname) for frame, line in walk_stack(None)]
    own = [call for call in calls if is_own(call.module) and call.module.partition(".")[0] not in WATCHING]
    of_app = [*takewhile(lambda call: app_of(call.module) == app_of(own[0].module), own)]
    return of_app[-1] if of_app else None


def _running(trace, at):
    """Return the node that was running at a time, the one that began last of them, or None."""
    running = [node for node, _depth in trace.walk() if node.ran and node.start <= at <= node.start + node.duration]
    return max(running, key=lambda node: node.start, default=None)
