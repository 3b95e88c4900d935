"""
A database for the length of a block: SQLite, in memory, for this thread alone.

While the block runs, it stands in the place of "default" in this thread. So a lesson reads like any project's code, it
commits and rolls back for real, and whatever it does can't reach the site's database, which may be another one
altogether. Other threads keep theirs.
"""

from contextlib import contextmanager
from itertools import count

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.utils import ConnectionHandler

SETTINGS = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {"timeout": 1}}  # seconds
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")  # a trace tells these as steps of a transaction
LARGEST = 1000  # pages of 4 kB


@contextmanager
def private_database(models):
    """
    Have an empty database as "default", inside a ``with`` block.

    Args:
        models (list): the model classes that get a table.
    """
    private = ConnectionHandler({DEFAULT_DB_ALIAS: dict(SETTINGS)}).create_connection(DEFAULT_DB_ALIAS)
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = private
    try:
        with private.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {LARGEST}")
        with private.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        if private.connection is not None:
            private.connection.close()  # close() of Django's own leaves one in memory open


@contextmanager
def failures_noted():
    """
    Note which statements fail inside a ``with`` block: a trace tells of a statement, and not what became of it.

    Returns:
        A dict, from the number of a statement among those of a trace, from 0, to the name of the type of its error.
    """
    failures, number = {}, count()

    def note(execute, sql, params, many, context):
        here = None if sql.lstrip().upper().startswith(CONTROL) else next(number)
        try:
            return execute(sql, params, many, context)
        except DatabaseError as error:
            if here is not None:
                failures[here] = type(error).__name__
            raise

    with connection.execute_wrapper(note):
        yield failures
