"""Why a receiver is not connected to anything, or not by all that connects it."""

from django.apps import apps
from django.utils.translation import gettext as _

from signal_inspector.connected.senders import ALL, PENDING
from signal_inspector.reading import naming, replacing, source
from signal_inspector.reading.calls import UNKNOWN, classes_whose_ready_names
from signal_inspector.reading.places import short_path
from signal_inspector.why.answers import answer


def answers(found):
    """Return the answers for a receiver without a connection, or with none but pending ones."""
    told = [
        *_pending(found),
        *_not_imported(found),
        *_uid_taken(found),
        *_collected(found),
        *_disconnected(found),
    ]
    return told or list(_not_run(found)) or [answer("not-connected", name=found.name)]


def replaced(found):
    """Return the answers for functions whose name another has taken, so that they are gone with their connection."""
    held = {(each.file, each.line) for _signal, each in found.connections if not each.weak}
    told = []
    for path, module in dict.fromkeys((place.path, place.module) for place in found.places if place.loaded):
        for one in replacing.replaced(source.module_source(module)):
            if f"{module}.{one.name}" == found.name and (path, one.first_line) not in held:
                key = "replaced" if one.again != one.line else "replaced:loop"
                told.append(answer(key, path=short_path(path), line=one.line, signal=one.signal, again=one.again))
    return told


def warnings(found):
    """Return what threatens the connections that there are."""
    weak = any(receiver.weak for _signal, receiver in found.connections)
    return [answer("fragile")] if weak and "<locals>" in found.name else list(_pending(found))


def _pending(found):
    for signal, receiver in found.connections:
        if receiver.sender_kind == PENDING:
            yield answer("lazy-sender", signal=signal.shown_name, model=receiver.sender)


def _not_imported(found):
    for place in found.places:
        if not place.loaded:
            told = answer("not-imported", module=place.module, path=short_path(place.path), line=place.line)
            yield told.and_also(_other_config(place.module))


def _other_config(module):
    """Return a sentence where an AppConfig imports a module in its ready(), and another one is in use."""
    config = apps.get_containing_app_config(module)
    used = naming.class_name(type(config)) if config is not None else ""
    for name in _configs_that_import(config.name, module) if config is not None else ():
        if name != used:
            values = {"other": name, "used": used}
            return _("%(other)s imports it, and is not used: the app's configuration is %(used)s.") % values
    return ""


def _configs_that_import(package, module):
    last = module.rpartition(".")[2]
    return classes_whose_ready_names(source.module_source(f"{package}.apps"), f"{package}.apps", last)


def _uid_taken(found):
    for call in _calls(found):
        uid = naming.uid_name(call.uid) if call.uid is not UNKNOWN else ""
        for signal in found.signals if uid else ():
            for receiver in signal.receivers if signal.name.rpartition(".")[2] == call.signal_name else ():
                if receiver.dispatch_uid == uid and receiver.name != found.name and _may_share(call, receiver):
                    other = receiver.name or _("a receiver that is gone")
                    yield answer("uid-taken", uid=uid, signal=signal.shown_name, other=other)


def _may_share(call, receiver):
    """Tell whether a call and a connection may have one sender: a dispatch_uid is taken for one sender at a time."""
    if not call.sender or receiver.sender_kind == ALL:
        return not call.sender and receiver.sender_kind == ALL
    named, models = call.sender.strip("\"'").rpartition(".")[2], {model.__name__ for model in apps.get_models()}
    return named not in models or named == receiver.sender.rpartition(".")[2]


def _collected(found):
    """Tell of a function that was connected weakly, and that nobody else holds."""
    for place in found.places if not _conditional(found) else ():
        weak = [call for call in place.connecting if call.weak]
        made = [call for call in weak if call.made_there]
        if place.loaded and (made or (weak and (place.local or place.method))):
            what = _("a method, gone with its instance") if place.method else _("defined inside a function")
            what = _("made of the function where it is connected") if made else what
            call = (made or weak)[0]
            yield answer("collected", what=what, path=short_path(call.path), line=call.line)


def _conditional(found):
    return [call for call in _calls(found) if call.branch]


def _disconnected(found):
    for place in found.places:
        for call in place.disconnecting[:1] if place.loaded else ():
            yield answer("disconnected", path=short_path(call.path), line=call.line, signal=call.signal)


def _not_run(found):
    """Tell of lines that connect the receiver, which is not connected; what became of them can't be seen."""
    for call in list(_calls(found))[:3]:
        values = {"path": short_path(call.path), "line": call.line, "signal": call.signal}
        values |= {"branch": call.branch, "branch_line": call.branch_line, "function": call.inside}
        if call.inside == "ready" and call.owner and (used := _used_instead(call)):
            yield answer("not-run:config", config=f"{call.module}.{call.owner}", used=used, **values)
        elif call.branch:
            yield answer("not-run:branch", **values)
        elif call.inside and call.inside != "ready":
            yield answer("not-run:function", **values)
        else:
            yield answer("not-run:computed" if call.uid is UNKNOWN else "not-run", **values)


def _used_instead(call):
    """Return the AppConfig that is in use where the one whose ready() holds a call is not, "" if that is."""
    config = apps.get_containing_app_config(call.module)
    used = naming.class_name(type(config)) if config is not None else ""
    # A base class's ready() is run by those that are made of it.
    bases = {naming.class_name(base) for base in type(config).__mro__} if config is not None else ()
    return "" if f"{call.module}.{call.owner}" in bases else used


def _calls(found):
    for place in found.places:
        yield from place.connecting
