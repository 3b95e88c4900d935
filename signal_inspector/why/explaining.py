"""
"Why was my receiver not called?"

``explain()`` answers for a receiver and an operation, or for a receiver and a trace of what was done. What it finds in
the process comes first, then what the source says, and at last what can't be seen from here.
"""

from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from django.utils.translation import gettext as _

from signal_inspector.connected import catalogue, inventory
from signal_inspector.connected.senders import ALL, PENDING
from signal_inspector.reading import finding
from signal_inspector.traces.nodes import CALLBACK, RECEIVER
from signal_inspector.trials import operations
from signal_inspector.trials.typed import Unclear
from signal_inspector.why import silent, unconnected
from signal_inspector.why.answers import answer

UNRUN = ("coroutine", "generator", "async_generator")  # types that a call returns and that are still to be run


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
        told = _("No receiver is named %r, and no function in the source of the installed apps.") % name
        raise Unclear(f"{told} {_nearest(name, known)}".strip())
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


def _nearest(name, known):
    """Return a sentence with the names that are most like one that means nothing, "" if none is."""
    known = {_bare(each): each for each in known | finding.receivers_in_source()}
    parts = max(name.count(".") + 1, 1)
    ends = {}
    for each in known:
        ends.setdefault(".".join(each.split(".")[-parts:]).lower(), []).append(each)
    close = [each for end in get_close_matches(name.lower(), ends, 3, 0.7) for each in sorted(ends[end])][:4]
    return _("Did you mean %s?") % ", ".join(close) if close else ""


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
    if not _lives(found):
        found = replace(found, connections=found.connections + inventory.holding(_bare(found.name)))
    taken = unconnected.replaced(found)
    called = was_called(found, trace) if trace is not None else []
    if called:
        return called + taken
    if not _lives(found):
        return taken or unconnected.answers(found)
    if trace is not None:
        answers = silent.answers_from_trace(found, trace)
    else:
        answers = silent.as_connected(found) if done is None else silent.answers_for(found, done)
    return taken + answers + unconnected.warnings(found)


def _lives(found):
    return any(connection.sender_kind != PENDING for _signal, connection in found.connections)


def was_called(found, trace):
    """Return the answers for a receiver that was called, [] if it was not."""
    nodes = [node for node, _depth in trace.walk() if node.kind in (RECEIVER, CALLBACK) and node.name == found.name]
    ran = [node for node in nodes if node.ran]
    ran = [node for node in ran if not node.more.work] or ran  # where it did what it had left for later, that counts
    if not ran:
        return _wrapper_called(found, trace)
    unrun = next((node for node in ran if node.result in UNRUN and not node.asynchronous), None)
    if unrun is not None:
        # Whoever sends a signal of their own may run what its receivers return; Django does not.
        sent_by = {parent.name for node, parent in trace.walk_with_parents() if node is unrun and parent is not None}
        key = "never-awaited" if sent_by <= catalogue.DJANGO.keys() else "never-awaited:sender"
        return [answer(key, name=found.name, what=unrun.result.replace("_", " "))]
    answers = [answer("called" if len(ran) == 1 else "called:often", name=found.name, times=len(ran))]
    if errors := {node.error for node in ran if node.error}:
        answers.append(answer("raised", errors=", ".join(sorted(errors))))
    waiting = {child.name for node in ran for child, _depth in node.walk() if child.kind == CALLBACK and not child.ran}
    if waiting:
        answers.append(answer("waits-for-commit", names=", ".join(sorted(waiting))))
    return answers


def _wrapper_called(found, trace):
    """Return the answers where what holds the receiver was called: for that, one name may stand for several."""
    wrappers = {(signal.name, each.name): signal for signal, each in found.connections if each.name != found.name}
    heard = {each.sender for _signal, each in found.connections} | {""}
    for node, parent in trace.walk_with_parents():
        signal = wrappers.get((parent.name, node.name)) if parent is not None else None
        if signal is not None and (parent.sender in heard or _hears_all(found, signal)):
            return [answer("wrapper-called", wrapper=node.name, signal=signal.shown_name)]
    return []


def _hears_all(found, signal):
    return any(one.name == signal.name and each.sender_kind == ALL for one, each in found.connections)
