"""
All signals and who listens to them, as plain data: for the command, the pages and the checks.

What is returned are strings and numbers. No receiver, sender or signal is kept alive by it.
"""

from dataclasses import dataclass, field, replace
from types import FunctionType

from signal_inspector.connected import catalogue, matching, registry, senders
from signal_inspector.reading import naming, private, source
from signal_inspector.reading.places import app_of, short_path, split_name

MODELS = "django.db.models.signals."
OWN, OWN_NAMES = "signal_inspector.signals", ("note_beginning", "store_record")
LIFE = [
    MODELS + name
    for name in "class_prepared pre_init post_init pre_save post_save m2m_changed pre_delete post_delete".split()
]


@dataclass(slots=True)
class Receiver:
    """
    One connection of a receiver to a signal.

    Attributes:
        name (str): the dotted name, "" if the receiver is gone.
        module (str): the module that it comes from.
        app (str): the label of the app that it belongs to, "django" for Django's own outside its apps, else "".
        file (str): the path of its source, "" if unknown.
        line (int): the first line of it there, 0 if unknown.
        where (str): file and line as a person reads them, ``"users/signals.py:43"``.
        sender (str): the sender's name (``"auth.User"``), "" if every sender is heard.
        sender_kind (str): all, model, app, other, pending, unknown, gone or nobody (see senders.py).
        dispatch_uid (str): "" if there is none.
        weak (bool): whether the signal lets it go when nothing else holds it.
        is_async (bool): whether it is awaited, after all that are not.
        doc (str): the first line of its docstring.
        dead (bool): whether it is gone.
        never (str): why nobody sends the signal as this sender, "" if somebody may.
        remedy (str): what to do about that.
        mismatch (str): the kind of it (see matching.py).
        unrun (str): what a call of it returns and nobody runs: "coroutine" or "generator", "" for nothing.
    """

    name: str
    app: str
    file: str
    line: int
    where: str
    sender: str
    sender_kind: str
    dispatch_uid: str
    weak: bool
    is_async: bool
    doc: str
    dead: bool
    never: str = ""
    remedy: str = ""
    mismatch: str = ""
    unrun: str = ""
    module: str = ""

    @property
    def is_own(self):
        """Tell whether it is one of the inspector's own receivers, which lists and trees leave out unless asked."""
        return self.module == OWN

    def is_in(self, app):
        """Tell whether it belongs to an app, given by its label or its name, or to a package that holds apps."""
        app = app.lower()
        return app == self.app.lower() or f"{self.module.lower()}.".startswith(f"{app}.")

    @property
    def pending(self):
        """Tell whether the receiver waits for a model that no loaded app defines."""
        return self.sender_kind == senders.PENDING


@dataclass(slots=True)
class SignalInfo:
    """
    One signal.

    Attributes:
        name (str): the dotted name, by the module that defines it.
        file (str), line (int), where (str): where it is defined, as of a receiver.
        when (str): when it is sent.
        arguments (str): the names of the arguments after the sender.
        sender (str): what the sender is.
        text (str): what its module says about it, under the assignment.
        use_caching (bool): whether Django remembers the receivers of each sender.
        receivers (list): each ``Receiver``, in the order in which they run; pending ones last.
        told_in_full (bool): whether the last part of the name is another signal's too.
    """

    name: str
    file: str
    line: int
    where: str
    when: str
    arguments: str
    sender: str
    text: str
    use_caching: bool
    receivers: list = field(default_factory=list)
    told_in_full: bool = False

    @property
    def short_name(self):
        """Return the last part of the name, for where the module stands beside it."""
        return self.name if self.name.startswith("<") else self.name.rpartition(".")[2]

    @property
    def shown_name(self):
        """Return the last part of the name, or all of it where another signal has the same last part."""
        return self.name if self.told_in_full else self.short_name

    @property
    def module(self):
        """Return the module that the signal is found in, "" if it is in none."""
        return split_name(self.name)[0]


def all_signals():
    """
    Return a list of ``SignalInfo`` of every signal in the process, sorted by name.

    One without a name that nobody listens to is left out: nothing could be told of it.
    """
    found = [(name, signal, private.entries_of(signal)) for name, signal in registry.find_signals()]
    known = senders.Senders([entry for *_, entries in found for entry in entries])
    pending, listed = private.pending_connections(), []
    for name, signal, entries in found:
        receivers = [
            _receiver(entry, *known.describe(entry), matching.mismatch(name, entry, known), name in catalogue.DJANGO)
            for entry in entries
        ]
        receivers += [_receiver(entry, senders.PENDING, label) for other, entry, label in pending if other is signal]
        if receivers or not name.startswith("<unnamed "):
            listed.append(_signal(name, signal, receivers))
    in_full = catalogue.told_in_full(signal.name for signal in listed)
    for signal in listed:
        signal.told_in_full = signal.name in in_full
    return listed


def of_receivers(signals, wanted):
    """Return the signals that have receivers that are wanted, with these alone."""
    kept = [replace(signal, receivers=list(filter(wanted, signal.receivers))) for signal in signals]
    return [signal for signal in kept if signal.receivers]


