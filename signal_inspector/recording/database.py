"""
What stands in for methods of Django's connections and cursors while a record goes on.

Statements are counted for what runs when they are executed. Callbacks of ``transaction.on_commit()`` are noted where
they are given. Django keeps them as they are: what waits for the commit are the same functions as
without a record. Only when they are about to run does each get a wrapper, which notes what it causes.
"""

import logging
import types

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from signal_inspector.reading import private
from signal_inspector.recording.details import note_origin, note_statement
from signal_inspector.recording.rows import BEGAN, KEY, RECORDING, current, now, running
from signal_inspector.recording.wrappers import end, fail

logger = logging.getLogger("django.test")

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(
    execute=CursorWrapper.execute,
    executemany=CursorWrapper.executemany,
    callproc=CursorWrapper.callproc,
    on_commit=BaseDatabaseWrapper.on_commit,
    run_and_clear_commit_hooks=BaseDatabaseWrapper.run_and_clear_commit_hooks,
)


def _counting(name):
    originals = vars(django)

    def method(self, *args, **kwargs):
        row, execute = current.get(), originals[name]
        if row is None or not (recording := row[RECORDING]).active:
            return execute(self, *args, **kwargs)
        if recording.director is not None:
            recording.director.before_statement(self.db, args[0] if args else "")
        key, began = row[KEY], now()
        try:
            return execute(self, *args, **kwargs)
        finally:
            seconds = now() - began
            tally = recording.tallies.get(id(key))
            if tally is None:
                tally = recording.tallies[id(key)] = [0, 0.0]
            tally[0] += 1
            tally[1] += seconds
            if recording.details:
                note_statement(row, args[0] if args else "", began, self.db.vendor)

    method.__name__ = name
    method.__doc__ = f"Do what ``CursorWrapper.{name}()`` does, and count it once."
    return method


execute, executemany, callproc = map(_counting, ("execute", "executemany", "callproc"))


def on_commit(self, func, robust=False):
    """Do what ``BaseDatabaseWrapper.on_commit()`` does, and note who gave the callback."""
    parent = running()
    if parent is None or not callable(func):
        return django.on_commit(self, func, robust)
    recording = parent[RECORDING]
    if not self.in_atomic_block:  # it runs at once, if at all
        row = _note(parent, func, robust)
        return django.on_commit(self, func if row is None else Callback(func, row), robust)
    before = private.count_waiting(self)
    django.on_commit(self, func, robust)
    for hook in private.waiting(self, before):  # none where Django refused it
        recording.callbacks[_key(hook)] = _note(parent, func, robust)
    return None


def _note(parent, func, robust):
    row = parent[RECORDING].note_callback(parent, func, robust)
    if row is not None and row[RECORDING].details:
        note_origin(row, parent)
    return row


def run_and_clear_commit_hooks(self):
    """Do what ``BaseDatabaseWrapper.run_and_clear_commit_hooks()`` does, and note what the callbacks cause."""
    if current.get() is not None and not self.in_atomic_block:
        private.replace_waiting(self, in_its_row)
    return django.run_and_clear_commit_hooks(self)


def in_its_row(hook):
    """Return what is to run for a ``Hook``: its function, in the row in which it was noted, if it was."""
    row = running()
    noted = row[RECORDING].callbacks.pop(_key(hook), None) if row is not None else None
    return hook.function if noted is None else Callback(hook.function, noted)


def _key(hook):
    """
    Return what tells a callback from all others, without keeping its function alive.

    The set of savepoints is made anew for each, and a rollback to a savepoint keeps it.
    """
    return id(hook.savepoints), id(hook.function)


def run_early(hook):
    """
    Run a callback (``Hook``) before the commit, or where there is none; a record notes it in its place in the tree.

    As with a commit, what a robust one raises is logged, and anything else goes on to the caller.
    """
    callback = in_its_row(hook)
    try:
        callback()
    except Exception as error:
        if not hook.robust:
            raise
        name = getattr(callback, "__qualname__", callback)
        logger.exception("Error calling %s in on_commit() (%s).", name, error)


class Callback:
    """A callback that is about to run; for Django's log it looks like what it stands for."""

    __slots__ = ("function", "row")

    def __init__(self, function, row):
        """Wrap a callback whose row was noted when it was given."""
        self.function, self.row = function, row

    def __call__(self):
        """Run the callback, in its row."""
        parent, row = running(), self.row
        if parent is not None:  # it may be given in one recording, and run in another that the first is a part of
            row = [parent[RECORDING], *row[1:]]
        row[RECORDING].log.extend((BEGAN, row[KEY], now(), parent and parent[KEY], None))
        token = current.set(row)
        try:
            response = self.function()
        except BaseException as error:
            fail(row, error)
            raise
        else:
            end(row)
            return response
        finally:
            current.reset(token)

    def __getattr__(self, name):
        return getattr(self.function, name)

    def __repr__(self):
        return repr(self.function)
