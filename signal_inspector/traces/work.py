"""
Work that a receiver leaves for later: an attempt of it, in the same process or in another one.

A receiver that is called, and returns at once since somebody else does its work, says so by a method of its own,
``continues_as()``: see ``recording/rows.py``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NotRequired, Protocol, TypedDict

from signal_inspector.traces.nodes import Node

DONE, AGAIN, GIVEN_UP, LOST = OUTCOMES = ("done", "again", "given up", "lost")


class AttemptData(TypedDict):
    """An ``Attempt`` as JSON holds it."""

    key: str
    number: int
    process: str
    waited: float
    started: str
    duration: float
    outcome: str
    error: NotRequired[str]
    next_at: NotRequired[str]


@dataclass(slots=True)
class Attempt:
    """
    One attempt to do what a receiver has left for later.

    Attributes:
        key (str): what the receiver said that its work goes on as.
        number (int): which attempt it is, counted from 1.
        process (str): which process made it: ``"db_worker 4711 on web-2"``.
        waited (float): seconds from when it could have begun to when it did.
        started (datetime): when it began.
        duration (float): seconds.
        outcome (str): "done"; "again", "given up" after an error; "lost" if what it did does not count: the process
            was stopped, or somebody else had begun meanwhile.
        error (str): what kind of error it ended with, "" for none.
        next_at (datetime): when it is tried again, None if it isn't.
        node (Node): of what was done in the process of the receiver: in what it ran.
        trace (str): of what was recorded in another process, or later: the id of that trace; else "".
    """

    key: str
    number: int
    process: str
    waited: float
    started: datetime
    duration: float
    outcome: str = LOST
    error: str = ""
    next_at: datetime | None = None
    node: Node | None = field(default=None, repr=False, compare=False)
    trace: str = ""

    @property
    def is_over(self) -> bool:
        """Whether no other attempt follows."""
        return self.outcome in (DONE, GIVEN_UP)

    def as_data(self) -> AttemptData:
        """Return it as a dict of plain values, without node and trace."""
        data = AttemptData(
            key=self.key,
            number=self.number,
            process=self.process,
            waited=round(self.waited, 6),
            started=self.started.isoformat(),
            duration=round(self.duration, 7),
            outcome=self.outcome,
        )
        if self.error:
            data["error"] = self.error
        if self.next_at is not None:
            data["next_at"] = self.next_at.isoformat()
        return data


def from_data(data: AttemptData, node: Node | None = None, trace: str = "") -> Attempt:
    """Return the ``Attempt`` of such a dict, with its node or trace."""
    return Attempt(
        data["key"],
        data["number"],
        data["process"],
        data["waited"],
        datetime.fromisoformat(data["started"]),
        data["duration"],
        data["outcome"],
        data.get("error", ""),
        datetime.fromisoformat(data["next_at"]) if "next_at" in data else None,
        node,
        trace,
    )


class Work:
    """
    What was done for one receiver that left its work for later.

    Attributes:
        key (str): what its attempts know it by.
        attempts (list): each ``Attempt``, in order.
    """

    def __init__(self, key: str, attempts: Iterable[Attempt] = ()) -> None:
        """Sort the attempts."""
        self.key, self.attempts = key, sorted(attempts, key=lambda each: each.started)

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor given up, as far as anybody knows."""
        return not any(each.is_over for each in self.attempts)

    @property
    def next_at(self) -> datetime | None:
        """When it is tried again, None if that is not known, or it is over."""
        return self.attempts[-1].next_at if self.attempts and self.is_open else None


class Walked(Protocol):
    """What is asked of a ``Trace``."""

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts made here."""

    def walk(self) -> Iterator[tuple[Node, int]]:
        """Yield all nodes with their depth."""


def works(trace: Walked, elsewhere: Iterable[Attempt] = ()) -> dict[str, Work]:
    """
    Return the ``Work`` of each receiver of a trace that left its work for later, by their keys.

    Args:
        trace (Trace): the trace.
        elsewhere (iterable of Attempt): what other processes have recorded of it.
    """
    attempts = defaultdict(list)
    for each in (*trace.attempts, *elsewhere):
        attempts[each.key].append(each)
    keys = dict.fromkeys(node.more.work for node, _depth in trace.walk() if node.more.work)
    return {key: Work(key, attempts[key]) for key in keys}
