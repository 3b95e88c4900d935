"""
What stands in for the methods that begin and end transactions, while a record with details goes on.

All of them are public methods of Django's connections, and ``atomic()`` calls each for one step.
"""

import types
from inspect import currentframe

from django.db.backends.base.base import BaseDatabaseWrapper

from signal_inspector.recording.details import place_of
from signal_inspector.recording.rows import KEY, RECORDING, now, running
from signal_inspector.traces.nodes import TRANSACTION

STEPS = {
    "set_autocommit": "BEGIN",  # where it is switched off
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "savepoint": "SAVEPOINT",
    "savepoint_commit": "RELEASE SAVEPOINT",
    "savepoint_rollback": "ROLLBACK TO SAVEPOINT",
}

# The methods that ours replace, as they are when the first record begins: see recorder.py.
django = types.SimpleNamespace(**{name: getattr(BaseDatabaseWrapper, name) for name in STEPS})


def _noting(name, step):
    def method(self, *args, **kwargs):
        row, original = running(), getattr(django, name)
        if row is None or not row[RECORDING].details:
            return original(self, *args, **kwargs)
        if step == "BEGIN" and (args[0] if args else kwargs["autocommit"]):  # the end of a transaction, told before
            return original(self, *args, **kwargs)
        recording, key, (place, _via) = row[RECORDING], row[KEY], place_of(currentframe().f_back, row)
        moment = [TRANSACTION, step, self.alias, now(), 0.0, key, "", -recording.count_statements(key), place]
        recording.moments.append(moment)
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            moment[6] = type(error).__name__
            raise
        finally:
            moment[4] = now()
            moment[7] += recording.count_statements(key)

    method.__name__ = name
    method.__doc__ = f"Do what ``BaseDatabaseWrapper.{name}()`` does, and note when."
    return method


set_autocommit, commit, rollback, savepoint, savepoint_commit, savepoint_rollback = (
    _noting(name, step) for name, step in STEPS.items()
)
