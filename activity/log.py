"""
When entries are written, and what happens if they can't be.

- What was done is written after the commit (``done``), or with the change itself (``changing``): what is rolled back
  never stands in the log.
- What failed is written when the request is over (``failed``), whatever is rolled back within it.
- An entry that can't be written fails nothing. It is reported to the logger of this module, in one line that nobody
  can forge, and the action stands.
"""

import logging
import traceback
from contextlib import nullcontext
from contextvars import ContextVar
from functools import wraps

from django.contrib.auth import get_user_model
from django.db import connections, router, transaction

from activity.context import circumstances, current
from activity.models import Entry
from activity.text import printable

logger = logging.getLogger(__name__)

_receiver = ContextVar("receiver", default="no receiver")  # the name of the one that asks for an entry


def done(what, using, *, by=None, request=None, **values):
    """
    Write an entry when the transaction is committed; now if there is none.

    Args:
        what (str): one of ``Entry.What``.
        using (str): alias of the database.
        by, request: see ``context.circumstances``.
        **values: what else ``Entry.objects.record`` takes.
    """
    values |= {"receiver": _receiver.get(), **circumstances(using, request, by)}
    transaction.on_commit(lambda: _write(what, using, **values), using=using, robust=True)


def changing(what, using, rows, **values):
    """Write an entry for each of some rows in the transaction of their change; see ``Entry.objects.record``."""
    _write(what, using, rows=rows, receiver=_receiver.get(), **values, **circumstances(using))


def failed(what, using=None, *, by=None, request=None, **values):
    """
    Write an entry when the current request is over, whatever becomes of its transactions.

    Without a current request (a command, the shell) it is written now, and lost if the transaction around it is
    rolled back. The arguments are those of ``done``; the database is that of the users if none is named.
    """
    using = using or router.db_for_write(get_user_model())
    values |= {"receiver": _receiver.get(), **circumstances(using, request, by)}
    context = current()
    if context:
        context.failures.append((what, using, values))
    else:
        _write(what, using, **values)


def write_failures(context):
    """Write the failures that waited for the end of a request."""
    while context.failures:
        what, using, values = context.failures.pop(0)
        _write(what, using, **values)


def reports_errors(receiver):
    """Make a receiver report what it raises, instead of failing whoever sent the signal."""

    @wraps(receiver)
    def careful(sender, **kwargs):
        token = _receiver.set(receiver.__name__)
        try:
            return receiver(sender, **kwargs)
        except Exception as error:
            _report(receiver.__name__, error)
        finally:
            _receiver.reset(token)

    return careful


def _write(what, using, receiver, **values):
    try:
        if not router.allow_migrate_model(using, Entry):
            return
        with _savepoint(using):
            Entry.objects.record(what, using=using, **values)
    except Exception as error:
        _report(f"“{what}” of {receiver}", error)


def _savepoint(using):
    """Within a transaction, return a savepoint: a statement that fails must not take the rest with it."""
    return transaction.atomic(using=using) if connections[using].in_atomic_block else nullcontext()


def _report(name, error):
    # Not exc_info: the message of a database error quotes what people typed, line breaks included.
    stack = "".join(traceback.format_tb(error.__traceback__))
    kind, message = type(error).__name__, printable(error)
    logger.error("Not in the account log: %s (%s: %s)\n%s", name, kind, message, stack)
