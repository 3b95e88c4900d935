"""A deletion, and somebody who listens to it."""

from django.db import models
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("A spy makes deletions slow")
QUESTION = gettext_lazy("A receiver of post_delete only counts. What does that change about the deletion?")
SEE = gettext_lazy(
    "While nobody listens, Django deletes with one statement. As soon as somebody does, it has to load each row, to "
    "be able to send it, and deletes in batches. Often the number that delete() returns is all that is needed."
)
CHAPTER = ("pitfalls", "a-spy-on-deletions-makes-them-slower")

Model = models_apart(__name__)
ROWS = 300
gone = []


class Visit(Model):
    page = models.CharField(max_length=20)


def given():
    gone.clear()
    Visit.objects.bulk_create([Visit(page="home") for _number in range(ROWS)])


def count_deletion(sender, instance, **kwargs):
    gone.append(1)


def naive():
    post_delete.connect(count_deletion, sender=Visit)
    Visit.objects.filter(page="home").delete()
    return {"counted": len(gone)}


def right():
    counted, _by_model = Visit.objects.filter(page="home").delete()
    return {"counted": counted}


def holds(left):
    return left["counted"] == ROWS and left["statements"] == 1


def sentence(left):
    statements = ngettext("%(n)s statement", "%(n)s statements", left["statements"]) % {"n": left["statements"]}
    return f"{statements}; " + ngettext("%(n)s deletion counted.", "%(n)s deletions counted.", left["counted"]) % {
        "n": left["counted"]
    }
