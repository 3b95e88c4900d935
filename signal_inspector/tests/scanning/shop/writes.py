from django.apps import apps
from django.db import transaction
from django.shortcuts import get_object_or_404

from . import models
from .models import Customer, Line, Loud, Order, Quiet, Tag


def straight(orders, number):
    Order.objects.update(is_open=False)  # -> update Order
    Order.objects.filter(pk=number).exclude(is_open=True).update(is_open=False)  # -> update Order
    Order.objects.bulk_create([Order()])  # -> bulk_create Order
    Order.objects.bulk_update(orders, ["is_open"])  # -> bulk_update Order
    Order.closed.using("other").update(is_open=True)  # -> update Order
    Order.objects.open().update(is_open=True)  # -> update Order
    Order.objects.all()._raw_delete("default")  # -> _raw_delete Order
    models.Order._default_manager.all()[:5].bulk_create([])  # -> bulk_create Order
    Customer.objects.update(name="x")  # -> update Customer
    Quiet.objects.update(pk=1)  # -> update Quiet
    Loud.objects.update(name="x")
    Loud.objects.bulk_create([])  # -> bulk_create Loud
    Order.objects.names().update(b=2)
    Order.objects.create()
    Order.objects.get_or_create(pk=1)
    Order.objects.update_or_create(pk=1)
    Order.objects.filter(pk=1).delete()  # -> delete Order_labels Tagging
    Line.objects.all().delete()


async def awaited():
    await Order.objects.aupdate(is_open=False)  # -> update Order
    await Order.objects.filter(pk=1).abulk_create([])  # -> bulk_create Order
    order = await Order.objects.aget(pk=1)
    await order.lines.aadd()  # -> add Line
    async for each in Order.objects.all():
        await each.lines.filter(pk=1).aupdate(part=None)  # -> update Line


def related(order: Order, customers: "list[Customer]"):
    order.lines.update(part=None)  # -> update Line
    order.lines.add(Line())  # -> add Line
    order.lines.add(Line(), bulk=False)
    order.lines.set([])  # -> set Line
    order.lines.set([], bulk=order.is_open)
    order.customer.orders.clear()  # -> clear Order
    order.customer.orders.remove(order)  # -> remove Order
    order.customer.orders.remove(order, bulk=False)
    order.siblings.update(is_open=False)  # -> update Order
    order.tags.add(Tag())  # -> add Tagging
    order.tags.remove(Tag())
    order.labels.add(1)
    order.labels.update(name="x")  # -> update Label
    order.notes.add(1)  # -> add Note
    order.notes.clear()
    order.delete()  # -> delete Order_labels Tagging
    Order.labels.through.objects.filter(pk=1).update(label=1)  # -> update Order_labels
    Order.tags.through.objects.update(tag=1)  # -> update Tagging
    for customer in customers:
        customer.orders.update(is_open=True)  # -> update Order


def found(number, everything):
    orders = Order.objects.filter(pk=number)
    if everything:
        orders = orders.exclude(pk=1)
    orders.update(is_open=True)  # -> update Order
    for each in orders.iterator():
        each.lines.clear()
        each.lines.update(part=None)  # -> update Line
    for number, each in enumerate(orders):
        each.lines.all().update(part=number)  # -> update Line
    one, made = Order.objects.get_or_create(pk=number)
    one.lines.add(made)  # -> add Line
    first = orders.first() or orders.last()
    first.lines.add(made)  # -> add Line
    get_object_or_404(Order, pk=1).lines.add(1)  # -> add Line
    [each.lines.add(1) for each in orders]  # -> add Line
    list(orders)[0].lines.add(1)  # -> add Line
    if (last := orders.last()) is not None:
        last.lines.add(1)  # -> add Line
    with transaction.atomic() as done:
        done.update(1)
    apps.get_model("scanned_shop", "Order").objects.update(is_open=True)  # -> update Order
    apps.get_model("scanned_shop.Line").objects.update(part=None)  # -> update Line
    getattr(models, "Order").objects.update(is_open=True)  # -> update Order


