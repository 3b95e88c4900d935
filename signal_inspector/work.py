"""
Follow work into the process that does it: one trace from the request to the worker.

An app that has receivers' work done later, such as an outbox, asks ``tracer`` twice: for the context of the trace,
when it notes what is to be done; and for a block to do it in. Neither needs to import the other: a setting of that app
names ``"signal_inspector.work.tracer"``. The key that it gives is what the receiver says by ``continues_as()`` when it
is called (see ``recording/rows.py``), so that the attempts are shown beneath that receiver.
"""

import os
import random
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

from django.utils import timezone

from signal_inspector import conf
from signal_inspector.recording import recorder
from signal_inspector.recording.rows import ENDED, KEY, RECORDING, Recording, current, now, running
from signal_inspector.requests import store
from signal_inspector.requests.context import story_in, traceparent_of
from signal_inspector.traces.work import Attempt

METHOD = "WORK"  # in the place of a request's method


class Context(NamedTuple):
    """
    Where work comes from.

    Attributes:
        traceparent (str): for whoever speaks W3C Trace Context; "" where nothing is recorded.
        trace (str): the id of the trace that will be stored, 32 hexadecimal digits; "" likewise.
    """

    traceparent: str = ""
    trace: str = ""


class Tell(Protocol):
    """What is called with the outcome of an attempt: one of ``traces.work.OUTCOMES``."""

    def __call__(self, outcome: str, error: str = "", next_at: datetime | None = None) -> None:
        """Tell the outcome."""


class Tracer:
    """Gives the context of the trace that is recorded here, and records work that was left for later."""

    def context(self) -> Context:
        """Return the context of what is being recorded here, an empty one if nothing is."""
        for recording in _recordings():
            if recording.identity:
                own, story = recording.identity
                return Context(traceparent_of(story, own), own)
        return Context()

    @contextmanager
    def attempt(self, context: Context, key: str, name: str, number: int, due_at: datetime) -> Iterator[Tell]:
        """
        Record an attempt that is made in this block.

        In the record that it comes from, of a request or a test, it is noted there. Elsewhere it has a trace of its
        own: if the request has one, or, without one, as often as ``SIGNAL_INSPECTOR_SAMPLE`` says, if it is a number.
        Whatever goes wrong in the inspector is logged, and the work goes on.

        Args:
            context (tuple): traceparent and trace, as ``context()`` gave them when the work was noted.
            key (str): what the receiver's ``continues_as()`` returned.
            name (str): what is done, the dotted name of the receiver.
            number (int): which attempt it is, from 1.
            due_at (datetime): since when it could have been made.

        Yields:
            A function, to be called with the outcome, the kind of the error, and when it is tried again.
        """
        record = _begin(Context(*context), key, name, number, due_at)
        try:
            yield record.tell
        finally:
            try:
                record.end()
            except Exception as error:
                store.report(error, "What came of an attempt is not recorded.")


tracer = Tracer()


class Unrecorded:
    """An attempt that nobody records."""

    def tell(self, outcome: str, error: str = "", next_at: datetime | None = None) -> None:
        """Forget it."""

    def end(self) -> None:
        """Do nothing."""


class Here(Unrecorded):
    """An attempt that is noted in the record that it comes from."""

    def __init__(self, recording: Recording, attempt: Attempt, name: str) -> None:
        """Begin it: what runs from now on runs in a row for the receiver."""
        self.recording, self.attempt, self.name = recording, attempt, name
        self.around = running() or recording.root
        self.row = recording.note_doing(self.around, name)
        self.began = now()
        if self.row is not None:
            current.set(self.row)

    def tell(self, outcome: str, error: str = "", next_at: datetime | None = None) -> None:
        """Note the outcome."""
        self.attempt = replace(self.attempt, outcome=outcome, error=error, next_at=next_at)

    def end(self) -> None:
        """Note how long it took."""
        attempt = replace(self.attempt, duration=now() - self.began)
        if self.row is not None:
            current.set(self.around)
            self.recording.log.extend((ENDED, self.row[KEY], now(), "", attempt.error.partition(" ")[0]))
        self.keep(attempt)

    def keep(self, attempt: Attempt) -> None:
        """Keep it in the record."""
        self.recording.attempts.append((attempt, (self.row or self.around)[KEY]))


class Elsewhere(Here):
    """An attempt that has a trace of its own."""

    def __init__(self, context: Context, attempt: Attempt, name: str) -> None:
        """Begin to record."""
        self.context, self.id = context, uuid4().hex
        recording = recorder.begin(conf.max_nodes(), details=conf.details())
        recording.identity = self.id, story_in(context.traceparent) or self.id
        super().__init__(recording, attempt, name)

    def keep(self, attempt: Attempt) -> None:
        """Store the trace."""
        trace = recorder.finish(self.recording)
        values = {
            "id": self.id,
            "method": METHOD,
            "path": self.name[:200],
            "status": 0,
            "duration": attempt.duration,
            "before": "",
            "part_of": self.context.trace,
            "work": store.as_json(attempt.as_data()),
        }
        store.save(values, trace)


def _begin(context: Context, key: str, name: str, number: int, due_at: datetime) -> Unrecorded:
    try:
        around = [each.identity[0] if each.identity else "" for each in _recordings()]
        is_here = context.trace in around
        if not is_here and not _is_recorded_elsewhere(context):
            return Unrecorded()
        started = timezone.now()
        waited = max((started - due_at).total_seconds(), 0.0)
        attempt = Attempt(key, number, process(), waited, started, duration=0.0)
        return Here(next(_recordings()), attempt, name) if is_here else Elsewhere(context, attempt, name)
    except Exception as error:
        store.report(error, "What a worker does is not recorded.")
        return Unrecorded()


def _is_recorded_elsewhere(context: Context) -> bool:
    return conf.enabled() and (bool(context.trace) or random.random() < conf.share_of_work())  # noqa: S311 - no secret


def process() -> str:
    """Return what to call this process by: the program, its number, and the host: ``"db_worker 4711 on web-2"``."""
    program = Path(sys.argv[0] if sys.argv else "").name
    if program in ("manage.py", "django-admin", "__main__.py") and len(sys.argv) > 1:
        program = sys.argv[1]
    return f"{program or 'python'} {os.getpid()} on {socket.gethostname()}"


def _recordings() -> Iterator[Recording]:
    """Yield the recordings that go on in this context, the innermost first."""
    row = running()
    while row is not None:
        yield row[RECORDING]
        row = row[RECORDING].above
