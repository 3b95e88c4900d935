"""
Record what fires: ``with record() as trace``.

Nothing is installed until the first record begins. Then the methods of ``Signal``, of cursors and of connections that
``sending`` and ``database`` have a stand-in for are replaced on their classes, and when the last record ends they are
put back; those that ``transactions`` has one for, while a record with details goes on. No receiver is connected to
anything: Django deletes, and answers ``has_listeners()``, as it does without us.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.dispatch import Signal

from signal_inspector.recording import database, early, hashing, sending, transactions, tree
from signal_inspector.recording.rows import MAX_NODES, RECORDING, Recording, current
from signal_inspector.traces.trace import Trace


class Replacement:
    """
    Methods, and what stands in for them.

    Another tool may put its own over ours meanwhile, which then calls ours: to take ours out would take out theirs. So
    ours stay, pass straight through, and are there for the next record.

    Args:
        *methods (tuple): each a class, a module and names. The module has what stands in for the methods under the
            same names, and a namespace ``django`` for what was there before.
    """

    def __init__(self, *methods: tuple[type, ModuleType, tuple[str, ...]]) -> None:
        self.methods = [(owner, module, name) for owner, module, names in methods for name in names]
        self._covered: set[tuple[type, str]] = set()  # class and name of those that stay in place
        self._lock, self._wanted = threading.Lock(), 0

    def install(self) -> None:
        """Put ours there, if they are not."""
        with self._lock:
            self._wanted += 1
            if self._wanted > 1:
                return
            for owner, module, name in self.methods:
                found = vars(owner)[name]
                if (owner, name) not in self._covered or found is getattr(module.django, name):
                    setattr(module.django, name, found)
                    setattr(owner, name, getattr(module, name))

    def uninstall(self) -> None:
        """Put back what was there, when nobody who had ours installed needs them any more."""
        with self._lock:
            self._wanted -= 1
            if self._wanted:
                return
            for owner, module, name in self.methods:
                if vars(owner)[name] is getattr(module, name):
                    setattr(owner, name, getattr(module.django, name))
                    self._covered.discard((owner, name))
                else:
                    self._covered.add((owner, name))


ALWAYS = Replacement(
    (Signal, sending, ("send", "send_robust", "asend", "asend_robust")),
    (CursorWrapper, database, ("execute", "executemany", "callproc")),
    (BaseDatabaseWrapper, database, ("on_commit", "run_and_clear_commit_hooks")),
)
WITH_DETAILS = Replacement((BaseDatabaseWrapper, transactions, tuple(transactions.STEPS)))


@contextmanager
def record(max_nodes: int = MAX_NODES, everything: bool = False, details: bool = False) -> Iterator[Trace]:
    """
    Record which signals are sent inside a ``with`` block, and who hears them.

    Records in other threads and tasks don't mix. A record inside a record is in both. What a task does that was
    started in the block is recorded until the block ends; what a new thread does is not, since its context is new.

    Args:
        max_nodes (int): how many signals, receivers and callbacks are noted; the others are counted.
        everything (bool): whether the inspector's own receivers are told of, too.
        details (bool): whether to note, too, where in the code everything came from, the statements as SQL (never a
            parameter), transactions, what leaves the process before the commit, and the hashing of passwords. A record
            takes about twice as long then.

    Yields:
        A ``Trace``, empty until the block ends.
    """
    trace = Trace()
    recording = begin(max_nodes, everything, details)
    try:
        yield trace
    finally:
        finish(recording, trace)


def begin(max_nodes: int = MAX_NODES, everything: bool = False, details: bool = False) -> Recording:
    """
    Begin a record in this context, for ``finish()`` to end, where no block can hold both.

    Args:
        max_nodes (int): how many nodes are noted.
        everything (bool): whether the inspector's own receivers are told of, too.
        details (bool): whether places, statements and transactions are noted.

    Returns:
        A ``Recording``.
    """
    ALWAYS.install()
    recording = Recording(max_nodes, everything, details)
    if details:
        WITH_DETAILS.install()
        hashing.install()
        early.install()
    current.set(recording.root)
    return recording


def finish(recording: Recording, trace: Trace | None = None) -> Trace:
    """
    End a record, once; a second call changes nothing.

    Args:
        recording (Recording): what ``begin()`` returned.
        trace (Trace): the trace to fill, by default a new one.

    Returns:
        The trace.
    """
    trace = Trace() if trace is None else trace
    if not recording.active:
        return trace
    recording.end()
    above = recording.above
    if current.get() is recording.root:  # elsewhere in a context that is a copy, which ends by itself
        current.set(recording.around)
    ALWAYS.uninstall()
    if recording.details:
        early.uninstall()
        hashing.uninstall()
        WITH_DETAILS.uninstall()
    tree.fill(trace, recording)
    if above is not None and above[RECORDING].active:
        trace.roots  # noqa: B018 - made now: the events become those of the other record
        recording.join(above)
    recording.clear()
    return trace
