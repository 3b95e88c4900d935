"""
What stands in for the methods that hash passwords, while a record with details goes on.

A request that logs somebody in spends most of its time there, and nothing else would tell. Only the preferred hasher
is watched: any other is used once for each password, to replace it.
"""

import threading
from inspect import currentframe

from django.contrib.auth.hashers import get_hasher
from django.core.exceptions import ImproperlyConfigured

from signal_inspector.recording.details import place_of
from signal_inspector.recording.rows import KEY, RECORDING, current, now, running
from signal_inspector.traces.nodes import WORK

NAMES = {"encode": "password hashed", "verify": "password checked"}

_lock = threading.Lock()
_records = 0  # how many with details go on
_replaced = []  # class, name of the method, the method


def install():
    """Watch the preferred hasher, from the first record with details on."""
    global _records
    with _lock:
        _records += 1
        if _records > 1:
            return
        try:
            hasher = type(get_hasher())
        except (ImproperlyConfigured, ImportError, ValueError):
            return
        for name, told in NAMES.items():
            owner = next((each for each in hasher.__mro__ if name in vars(each)), None)
            if owner is not None:
                method = vars(owner)[name]
                _replaced.append((owner, name, method))
                setattr(owner, name, _noting(method, told))


def uninstall():
    """Put the methods back when the last record with details has ended."""
    global _records
    with _lock:
        _records -= 1
        while not _records and _replaced:
            owner, name, method = _replaced.pop()
            setattr(owner, name, method)


def _noting(method, told):
    def noting(self, *args, **kwargs):
        row = running()
        if row is None or not row[RECORDING].details:
            return method(self, *args, **kwargs)
        place, _via = place_of(currentframe().f_back, row)
        began = now()
        token = current.set(None)  # verify() calls encode(): told once. A hasher asks no database
        try:
            return method(self, *args, **kwargs)
        finally:
            current.reset(token)
            row[RECORDING].moments.append((WORK, told, "", began, now(), row[KEY], "", 0, place))

    noting.__name__ = method.__name__
    noting.__doc__ = method.__doc__
    return noting
