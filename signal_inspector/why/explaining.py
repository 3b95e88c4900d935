"""
"Why was my receiver not called?"

``explain()`` answers for a receiver and an operation, or for a receiver and a trace of what was done. What it finds in
the process comes first, then what the source says, and at last what can't be seen from here.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from signal_inspector.connected import inventory
from signal_inspector.connected.senders import PENDING
from signal_inspector.reading import finding
from signal_inspector.recording.trace import CALLBACK, RECEIVER
from signal_inspector.trials import operations
from signal_inspector.trials.typed import Unclear
from signal_inspector.why import silent, unconnected
from signal_inspector.why.answers import answer


@dataclass
class Found:
    """
    What a name means.

    Attributes:
        name (str): the dotted name of the receiver.
        connections (list): ``(SignalInfo, Receiver)`` of each of its connections, pending ones too.
        places (list): each ``Place`` where the source defines it.
        signals (list): every ``SignalInfo``.
    """

    name: str
    connections: list = field(default_factory=list)
    places: list = field(default_factory=list)
    signals: list = field(default_factory=list)


def find(name, signals=None):
    """
    Return what a name means: a dotted name, the end of one, or any part of a connected receiver's.

    Args:
        name (str): as it was typed.
        signals (list): what ``inventory.all_signals()`` returned, if that is at hand.

    Raises:
        Unclear: where it means nothing, or several receivers.
    """
    name = name.strip()
    if not name:
        raise Unclear(_("Which receiver? Give its name, such as users.signals.create_profile."))
    signals = inventory.all_signals() if signals is None else signals
    connections = [(signal, receiver) for signal in signals for receiver in signal.receivers if receiver.name]
    names = {receiver.name for _signal, receiver in connections}
    places = finding.find(name)
    known = names | {place.name for place in places}
    known -= {_bare(each) for each in names} - names  # a connected partial stands for its function
    meant = _meant(name, known)
    if not meant:
        raise Unclear(_("No receiver is named %r, and no function in the source of the installed apps.") % name)
    if len(meant) > 1:
        shown = ", ".join(meant[:8]) + (" …" if len(meant) > 8 else "")
        raise Unclear(_("%(name)r could be any of these: %(names)s.") % {"name": name, "names": shown})
    (full,) = meant
    return Found(
        full,
        [pair for pair in connections if pair[1].name == full],
        [place for place in (places or finding.find(_bare(full))) if _bare(place.name) == _bare(full)],
        signals,
    )


def _meant(name, known):
    """Return which of the known names a typed one is, the end of, or a part of: those that fit best."""
    for fits in (
        name.__eq__,
        lambda each: _bare(each) == name,
        lambda each: _bare(each).endswith(f".{name}"),
        lambda each: name.lower() in each.lower(),
    ):
        if meant := sorted(filter(fits, known)):
            return meant
    return []


def _bare(name):
    """Return a name as people type it: a partial by its function, without the word for a function's inside."""
    name = name.rpartition("(")[2].rstrip(")") if name.startswith("functools.partial") else name
    return name.replace(".<locals>", "")


def explain(receiver, operation="", trace=None):
    """
    Tell why a receiver was not called, or that it was.

    Args:
        receiver (str or Found): its dotted name, or a part of it that names no other; or what ``find()`` made of it.
        operation (str): what was done, as in ``"update:auth.User"`` (see operations.py), or "".
        trace (Trace): a record of what was done, or None.

    Returns:
        A list of ``Answer``, the most likely first.

    Raises:
        Unclear: where the receiver or the operation means nothing.
    """
    done = operations.parse(operation)
    found = receiver if isinstance(receiver, Found) else find(receiver)
    replaced = unconnected.replaced(found)
    called = was_called(found, trace) if trace is not None else []
    if called:
        return called + replaced
    if not any(connection.sender_kind != PENDING for _signal, connection in found.connections):
        return replaced or unconnected.answers(found)
    if trace is not None:
        answers = silent.answers_from_trace(found, trace)
    else:
        answers = silent.as_connected(found) if done is None else silent.answers_for(found, done)
    return replaced + answers + unconnected.warnings(found)


def was_called(found, trace):
    """Return the answers for a receiver that was called, [] if it was not."""
    nodes = [node for node, _depth in trace.walk() if node.kind in (RECEIVER, CALLBACK) and node.name == found.name]
    ran = [node for node in nodes if node.ran]
    if not ran:
        return []
    answers = [answer("called" if len(ran) == 1 else "called:often", name=found.name, times=len(ran))]
    if errors := {node.error for node in ran if node.error}:
        answers.append(answer("raised", errors=", ".join(sorted(errors))))
    waiting = {child.name for node in ran for child, _depth in node.walk() if child.kind == CALLBACK and not child.ran}
    if waiting:
        answers.append(answer("waits-for-commit", names=", ".join(sorted(waiting))))
    return answers
