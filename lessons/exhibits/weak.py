"""A receiver that nobody holds."""

from django.conf import settings
from django.db.models.signals import post_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("A receiver that vanishes")
QUESTION = gettext_lazy("Receivers are defined inside a function, or belong to an object. Are they called?")
SEE = gettext_lazy(
    "A signal holds its receivers weakly: when nothing else holds one, it is gone, without a word. So it is with a "
    "function inside a function, and with the method of an object that nobody keeps. While DEBUG is on, Django "
    "remembers the signatures of functions, and so keeps some alive by chance: it works on the laptop, and not in "
    "production. A function at the top of a module is held by the module; connect(weak=False) has the signal itself "
    "hold what nobody else does."
)
CHAPTER = ("working", "weak-and-strong-references")

Model = models_apart(__name__)
called = []


class Order(Model):
    pass


def given():
    called.clear()


def connect_in_a_function():
    def count(sender, instance, **kwargs):
        called.append("count")

    post_save.connect(count, sender=Order)


class Archive:
    def keep(self, sender, instance, **kwargs):
        called.append("keep")


def naive():
    connect_in_a_function()  # count() ends with it
    post_save.connect(Archive().keep, sender=Order)  # the archive ends with this line
    Order.objects.create()
    return {"called": len(called)}


def count(sender, instance, **kwargs):
    called.append("count")


archive = Archive()


def right():
    post_save.connect(count, sender=Order)
    post_save.connect(archive.keep, sender=Order)
    Order.objects.create()
    return {"called": len(called)}


def holds(left):
    return left["called"] == 2


def sentence(left):
    number = left["called"]
    told = ngettext("%(n)s of 2 receivers was called.", "%(n)s of 2 receivers were called.", number) % {"n": number}
    if number == 1 and settings.DEBUG:
        told = f"{told} " + _("DEBUG is on, which keeps the local function alive; without it, it is gone too.")
    return told
