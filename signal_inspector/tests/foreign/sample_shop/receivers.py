"""Receivers of every odd kind."""

from functools import partial

from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from sample_shop.announcements import parcel_lost  # noqa: F401 - found here too
from sample_shop.events import TABLE, Events
from sample_shop.models import Customer, GiftOrder, Line, Order


def count(register, sender, **kwargs):
    """Be called through a partial."""
    register.append(sender.__name__)


class Ledger:
    """Methods and a callable object."""

    def note(self, sender, **kwargs):
        return "noted"

    def __call__(self, sender, **kwargs):
        raise KeyError("no ledger")


async def ship(sender, instance, **kwargs):
    """Be asynchronous."""
    await TABLE["shipped"].asend(sender=sender)


async def pack(sender, **kwargs):
    return "packed"


def tell_customer(sender, instance, created, **kwargs):
    """Send mail, and something else after the commit."""
    send_mail("Thank you", "for your order", "shop@example.com", ["ada@example.com"])
    transaction.on_commit(lambda: Events.paid.send(Order))


def archive(sender, instance, **kwargs):
    """Write to another database, in a block that has to be outermost."""
    with transaction.atomic(using="archive", durable=True):
        Customer(username="copy").save(using="archive")


def refuse(sender, instance, **kwargs):
    """Raise, so that nobody after it is called."""
    if instance.data == {"refuse": True}:
        raise ValueError("refused")


def after_refusal(sender, **kwargs):
    """Come after the one that raises."""


def hear_parent_only(sender, **kwargs):
    """Listen to the parent class."""


def hear_user(sender, **kwargs):
    """Listen to the user model of django.contrib.auth, which is swapped out here."""


def hear_tags(sender, **kwargs):
    """Listen to m2m_changed of the model instead of the one between."""


def hear_lines(sender, **kwargs):
    """Be called when a line goes."""


def hear_payment(sender, **kwargs):
    """Be called after the commit."""


def wait_for_ghost(sender, **kwargs):
    """Wait for a model that nobody has."""


def first_of_two(sender, **kwargs):
    """Take a dispatch_uid."""


def second_of_two(sender, **kwargs):
    """Find it taken."""


def left_alone(sender, **kwargs):
    """Be connected to nothing."""


def taken_out(sender, **kwargs):
    """Be disconnected again."""


ledger = Ledger()
counted = partial(count, [])


def connect_all():
    def local(sender, **kwargs):
        """Die at once."""

    pre_save.connect(refuse, sender=Order)
    pre_save.connect(after_refusal, sender=Order)
    post_save.connect(counted, sender=Order)
    post_save.connect(ledger.note, sender=Order)
    post_save.connect(Ledger().note, sender=GiftOrder)
    post_save.connect(tell_customer, sender=Order)
    post_save.connect(archive, sender=Order)
    post_save.connect(ship, sender=Order)
    post_save.connect(lambda sender, **kwargs: None, sender=Order, weak=False)
    post_save.connect(local, sender=Order)
    post_save.connect(hear_parent_only, sender=Order)
    post_save.connect(hear_user, sender=User)
    m2m_changed.connect(hear_tags, sender=Order)
    post_delete.connect(hear_lines, sender=Line)
    Events.paid.connect(hear_payment)
    Events.paid.connect(ledger)
    TABLE["shipped"].connect(pack)
    post_save.connect(wait_for_ghost, sender="sample_shop.Ghost")
    post_save.connect(first_of_two, sender=Order, dispatch_uid="sample_shop.two")
    post_save.connect(second_of_two, sender=Order, dispatch_uid="sample_shop.two")
    post_save.connect(taken_out, sender=Order)
    post_save.disconnect(taken_out, sender=Order)


def never_called():
    post_save.connect(waits_for_connect, sender=Order)


def waits_for_connect(sender, **kwargs):
    """Be connected by a function that nobody calls."""
