"""
Who the sender of a connection is, and which senders are waited for.

Django 5.2 keeps of a sender no more than its ``id()``. It is looked for among models, app configurations, what lies
in modules, and at last among live objects. Nothing is imported and nobody is touched (see naming.py).
"""

import gc
import sys
from functools import partial
from types import MethodType, ModuleType

from django.apps import AppConfig, apps
from django.dispatch import Signal
from django.utils.translation import gettext as _

from signal_inspector.connected.entries import ALL_SENDERS, Entry
from signal_inspector.reading import naming

ALL, MODEL, APP, OTHER, PENDING, UNKNOWN, GONE, NOBODY = (
    "all",
    "model",
    "app",
    "other",
    "pending",
    "unknown",
    "gone",
    "nobody",
)


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


def pending():
    """
    Return what waits for a model that is not loaded, as ``(signal, Entry, label of the model)``.

    Such is ``post_save.connect(receiver, sender="shop.Order")`` until an app defines the model.
    """
    found = []
    for (app_label, model_name), operations in list(naming.instance_dict(apps).get("_pending_operations", {}).items()):
        for operation in list(operations):
            signal, entry = _pending_connection(operation)
            if signal is not None:
                found.append((signal, entry, f"{app_label}.{model_name}"))
    return found


def _pending_connection(operation):
    """Return signal and entry of what ``ModelSignal.connect`` left to do; ``(None, None)`` for anything else."""
    function = naming.instance_dict(operation).get("func")
    arguments, keywords = (), {}
    while issubclass(type(function), partial):
        arguments, keywords = function.args + arguments, {**function.keywords, **keywords}
        function = function.func
    if type(function) is not MethodType or function.__func__ is not Signal.connect or not arguments:
        return None, None
    return function.__self__, Entry(
        receiver=arguments[0],
        sender_id=None,
        dispatch_uid=keywords.get("dispatch_uid"),
        weak=bool(keywords.get("weak", True)),
        is_async=naming.is_coroutine_function(arguments[0]),
        dead=False,
    )


def _find(wanted):
    """Return id to object, for those ids that are found."""
    found = {}
    for candidates in (_models_and_apps, _in_modules, _alive):
        if len(found) == len(wanted):
            break
        for value in candidates():
            if id(value) in wanted:
                found.setdefault(id(value), value)
    return found


def _models_and_apps():
    for models in list(apps.all_models.values()):  # proxies and automatic ones too
        yield from list(models.values())
    yield from list(apps.app_configs.values())


def _in_modules():
    for module in list(sys.modules.values()):
        yield module
        yield from naming.module_attributes(module).values()


def _alive():
    """Yield live objects that can be meant as a sender: not the many dicts, frames and functions of the moment."""
    for value in gc.get_objects():
        kind = type(value)
        if issubclass(kind, (type, ModuleType)) or naming.class_flags(kind) & naming.HEAP_TYPE:
            yield value
