"""A field that has changed, by what was loaded and by what is stored."""

from django.db import models
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lessons.running.apart import models_apart

TITLE = gettext_lazy("What changed? The old value is not the one that was loaded")
QUESTION = gettext_lazy(
    "How do I see what changed? A model notes its old values in __init__, and compares them with the new ones when it "
    "is saved. Is that what the save changes?"
)
SEE = gettext_lazy(
    "Two windows have the same ticket open. The first closes it. The second, which still shows it as open, changes "
    "the title and saves everything: that opens the ticket again. Its own snapshot says “open, as before”, so "
    "nobody is told. Asking the database before the write costs a statement, and sees what is really replaced."
)
CHAPTER = ("pitfalls", "what-was-loaded-is-not-what-is-replaced")

Model = models_apart(__name__)
told = []


class RememberingTicket(Model):
    title = models.CharField(max_length=20)
    status = models.CharField(max_length=20, default="open")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loaded = self.status


class Ticket(Model):
    title = models.CharField(max_length=20)
    status = models.CharField(max_length=20, default="open")


def given():
    told.clear()
    for model in (RememberingTicket, Ticket):
        model.objects.create(title="Lamp is dark")


def tell_change(sender, instance, **kwargs):
    if instance.status != instance.loaded:
        told.append(f"{instance.loaded} to {instance.status}")


def look_up_stored(sender, instance, **kwargs):
    instance.stored = sender.objects.filter(pk=instance.pk).values_list("status", flat=True).first()


def tell_stored_change(sender, instance, **kwargs):
    if instance.status != instance.stored:
        told.append(f"{instance.stored} to {instance.status}")


def work_in_two_windows(model):
    happened, stored = [], "open"
    first, second = model.objects.get(), model.objects.get()
    first.status = "closed"
    second.title = "Lamp is dark again"
    for window in (first, second):
        window.save()  # every field, and so the status
        happened += [f"{stored} to {window.status}"] if stored != window.status else []
        stored = window.status
    return {"happened": happened, "told": list(told)}


def naive():
    post_save.connect(tell_change, sender=RememberingTicket)
    return work_in_two_windows(RememberingTicket)


def right():
    pre_save.connect(look_up_stored, sender=Ticket)
    post_save.connect(tell_stored_change, sender=Ticket)
    return work_in_two_windows(Ticket)


def holds(left):
    return left["told"] == left["happened"]


def sentence(left):
    return _("In the database: %(happened)s. Told: %(told)s.") % {
        "happened": ", ".join(left["happened"]),
        "told": ", ".join(left["told"]) or _("nothing"),
    }
