"""Questions about what receivers may do, where they belong, and what they cost."""

import inspect
import sys
from textwrap import dedent

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal, receiver
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy as _

from lessons.questions.asking import question
from lessons.questions.shop import Bill, Order
from listening.muting import muted
from signal_inspector.connected import inventory
from users.apps import UsersConfig

QUESTIONS = []


@question(
    QUESTIONS,
    _("Why not at bulk_create() and update()?"),
    _(
        "They write many rows in one statement and never call save(), which is what sends the signals. Whoever calls "
        "them does what the receivers would have done."
    ),
    ("pitfalls", "update-and-bulk_create-send-nothing"),
    exhibit="bulk",
)
def why_not_in_bulk(print):
    @receiver(post_save, sender=Order)
    def pack(sender, instance, **kwargs):
        print("pack:", instance.item)

    Order.objects.create(item="lamp")
    Order.objects.bulk_create([Order(item="chair"), Order(item="desk")])
    Order.objects.update(item="gone")
    print("orders:", Order.objects.count())


@question(
    QUESTIONS,
    _("Can a receiver change the instance?"),
    _(
        "In pre_save yes: what it sets is what is written. In post_save the row is written already, so a new value "
        "is in "
        "memory alone, and saving again would call the receiver again."
    ),
    ("pitfalls", "a-receiver-that-saves-its-own-instance"),
    exhibit="itself",
)
def change_the_instance(print):
    @receiver(pre_save, sender=Order)
    def tidy(sender, instance, **kwargs):
        instance.item = instance.item.strip()

    @receiver(post_save, sender=Order)
    def shout(sender, instance, **kwargs):
        instance.item = instance.item.upper()

    order = Order.objects.create(item="  lamp ")
    print("in memory:", repr(order.item))
    print("in the database:", repr(Order.objects.get().item))


@question(
    QUESTIONS,
    _("Where do I put my receivers?"),
    _(
        "Into signals.py of their app; ready() of its AppConfig has to import that module. A receiver in a module "
        "that nobody imports is connected to nothing."
    ),
    ("working", "receiver"),
)
def where_to_put_them(print):
    print(dedent(inspect.getsource(UsersConfig.ready)))
    print("imported:", "users.signals" in sys.modules)


@question(
    QUESTIONS,
    _("How do I turn receivers off in a test?"),
    _(
        "With muted(), a file of this project that needs Django alone: it keeps them in their places and always "
        "puts them back. disconnect() and connect() again would move a receiver to the end of the order."
    ),
    ("working", "muting-and-recording"),
)
def turn_them_off(print):
    @receiver(post_save, sender=Order)
    def pack(sender, instance, **kwargs):
        print("pack:", instance.item)

    with muted(post_save, pack):
        Order.objects.create(item="lamp")
    Order.objects.create(item="chair")


@question(
    QUESTIONS,
    _("What does a receiver cost?"),
    _(
        "The call itself next to nothing; what counts is what it asks of the database, at each save that it hears. A "
        "receiver that looks at update_fields first costs nothing where it has nothing to do."
    ),
    ("working", "what-a-receiver-costs-a-login"),
    exhibit="login",
)
def what_it_costs(print):
    def count_bills(sender, instance, update_fields, **kwargs):
        if not update_fields:
            Bill.objects.filter(order=instance).count()

    order = Order.objects.create(item="lamp")
    for step in ("without", "with it"):
        with CaptureQueriesContext(connection) as whole:
            order.save()
        with CaptureQueriesContext(connection) as one_field:
            order.save(update_fields=["item"])
        print(f"{step}: {len(whole)} statements; with update_fields: {len(one_field)}")
        post_save.connect(count_bills, sender=Order)


@question(
    QUESTIONS,
    _("Who listens to the post_save of a user?"),
    _(
        "Django has no list to show: ask the process that runs. The inspector reads it from there, with the order and "
        "the files: manage.py signals in a terminal, or its page."
    ),
    ("signal-inspector", "what-is-connected"),
    page="index",
)
def who_listens(print):
    for signal in inventory.for_model(get_user_model()):
        if signal.name.endswith(".post_save"):
            for each in signal.receivers:
                print(each.name)


@question(
    QUESTIONS,
    _("How do I send a signal of my own?"),
    _(
        "Make a Signal in a module that imports nothing, and send it when the fact is true. send() lets a receiver "
        "refuse by raising; send_robust() goes on, and gives each error back as an answer."
    ),
    ("working", "custom-signals"),
)
def send_my_own(print):
    order_paid = Signal()

    @receiver(order_paid)
    def thank(sender, order, **kwargs):
        return f"thanks for the {order.item}"

    @receiver(order_paid)
    def fail(sender, **kwargs):
        raise OSError("no paper")

    answers = order_paid.send_robust(sender=Order, order=Order(item="lamp"))
    for function, answer in answers:
        print(function.__name__, "->", repr(answer))


@question(
    QUESTIONS,
    _("When should I not use a signal?"),
    _(
        "When the caller may know what it sets off: then call a function, which can be read, searched and stepped "
        "through. Signals are for a sender that must not know its receivers, or is not your code."
    ),
    ("readme", "when-not-to-use-a-signal"),
)
def when_not(print):
    def pack(sender=None, **kwargs):
        print("called by", inspect.stack()[1].function)

    def sell_by_signal():
        post_save.connect(pack, sender=Order)
        Order.objects.create(item="lamp")
        post_save.disconnect(pack, sender=Order)

    def sell():
        Order.objects.create(item="lamp")
        pack()

    sell_by_signal()
    sell()
