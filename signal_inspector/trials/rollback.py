"""Try something out: in transactions that are rolled back, with mail that stays in memory."""

import warnings
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.core import mail
from django.db import DatabaseError, connections, transaction

from signal_inspector.reading import private

MEMORY = "django.core.mail.backends.locmem.EmailBackend"

# Said after each trial: nothing tells which of these a receiver has done.
NOT_UNDONE = (
    "files that were written or removed",
    "what was put into a cache or dropped from it",
    "mail handed to a backend by name, past the settings",
    "tasks in a queue that is not in these databases",
    "requests to other services",
    "what other threads and processes wrote",
    "numbers that sequences handed out",
)


@contextmanager
def rolled_back(using=None):
    """
    Open a transaction on every database, and roll all of them back when the block ends, however it ends.

    On all, since a receiver may write elsewhere than its sender. Blocks that ask to be outermost (``durable``) may be
    in it. What waits for the commit never runs.

    Args:
        using (str): the alias of a database that has to be there. Others that don't answer are left out.

    Yields:
        A list of the aliases that are rolled back.
    """
    aliases = []
    with ExitStack() as stack:
        for alias in connections:
            block = transaction.atomic(using=alias)
            private.allow_durable(block)
            try:
                stack.enter_context(block)
            except (DatabaseError, AssertionError):  # the second where a TestCase has not asked for the database
                if alias == using:
                    raise
            else:
                aliases.append(alias)
                stack.callback(transaction.set_rollback, True, using=alias)
        yield aliases


@contextmanager
def mail_in_memory():
    """
    Keep all mail in memory that is sent through the settings' mail backend inside a ``with`` block.

    Yields:
        A list of the messages.
    """
    kept = getattr(mail, "outbox", None)
    mail.outbox = messages = []
    name, value = _mail_setting()
    before = _set(name, value)
    try:
        yield messages
    finally:
        _set(name, before)
        if kept is None:
            del mail.outbox
        else:
            mail.outbox = kept


def _mail_setting():
    """Return name and value of the setting that keeps mail in memory; MAILERS is there from Django 6.1 on, if set."""
    if hasattr(settings, "MAILERS"):
        return "MAILERS", {alias: {"BACKEND": MEMORY} for alias in settings.MAILERS}
    return "EMAIL_BACKEND", MEMORY


def _set(name, value):
    """Set a setting as Django's test runner does; return what it was. Nobody is told, as setting_changed would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Django 6.1 warns of EMAIL_BACKEND, whoever reads it
        before = getattr(settings, name)
        setattr(settings, name, value)
    return before
