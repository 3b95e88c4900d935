"""Two durable receivers, and a process that is killed. Only where ``delivery`` is installed, whose rows these are."""

import time
from contextlib import suppress
from datetime import timedelta

from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from delivery.models import Delivery
from delivery.running import run
from lessons.running.apart import models_apart
from listening import announce, durable, event

TITLE = gettext_lazy("Killed before “done”: at least once is not once")
QUESTION = gettext_lazy(
    "A durable receiver is not lost when its process is killed. What if it is killed when the work is done, and "
    "that is not noted yet?"
)
SEE = gettext_lazy(
    "The process is killed right after the commit: the event is not even sent, but the rows are there. Another "
    "one runs them, and is killed when the work is done. When the lease is over, a third one does the work again, "
    "the mail and the sale. Work in the database happens once if the receiver is atomic, as it is unless you say "
    "otherwise: its work and “done” are one transaction, and the kill took back both. No transaction takes back a "
    "mail. So whoever sends it gives the other side event_id, which is the same at each attempt, and that side "
    "drops what it has seen. A service with a key for that can do so; a plain mail server can't: there a second "
    "mail, with the same Message-ID, is the price."
)
CHAPTER = ("durable", "at-least-once")

Model = models_apart(__name__)
LEASE = timedelta(milliseconds=10)  # a minute unless you say otherwise; here nobody wants to wait
mails = []  # on the other side, which no rollback reaches
seen = set()  # there, too


class Order(Model):
    pass


class Sale(Model):
    order = models.IntegerField()


@event(key="order")
def order_paid(*, order: int, using: str) -> None:
    """
    An order was paid.

    Announced by both sides of this exhibit, while it runs.

    sender
        None.
    order
        The primary key of the order.
    using
        The alias of the database.
    """


class Killed(BaseException):
    """What the process dies of: no ``except Exception`` hears it, and a transaction is lost, as with kill -9."""


def kill():
    raise Killed


def given():
    mails.clear()
    seen.clear()
    with connection.schema_editor() as editor:
        editor.create_model(Delivery)  # as migrate does


def send_mail(text, key=None):
    """Send a mail by a service that drops what comes with a key that it has seen."""
    if key not in seen:
        mails.append(text)
    if key is not None:
        seen.add(key)


@durable(atomic=False, lease=LEASE)
def thank(sender, order, **kwargs):
    send_mail(f"Thank you for order {order}")


@durable(atomic=False, lease=LEASE)
def count_sale(sender, order, **kwargs):
    Sale.objects.create(order=order)


@durable(atomic=False, lease=LEASE)
def thank_with_key(sender, order, event_id, **kwargs):
    send_mail(f"Thank you for order {order}", key=event_id)


@durable(lease=LEASE)
def count_sale_with_done(sender, order, **kwargs):
    Sale.objects.create(order=order)


def pay():
    with suppress(Killed), transaction.atomic():
        order = Order.objects.create()
        transaction.on_commit(kill)  # the first process: it ends before it has told anybody
        announce(order_paid, sender=None, order=order.pk, using="default")


def deliver(is_killed):
    for row in list(Delivery.objects.due()):  # what manage.py deliver and a worker do
        if is_killed:
            row.finish = kill  # the work is done, and "done" is not noted
        with suppress(Killed):
            run([row])


def pay_and_deliver():
    pay()
    deliver(is_killed=True)
    time.sleep(LEASE.total_seconds())  # until then nobody else takes the rows
    deliver(is_killed=False)


def naive():
    order_paid.connect(thank)
    order_paid.connect(count_sale)
    pay_and_deliver()


def right():
    order_paid.connect(thank_with_key)
    order_paid.connect(count_sale_with_done)
    pay_and_deliver()


def afterwards():
    attempts = sorted(Delivery.objects.filter(state="done").values_list("attempts", flat=True))
    counts = {"orders": Order.objects.count(), "mails": len(mails), "sales": Sale.objects.count()}
    return {**counts, "attempts": attempts}


def holds(left):
    return left["orders"] == left["mails"] == left["sales"] == 1 and left["attempts"] == [2, 2]


def sentence(left):
    orders = ngettext("%(n)s order", "%(n)s orders", left["orders"]) % {"n": left["orders"]}
    mails = ngettext("%(n)s mail", "%(n)s mails", left["mails"]) % {"n": left["mails"]}
    sales = ngettext("%(n)s sale", "%(n)s sales", left["sales"]) % {"n": left["sales"]}
    return _("%(orders)s, %(mails)s, %(sales)s. Attempts until it was done: %(attempts)s.") % {
        "orders": orders,
        "mails": mails,
        "sales": sales,
        "attempts": _(" and ").join(map(str, left["attempts"])) or _("none"),
    }
