"""Why a receiver is not connected to anything, or not by all that connects it."""

from django.utils.translation import gettext as _

from signal_inspector.connected.senders import PENDING
from signal_inspector.reading import replacing, source
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
            yield answer("lazy-sender", signal=signal.short_name, model=receiver.sender)


def _not_imported(found):
    for place in found.places:
        if not place.loaded:
            yield answer("not-imported", module=place.module, path=short_path(place.path), line=place.line)


def _uid_taken(found):
    uids = {call.uid for place in found.places for call in place.connecting if call.uid}
    for signal in found.signals:
        for receiver in signal.receivers:
            if receiver.dispatch_uid in uids and receiver.name != found.name:
                other = receiver.name or _("a receiver that is gone")
                yield answer("uid-taken", uid=receiver.dispatch_uid, signal=signal.short_name, other=other)


def _collected(found):
    """Tell of a function that was connected weakly, and that nobody else holds."""
    for place in found.places:
        weak = [call for call in place.connecting if call.weak]
        if place.loaded and weak and (place.local or place.method):
            what = _("a method, gone with its instance") if place.method else _("defined inside a function")
            yield answer("collected", what=what, path=short_path(place.path), line=weak[0].line)


def _disconnected(found):
    for place in found.places:
        for call in place.disconnecting[:1] if place.loaded else ():
            yield answer("disconnected", path=short_path(place.path), line=call.line, signal=call.signal)


def _not_run(found):
    for place in found.places:
        for call in place.connecting[:1]:
            values = {"path": short_path(place.path), "line": call.line, "signal": call.signal}
            yield answer("not-run:function" if call.inside else "not-run", function=call.inside, **values)
