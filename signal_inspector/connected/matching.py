"""
Senders that can never match.

Django compares a sender by identity, and takes anything for one: a label where none is resolved, a tuple of models, an
instance, ``Post.tags`` in the place of ``Post.tags.through``. Nobody sends as such a thing, so the receiver is never
called, and nothing says so.
"""

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import NamedTuple

from django.apps import AppConfig, apps
from django.db.models import Field, ForeignObjectRel, Manager, Model
from django.db.models.base import ModelBase
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor, ReverseManyToOneDescriptor
from django.utils.translation import gettext as _

from signal_inspector.connected import catalogue, senders
from signal_inspector.connected.catalogue import APP, CLASS, INSTANCE, MODEL, MODELS, TEXT
from signal_inspector.reading import finding, naming

ROWS = {f"{MODELS}.{when}_{what}" for when in ("pre", "post") for what in ("save", "delete")}
MADE = {f"{MODELS}.pre_init", f"{MODELS}.post_init"}  # a swapped-out model can be instantiated, too
CONTAINERS = (tuple, list, set, frozenset, dict)


class Mismatch(NamedTuple):
    """
    Why nobody sends a signal as a sender.

    Attributes:
        kind (str): "gone", "swapped", "between", or "never" for all others.
        reason (str): a sentence, after a colon.
        remedy (str): what to do.
    """

    kind: str
    reason: str
    remedy: str


def mismatch(name, entry, known):
    """
    Return why a signal is never sent by the sender of a connection, None if it may be.

    Args:
        name (str): the dotted name of the signal.
        entry (Entry): the connection.
        known (Senders): who the senders are.
    """
    if entry.hears_all or entry.muted:
        return None
    kind, text = known.describe(entry)
    if kind == senders.GONE:
        return Mismatch("gone", _("its sender is gone."), _("Disconnect it."))
    wanted, sender = catalogue.sends_as(name), known.of(entry)
    if sender is None:
        return _written(name, entry) or _unknown(wanted)
    return (
        _container(sender, text)
        or _label(sender, text)
        or _of_another_kind(wanted, sender, text)
        or _no_sender_of(name, wanted, sender, text, entry)
    )


def _never(reason, remedy):
    return Mismatch("never", reason, remedy)


def _written(name, entry):
    """Tell of a sender that was made for the call, as it is written there."""
    for call in finding.calls_connecting(entry.receiver):
        if call.signal.rpartition(".")[2] != name.rpartition(".")[2]:
            continue
        if call.sender_value is not None:
            return _container(call.sender_value, call.sender) or _label(call.sender_value, call.sender)
    return None


def _unknown(wanted):
    """Tell of a sender that is none of those that can be looked up without a gap."""
    if wanted == MODEL:
        return _never(
            _("its sender is no model. It was made for this call, such as a list or an instance, or is gone."),
            _("Connect it to the model class itself, once for each model."),
        )
    if wanted == APP:
        return _never(_("its sender is no AppConfig."), _("Connect it with sender=self in ready()."))
    return None


def _container(sender, text):
    kind = next((each for each in CONTAINERS if type(sender) is each), None)
    if kind is None:
        return None
    values = {"sender": text, "kind": kind.__name__}
    return _never(
        _("%(sender)s is a %(kind)s, which counts as one sender, and nobody sends as that.") % values,
        _("Connect it once for each sender: for model in (…): signal.connect(…, sender=model)."),
    )


def _label(sender, text):
    """Tell of the label of a model; ``ModelSignal.connect`` has turned any that it was given into the model."""
    if not issubclass(type(sender), str):
        return None
    try:
        label = apps.get_model(sender)._meta.label
    except (LookupError, ValueError):
        return None
    return _never(
        _("%s is a text. This signal does not look up labels: the class itself sends it.") % repr(text),
        _("Connect it with the class: sender=get_user_model(), or apps.get_model(%r), in ready().") % label,
    )


def _of_another_kind(wanted, sender, text):
    """Tell of a sender that is no class, where classes send, and the like."""
    is_class = naming.is_class(sender)
    is_kind = {
        "": True,
        MODEL: is_class and issubclass(type(sender), ModelBase),
        CLASS: is_class,
        APP: issubclass(type(sender), AppConfig),
        TEXT: issubclass(type(sender), str),
        INSTANCE: not is_class and not issubclass(type(sender), str),
    }
    if is_kind[wanted]:
        return None
    senders_of = {
        MODEL: _("the model class sends it"),
        CLASS: _("a class sends it"),
        APP: _("the AppConfig of the app sends it"),
        TEXT: _("it is sent by a text, the name of a module"),
        INSTANCE: _("the object itself sends it, not its class"),
    }
    values = {"sender": text, "what": _what(sender), "who": senders_of[wanted]}
    return _never(_("%(sender)s is %(what)s, and %(who)s.") % values, _remedy(wanted, sender, text))