def without_own(signals):
    """Return the same signals without the inspector's own receivers."""
    return [replace(signal, receivers=[each for each in signal.receivers if not each.is_own]) for signal in signals]


def for_model(model, signals=None, also=()):
    """
    Return what happens to the instances of a model, in the order of their life, as a list of ``SignalInfo``.

    The receivers are those that hear this model: connected to every sender, or to the model itself (for
    ``m2m_changed`` to the models between its relations). Signals of a row's life come first, with or without
    receivers; then each other signal that is connected to this very model, with all who hear it from there.

    Args:
        model (type): the model class.
        signals (list): what ``all_signals`` returned, if that is at hand.
        also (iterable): names of signals that the model is known to send, whoever is connected to them.
    """
    by_name = {signal.name: signal for signal in (all_signals() if signals is None else signals)}
    label, between = model._meta.label, {through._meta.label for through in senders.through_models(model)}
    life = []
    for name in LIFE:
        if name in by_name:
            heard = between if name == f"{MODELS}m2m_changed" else {label}
            life.append(_heard(by_name.pop(name), heard))
    # One that is only connected to every sender may be sent by this model or not: nothing here can tell.
    others = [signal for signal in by_name.values() if signal.name in also or _is_heard_of(signal, label)]
    return life + [_heard(signal, {label}) for signal in others]


def connections():
    """Return ``(name of the signal, signal, Entry)`` of every connection, and the ``Senders`` of them all."""
    found = [(name, signal, entry) for name, signal in registry.find_signals() for entry in private.entries_of(signal)]
    return found, senders.Senders([entry for _, _, entry in found])


def holding(name):
    """
    Return ``(SignalInfo, Receiver)`` of each connection whose receiver is not the function of a name, and holds it.

    So does what a decorator without ``functools.wraps`` returns, and what a package makes of a receiver. Where one is
    named like the function or has it as an attribute, any other only knows it, and is left out.
    """
    last, (found, known), kept, closest = name.rpartition(".")[2], connections(), [], []
    for signal_name, signal, entry in found:
        inner = [] if entry.dead else source.held_by(entry.receiver)
        held = [each for each in inner if naming.receiver_name(each).replace(".<locals>", "") == name]
        if not held or naming.receiver_name(entry.receiver) == name:
            continue
        receiver = _receiver(
            entry,
            *known.describe(entry),
            matching.mismatch(signal_name, entry, known),
            signal_name in catalogue.DJANGO,
        )
        info = _signal(signal_name, signal, [receiver])
        info.told_in_full = signal_name in catalogue.told_in_full({each for each, *_ in found})
        kept.append((info, receiver))
        attributes = naming.instance_dict(entry.receiver)
        own_name = entry.receiver.__name__ if type(entry.receiver) is FunctionType else ""
        if own_name == last or any(each is one for each in held for one in attributes.values()):
            closest.append(kept[-1])
    return closest or kept


def receiver_named(name):
    """Return the connected receiver of this dotted name, None if there is none."""
    entries = (entry for _, signal in registry.find_signals() for entry in private.entries_of(signal))
    return next((each.receiver for each in entries if naming.receiver_name(each.receiver) == name), None)


def _is_heard_of(signal, label):
    return any(_is_of(each, {label}) for each in signal.receivers)


def _is_of(receiver, labels):
    return receiver.sender_kind == senders.MODEL and receiver.sender in labels


def _heard(signal, labels):
    heard = [each for each in signal.receivers if each.sender_kind == senders.ALL or _is_of(each, labels)]
    return replace(signal, receivers=heard)


def _signal(name, signal, receivers):
    known = catalogue.known(name)
    file, line = registry.place_of(signal)
    return SignalInfo(
        name=name,
        file=file,
        line=line,
        where=_where(file, line),
        when=known.when,
        arguments=known.arguments,
        sender=known.sender,
        text=known.text,
        use_caching=private.uses_cache(signal),
        receivers=receivers,
    )


def _receiver(entry, kind, sender, mismatch=None, sent_by_django=False):
    function = source.function_behind(entry.receiver) if not entry.dead else None
    file, line = source.location(function)
    return Receiver(
        name="" if entry.dead else naming.receiver_name(entry.receiver),
        app=app_of(naming.module_of(function)),
        file=file,
        line=line,
        where=_where(file, line),
        sender=sender,
        sender_kind=kind,
        dispatch_uid=naming.uid_name(entry.dispatch_uid),
        weak=entry.weak,
        is_async=entry.is_async,
        doc=source.first_line(function),
        dead=entry.dead,
        never=mismatch.reason if mismatch else "",
        remedy=mismatch.remedy if mismatch else "",
        mismatch=mismatch.kind if mismatch else "",
        module=naming.module_of(function),
        unrun="" if entry.is_async or not sent_by_django else naming.returns_unrun(entry.receiver),
    )


def _where(file, line):
    return f"{short_path(file)}:{line}" if file and line else short_path(file)
