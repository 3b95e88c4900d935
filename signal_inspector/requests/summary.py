"""What pages need to know of a trace: the list and the graph need not read all of it."""

from collections import Counter

from signal_inspector.reading.places import app_of
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.traces.running import as_run, numbered

FIRST = 24  # of what fired; the list reads them of each trace
PRE_SAVE = "django.db.models.signals.pre_save"
POST_SAVE, POST_DELETE = "django.db.models.signals.post_save", "django.db.models.signals.post_delete"

# Signals of nearly every request: what each one sends, and what a new connection does.
EACH_TIME = {
    "django.core.signals.request_started",
    "django.core.signals.request_finished",
    "django.db.backends.signals.connection_created",
}


def app_or_package(name):
    """
    Return the label of the app that a dotted name belongs to; for what is in no app, its top-level package.

    Args:
        name (str): the name of a receiver, a partial's too: ``"functools.partial(users.signals.f)"``.
    """
    name = name.removeprefix("functools.partial(")
    return app_of(name) or name.partition(".")[0]


def counts(trace):
    """Return the numbers that are shown beside a request: signals, receivers, statements and errors."""
    found = trace.counts()
    del found["callbacks"]
    return found


def summarise(trace, user=""):
    """
    Return what the list shows and filters by.

    The names of the signals that were heard, sorted, and the apps that heard them; what fired, in order; and who
    asked, as a model and a key (``"auth.User:7"``), where somebody did.

    First of all "quiet", if nothing fired but what nearly every request sends: a statement looks for it at this place.
    """
    signals, receivers = set(), set()
    for node, _ in trace.walk():
        (signals if node.kind == SIGNAL else receivers).add(node.name)
    return {
        **({"quiet": True} if signals <= EACH_TIME else {}),
        "signals": sorted(signals),
        "apps": sorted({app_or_package(name) for name in receivers}),
        "fired": fired(trace),
        **({"user": user} if user else {}),
    }


def fired(trace):
    """
    Return what fired, in the order in which it was sent for the first time: the first few, as a list of dicts.

    Each has "name" and "sender"; "created" where a row was made, or is about to be; "times" where it is more than one;
    "instance" where it is one.
    """
    found = {}
    for node in sorted((node for node, _ in trace.walk() if node.kind == SIGNAL), key=lambda node: node.start):
        created = bool(node.details.get("created") or (node.name == PRE_SAVE and node.instance.endswith(":new")))
        found.setdefault((node.name, node.sender, created), []).append(node)
    return [
        {
            "name": name,
            "sender": sender,
            **({"created": True} if created else {}),
            **({"times": len(nodes)} if len(nodes) > 1 else {"instance": nodes[0].instance}),
        }
        for (name, sender, created), nodes in list(found.items())[:FIRST]
    ]


def slowest(trace):
    """Return the time that the slowest receiver or callback took itself, in seconds."""
    steps = numbered(as_run(trace))[1:]
    return max((step.own for step in steps if step.node.kind != SIGNAL), default=0.0)


def edges(trace):
    """
    Return who called whom: ``[from, to, times]``, each end as ``[kind, name, sender]``.

    A callback that waited for the commit hangs under the receiver that gave it.
    """

    def end(node):
        return node and (node.kind, node.name, node.sender if node.kind == SIGNAL else "")

    counts = Counter((end(parent), end(node)) for node, parent in trace.walk_with_parents())
    return [[start, end, times] for (start, end), times in counts.items()]


def saved(trace):
    """
    Return which models were saved and deleted, as pairs of a model's label and a dict of counts.

    The counts are "created", "changed", "saved" (nobody listened, so it isn't known which) and "deleted".
    """
    found = {}
    for node, _depth in trace.walk():
        if node.name == POST_SAVE:
            kind = "created" if node.details.get("created") else "changed"
        elif node.name == POST_DELETE:
            kind = "deleted"
        else:
            continue
        _count(found, node.sender, kind, 1)
    for (name, sender), times in trace.unheard.items():
        if name == POST_SAVE:
            _count(found, sender, "saved", times)
        elif name == POST_DELETE:
            _count(found, sender, "deleted", times)
    return list(found.items())


def _count(found, sender, kind, times):
    counts = found.setdefault(sender, dict.fromkeys(("created", "changed", "saved", "deleted"), 0))
    counts[kind] += times
