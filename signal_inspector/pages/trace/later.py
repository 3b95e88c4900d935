"""What the receivers of a trace have left for later, as its page shows it: beneath each, what came of it."""

from django.utils import formats
from django.utils.translation import gettext as _

from signal_inspector.models import StoredTrace
from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.traces.running import numbered
from signal_inspector.traces.work import AGAIN, DONE, GIVEN_UP, works


class Later:
    """
    The work of one receiver.

    Attributes:
        key (str): what its attempts know it by.
        attempts (list): each ``Made``, in order; and None for one that left no record, as its process was killed.
        is_open (bool): whether it is neither done nor given up.
        next_at (datetime): when it is tried again, None if that is not known.
    """

    def __init__(self, work, lines, rows):
        """Describe a ``Work``; ``lines`` are numbers by the ids of nodes, ``rows`` stored traces by their ids."""
        self.key, self.is_open, self.next_at = work.key, work.is_open, work.next_at
        self.attempts, number = [], 0
        for attempt in work.attempts:
            self.attempts += [Killed(each) for each in range(number + 1, attempt.number)]
            self.attempts.append(Made(attempt, lines.get(id(attempt.node)), rows.get(attempt.trace)))
            number = attempt.number

    @property
    def size(self):
        """How many lines it has: the attempts, and one for the wait for another."""
        return len(self.attempts) + self.is_open

    @property
    def state(self):
        """What is another text whenever there is something new to show."""
        return f"{len(self.attempts)} {self.is_open}"


class Killed:
    """An attempt that nobody recorded to its end."""

    was_killed = True

    def __init__(self, number):
        self.number = number


class Made:
    """
    One attempt.

    Attributes:
        line (int): the number of the line in which it ran, None if it ran in another trace, or outside of all lines.
        row (StoredTrace): the trace of another process, None if it ran in this one.
    """

    was_killed = False

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
    if not any(node.more.work for node, _depth in stored.trace.walk()):
        return {}
    rows = {row.pk: row for row in parts_of(stored.pk)}
    lines = {id(step.node): step.number for step in numbered(whole)}
    found = works(stored.trace, [row.attempt for row in rows.values()])
    return {key: Later(work, lines, rows) for key, work in found.items()}


def parts_of(pk):
    """Return the stored traces of work that belongs to a trace, without their larger columns."""
    return StoredTrace.objects.filter(part_of=pk).exclude(work="").defer("data", "edges", "summary")
