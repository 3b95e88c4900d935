"""One lesson at a time in a process: its models are the same for all visitors, and so are those who listen to them."""

import threading
from contextlib import contextmanager

from lessons.running.database import private_database
from lessons.running.receivers import taken_away, without_log

PATIENCE = 3  # seconds that a visitor waits for others

_lock = threading.Lock()


class Busy(Exception):
    """Somebody else's lesson has been running for longer than a visitor wants to wait."""


@contextmanager
def alone():
    """Let nobody else run a lesson in this process, inside a ``with`` block; raise ``Busy`` after some seconds."""
    if not _lock.acquire(timeout=PATIENCE):
        raise Busy
    try:
        with without_log():
            yield
    finally:
        _lock.release()


@contextmanager
def set_up(models, signals=()):
    """Have a new database, and nobody who listens once the ``with`` block is over. Only while ``alone()``."""
    with taken_away(models, signals), private_database(models):
        yield
