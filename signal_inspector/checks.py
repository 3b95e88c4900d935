"""
System checks of how signals are connected.

They are about the project's own code; ``manage.py check wagtailcore`` asks about a package. Each is silenced as any
check of Django is, ``SILENCED_SYSTEM_CHECKS = ["signal_inspector.W004"]``, and for a receiver or a package by
``SIGNAL_INSPECTOR_CHECK_IGNORE``. They speak English in every project, as Django's own do.
"""

import sys
from functools import wraps
from itertools import combinations

from django.apps import apps
from django.core.checks import Info, Tags, Warning, register
from django.utils.translation import override

from signal_inspector import conf
from signal_inspector.connected import forgotten, inventory, matching
from signal_inspector.connected.catalogue import DJANGO
from signal_inspector.reading import naming, private, replacing, source
from signal_inspector.reading.places import app_of, is_projects_own
from signal_inspector.scanning import skipping, writing
from signal_inspector.scanning.files import node_of
from signal_inspector.scanning.resolving import Resolver

MODELS = inventory.MODELS
# class_prepared can be heard of every sender only; m2m_changed is rare, and its senders are hard to name.
COSTS = {
    "init": "It runs for each row that any query loads.",
    "save": "It runs for each save of any model, sessions and log entries too.",
    "delete": "Because of it Django loads each row of any model before it deletes it.",
}
SAVES = {f"{MODELS}pre_save", f"{MODELS}post_save"}
FOR_EACH_ROW = {f"{MODELS}{when}_{what}": cost for what, cost in COSTS.items() for when in ("pre", "post")}


def in_english(check):
    """Run a check without translations: the pages have some of its sentences in other languages."""

    @wraps(check)
    def checked(app_configs=None, **kwargs):
        with override(None):
            return check(app_configs, **kwargs)

    return checked


@register(Tags.signals)
@in_english
def check_signals_modules_are_imported(app_configs=None, **kwargs):
    """Tell of modules that connect receivers when they are imported, and that nobody has imported."""
    return [
        Warning(
            f"No one has imported {name}, so the receivers in it are not connected.",
            hint=f"Import it in the ready() of {_config_of(config)}, or remove the file.",
            obj=name,
            id="signal_inspector.W001",
        )
        for config in (apps.get_app_configs() if app_configs is None else app_configs)
        for name, file in forgotten.forgotten_modules(config)
        if (app_configs is not None or is_projects_own(file)) and not conf.silenced(name)
    ]


@register(Tags.signals)
@in_english
def check_connections(app_configs=None, **kwargs):
    """Look at all connections once, as that takes some time, and tell what is wrong with them."""
    found, known = _connections(app_configs)
    return [
        *running_twice(found, known),
        *never_called(found, known),
        *hearing_every_model(found),
        *replaced_by_another(found, app_configs),
        *never_run(found),
        *saving_again(found),
        *(writing_from_fixtures(found) if conf.check_fixtures() else ()),
    ]


def check_everything():
    """Return what all checks say, those that are off by default and what is likely meant too."""
    found, _known = _connections(None)
    told = [*check_signals_modules_are_imported(), *check_connections(), *saving_again(found, guarded=True)]
    return told if conf.check_fixtures() else [*told, *writing_from_fixtures(found)]


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
    for name, _signal, entry in found:
        if mismatch := matching.mismatch(name, entry, known):
            receiver = naming.receiver_name(entry.receiver)
            yield Warning(
                f"{receiver} will never be called by {name}: {mismatch.reason}",
                hint=mismatch.remedy,
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
                f"{receiver} hears {name} of every model. {FOR_EACH_ROW[name]}",
                hint="Connect it with sender=, once for each model that it is about.",
                obj=receiver,
                id="signal_inspector.W004",
            )


def replaced_by_another(found, app_configs):
    """Tell of receivers that are gone since their name was given to something else."""
    held = {source.location(source.function_behind(each.receiver)) for _, _, each in found if not each.weak}
    for module, file in _modules(app_configs):
        for one in replacing.replaced(source.module_source(module)):
            name = f"{module}.{one.name}"
            if (file, one.first_line) in held or conf.silenced(name):
                continue
            yield Warning(
                f"{name} in line {one.line}, connected to {one.signal}, is gone: line {one.again} takes its name.",
                hint="Give each receiver a name of its own. "
                "DEBUG=True hides this: a cache keeps such functions alive.",
                obj=name,
                id="signal_inspector.W005",
            )


