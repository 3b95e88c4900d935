"""A receiver that saves the instance that it was called for."""

from django.db import models
from django.db.models.signals import post_save, pre_save
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("A receiver that saves its own instance")
QUESTION = gettext_lazy("A receiver of post_save sets a field and saves the instance again. When does that end?")
SEE = gettext_lazy(
    "save() sends post_save, post_save calls the receiver, the receiver calls save(): until Python gives up with a "
    "RecursionError. The right receiver hears pre_save and only sets the value: the save that is about to happen "
    "writes it."
)
CHAPTER = ("pitfalls", "a-receiver-that-saves-its-own-instance")

Model = models_apart(__name__)
calls = []


class Article(Model):
    title = models.CharField(max_length=40)
    slug = models.CharField(max_length=40)


def given():
    calls.clear()


def set_slug_and_save(sender, instance, **kwargs):
    calls.append(1)
    instance.slug = slugify(instance.title)
    instance.save()


def set_slug(sender, instance, **kwargs):
    calls.append(1)
    instance.slug = slugify(instance.title)


def write_article():
    try:
        Article.objects.create(title="Hello Signals")
        failed = ""
    except RecursionError as error:
        failed = type(error).__name__
    return {"failed": failed, "calls": len(calls)}


def naive():
    post_save.connect(set_slug_and_save, sender=Article)
    return write_article()


def right():
    pre_save.connect(set_slug, sender=Article)
    return write_article()


def afterwards():
    return {"slug": Article.objects.get().slug}


def holds(left):
    return not left["failed"] and left["calls"] == 1 and left["slug"] == "hello-signals"


def sentence(left):
    calls = ngettext("Called %(n)s time", "Called %(n)s times", left["calls"]) % {"n": left["calls"]}
    end = _("ended by %(error)s") % {"error": left["failed"]} if left["failed"] else _("no error")
    return f"{calls}, {end}; " + _("slug in the database: “%(slug)s”.") % {"slug": left["slug"]}
