"""What is told of work that a receiver has left for later: in words, and as plain values."""

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from signal_inspector.reading.places import without_locals
from signal_inspector.traces.nodes import CALLBACK, Node
from signal_inspector.traces.stored import Json
from signal_inspector.traces.trace import Trace
from signal_inspector.traces.work import AGAIN, DONE, GIVEN_UP, Attempt, Work, works


class Unrecorded:
    """
    An attempt that left no record, while a later one did.

    Attributes:
        number (int): which attempt it was.
    """

    def __init__(self, number: int) -> None:
        """Take its number."""
        self.number = number


class Waiting:
    """That an attempt is still to come."""


def in_order(work: Work) -> Iterator[Attempt | Unrecorded | Waiting]:
    """Yield what there is to tell of some work: each attempt, those without a record, and whether one is to come."""
    number = 0
    for attempt in work.attempts:
        yield from map(Unrecorded, range(number + 1, attempt.number))
        yield attempt
        number = attempt.number
    if work.is_open:
        yield Waiting()


def told_of(entry: Attempt | Unrecorded | Waiting, ran_in: Node | None = None) -> str:
    """
    Return what is told of an entry of ``in_order()``: who, when and how it ended.

    Args:
        entry (Attempt): or what stands in the place of one.
        ran_in (Node): of an attempt in the process of the trace, the line that names it best: its callback.
    """
    if isinstance(entry, Waiting):
        return _("waiting")
    number = _("attempt %d") % entry.number
    if isinstance(entry, Unrecorded):
        return _("%s left no record: its process was stopped in the middle, or recorded nothing") % number
    told = {"attempt": number, "where": where(entry, ran_in), "time": wait(entry.waited), "outcome": outcome(entry)}
    return _("%(attempt)s, %(where)s, after a wait of %(time)s: %(outcome)s") % told


def where(attempt: Attempt, ran_in: Node | None = None) -> str:
    """Return where an attempt was made: by another process, or in which line of the trace."""
    if attempt.trace:
        return _("by %s") % attempt.process
    line = ran_in or attempt.node
    if line is None:
        return _("in this process")
    name = without_locals(line.name)
    name = _("after the commit: %s") % name if line.kind == CALLBACK else name
    return _("in this process, in “%s”") % name


def outcome(attempt: Attempt) -> str:
    """Return how an attempt ended."""
    if attempt.outcome == DONE:
        return _("done")
    if attempt.outcome not in (AGAIN, GIVEN_UP):
        return _("does not count, as it was stopped, or took so long that another one began")
    failed = _("raised %s") % attempt.error if attempt.error else _("its process was stopped")
    if attempt.outcome == GIVEN_UP:
        return _("%s, given up") % failed
    return (
        _("%(failed)s, again at %(time)s") % {"failed": failed, "time": _clock(attempt)} if attempt.next_at else failed
    )


def wait(seconds: float) -> str:
    """Return a time as text, in a unit that tells: "4.3 ms", "2.5 s", "12 min"."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def left_for_later(trace: Trace, elsewhere: Iterable[Attempt] = ()) -> list[dict[str, Json]]:
    """
    Return what the receivers of a trace have left for later, in plain values: a dict for each piece of work.

    Args:
        trace (Trace): the trace.
        elsewhere (iterable of Attempt): what other processes have recorded of it.
    """
    receivers = {node.more.work: node.name for node, _depth in trace.walk() if node.more.work}
    return [
        {
            "key": work.key,
            "receiver": receivers[work.key],
            "is_open": work.is_open,
            "next_at": work.next_at.isoformat() if work.next_at else None,
            "attempts": [as_data(each) for each in work.attempts],
        }
        for work in works(trace, elsewhere).values()
    ]


def as_data(attempt: Attempt) -> dict[str, Json]:
    """Return an attempt as a dict of plain values, in which no key is ever missing."""
    return {"error": "", "next_at": None, **attempt.as_data(), "trace": attempt.trace}


def _clock(attempt: Attempt) -> str:
    """Return when it is tried again, with the day if that is another one."""
    then, began = (
        timezone.localtime(each) if timezone.is_aware(each) else each for each in (attempt.next_at, attempt.started)
    )
    return f"{then:%H:%M:%S}" if then.date() == began.date() else f"{then:%Y-%m-%d %H:%M:%S}"
