"""Run what waits for a commit that does not come: in tests, and in a transaction that is rolled back."""

import logging

from signal_inspector.recording.database import in_its_row

logger = logging.getLogger("django.test")


def run(hook):
    """
    Run a callback (``Hook``), in its place in the tree of whatever records it.

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
