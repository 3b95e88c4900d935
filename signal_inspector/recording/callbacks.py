"""Run what waits for a commit that does not come: in tests, and in a try that is rolled back."""

import logging

from django.db import connections

from signal_inspector.recording.database import in_its_row

logger = logging.getLogger("django.test")


def waiting(using, start=0):
    """
    Yield what waits for the commit on a database, also what joins while this goes on.

    Args:
        using (str): the alias of the database.
        start (int): how many to pass over.

    Yields:
        Each of Django's tuples, as ``connection.run_on_commit`` holds them.
    """
    while hooks := connections[using].run_on_commit[start:]:
        start += len(hooks)
        yield from hooks


def run(hook):
    """
    Run a callback, in its place in the tree of whatever records it.

    As with a commit, what a robust one raises is logged, and anything else goes on to the caller.
    """
    callback, robust = in_its_row(hook), hook[2]
    try:
        callback()
    except Exception as error:
        if not robust:
            raise
        name = getattr(callback, "__qualname__", callback)
        logger.exception("Error calling %s in on_commit() (%s).", name, error)
