"""Views that send signals, with receivers that run one after the other, side by side, and after the commit."""

import asyncio
import time

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Value
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.http import HttpResponse
from django.urls import path
from opentelemetry import trace

ordered, packed, counted, refused = Signal(), Signal(), Signal(), Signal()
tracer = trace.get_tracer(__name__)


def rows(name):
    """Return a query whose statement has a name in it."""
    return Permission.objects.order_by().annotate(**{name: Value(1)}).values_list(name)[:1]


async def look(name):
    """Send it."""
    return [row async for row in rows(name)]


@receiver(post_save, sender=Group)
def pack(sender, instance, **kwargs):
    transaction.on_commit(send_mail)
    list(rows("of_pack"))
    packed.send("a shop", instance=instance)


@receiver(packed)
def count(sender, **kwargs):
    time.sleep(0.02)
    list(rows("of_count"))


def send_mail():
    list(rows("of_mail"))
    counted.send_robust("a shop")


@receiver(counted)
def count_mail(sender, **kwargs):
    list(rows("of_mails"))


@receiver(refused)
def refuse(sender, **kwargs):
    raise LookupError("a secret of the customer")


@receiver(refused)
def hear_all_the_same(sender, **kwargs):
    pass


async def work(name, *pauses):
    """Wait as often as there are pauses, with a statement and a span of our own in between."""
    for place, seconds in enumerate(pauses):
        await asyncio.sleep(seconds)
        with tracer.start_as_current_span(f"{name} {place}"):
            await asyncio.sleep(seconds)
            await look(f"{name}_{place}")
        await asyncio.sleep(seconds)
        await look(f"after_{name}_{place}")


@receiver(ordered)
async def first(sender, **kwargs):
    await work("first", 0.01, 0.004)
    await packed.asend("first")
    await work("end", 0)


@receiver(ordered)
async def second(sender, **kwargs):
    await work("second", 0.003, 0.003, 0.003)


@receiver(ordered)
async def third(sender, **kwargs):
    await packed.asend("third")
    await work("third", 0.002, 0.007)


@receiver(ordered)
def before_all(sender, **kwargs):
    list(rows("of_before"))


def save(request):
    with transaction.atomic():
        Group.objects.create(name=f"Editors {time.time_ns()}")
    refused.send_robust("a shop")
    return HttpResponse()


async def order(request):
    with tracer.start_as_current_span("the view"):
        await ordered.asend("a shop")
        await look("of_view")
    return HttpResponse()


def order_from_sync(request):
    ordered.send("a shop")
    list(rows("of_view"))
    return HttpResponse()


urlpatterns = [path("save/", save), path("order/", order), path("order-from-sync/", order_from_sync)]
