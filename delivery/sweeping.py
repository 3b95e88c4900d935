"""What was left: rows whose process was killed, whose message was lost, or whose pause is over."""

from django.db import connections, router
from django.dispatch import Signal
from django.utils import timezone

from delivery.engines import hand_over
from delivery.models import Delivery

MOST = 200  # rows at a time, for each database

sweeping = Signal()
"""
Somebody looks for what is left to be delivered. Whoever has a list of such work of its own can make rows of it now.

Sent with ``send_robust``, before the rows are looked for.

sender
    The model ``Delivery``.
"""


def databases():
    """Return the aliases of the databases that hold deliveries."""
    return [alias for alias in connections if router.allow_migrate_model(alias, Delivery)]


def sweep():
    """Hand over, on all databases, what is due and was not handed over lately; return how many rows there were."""
    sweeping.send_robust(sender=Delivery)
    return sum(map(sweep_database, databases()))


def sweep_database(using):
    """Do so on one database."""
    rows = list(Delivery.objects.using(using).left().order_by("due_at", "pk")[:MOST])
    if rows:
        hand_over(sorted(rows, key=lambda row: row.pk))  # first: a broker that is away is asked again soon
        Delivery.objects.using(using).filter(pk__in=[row.pk for row in rows]).update(handed_at=timezone.now())
    return len(rows)
