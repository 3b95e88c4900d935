"""What the receivers of a trace have left for later, as its page shows it: beneath each, what came of it."""

from django.utils import formats
from django.utils.translation import gettext as _

from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.requests.finding import leaves_work, parts_of
from signal_inspector.traces.later.attempts import Waiting, in_order
from signal_inspector.traces.running import numbered
from signal_inspector.traces.work import AGAIN, DONE, GIVEN_UP, Attempt, works


class Later:
    """
    The work of one receiver.

    Attributes:
        key (str): what its attempts know it by.
        attempts (list): each ``Made``, in order, and ``Unrecorded`` for one that left no record.
        is_open (bool): whether it is neither done nor given up.
        next_at (datetime): when it is tried again, None if that is not known.
    """

    def __init__(self, work, lines, rows):
        """Describe a ``Work``; ``lines`` are numbers by the ids of nodes, ``rows`` stored traces by their ids."""
        self.key, self.is_open, self.next_at = work.key, work.is_open, work.next_at
        self.attempts = [
            Made(each, lines.get(id(each.node)), rows.get(each.trace)) if isinstance(each, Attempt) else each
            for each in in_order(work)
            if not isinstance(each, Waiting)
        ]

    @property
    def size(self):
        """How many lines it has: the attempts, and one for the wait for another."""
        return len(self.attempts) + self.is_open

    @property
    def state(self):
        """What is another text whenever there is something new to show."""
        return f"{len(self.attempts)} {self.is_open}"


class Made:
    """
    One attempt.

    Attributes:
        line (int): the number of the line in which it ran, None if it ran in another trace, or outside of all lines.
        row (StoredTrace): the trace of another process, None if it ran in this one.
    """

    def __init__(self, attempt, line, row):
        """Describe an ``Attempt``."""
        self.number, self.process, self.error = attempt.number, attempt.process, attempt.error
        self.is_done, self.is_given_up = attempt.outcome == DONE, attempt.outcome == GIVEN_UP
        self.is_lost = attempt.outcome not in (DONE, GIVEN_UP, AGAIN)
        self.waited, self.took = in_words(attempt.waited), milliseconds(attempt.duration)
        self.line, self.row = line, row


def in_words(seconds):
    """Return a time as text, in the unit that tells: "4.3 ms", "2.5 s", "12 min"."""
    if seconds < 1:
        return milliseconds(seconds)
    if seconds < 120:
        return _("%(number)s s") % {"number": formats.number_format(seconds, 1)}
    return _("%(number)s min") % {"number": formats.number_format(seconds / 60, 0)}


def left_for_later(stored, whole):
    """
    Return what the receivers of a trace have left for later (``Later``), by the keys of that work.

    Args:
        stored (StoredTrace): the trace.
        whole (Step): it as it ran.
    """
    if not leaves_work(stored.trace):
        return {}
    rows = {row.pk: row for row in parts_of(stored.pk)}
    lines = {id(step.node): step.number for step in numbered(whole)}
    found = works(stored.trace, [row.attempt for row in rows.values()])
    return {key: Later(work, lines, rows) for key, work in found.items()}
