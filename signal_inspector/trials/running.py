"""
Run one trial: as it is or with changes, in transactions that are rolled back, and tell what it has come to.

Code in a trial sees connections in autocommit, and commits that are savepoints of a transaction around it all
(``private.pretending_to_commit``). So what is left after an error depends on ``atomic()`` as it would in earnest, and
callbacks of ``on_commit()`` run where the commit is.
"""

import re
import time
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass, field

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from signal_inspector.connected import registry
from signal_inspector.reading import private
from signal_inspector.recording.recorder import begin, finish
from signal_inspector.traces.trace import Trace
from signal_inspector.trials.changes import MOST_WAITS, SECONDS, Changes, RaisedOnPurpose
from signal_inspector.trials.left import Tables
from signal_inspector.trials.rollback import rolled_back
from signal_inspector.trials.scratch import scratch_world

LONGEST = 10  # seconds of one trial, waits that somebody asked for not counted
# What begins or ends a transaction. Not ROLLBACK TO a savepoint: with it Django leaves an inner atomic(), and it stays
# inside of the transaction.
CONTROL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"  # comments before it
    r"(?:COMMIT|END|BEGIN|START|ABORT|PREPARE\s+TRANSACTION|ROLLBACK(?!(?:\s+(?:WORK|TRANSACTION))?\s+TO\b))\b",
    re.IGNORECASE | re.DOTALL,
)


class OutOfTime(BaseException):
    """A trial took too long; no ``except Exception`` on the way is to stop it from ending."""


@dataclass
class Outcome:
    """
    What a trial has come to.

    Attributes:
        trace (Trace): what fired.
        error (BaseException): what came out of it, None if nothing did.
        rows (list): each ``left.Row`` that would be other than before.
        tables (Tables): what was compared.
        mails (int), files (int): how many were sent, written or removed; all of them are gone.
        refused (list): sentences on what was refused, since it could not be undone.
        waits (int): how often a receiver was to wait.
        atomic (bool): whether it was done inside ``atomic()``.
        rolled_back (list): the aliases of the databases.
    """

    trace: Trace
    error: BaseException = None
    rows: list = field(default_factory=list)
    tables: Tables = None
    mails: int = 0
    files: int = 0
    refused: list = field(default_factory=list)
    waits: int = 0
    atomic: bool = False
    rolled_back: list = field(default_factory=list)

    @property
    def error_name(self):
        """The name of the type of the error, "" for none."""
        return type(self.error).__name__ if self.error is not None else ""

    @property
    def on_purpose(self):
        """Tell whether the error is one that a receiver was set to raise."""
        return isinstance(self.error, RaisedOnPurpose)

    @property
    def out_of_time(self):
        """Tell whether the trial was ended since it took too long."""
        return isinstance(self.error, OutOfTime)


def run(prepare, changes=None, atomic=False, using=None, callbacks=True, details=False):
    """
    Run a trial.

    Args:
        prepare (callable): prepares what is to be done, and returns the function that does it, as those of
            ``trials.doing`` do. It is called inside the transaction; what it does is neither recorded nor compared.
        changes (Changes): what is to be other than it is, None for nothing.
        atomic (bool): whether it is done inside ``atomic()``.
        using (str): the alias of the database that this is about, None for the default one.
        callbacks (bool): whether what waits for a commit runs.
        details (bool): whether to record with details.

    Returns:
        An ``Outcome``.

    Raises:
        Unclear: what is to be done can't be prepared.
        DatabaseError: the database can't be used.
    """
    registry.find_signals()  # names them all: what is named first while recording would look slow
    return copy_context().run(
        _run, prepare, Changes() if changes is None else changes, atomic, using, callbacks, details
    )


def _run(prepare, changes, atomic, using, callbacks, details):
    changes.waits, changes.seen = 0, {}
    outcome = Outcome(Trace(), tables=Tables(), atomic=atomic)
    with ExitStack() as stack:
        here = stack.enter_context(scratch_world())
        outcome.rolled_back = stack.enter_context(rolled_back(using or DEFAULT_DB_ALIAS))
        used = [connections[alias] for alias in outcome.rolled_back]
        work = prepare()
        with ExitStack() as commits:
            for connection in used:
                commits.enter_context(private.pretending_to_commit(connection, lambda: _lost(here), callbacks))
            outcome.error = _record(
                work, Director(changes, here, outcome.tables, used), outcome.trace, atomic, using, details
            )
        outcome.rows = outcome.tables.rows()
        outcome.mails, outcome.files = len(here.messages), here.touched_files()
    outcome.refused, outcome.waits = here.refused, min(changes.waits, MOST_WAITS)
    return outcome


def _record(work, director, trace, atomic, using, details):
    """Do what is to be done, recorded; return what it raised, None for nothing."""
    recording = begin(details=details)
    recording.director = director
    try:
        with transaction.atomic(using=using or DEFAULT_DB_ALIAS) if atomic else ExitStack():
            work()
    except (Exception, OutOfTime, SystemExit) as error:
        return error
    finally:
        finish(recording, trace)
    return None


def _lost(here):
    here.refuse(_("The connection to the database was lost, and would have been opened outside of the transaction."))


class Director:
    """Who decides in a trial which receivers are called (see ``recording.altered``), and which statements run."""

    def __init__(self, changes, here, tables, used):
        """Direct by ``Changes``, with the ``Scratch``, the ``Tables`` and the connections that are rolled back."""
        self.changes, self.here, self.tables, self.used = changes, here, tables, used
        self.began = time.monotonic()

    def plan(self, signal, sender, receivers, async_receivers, how):
        """Return how a signal is sent, and to whom."""
        self._look_at_the_clock()
        return self.changes.plan(signal, sender, receivers, async_receivers, how)

    def before_statement(self, connection, sql):
        """Look at a table that is about to change; refuse a statement that would not be rolled back."""
        self._look_at_the_clock()
        if not any(connection is each for each in self.used):
            text = _("The database %(alias)s was asked over a connection that is not rolled back.")
            self.here.refuse(text % {"alias": connection.alias})
        if CONTROL.match(str(sql)):
            self.here.refuse(_("A statement of its own was to begin or end the transaction."))
        self.tables.look_before(connection, sql)

    def _look_at_the_clock(self):
        waited = min(self.changes.waits, MOST_WAITS) * SECONDS
        if time.monotonic() - self.began - waited > LONGEST:
            raise OutOfTime(_("It took more than %(number)d seconds, and was ended.") % {"number": LONGEST})
