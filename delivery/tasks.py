"""
The engine ``tasks:``: whatever backend of ``django.tasks`` or ``django-tasks`` the project has.

The next look at a row is in the queue before the row is taken: a backend may forget, or call "running" for ever, what
a killed worker had. A backend that can't put off a task is helped by ``manage.py deliver --watch``.
"""

import logging

from django.utils import timezone

from delivery.errors import describe
from delivery.models import PATIENCE, Delivery
from delivery.running import find, run

try:
    from django.tasks import task  # Django 6.0 and newer: its backends know no other tasks
except ImportError:
    from django_tasks import task

logger = logging.getLogger(__name__)

MOST = 20  # rows in a task


@task()
def run_deliveries(using, pks):
    """
    Run deliveries, and come back for those that are not over then.

    Args:
        using (str): the alias of their database.
        pks (list of int): their primary keys. What is over is passed over.

    It raises nothing: a backend would note the error, with all its words, and forget about the rows.
    """
    try:
        rows = list(Delivery.objects.using(using).open().filter(pk__in=pks).order_by("pk"))
        if rows:
            come_back(rows)
            run(rows)
    except Exception as error:  # of the database, or the queue; deliver finds what is left
        logger.error("Deliveries can't be looked up, or queued again: %s", describe(error))
        logger.debug("This was the error.", exc_info=True)


def come_back(rows):
    """Have a worker look at rows again, when the first of them is due again, or its lease would be over."""
    if can_defer():
        now = timezone.now()
        at = min(row.due_at if row.due_at > now else now + lease_of(row) for row in rows)
        enqueue(run_deliveries.using(run_after=at), rows)


def lease_of(row):
    """Return how long an attempt that begins now may take."""
    _event, receiver = find(row)
    return receiver.lease if receiver else PATIENCE


def can_defer():
    """Tell whether the backend can put off a task."""
    return run_deliveries.get_backend().supports_defer


def hand_over(rows):
    """Give rows of one database to the queue."""
    for start in range(0, len(rows), MOST):
        enqueue(run_deliveries, rows[start : start + MOST])


def enqueue(some_task, rows):
    """Queue a task that runs rows."""
    some_task.enqueue(rows[0]._state.db, [row.pk for row in rows])