def never_run(found):
    """Tell of receivers of Django's signals that return a coroutine or a generator, which nobody runs."""
    for name, _signal, entry in found:
        what = naming.returns_unrun(entry.receiver) if name in DJANGO and not entry.is_async else ""
        if what:
            receiver = naming.receiver_name(entry.receiver)
            yield Warning(
                f"{receiver} returns a {what} to {name}, and nobody runs that.",
                hint="Connect an async def function or method, as audit.__call__; or take the yield out.",
                obj=receiver,
                id="signal_inspector.W006",
            )


def saving_again(found, guarded=False):
    """Tell of receivers that save their own instance, without end or, if ``guarded``, until a condition stops it."""
    for receiver, node, resolver in _sources(found, SAVES):
        evidence, guard = writing.own_save(resolver, node) or (None, "")
        if evidence is None or bool(guard) != guarded:
            continue
        told = f"{receiver} saves its own instance, which calls it again: {evidence}"
        yield (Info if guarded else Warning)(
            f"{told} (behind: {guard})" if guarded else told,
            hint="Set the value in pre_save, without saving, or write it with QuerySet.update(), which sends nothing.",
            obj=receiver,
            id="signal_inspector.I001" if guarded else "signal_inspector.W012",
        )


def writing_from_fixtures(found):
    """Tell of receivers of post_save that write, and never look at raw."""
    for receiver, node, resolver in _sources(found, {f"{MODELS}post_save"}):
        evidence = None if writing.looks_at_raw(resolver, node) else writing.first_write(resolver, node)
        if evidence is not None:
            yield Warning(
                f"{receiver} never looks at raw, and writes: {evidence}",
                hint="loaddata sends the signal with raw=True: what the row refers to may not be there yet, and the "
                "fixture may bring itself what is written here. Begin with: if raw: return.",
                obj=receiver,
                id="signal_inspector.W011",
            )


def _sources(found, signals):
    """Yield name and syntax tree of each receiver of some signals, once, and what finds out what it writes."""
    resolver, seen = Resolver(skipping.hearing(inventory.all_signals())), set()
    for name, _signal, entry in found:
        function = source.function_behind(entry.receiver) if name in signals else None
        node = node_of(function) if function is not None else None
        if node is not None and node not in seen:
            seen.add(node)
            yield naming.receiver_name(entry.receiver), node, resolver


def _modules(app_configs):
    """Return name and file of the project's own modules that are loaded, or of those of some apps."""
    labels = None if app_configs is None else {config.label for config in app_configs}
    files = {}
    for name, module in sys.modules.copy().items():
        file = naming.module_attributes(module).get("__file__")
        if type(file) is str and (is_projects_own(file) if labels is None else app_of(name) in labels):
            files.setdefault(file, name)
    return [(name, file) for file, name in files.items()]


def _config_of(config):
    """Return the class whose ready() is to import a module of an app: one of its own, be it still to be written."""
    name = naming.class_name(type(config))
    return name if f"{name}.".startswith(f"{config.name}.") else f"an AppConfig of its own, in {config.name}.apps"


def _connections(app_configs):
    """Return what ``inventory.connections`` does, of the project's own receivers that live, or of some apps'."""
    found, known = inventory.connections()
    labels = None if app_configs is None else {config.label for config in app_configs}
    return [each for each in found if not each[2].dead and _is_asked_about(each[2].receiver, labels)], known


def _is_asked_about(receiver, labels):
    function = source.function_behind(receiver)
    module = naming.module_of(function)
    if conf.silenced(naming.receiver_name(receiver)) or conf.silenced(module):
        return False
    return is_projects_own(source.location(function)[0]) if labels is None else app_of(module) in labels


def _runs_twice(first, second, known):
    (name, one), (_name, other) = first, second
    names = sorted({naming.receiver_name(one.receiver), naming.receiver_name(other.receiver)})
    narrower = other if one.hears_all else one
    sender = known.describe(narrower)[1] or "every sender"
    return Warning(
        f"{' = '.join(names)} runs twice for each {name} of {sender}.",
        hint="Import its module by one name alone. A dispatch_uid stops a second connection only if both have it.",
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
