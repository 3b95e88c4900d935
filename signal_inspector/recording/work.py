"""
What a receiver leaves for later, for another process or the end of a transaction, and what came of it.

A receiver may be connected as an object that does not do the work itself, but has it done later: an outbox does so. It
can say that by a method ``continues_as()``, asked when it is called, which returns a string that tells this piece of
work from all others; or "" where the receiver does the work at once. Whoever makes an attempt of it then says so by
``signal_inspector.work.tracer``.
"""

import os
import socket
import sys
from pathlib import Path

MOST = 200  # characters of a key


def key_of(receiver):
    """Return what the work of a receiver that is about to be called goes on as; "" if it does that at once."""
    try:
        continues_as = getattr(type(receiver), "continues_as", None)
        key = continues_as(receiver) if callable(continues_as) else ""
        return key[:MOST] if isinstance(key, str) else ""
    except Exception:  # an odd object is not a reason to fail
        return ""


def process():
    """Return what to call this process by: the program, its number, and the host: ``"db_worker 4711 on web-2"``."""
    program = Path(sys.argv[0] if sys.argv else "").name
    if program in ("manage.py", "django-admin", "__main__.py") and len(sys.argv) > 1:
        program = sys.argv[1]
    return f"{program or 'python'} {os.getpid()} on {socket.gethostname()}"
