"""Events of the tests, what durable receivers of them have done, and the clock."""

import logging
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from delivery.models import Delivery
from listening import announce, durable, event
from listening.events import Plain
from listening.testing import restored


@event(key="instance")
def opened(*, instance: Model, door: Plain, using: str) -> None:
    """A door was opened."""


@event(key="group_id", closes=True)
def removed(*, group_id: int, using: str) -> None:
    """A group is gone."""


@event
def rang(*, bell: str, using: str) -> None:
    """Somebody rang; it is about nobody."""


heard = []  # of this process: what receivers were given


class Trouble(Exception):
    """What receivers raise, while there is some."""


trouble = []  # the errors to come, one for each call


def note(name, **given):
    if trouble and (error := trouble.pop(0)):
        raise error
    heard.append((name, given))


@durable
def write_down(sender, instance, door, using, event_id, attempt, keys, **kwargs):
    """Work in the database: a group for each call."""
    Group.objects.using(using).create(name=f"{door} {keys['instance']}")
    note("write_down", instance=instance, door=door, event_id=event_id, attempt=attempt, keys=keys)


@durable(atomic=False, lease=timedelta(minutes=5), noting=lambda door, **kwargs: {"size": len(door)} if door else None)
def send_away(sender, instance, door, size, event_id, **kwargs):
    """Work that leaves the process."""
    note("send_away", door=door, size=size, event_id=event_id, is_atomic=transaction.get_connection().in_atomic_block)


@durable
def say_goodbye(sender, group_id, **kwargs):
    """Hear of what is gone."""
    note("say_goodbye", group_id=group_id)


@durable
def answer_bell(sender, bell, **kwargs):
    """Hear of what is about nobody."""
    note("answer_bell", bell=bell)


class ParcelMixin:
    """Receivers that are connected for the time of a test."""

    def setUp(self):
        super().setUp()
        heard.clear()
        trouble.clear()
        self.enterContext(restored(opened, removed, rang))
        opened.connect(write_down, sender=Group)
        removed.connect(say_goodbye, sender=Group)
        rang.connect(answer_bell)
        logger = logging.getLogger("delivery")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)
        self.group = Group.objects.create(name="editors")

    def open(self, door="front", group=None):
        announce(opened, sender=Group, instance=group or self.group, door=door, using="default")

    def rows(self):
        return Delivery.objects.order_by("pk")

    def states(self):
        return [(row.state, row.attempts) for row in self.rows()]

    def heard_doors(self):
        return [given["door"] for _, given in heard]


@contextmanager
def later(**time):
    """Set the clock forward, as ``later(minutes=5)``."""
    now, ahead = timezone.now, timedelta(**time)
    with mock.patch.object(timezone, "now", side_effect=lambda: now() + ahead):
        yield


def not_handed_over():
    """Have rows written and left: as if the process had been killed after the commit."""
    return mock.patch("delivery.signals.hand_over")
