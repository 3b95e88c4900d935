"""Questions about who is called, when, and how often."""

import asyncio
import threading

from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from lessons.questions.asking import question
from lessons.questions.shop import Bill, Order
from signal_inspector import record

QUESTIONS = []


@question(
    QUESTIONS,
    _("Why was my receiver not called?"),
    _(
        "Its module was not imported; the sender is another class, if only a child or a proxy; nobody holds the "
        "function; or bulk_create() or update() wrote the row. Django says nothing then: record what is sent, or ask "
        "the inspector."
    ),
    ("signals", "nothing-happens"),
    exhibit="weak",
    page="why",
)
def was_it_called(print):
    @receiver(post_save, sender=Order)
    def pack(sender, instance, **kwargs):
        print("pack() was called")

    with record() as trace:
        Order.objects.create(item="lamp")
        Bill.objects.create(order_id=1)  # another sender
    print(trace.as_text(times=False))


@question(
    QUESTIONS,
    _("What does sender mean?"),
    _(
        "The class that a signal is about: that of the instance that is saved. A receiver with a sender hears that "
        "class alone, not its children or proxies; one without hears everybody."
    ),
    ("working", "sender-filters"),
)
def what_sender_means(print):
    @receiver(post_save, sender=Order)
    def hears_orders(sender, **kwargs):
        print("hears_orders:", sender.__name__)

    @receiver(post_save, sender=Bill)
    def hears_bills(sender, **kwargs):
        print("hears_bills:", sender.__name__)

    order = Order.objects.create(item="lamp")
    Bill.objects.create(order=order)


@question(
    QUESTIONS,
    _("In which order are receivers called?"),
    _(
        "In the order in which they were connected, which is that of the imports; send() calls asynchronous ones "
        "last. There are no priorities: if one needs another to be first, let one receiver call both."
    ),
    ("working", "order"),
)
def in_which_order(print):
    def pack(sender, **kwargs):
        print("pack")

    def bill(sender, **kwargs):
        print("bill")

    post_save.connect(bill, sender=Order)
    post_save.connect(pack, sender=Order)
    Order.objects.create(item="lamp")


@question(
    QUESTIONS,
    _("What happens if a receiver raises?"),
    _(
        "The error goes to whoever called save(), and the receivers behind it don't run. The row is written by then, "
        "and stays, unless a transaction around it is rolled back."
    ),
    ("pitfalls", "an-error-in-post_save-does-not-undo-the-save"),
    exhibit="failing",
)
def what_if_one_raises(print):
    @receiver(post_save, sender=Order)
    def fail(sender, **kwargs):
        raise ValueError("no paper")

    @receiver(post_save, sender=Order)
    def pack(sender, **kwargs):
        print("pack() was called")

    try:
        Order.objects.create(item="lamp")
    except ValueError as error:
        print("save() raised:", error)
    print("orders in the database:", Order.objects.count())


@question(
    QUESTIONS,
    _("Why was my receiver called twice?"),
    _(
        "It is connected twice: its module was imported under two names, or ready() ran twice with a new function. A "
        "dispatch_uid makes one of the two."
    ),
    ("working", "dispatch_uid"),
    exhibit="uid",
)
def why_twice(print):
    def import_module(**uid):  # makes a function anew, as a second import does
        def pack(sender, **kwargs):
            print("pack", uid)

        post_save.connect(pack, sender=Order, weak=False, **uid)

    import_module()
    import_module()
    import_module(dispatch_uid="shop.pack")
    import_module(dispatch_uid="shop.pack")
    Order.objects.create(item="lamp")


@question(
    QUESTIONS,
    _("Are signals asynchronous?"),
    _(
        "No: send() calls the receivers one after the other, in the same thread, and the caller waits. A receiver "
        "may be "
        "a coroutine, and the caller waits for that too; work for later belongs to a task."
    ),
    ("working", "asynchronous-receivers"),
    exhibit="together",
)
def are_they_asynchronous(print):
    caller = threading.current_thread()

    @receiver(post_save, sender=Order)
    def pack(sender, **kwargs):
        print("in the thread of the caller:", threading.current_thread() is caller)

    @receiver(post_save, sender=Order)
    async def tell(sender, **kwargs):
        await asyncio.sleep(0.001)
        print("the coroutine is done")

    Order.objects.create(item="lamp")
    print("create() returns")


@question(
    QUESTIONS,
    _("Is my receiver in my transaction?"),
    _(
        "If you have opened one: without atomic() the row is committed before the receivers of post_save run. Inside "
        "it a rollback takes back what they write with the rest, and no mail, so that waits: transaction.on_commit()."
    ),
    ("pitfalls", "work-that-leaves-the-process-before-the-commit"),
    exhibit="mail",
)
def in_my_transaction(print):
    @receiver(post_save, sender=Order)
    def bill(sender, instance, **kwargs):
        print(instance.item, "in a transaction:", connection.in_atomic_block)
        Bill.objects.create(order=instance)
        transaction.on_commit(lambda: print(instance.item, "mail"))

    Order.objects.create(item="lamp")
    try:
        with transaction.atomic():
            Order.objects.create(item="chair")
            print("bills inside:", Bill.objects.count())
            raise ValueError
    except ValueError:
        print("bills after the rollback:", Bill.objects.count())
