"""Two receivers that are connected under one dispatch_uid."""

from django.db import models
from django.db.models.signals import post_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lessons.running.apart import models_apart

TITLE = gettext_lazy("Two receivers under one dispatch_uid")
QUESTION = gettext_lazy("A dispatch_uid keeps a receiver from being connected twice. What if two receivers share one?")
SEE = gettext_lazy(
    "The dispatch_uid takes the place of the receiver's own identity. A second receiver under the same one counts as "
    "connected already: it is dropped, and nothing says so. Give each its own: the app and the name of the function."
)
CHAPTER = ("working", "dispatch_uid")

Model = models_apart(__name__)
called = []


class Order(Model):
    item = models.CharField(max_length=20)


def given():
    called.clear()


def write_log(sender, instance, **kwargs):
    called.append("write_log")


def send_invoice(sender, instance, **kwargs):
    called.append("send_invoice")


def naive():
    post_save.connect(write_log, sender=Order, dispatch_uid="orders")
    post_save.connect(send_invoice, sender=Order, dispatch_uid="orders")
    Order.objects.create(item="lamp")
    return {"called": list(called)}


def right():
    for _again in range(2):  # as if the module were imported twice
        post_save.connect(write_log, sender=Order, dispatch_uid="shop.write_log")
        post_save.connect(send_invoice, sender=Order, dispatch_uid="shop.send_invoice")
    Order.objects.create(item="lamp")
    return {"called": list(called)}


def holds(left):
    return left["called"] == ["write_log", "send_invoice"]


def sentence(left):
    return _("Called: %(names)s.") % {"names": ", ".join(left["called"]) or _("nobody")}
