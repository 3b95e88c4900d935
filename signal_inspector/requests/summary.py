"""What the list and the graph need to know of a trace, so that they need not read all of it."""

from collections import Counter

from signal_inspector.reading.places import app_of
from signal_inspector.recording.trace import SIGNAL


def app_or_package(name):
    """
    Return the label of the app that a dotted name belongs to; for what is in no app, its top-level package.

    Args:
        name (str): the name of a receiver, a partial's too: ``"functools.partial(users.signals.f)"``.
    """
    name = name.removeprefix("functools.partial(")
    return app_of(name) or name.partition(".")[0]


def summarise(trace):
    """Return what the list filters by: the names of the signals that were heard, and the apps that heard them."""
    signals, receivers = set(), set()
    for node, _ in trace.walk():
        (signals if node.kind == SIGNAL else receivers).add(node.name)
    return {"signals": sorted(signals), "apps": sorted({app_or_package(name) for name in receivers})}


def slowest(trace):
    """Return the time of the slowest receiver or callback, in seconds."""
    return max((node.duration for node, _ in trace.walk() if node.kind != SIGNAL), default=0.0)


def edges(trace):
    """
    Return who called whom: ``[from, to, times]``, each end as ``[kind, name, sender]``.

    A callback that waited for the commit hangs under the receiver that gave it.
    """
    counts, path = Counter(), []
    for node, depth in trace.walk():
        del path[depth:]
        end = (node.kind, node.name, node.sender if node.kind == SIGNAL else "")
        if path:
            counts[path[-1], end] += 1
        else:
            counts[None, end] += 1
        path.append(end)
    return [[start, end, times] for (start, end), times in counts.items()]
