"""Why a receiver is not connected to anything."""

from django.utils.translation import gettext as _

from signal_inspector.connected.senders import PENDING
from signal_inspector.reading.places import short_path
from signal_inspector.why.answers import Answer


def answers(found):
    """Return the answers for a receiver without a connection, or with none but pending ones."""
    told = [
        *_pending(found),
        *_not_imported(found),
        *_uid_taken(found),
        *_collected(found),
        *_disconnected(found),
    ]
    if not told:
        told += _not_run(found) or _nobody_connects(found)
    return told


def warnings(found):
    """Return what threatens the connections that there are."""
    weak = any(receiver.weak for _signal, receiver in found.connections)
    if weak and "<locals>" in found.name:
        return [
            Answer(
                "fragile",
                _(
                    "It is connected by a weak reference, and defined inside a function: it goes as soon as nothing "
                    "else holds it. With DEBUG=True Django keeps such functions alive by chance, in a cache."
                ),
                _("Define it at the top of the module, or connect it with weak=False."),
            )
        ]
    return _pending(found)


def _pending(found):
    return [
        Answer(
            "lazy-sender",
            _("Its connection to %(signal)s waits for the model %(model)s, which no installed app has.")
            % {"signal": signal.short_name, "model": receiver.sender},
            _("Look for a misspelt label, or for an app that is not in INSTALLED_APPS."),
        )
        for signal, receiver in found.connections
        if receiver.sender_kind == PENDING
    ]


def _not_imported(found):
    return [
        Answer(
            "not-imported",
            _("Nobody has imported %(module)s, so none of its receivers is connected (%(path)s:%(line)d).")
            % {"module": place.module, "path": short_path(place.path), "line": place.line},
            _("Import it in the ready() method of the app's configuration, and make sure that this is used."),
        )
        for place in found.places
        if not place.loaded
    ]


def _uid_taken(found):
    uids = {call.uid for place in found.places for call in place.connecting if call.uid}
    return [
        Answer(
            "uid-taken",
            _("Its dispatch_uid %(uid)r is taken at %(signal)s by %(other)s: whoever comes second is not connected.")
            % {
                "uid": receiver.dispatch_uid,
                "signal": signal.short_name,
                "other": receiver.name or _("a receiver that is gone"),
            },
            _("Give each receiver a dispatch_uid of its own."),
        )
        for signal in found.signals
        for receiver in signal.receivers
        if receiver.dispatch_uid in uids and receiver.name != found.name
    ]


def _collected(found):
    """Tell of a function that was connected weakly, and that nobody else holds."""
    told = []
    for place in found.places:
        weak = [call for call in place.connecting if call.weak]
        if place.loaded and weak and (place.local or place.method):
            what = _("a method, gone with its instance") if place.method else _("defined inside a function")
            told.append(
                Answer(
                    "collected",
                    _(
                        "It is %(what)s, and connected by a weak reference at %(path)s:%(line)d. Nothing else held "
                        "it, so it is gone, or that line was never reached. With DEBUG=True a cache of Django's keeps "
                        "the last few hundred receivers alive by chance: such a thing works there and not in "
                        "production."
                    )
                    % {"what": what, "path": short_path(place.path), "line": weak[0].line},
                    _("Make it a function at the top of the module, or connect it with weak=False."),
                )
            )
    return told


def _disconnected(found):
    return [
        Answer(
            "disconnected",
            _("%(path)s:%(line)d disconnects it from %(signal)s.")
            % {"path": short_path(place.path), "line": call.line, "signal": call.signal},
            _("Make sure that it is connected again, even after an exception."),
        )
        for place in found.places
        if place.loaded
        for call in place.disconnecting[:1]
    ]


def _not_run(found):
    told = []
    for place in found.places:
        for call in place.connecting[:1]:
            values = {
                "path": short_path(place.path),
                "line": call.line,
                "signal": call.signal,
                "function": call.inside,
            }
            told.append(
                Answer(
                    "not-run",
                    _("%(function)s() connects it to %(signal)s (%(path)s:%(line)d), but was not called.") % values
                    if call.inside
                    else _("%(path)s:%(line)d connects it to %(signal)s, and it was disconnected since.") % values,
                    _("Call it in the ready() method of the app's configuration.")
                    if call.inside
                    else _("Look for disconnect(), for muted receivers, and for tests that empty Signal.receivers."),
                )
            )
    return told


def _nobody_connects(found):
    return [
        Answer(
            "not-connected",
            _("%s is connected to no signal.") % found.name,
            _("Connect it: @receiver(signal, sender=…) above it, or signal.connect() in ready() of its app."),
        )
    ]
