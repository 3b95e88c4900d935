"""A mail that is sent before its transaction is rolled back."""

from django.db import models, transaction
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("A mail goes out, then the transaction rolls back")
QUESTION = gettext_lazy("A receiver of post_save sends a mail. What if the order that it tells of is never stored?")
SEE = gettext_lazy(
    "Inside atomic(), post_save is sent right after the statement, and before the commit. A rollback takes back the "
    "row, and no mail. on_commit() waits: if there is a rollback, what was given to it is forgotten. Where no "
    "transaction is open, it runs what it was given at once."
)
CHAPTER = ("pitfalls", "work-that-leaves-the-process-before-the-commit")

Model = models_apart(__name__)
mails = []  # the letter box


class Order(Model):
    item = models.CharField(max_length=20)


class PaymentRefused(Exception):
    pass


def given():
    mails.clear()


def send_mail(order):
    mails.append(f"Thank you for the {order.item}")


def confirm(sender, instance, **kwargs):
    send_mail(instance)


def confirm_after_commit(sender, instance, **kwargs):
    def send():
        send_mail(instance)

    transaction.on_commit(send)


def buy(item, paid):
    try:
        with transaction.atomic():
            Order.objects.create(item=item)
            if not paid:
                raise PaymentRefused
    except PaymentRefused:
        pass  # the page says so


def buy_two():
    buy("lamp", paid=False)
    buy("chair", paid=True)


def naive():
    post_save.connect(confirm, sender=Order)
    buy_two()


def right():
    post_save.connect(confirm_after_commit, sender=Order)
    buy_two()


def afterwards():
    return {"mails": len(mails), "orders": Order.objects.count()}


def holds(left):
    return left["mails"] == left["orders"] == 1


def sentence(left):
    mails = ngettext("%(n)s mail", "%(n)s mails", left["mails"]) % {"n": left["mails"]}
    orders = ngettext("%(n)s order", "%(n)s orders", left["orders"]) % {"n": left["orders"]}
    return f"{mails}, {orders}."