def rebound(number, what):
    rows = Order.objects.all()
    rows.update(is_open=True)  # -> update Order
    rows = Line.objects.all()
    rows.update(part=None)  # -> update Line
    rows = {}
    rows.update(part=None)
    either = Order.objects.all() if number else Line.objects.all()
    either.update(pk=1)  # -> update Line Order
    maybe = None
    if number:
        maybe = Order.objects.all()
    maybe.update(is_open=True)  # -> update Order
    unsure = Order.objects.all()
    if number:
        unsure = what()
    unsure.update(is_open=True)
    while number:
        unsure.update(is_open=True)
        unsure = Order.objects.all()
    if number:
        branch = what()
    else:
        branch = Order.objects.all()
        branch.update(is_open=True)  # -> update Order
    if number:
        left = what()
        return left
    left = Order.objects.all()
    left.update(is_open=True)  # -> update Order
    return None


def rebound_in_branches(number, what):
    other = Order.objects.all()
    if number:
        other = what()
    else:
        other.update(is_open=True)  # -> update Order
    left = Order.objects.all()
    if number:
        left = what()
        return left
    left.update(is_open=True)  # -> update Order
    again = Order.objects.all()
    while number:
        again.update(is_open=True)
        again = what()
    first = Order.objects.all()
    for number in what():
        first = Order.objects.filter(pk=number)
        first.update(is_open=True)  # -> update Order
        first = what()
    return None


def unknown(order, orders, request):
    order.lines.update(part=None)
    orders.update(is_open=True)
    request.session.update(a=1)
    {"a": 1}.update(b=2)
    set().add(1)
    for row in Order.objects.values("pk"):
        row.update(b=1)
    for pk in Order.objects.values_list("pk", flat=True):
        pk.lines.update(part=None)


def shadowed(Order):
    Order.objects.update(is_open=True)  # -> update


def what_else(number):
    def inner():
        return orders_of(number)

    inner().update(is_open=True)  # -> update Order
    return lambda orders: orders.update(is_open=True)


def orders_of(number, rows=Order):
    return rows.objects.filter(pk=number)


def through_a_call():
    orders_of(1).update(is_open=True)  # -> update Order
    orders_of(1, rows=Line).update(part=None)  # -> update Line
    made_by_generator().update(is_open=True)


def made_by_generator():
    yield Order.objects.all()


class Service:
    model = Order
    rows = Line.objects.all()

    def __init__(self, order):
        self.order = order
        self.orders: object
        self.orders = Order.objects.all()
        self.seen = {}
        self.objects = {}

    def run(self):
        self.model.objects.update(is_open=True)  # -> update Order
        self.rows.update(part=None)  # -> update Line
        self.orders.update(is_open=True)  # -> update Order
        self.order.lines.update(part=None)
        self.seen.update(a=1)
        self.objects.update(a=1)
        self.chosen().update(is_open=True)  # -> update Order
        Service(1).orders.update(is_open=True)  # -> update Order

    def chosen(self):
        return self.orders.filter(pk=1)

    @staticmethod
    def update(rows: "Order | None"):
        rows.lines.update(part=None)  # -> update Line


class Chosen(Service):
    def chosen(self):
        return super().chosen().exclude(pk=2)

    def again(self):
        self.chosen().update(is_open=True)  # -> update Order

    def unpacked(self, pair):
        self.rows, self.other = pair
        self.rows.update(a=1)


def changed_inside(number, what):
    rows = Order.objects.all()

    def change():
        nonlocal rows
        rows = what()

    change()
    rows.update(is_open=True)


def many():
    rows = Order.objects.all().filter(pk=1).filter(pk=2).filter(pk=3).filter(pk=4).filter(pk=5).filter(pk=6)
    rows.filter(pk=1).filter(pk=2).filter(pk=3).filter(pk=4).filter(pk=5).update(is_open=True)  # -> update Order
