"""Pages that send signals, synchronous and asynchronous; the toolbar's and the inspector's."""

from debug_toolbar.toolbar import debug_toolbar_urls
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

welcomed = Signal()


@receiver(post_save, sender=Group)
def welcome(sender, instance, **kwargs):
    transaction.on_commit(tell)
    welcomed.send(Group)


@receiver(welcomed)
def note(sender, **kwargs):
    Group.objects.exists()


@receiver(welcomed)
async def note_later(sender, **kwargs):
    await Group.objects.aexists()


def tell():
    Group.objects.exists()


def page():
    return HttpResponse(
        "<!DOCTYPE html><html lang=en><head><title>A page</title></head><body><p>Hello</p></body></html>"
    )


def plain(request):
    with transaction.atomic():
        Group.objects.create(name=f"<b>Editors {Group.objects.count()}</b>")
    return page()


async def awaited(request):
    await Group.objects.acreate(name="Authors")
    return page()


def silent(request):
    return page()


def data(request):
    Group.objects.create(name="Readers")
    return JsonResponse({})


urlpatterns = [
    path("plain/", plain),
    path("awaited/", awaited),
    path("silent/", silent),
    path("data/", data),
    path("signals/", include("signal_inspector.urls")),
    *debug_toolbar_urls(),
]
