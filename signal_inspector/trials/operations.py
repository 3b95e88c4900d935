"""
Which signals Django's operations send, and which they don't.

From the documentation of the signals and of ``QuerySet``, and from the source of Django 5.2 and 6.1.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from signal_inspector.connected.senders import through_models
from signal_inspector.trials.typed import Unclear, find_model

SAVE, DELETE, INIT = ("pre_save", "post_save"), ("pre_delete", "post_delete"), ("pre_init", "post_init")


@dataclass(frozen=True)
class Kind:
    """
    A kind of operation.

    Attributes:
        call (str): how it is written.
        sends (tuple): the names of the signals of ``django.db.models.signals`` that it sends.
        instead (str): what to do where its silence is unwanted, "" where it is not silent.
    """

    call: str
    sends: tuple
    instead: str = ""


KINDS = {
    "save": Kind("save()", SAVE),
    "create": Kind("create()", INIT + SAVE),
    "delete": Kind("delete()", DELETE),
    "m2m": Kind("add(), remove(), set(), clear()", ("m2m_changed",)),
    "update": Kind(
        "QuerySet.update()",
        (),
        _("Save the instances one by one, or do what the receiver does where update() is called."),
    ),
    "bulk_create": Kind(
        "bulk_create()",
        INIT,  # by whoever makes the instances
        _("Save the instances one by one, or do the work of the receiver for all of them after bulk_create()."),
    ),
    "bulk_update": Kind(
        "bulk_update()",
        (),
        _("Save the instances one by one, or do the work of the receiver for all of them after bulk_update()."),
    ),
    "raw": Kind(
        "SQL",
        (),
        _("Raw SQL, triggers and other programs send no signals. Do the receiver's work beside them."),
    ),
}


@dataclass(frozen=True)
class Operation:
    """
    An operation on a model.

    Attributes:
        name (str): one of ``KINDS``.
        model (type): the model class, None if it was not said.
    """

    name: str
    model: type

    @property
    def kind(self):
        """Return its ``Kind``."""
        return KINDS[self.name]

    def senders(self):
        """Return the models that its signals are sent by."""
        if self.model is None:
            return ()
        if self.name == "delete":  # the rows of parents are deleted too, and what foreign keys cascade to
            return (self.model, *self.model._meta.all_parents, *deleted_with(self.model))
        if self.name == "m2m":
            return through_models(self.model)
        return (self.model,)


def parse(text):
    """
    Return the ``Operation`` of a text, as in ``"update:auth.User"``; None for "".

    Raises:
        Unclear: where it is none.
    """
    if not text:
        return None
    name, _colon, label = text.partition(":")
    name = {"raw sql": "raw", "sql": "raw", "add": "m2m"}.get(name.strip().lower(), name.strip().lower())
    if name not in KINDS:
        raise Unclear(f"There is no operation {name!r}. There is {', '.join(KINDS)}.")
    return Operation(name, find_model(label) if label.strip() else None)


def deleted_with(model):
    """Return the models whose rows are deleted along with a row, as far as foreign keys tell."""
    found, waiting = [], [model]
    while waiting:
        for relation in waiting.pop()._meta.related_objects:
            if getattr(getattr(relation, "on_delete", None), "__name__", "") != "CASCADE":
                continue
            if relation.related_model not in found and not relation.related_model._meta.auto_created:
                found.append(relation.related_model)
                waiting.append(relation.related_model)
    return tuple(found)
