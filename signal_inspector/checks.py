"""
System checks of how signals are connected.

Each is silenced as any check of Django is: ``SILENCED_SYSTEM_CHECKS = ["signal_inspector.W004"]``.
"""

from itertools import combinations

from django.apps import apps
from django.core.checks import Tags, Warning, register
from django.db.models import Model
from django.db.models.signals import ModelSignal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signal_inspector.connected import forgotten, inventory, senders
from signal_inspector.reading import naming, private, source
from signal_inspector.reading.places import app_of

MODELS = inventory.MODELS
# class_prepared can be heard of every sender only; m2m_changed is rare, and its senders are hard to name.
COSTS = {
    "init": gettext_lazy("It runs for each row that any query loads."),
    "save": gettext_lazy("It runs for each save of any model, sessions and log entries too."),
    "delete": gettext_lazy("Because of it Django loads each row of any model before it deletes it."),
}
FOR_EACH_ROW = {f"{MODELS}{when}_{what}": cost for what, cost in COSTS.items() for when in ("pre", "post")}
MADE_WITHOUT_SENDING = {f"{MODELS}pre_init", f"{MODELS}post_init"}  # also a swapped-out model can be instantiated


@register(Tags.signals)
def check_signals_modules_are_imported(app_configs=None, **kwargs):
    """Tell of modules that connect receivers when they are imported, and that nobody has imported."""
    return [
        Warning(
            _("No one has imported %s, so the receivers in it are not connected.") % name,
            hint=_("Import it in the ready() of %s, or remove the file.") % naming.class_name(type(config)),
            obj=name,
            id="signal_inspector.W001",
        )
        for config in (apps.get_app_configs() if app_configs is None else app_configs)
        for name in forgotten.forgotten_modules(config)
    ]


@register(Tags.signals)
def check_connections(app_configs=None, **kwargs):
    """Look at all connections once, as that takes some time, and tell what is wrong with them."""
    found, known = _connections(app_configs)
    return [*running_twice(found, known), *never_called(found, known), *hearing_every_model(found)]


def running_twice(found, known):
    """Tell of functions that run twice for one sender of one signal."""
    by_function = {}
    for name, signal, entry in found:
        if not entry.muted:
            by_function.setdefault((id(signal), _identity(entry.receiver)), []).append((name, entry))
    for same in by_function.values():
        twice = next((pair for pair in combinations(same, 2) if _overlap(pair[0][1], pair[1][1])), None)
        if twice:
            yield _runs_twice(*twice, known)


def never_called(found, known):
    """Tell of receivers whose sender will never send the signal."""
    for name, signal, entry in found:
        reason, hint = _never_sent(name, signal, known, entry)
        if reason:
            receiver = naming.receiver_name(entry.receiver)
            yield Warning(
                _("%(receiver)s will never be called by %(signal)s: %(reason)s")
                % {"receiver": receiver, "signal": name, "reason": reason},
                hint=hint,
                obj=receiver,
                id="signal_inspector.W003",
            )


def hearing_every_model(found):
    """Tell of receivers that run for each row of every model, but for Django's own."""
    for name, _signal, entry in found:
        if name not in FOR_EACH_ROW or not entry.hears_all:
            continue
        module = naming.module_of(source.function_behind(entry.receiver))
        if module.partition(".")[0] != "django":
            receiver = naming.receiver_name(entry.receiver)
            yield Warning(
                _("%(receiver)s hears %(signal)s of every model. %(cost)s")
                % {"receiver": receiver, "signal": name, "cost": FOR_EACH_ROW[name]},
                hint=_("Connect it with sender=, once for each model that it is about."),
                obj=receiver,
                id="signal_inspector.W004",
            )


def _connections(app_configs):
    """Return what ``inventory.connections`` does, without the dead, and of some apps if these are given."""
    found, known = inventory.connections()
    labels = None if app_configs is None else {config.label for config in app_configs}
    kept = []
    for name, signal, entry in found:
        if not entry.dead and (labels is None or _app_of(entry.receiver) in labels):
            kept.append((name, signal, entry))
    return kept, known


def _app_of(receiver):
    return app_of(naming.module_of(source.function_behind(receiver)))


def _runs_twice(first, second, known):
    (name, one), (_name, other) = first, second
    names = sorted({naming.receiver_name(one.receiver), naming.receiver_name(other.receiver)})
    narrower = other if one.hears_all else one
    return Warning(
        _("%(receiver)s runs twice for each %(signal)s of %(sender)s.")
        % {
            "receiver": " = ".join(names),
            "signal": name,
            "sender": known.describe(narrower)[1] or _("every sender"),
        },
        hint=_("Import its module by one name alone. A dispatch_uid stops a second connection only if both have it."),
        obj=names[0],
        id="signal_inspector.W002",
    )


def _identity(receiver):
    """Return what two receivers share if and only if they are the same."""
    target = source.function_behind(receiver)
    file, line = source.location(target)
    name = naming.receiver_name(target)
    if type(receiver) is type(target) and file and "<" not in name and not naming.is_class(target):
        return file, line, target.__qualname__  # whatever name its module was imported by
    # Closures, methods, partials and objects differ in what they hold, though their code is one.
    return private.id_of(receiver)


def _overlap(one, other):
    """Tell whether there is a sender that both connections hear."""
    return one.sender_id == other.sender_id or one.hears_all or other.hears_all


def _never_sent(name, signal, known, entry):
    """Return why a signal is never sent by the sender of a connection, and what to do; ``("", "")`` if it may be."""
    sender = None if entry.hears_all else known.of(entry)
    kind, text = known.describe(entry)
    if kind == senders.GONE:
        return _("its sender is gone."), _("Disconnect it.")
    if sender is None or not naming.is_class(sender):
        return "", ""
    if name in (f"{MODELS}pre_migrate", f"{MODELS}post_migrate"):
        return _("%s is a class, and migrate sends with an AppConfig.") % text, _(
            "Connect it with sender=self in ready()."
        )
    if name == f"{MODELS}class_prepared":
        return _("%s was prepared before it could be named.") % text, _("Connect it without a sender, and compare.")
    if not issubclass(type(signal), ModelSignal) or not issubclass(type(sender), type(Model)):
        return "", ""
    return _no_such_row(name, sender, text)


def _no_such_row(name, model, text):
    """Return the same for a signal of a model's rows."""
    meta = model._meta
    if meta.abstract:
        return _("%s is abstract, and has no rows.") % text, _("Connect it once for each model made of it.")
    if meta.swapped and name not in MADE_WITHOUT_SENDING:
        return _("%(model)s is swapped out for %(other)s.") % {"model": text, "other": meta.swapped}, _(
            "Connect it with sender=settings.%s."
        ) % meta.swappable
    if name == f"{MODELS}m2m_changed" and not senders.is_through_model(model):
        return _("%s is not the model between two others.") % text, _("Use the through model: Post.tags.through.")
    return "", ""
