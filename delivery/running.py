"""
Running deliveries, at least once each.

A row is taken, its receiver is called, and it is noted as done. Where the receiver is atomic, its work in the database
and that note are one transaction: it happens once. Where it is not, a process that is killed between the two leaves
work that is done again; the other order would lose it.
"""

import logging
from contextlib import nullcontext

from django.apps import apps
from django.db import DatabaseError, connections, transaction
from django.utils.module_loading import import_string

from delivery.encoding import decode_arguments
from delivery.errors import describe
from delivery.models import ATTEMPTS, Delivery
from delivery.tracing import traced
from listening.durability import GiveUpError, connected_durable, together

logger = logging.getLogger(__name__)

NO_RECEIVER = "There is no such receiver"


class SupersededError(Exception):
    """Somebody else has taken the row: the lease was over before the work was."""


def run(rows):
    """
    Run deliveries that are due, and what waited for them to be done.

    Args:
        rows (iterable of Delivery): what is not due, or taken by somebody else, is passed over.

    Returns:
        list of Delivery: what was looked at. Nothing is raised: what can't be noted is left to the end of its lease.
    """
    seen = []
    with together():
        for row in rows:
            try:
                seen.append(row)
                while attempt(seen[-1]) and (following := seen[-1].following()):
                    seen.append(following)
            except DatabaseError as error:
                logger.error("Delivery %s can't be looked up or noted: %s", seen[-1], describe(error))
                logger.debug("This was the error.", exc_info=True)
                connection = connections[row._state.db]
                if not connection.in_atomic_block:  # as in a test
                    connection.close_if_unusable_or_obsolete()
    return seen


def run_open(using, pks):
    """Run those deliveries of a database, by their primary keys, that are not over."""
    return run(list(Delivery.objects.using(using).open().filter(pk__in=pks).order_by("pk")))


def attempt(row):
    """Try a row once; return whether it is over, done or given up. The row tells the outcome."""
    event, receiver = find(row)
    if receiver is None:
        logger.error("Delivery %s waits: %s.", row, NO_RECEIVER)
        row.put_off(NO_RECEIVER)
        return False
    was_exhausted, due_at = row.is_exhausted, row.due_at
    if not row.take(receiver.lease):
        return False
    with traced(row, due_at):
        if was_exhausted:  # the last attempt was killed
            _fail(row, None, is_final=True)
        else:
            _do(row, event, receiver)
    return row.finished_at is not None


def _do(row, event, receiver):
    """Do the work of a row that was taken, and note how it went."""
    try:
        with transaction.atomic(using=row._state.db) if receiver.atomic else nullcontext():
            _call(row, event, receiver)
            if receiver.atomic and not row.finish():
                raise SupersededError
    except SupersededError:
        logger.error("Delivery %s took longer than its lease of %s: rolled back.", row, receiver.lease)
    except Exception as error:
        cause = error.__cause__ if isinstance(error, GiveUpError) and error.__cause__ else error
        _fail(row, cause, is_final=isinstance(error, GiveUpError))
    else:
        if not receiver.atomic:
            row.finish()


def find(row):
    """Return the event and the durable receiver of a row, None for each that is not there any more."""
    try:
        event = import_string(row.event)
        return event, next(each for each in connected_durable(event) if each.label == row.receiver)
    except (ImportError, AttributeError, StopIteration):
        return None, None


def _call(row, event, receiver):
    sender = apps.get_model(row.sender) if row.sender else None
    arguments, keys = decode_arguments(row.arguments, receiver.names)
    receiver.run(sender, event, arguments, event_id=str(row.event_id), attempt=row.attempts, keys=keys)


def _fail(row, error, is_final):
    row.state, row.finished_at = row.State.TAKEN, None  # a rollback took back what finish() had noted
    noted = row.fail(describe(error) if error else row.last_error, is_final)
    level, outcome = (logging.ERROR, "given up") if row.finished_at else (logging.WARNING, "tried again later")
    if noted:
        text = "Delivery %s has failed and is %s, attempt %d of %d: %s"
        logger.log(level, text, row, outcome, min(row.attempts, ATTEMPTS), ATTEMPTS, row.last_error)
    logger.debug("This was the error.", exc_info=error)
