"""
What stands in for methods of Django's connections and cursors while a record goes on.

Statements are counted for what runs when they are executed. Callbacks of ``transaction.on_commit()`` are noted where
they are given. Django keeps them as they are: whoever looks at what waits for the commit finds the same functions
as ever. Only when they are about to run does each get a wrapper, which notes what it causes.
"""

import types

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from signal_inspector.reading import private
from signal_inspector.recording.rows import END, ERROR, QUERIES, RECORDING, SECONDS, START, current, now

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(
    execute=CursorWrapper.execute,
    executemany=CursorWrapper.executemany,
    callproc=CursorWrapper.callproc,
    on_commit=BaseDatabaseWrapper.on_commit,
    run_and_clear_commit_hooks=BaseDatabaseWrapper.run_and_clear_commit_hooks,
)


def execute(self, sql, params=None):
    """Do what ``CursorWrapper.execute()`` does, and count it."""
    row = current.get()
    if row is None or not row[RECORDING].active:
        return django.execute(self, sql, params)
    began = now()
    try:
        return django.execute(self, sql, params)
    finally:
        row[SECONDS] += now() - began
        row[QUERIES] += 1


def executemany(self, sql, param_list):
    """Do what ``CursorWrapper.executemany()`` does, and count it once, as Django does."""
    row = current.get()
    if row is None or not row[RECORDING].active:
        return django.executemany(self, sql, param_list)
    began = now()
    try:
        return django.executemany(self, sql, param_list)
    finally:
        row[SECONDS] += now() - began
        row[QUERIES] += 1


def callproc(self, procname, params=None, kparams=None):
    """Do what ``CursorWrapper.callproc()`` does, and count it."""
    row = current.get()
    if row is None or not row[RECORDING].active:
        return django.callproc(self, procname, params, kparams)
    began = now()
    try:
        return django.callproc(self, procname, params, kparams)
    finally:
        row[SECONDS] += now() - began
        row[QUERIES] += 1


def on_commit(self, func, robust=False):
    """Do what ``BaseDatabaseWrapper.on_commit()`` does, and note who gave the callback."""
    parent = current.get()
    if parent is None or not parent[RECORDING].active or not callable(func):
        return django.on_commit(self, func, robust)
    recording = parent[RECORDING]
    if not self.in_atomic_block:  # it runs at once, if at all
        row = recording.note_callback(parent, func, robust)
        return django.on_commit(self, func if row is None else Callback(func, row), robust)
    before = private.count_waiting(self)
    django.on_commit(self, func, robust)
    for hook in private.waiting(self, before):  # none where Django refused it
        recording.callbacks[_key(hook)] = recording.note_callback(parent, func, robust)
    return None


def run_and_clear_commit_hooks(self):
    """Do what ``BaseDatabaseWrapper.run_and_clear_commit_hooks()`` does, and note what the callbacks cause."""
    if current.get() is not None and not self.in_atomic_block:
        private.replace_waiting(self, in_its_row)
    return django.run_and_clear_commit_hooks(self)


def in_its_row(hook):
    """Return what is to run for a ``Hook``: its function, in the row in which it was noted, if it was."""
    row = current.get()
    noted = row[RECORDING].callbacks.pop(_key(hook), None) if row is not None and row[RECORDING].active else None
    return hook.function if noted is None else Callback(hook.function, noted)


def _key(hook):
    """
    Return what tells a callback from all others, without keeping its function alive.

    The set of savepoints is made anew for each, and a rollback to a savepoint keeps it.
    """
    return id(hook.savepoints), id(hook.function)


class Callback:
    """A callback that is about to run; for Django's log it looks like what it stands for."""

    __slots__ = ("function", "row")

    def __init__(self, function, row):
        """Wrap a callback whose row was noted when it was given."""
        self.function, self.row = function, row

    def __call__(self):
        """Run the callback, in its row."""
        row = self.row
        row[START] = now()
        token = current.set(row)
        try:
            return self.function()
        except BaseException as error:
            row[ERROR] = type(error).__name__
            raise
        finally:
            row[END] = now()
            current.reset(token)

    def __getattr__(self, name):
        return getattr(self.function, name)

    def __repr__(self):
        return repr(self.function)
