"""
Who the sender of a connection is.

Django 5.2 keeps of a sender no more than its ``id()``. It is looked for among models, app configurations, what lies
in modules, and at last among live objects. Nothing is imported, and no code of theirs is run (see naming.py).
"""

import gc
import sys
from contextlib import suppress
from types import ModuleType
from weakref import WeakValueDictionary

from django.apps import AppConfig, apps
from django.db.models import Model
from django.utils.translation import gettext as _

from signal_inspector.reading import naming
from signal_inspector.reading.private import ALL_SENDERS

KINDS = "all model app other pending unknown gone nobody".split()
ALL, MODEL, APP, OTHER, PENDING, UNKNOWN, GONE, NOBODY = KINDS

_seen = WeakValueDictionary()  # id of a sender to the sender, for as long as it lives


class Senders:
    """Finds the senders of many connections at once, as that takes a look through the process."""

    def __init__(self, entries):
        """Find the senders of entries (as ``entries.read`` gives them) that Django does not name itself."""
        wanted = {entry.sender_id for entry in entries if entry.sender is None and type(entry.sender_id) is int}
        self.found = _find(wanted - {ALL_SENDERS})

    def of(self, entry):
        """Return the sender of an entry, None if it has none or it is unknown."""
        return self.found.get(entry.sender_id) if entry.sender is None else entry.sender

    def describe(self, entry):
        """Return a kind (one of the names above) and a name for the sender of an entry."""
        if entry.muted:
            return NOBODY, _("nobody (muted)")
        if entry.hears_all:
            return ALL, ""
        sender = self.of(entry)
        if sender is None:
            return (GONE, _("gone")) if entry.sender_gone else (UNKNOWN, _("unknown (id %s)") % (entry.sender_id,))
        if naming.is_class(sender) and naming.model_label(sender):
            return MODEL, naming.sender_name(sender)
        return APP if issubclass(type(sender), AppConfig) else OTHER, naming.sender_name(sender)


def through_models(model):
    """Return the models between a model and those it has many-to-many relations with, from both sides."""
    relations = [each.remote_field for each in model._meta.many_to_many]
    relations += [each for each in model._meta.related_objects if each.many_to_many]
    return list(dict.fromkeys(relation.through for relation in relations if relation.through is not None))


def is_through_model(model):
    """Tell whether a model is the one between two others, so that ``m2m_changed`` may be sent by it."""
    return any(
        model is each.remote_field.through
        for other in apps.get_models(include_auto_created=True, include_swapped=True)
        for each in other._meta.local_many_to_many
    )


def _find(wanted):
    """Return id to object, for those ids that are found."""
    found = {key: sender for key in wanted if (sender := _seen.get(key)) is not None}
    for candidates in (_models_and_apps, _in_modules, _model_classes, _alive):
        missing = wanted - found.keys()
        if missing:
            found.update((id(value), value) for value in candidates(missing))
    for key in wanted & found.keys() - _seen.keys():
        with suppress(TypeError):  # no weak reference to it can be made: it is looked for each time
            _seen[key] = found[key]
    return found


def _models_and_apps(wanted):
    for models in list(apps.all_models.values()):  # proxies and automatic ones too
        yield from (model for model in list(models.values()) if id(model) in wanted)
    yield from (config for config in list(apps.app_configs.values()) if id(config) in wanted)


def _in_modules(wanted):
    for module in list(sys.modules.values()):
        if id(module) in wanted:
            yield module
        values = list(naming.module_attributes(module).values())
        if not wanted.isdisjoint(map(id, values)):  # quicker than a look at each
            yield from (value for value in values if id(value) in wanted)


def _model_classes(wanted):
    """Yield models that are in no list too: so what is not among these is no model, whatever gc.freeze() hides."""
    waiting = [Model]
    while waiting:
        cls = waiting.pop()
        waiting += type.__subclasses__(cls)
        if id(cls) in wanted:
            yield cls


def _alive(wanted):
    """Yield live objects that can be meant as a sender: not the many dicts, frames and functions of the moment."""
    values = gc.get_objects()
    for value in values if not wanted.isdisjoint(map(id, values)) else ():
        kind = type(value)
        meant = issubclass(kind, (type, ModuleType)) or naming.class_flags(kind) & naming.HEAP_TYPE
        if meant and id(value) in wanted:
            yield value
