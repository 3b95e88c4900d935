"""
Store traces, and delete old ones.

Storing is one INSERT and sends no signal: a receiver on every model would otherwise be called for each request, and
the inspector would change what it watches. So it is made without an instance, and without ``save()``; and in SQL: the
ORM takes longer to write the statement than the database to run it.
"""

import itertools
import json
import logging
from contextlib import nullcontext

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, router, transaction
from django.db.models import Q
from django.utils import timezone

from signal_inspector import conf
from signal_inspector.models import StoredTrace
from signal_inspector.reading import private
from signal_inspector.recording.rows import current
from signal_inspector.requests import summary
from signal_inspector.traces.nodes import RECEIVER

logger = logging.getLogger(__name__)

QUIET = Q(summary__startswith='{"quiet":', work="")  # requests in which nothing fired: see summary.py

PRUNED_EVERY = 40  # stores of a process; the first one is among them

_stores = itertools.count()
_reported = set()  # kinds of failures; a table that is missing is missing at each request


def save(values, trace, user=""):
    """
    Store a trace, in one statement. It never raises: a failure is logged, the first of each kind.

    Args:
        values (dict): the columns that the request gives: id, method, path, status, duration, before; and those of
            work: part_of, work.
        trace (Trace): the trace.
        user (str): who asked, as a model and a key; "" for nobody.
    """
    token = current.set(None)  # a record around us is not about our own statements
    try:
        connection = connections[database()]
        was_open = connection.connection is not None
        try:
            _insert(connection, {"part_of": "", "work": "", **values, **_columns(trace, user)})
            if next(_stores) % PRUNED_EVERY == 0:
                prune(connection.alias)
        finally:
            if not was_open:  # Django has closed it after the request, or never opened it: leave it so
                connection.close_if_unusable_or_obsolete()
    except Exception as error:
        report(error, "A trace was not stored.")
    finally:
        current.reset(token)


def database():
    """Return the alias of the database that traces are stored in."""
    return conf.database() or router.db_for_write(StoredTrace)


def report(error, message):
    """Log a failure of the inspector, the first of each kind."""
    if type(error) in _reported:
        return
    _reported.add(type(error))
    if isinstance(error, DatabaseError) and _has_no_table():
        where = f" --database {database()}" if database() != DEFAULT_DB_ALIAS else ""
        logger.warning("%s Its table is missing: run python manage.py migrate signal_inspector%s", message, where)
    else:
        logger.warning("%s More failures of this kind are not logged.", message, exc_info=error)


def _has_no_table():
    """Tell whether the database that traces are stored in has no table for them."""
    try:
        return StoredTrace._meta.db_table not in connections[database()].introspection.table_names()
    except Exception:  # it does not answer, or does nothing more in a transaction that failed
        return False


def _columns(trace, user):
    return {
        **summary.counts(trace),
        "stored_at": timezone.now(),
        "slowest": summary.slowest(trace),
        "summary": as_json(summary.summarise(trace, user)),
        "edges": as_json(summary.edges(trace)),
        "data": as_json(trace.as_data()),
    }


def as_json(value):
    """Return a plain value as JSON, without a blank too many."""
    return json.dumps(value, separators=(",", ":"))


def _insert(connection, values):
    quote, meta = connection.ops.quote_name, StoredTrace._meta
    columns = ", ".join(quote(field.column) for field in meta.concrete_fields)
    places = ", ".join(["%s"] * len(meta.concrete_fields))
    stored = [field.get_db_prep_save(values[field.attname], connection) for field in meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})", stored)  # noqa: S608 - names of our own model


def prune(using=None):
    """
    Delete all but the newest traces of either kind, without a signal.

    Those in which something fired are counted apart: a crowd of page views must not push a registration out.
    """
    rows = StoredTrace._base_manager.using(using or database()).order_by("-stored_at", "-id")
    for some in (rows.exclude(QUIET), rows.filter(QUIET)):
        last = list(some.values_list("stored_at", flat=True)[conf.keep() : conf.keep() + 1])
        if last:
            private.delete_unheard(some.filter(stored_at__lte=last[0]))


def newest(number=None, **lookups):
    """Return the newest traces, all by default, of those that match some lookups, without their larger columns."""
    return StoredTrace.objects.filter(**lookups).defer("data", "edges")[:number]


def fired(number):
    """Return the newest requests in which something fired, without their larger columns."""
    return newest(work="").exclude(QUIET)[:number]


def glance(number):
    """
    Return the newest requests in which something fired, for a page of the project, which we must never break.

    What other processes did for a request later stands in its trace.
    """
    return _unseen(lambda: list(fired(number)), [])


def kept():
    """Return the ids of all traces that are kept (a set), for a page of the project."""
    return _unseen(lambda: set(StoredTrace.objects.values_list("pk", flat=True)), set())


def _unseen(read, nothing):
    """Read something outside of any record; where that fails, log it and return something else."""
    token = current.set(None)
    try:
        with _apart():
            return read()
    except Exception as error:
        report(error, "The newest traces can't be shown.")
        return nothing
    finally:
        current.reset(token)


def _apart():
    """Return a block in which a statement may fail, and a transaction around it goes on: PostgreSQL would end it."""
    alias = StoredTrace.objects.all().db
    return transaction.atomic(using=alias) if connections[alias].in_atomic_block else nullcontext()


def stories():
    """Return what fired in each of the traces, the newest first (see ``summary.fired``); [] if they can't be read."""
    texts = _if_readable(StoredTrace.objects.values_list("summary", flat=True))
    return [json.loads(text).get("fired", []) for text in texts]  # an older version stored none


def calling(name, number):
    """Return the newest traces in which a receiver was called, by its name; [] if they can't be read."""
    return _if_readable(newest(number, edges__contains=f'["{RECEIVER}",{as_json(name)},'))


def _if_readable(query):
    """Return the rows of a query for a page that shows more than traces: [] if there is no table of them."""
    try:
        with _apart():
            return list(query)
    except DatabaseError as error:
        report(error, "The stored traces can't be read.")
        return []