def _what(sender):
    kind = type(sender)
    if naming.is_class(sender):
        return _("a model") if issubclass(kind, ModelBase) else _("a class")
    for kinds, words in (
        (str, _("a text")),
        ((FunctionType, BuiltinFunctionType, MethodType), _("a function")),
        (ModuleType, _("a module")),
        (AppConfig, _("an AppConfig")),
        (Manager, _("a manager")),
        (Model, _("an instance")),
        ((Field, ForeignObjectRel), _("a field")),
        ((ForwardManyToOneDescriptor, ReverseManyToOneDescriptor), _("the descriptor of a relation")),
    ):
        if issubclass(kind, kinds):
            return words
    return _("an object")


def _remedy(wanted, sender, text):
    if wanted == APP:
        return _("Connect it with sender=self in ready().")
    if wanted == TEXT:
        return _("Connect it without a sender, and look at the credentials in the receiver.")
    if wanted == INSTANCE:
        return _("Connect it without a sender, and look at the sender in the receiver.")
    if issubclass(type(sender), (FunctionType, MethodType)):
        return _("Call it, if it returns the class: sender=%s().") % text.rpartition(".")[2]
    if wanted == MODEL and issubclass(type(sender), (Field, ForeignObjectRel, ReverseManyToOneDescriptor)):
        return _("Use the class: for m2m_changed the through model, as in Post.tags.through.")
    return _("Connect it to the class itself.")


def _no_sender_of(name, wanted, sender, text, entry):
    """Tell of a sender of the right kind that does not send this."""
    if wanted == APP:
        return _app(sender, text)
    if not naming.is_class(sender) or not issubclass(type(sender), ModelBase):
        return None
    if wanted == CLASS and not name.startswith(catalogue.AUTH):
        return _never(_("%s is a model, and the class that works sends it.") % text, _("Connect it without a sender."))
    if name == f"{MODELS}.class_prepared":
        return _prepared(sender, text, entry)
    return _model(name, sender, text) if wanted else None


def _app(config, text):
    label = naming.instance_dict(config).get("label")
    if naming.instance_dict(apps)["app_configs"].get(label) is not config:
        return _never(_("%s is not the AppConfig that is installed.") % text, _("Use apps.get_app_config()."))
    if naming.instance_dict(config).get("models_module") is None:
        reason = _("%s has no models module, and migrate sends nothing for such an app.") % text
        return _never(reason, _("Give it a models.py, which may be empty; or connect it to another app's."))
    return None


def _prepared(model, text, entry):
    """Tell of a class that was made before anybody could connect to it."""
    receiver = entry.receiver
    parts = (*model.__mro__, type(model), *map(type, naming.class_attributes(model).values()))
    calls = finding.calls_connecting(receiver, map(naming.module_of, (*parts, *map(type, model._meta.local_fields))))
    calls = [call for call in calls if call.signal.rpartition(".")[2] == "class_prepared"]
    # Who is given a class that is being made connects in time: contribute_to_class(), a metaclass.
    in_time = any(call.sender_given for call in calls)
    is_plain = type(receiver) is FunctionType and receiver.__qualname__ == receiver.__name__
    if in_time or not (calls or is_plain):
        return None
    return _never(
        _("%s was prepared before it could be named.") % text, _("Connect it without a sender, and compare.")
    )


def _model(name, model, text):
    meta = model._meta
    if meta.abstract:
        made = [each._meta.label for each in apps.get_models() if issubclass(each, model)][:3]
        reason = _("%s is abstract, and has no rows.") % text
        reason += " " + _("Each model made of it sends as itself: %s.") % ", ".join(made) if made else ""
        return _never(reason, _("Connect it once for each model made of it."))
    if meta.swapped and name not in MADE:
        reason = _("%(model)s is swapped out for %(other)s.") % {"model": text, "other": meta.swapped}
        labels = name.startswith(MODELS)  # the others do not look up labels
        sender = f"settings.{meta.swappable}" if labels else "get_user_model()"
        return Mismatch("swapped", reason, _("Connect it with sender=%s.") % sender)
    if name == f"{MODELS}.m2m_changed" and not senders.is_through_model(model):
        reason = _("%s is not the model between two others.") % text
        return Mismatch("between", reason, _("Use the through model: Post.tags.through."))
    if name in ROWS and meta.concrete_model._meta.auto_created:
        reason = _("%s is made by a many-to-many field, and Django sends no such signal for its rows.") % text
        return _never(reason, _("Listen to m2m_changed, or write the model between yourself (through=)."))
    return None
