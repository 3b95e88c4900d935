"""Run the two sides of an exhibit: once each with a record, then several times for the clock."""

import time
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass

from lessons.running.apart import models_of
from lessons.running.cost import Cost, ratio_of
from lessons.running.database import failures_noted
from lessons.running.receivers import own_signals
from lessons.running.turns import alone, set_up
from signal_inspector.recording import Trace, record

SIDES = ("naive", "right")
ROUNDS = 11
LONGEST = 0.4  # seconds for all rounds; at least one is run
COUNTED = {"statements", "receivers"}  # what a record adds to what a side has left


@dataclass
class Side:
    """
    What one side of an exhibit has done.

    Attributes:
        name (str): "naive" or "right".
        left (dict): what it returned: what is there afterwards, and who was told.
        trace (Trace): what fired.
        failures (dict): number of each statement that failed, from 0, to the name of the type of its error.
        cost (Cost): what it took.
        sentence (str): what happened, in words.
        holds (bool): whether it came out as it should.
    """

    name: str
    left: dict
    trace: Trace
    failures: dict
    cost: Cost
    sentence: str
    holds: bool


def run(exhibit):
    """
    Run both sides of an exhibit, each on a database of its own.

    Args:
        exhibit (module): one of ``lessons.exhibits``.

    Returns:
        A list with a ``Side`` for "naive" and one for "right", and the ``Ratio`` of their times; None for that where
        they don't come to the same: one that breaks off, or leaves something out, is not quicker at it.

    Raises:
        Busy: where others are running theirs for too long.
    """
    with alone():
        # In an empty context, as the record of a request would tell of the lesson's errors as if they were its own.
        sides = [Context().run(recorded, exhibit, name) for name in SIDES]
        times = Context().run(_timed, exhibit) if is_same_work(*sides) else []
    return sides, ratio_of(times) if times else None


def is_same_work(*sides):
    """Tell whether two sides (each a ``Side``) have left the same, however they came to it."""
    naive, right = ({key: side.left[key] for key in side.left.keys() - COUNTED} for side in sides)
    return naive == right


def recorded(exhibit, name):
    """Run one side with a record; return the ``Side``. Only while ``alone()``."""
    with _ready(exhibit):
        with record(details=True) as trace, failures_noted() as failures:
            left = getattr(exhibit, name)() or {}
        if hasattr(exhibit, "afterwards"):
            left |= exhibit.afterwards()
        cost = Cost.of(trace)
        left = {**left, "statements": cost.statements, "receivers": cost.receivers}
        return Side(name, left, trace, failures, cost, str(exhibit.sentence(left)), exhibit.holds(left))


def _timed(exhibit):
    """Return pairs of seconds, naive and right, each pair measured in a row; by turns one of them goes first."""
    began, times = time.perf_counter(), []
    while len(times) < ROUNDS and (not times or time.perf_counter() - began < LONGEST):
        order = SIDES if len(times) % 2 else SIDES[::-1]
        taken = {name: _seconds(exhibit, name) for name in order}
        times.append(tuple(taken[name] for name in SIDES))
    return times


def _seconds(exhibit, name):
    with _ready(exhibit):
        began = time.perf_counter()
        getattr(exhibit, name)()
        return time.perf_counter() - began


@contextmanager
def _ready(exhibit):
    """Set up an exhibit: its database, and what ``given()`` puts there before anybody listens."""
    with set_up(models_of(exhibit), own_signals(exhibit)):
        if hasattr(exhibit, "given"):
            exhibit.given()
        yield
