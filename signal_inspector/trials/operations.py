"""
Which signals Django's operations send, and which they don't.

From the documentation of the signals and of ``QuerySet``, and from the source of Django 5.2 and 6.1.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext
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
    "reverse": Kind(
        "add() of a reverse foreign key",
        (),
        _("Give add(), remove(), set() and clear() bulk=False: then each instance is saved."),
    ),
    "raw_delete": Kind("_raw_delete()", (), _("Use delete(), or do the receiver's work beside it.")),
    "raw": Kind(
        "SQL",
        (),
        _("Raw SQL, triggers and other programs send no signals. Do the receiver's work beside them."),
    ),
}


def silent_calls():
    """Return the calls that write rows and send nothing, as a list in words."""
    return ", ".join(kind.call for kind in KINDS.values() if kind.instead)


OTHER_WORDS = {"raw sql": "raw", "sql": "raw", "_raw_delete": "raw_delete"}
OTHER_WORDS |= dict.fromkeys(("add", "remove", "set", "clear"), "m2m")


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
    name = name.strip().lower().removesuffix("()")
    name = OTHER_WORDS.get(name, name)
    if name.startswith("a") and name[1:] in KINDS:  # acreate, aupdate
        name = name[1:]
    if name not in KINDS:
        close = get_close_matches(name, KINDS, 1)
        told = gettext("There is no operation %(name)r. There is %(names)s.")
        told %= {"name": name, "names": ", ".join(KINDS)}
        meant = gettext("Did you mean %s?") % close[0] if close else ""
        raise Unclear(f"{told} {meant}".rstrip())
    model = find_model(label) if label.strip() else None
    if name == "m2m" and model is not None and not through_models(model) and reverse_keys(model):
        name = "reverse"
    return Operation(name, model)


def reverse_keys(model):
    """Return the relations of a model that are foreign keys of others."""
    return [relation for relation in model._meta.related_objects if relation.one_to_many]


def on_delete_of(field):
    """Return the name of what a foreign key does where the row that it refers to is deleted: "CASCADE"."""
    rule = field.remote_field.on_delete
    if hasattr(rule, "deconstruct"):  # what SET(…) returns
        return "SET"
    return getattr(rule, "__name__", "")


def deleted_with(model):
    """Return the models whose rows Django deletes along with a row, as foreign keys and generic relations tell."""
    found, waiting = [], [model]
    while waiting:
        meta = waiting.pop()._meta
        related = [each.related_model for each in meta.related_objects if _cascades(each)]
        related += [field.related_model for field in meta.private_fields if hasattr(field, "bulk_related_objects")]
        for other in related:
            if other not in found and not other._meta.auto_created:
                found.append(other)
                waiting.append(other)
    return tuple(found)


def _cascades(relation):
    return getattr(getattr(relation, "on_delete", None), "__name__", "") == "CASCADE"
