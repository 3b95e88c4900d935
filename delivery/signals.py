"""The receivers of this app: what is going to be announced is noted, for each durable receiver."""

import logging
import time

from django.conf import settings
from django.core.signals import request_finished
from django.db import DatabaseError, router
from django.db.models import Model

from delivery import tracing
from delivery.encoding import encode_arguments
from delivery.engines import hand_over, scheme
from delivery.errors import describe
from delivery.models import Delivery
from delivery.sweeping import sweep
from listening.announcing import announcing
from listening.durability import Kept, durable_receivers, key_of

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 60


def keep(sender, event_sender, using, arguments, event_id, **kwargs):
    """Write a row for each durable receiver of an event, all in one statement, in the transaction of the fact."""
    receivers = durable_receivers(sender, event_sender)
    about = key_of(sender, arguments)
    closes = getattr(sender, "closes", False)
    if not (receivers or closes) or not router.allow_migrate_model(using, Delivery):
        return None
    arguments = {**arguments, "using": using}
    label = label_of(event_sender)
    if closes:
        Delivery.objects.using(using).forget_key(label, about)
    rows, traced_as = [], tracing.context()
    for each in receivers:
        given = each.note(event_sender, sender, arguments)
        if given is not None:
            row = {"event_id": event_id, "event": sender.label, "sender": label, "receiver": each.label, "key": about}
            rows.append(Delivery(**row, arguments=encode_arguments(given), forget=closes, **traced_as))
    if not rows:
        return Kept(frozenset(receivers), None)
    Delivery.objects.using(using).bulk_create(rows)

    def hand_over_rows():
        try_to_hand_over(rows)

    return Kept(frozenset(receivers), hand_over_rows)


def label_of(sender):
    """Return the label of a model that sends an event, "" of None."""
    if sender is None:
        return ""
    if not (isinstance(sender, type) and issubclass(sender, Model)):
        raise TypeError(f"An event with durable receivers has a model as its sender, or None, not {sender!r}.")
    return sender._meta.label


def try_to_hand_over(rows):
    """Give rows to the engine. If it can't take them they stay for the next sweep: nobody is told but the log."""
    try:
        hand_over(rows)
    except Exception as error:
        logger.error("Deliveries can't be handed over, and wait: %s", describe(error))
        logger.debug("This was the error.", exc_info=True)


class LookAround:
    """Takes up what is left, when a request is over, now and then: for projects that nothing but requests runs in."""

    def __init__(self, seconds):
        self.seconds, self.next_at = seconds, 0.0

    def take_up_what_is_left(self, **kwargs):
        """Sweep, if that was long ago."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + self.seconds
        try:
            sweep()
        except DatabaseError as error:
            logger.error("What is left of deliveries can't be looked up: %s", describe(error))


look_around = LookAround(SWEEP_SECONDS)


def connect():
    """Connect the receivers, once, however often it is called."""
    announcing.connect(keep, dispatch_uid="delivery.keep")
    if scheme() == "" and getattr(settings, "DELIVERY_AFTER_REQUESTS", True):
        request_finished.connect(look_around.take_up_what_is_left, dispatch_uid="delivery.take_up_what_is_left")
