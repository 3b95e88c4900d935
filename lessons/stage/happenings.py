"""What a trace holds, as a list in the order in which it happened."""

from dataclasses import dataclass, field

from lessons.stage.excerpts import is_own
from listening.durability import Kept
from signal_inspector import Node
from signal_inspector.reading.places import split_name

SENT, CALLED, RETURNED, WAITS, RUN = ("sent", "called", "returned", "waits", "run")
STATEMENT, MOMENT = ("statement", "moment")
ROUNDED = 2e-7  # seconds: a receiver ends when the next begins, but both times and the duration are rounded
REQUEST_FINISHED = "django.core.signals.request_finished"  # sent when the answer is out


@dataclass
class Happening:
    """
    One thing in time.

    Attributes:
        kind (str): a signal was "sent", a receiver "called", or has "returned"; a callback "waits" for the commit, or
            was "run"; or it is a "statement" or a "moment".
        at (float): seconds from the beginning of the trace.
        node (Node): the signal, the receiver or the callback; of a statement or a moment, where it ran, or None.
        what (object): the ``Statement`` or the ``Moment``, else None.
        parents (list): the nodes above the node, the nearest first.
    """

    kind: str
    at: float
    node: Node | None = None
    what: object = None
    parents: list = field(default_factory=list, repr=False)

    @property
    def parent(self):
        """The node above, or None."""
        return self.parents[0] if self.parents else None

    @property
    def running(self):
        """The nodes that were running then, the nearest first: what waited for a commit runs where that is."""
        if self.kind == RUN:
            return self.parents if runs_at_once(self.node, self.parents) else _ran_in(self.node)
        found, above = [], [self.node, *self.parents] if self.what is not None and self.node else self.parents
        for number, node in enumerate(above):
            found.append(node)
            if node.kind == "callback" and not runs_at_once(node, above[number + 1 :]):
                return found + _ran_in(node)
        return found

    @property
    def is_after_the_answer(self):
        """Whether it happened when the request was over."""
        return any(node.name == REQUEST_FINISHED for node in (self.node, *self.parents) if node is not None)

    @property
    def callbacks_run(self):
        """The callback that is run here, or that sends this signal."""
        return [node for node in (self.node, self.parent) if node is not None and node.kind == "callback"]


def in_order(trace):
    """Return each ``Happening`` of a trace, in the order of time."""
    found, above = [], {}
    commits = [moment.start for moment in trace.moments if moment.name == "COMMIT"]
    pairs = list(trace.walk_with_parents())
    for number, (node, parent) in enumerate(pairs):
        parents = above[id(node)] = [] if parent is None else [parent, *above[id(parent)]]
        if node.kind == "callback":
            found += _callback(node, parents, [each for each, _parent in pairs[number + 1 :]], pairs[:number], commits)
        else:
            found.append(Happening(SENT if node.kind == "signal" else CALLED, node.start, node, None, parents))
            if node.kind == "receiver":
                found.append(Happening(RETURNED, node.start + node.duration - ROUNDED, node, None, parents))
        found += [Happening(STATEMENT, each.start, node, each, parents) for each in node.more.statements]
    found += [Happening(STATEMENT, each.start, None, each) for each in trace.statements]
    for moment in trace.moments:
        parents = [] if moment.node is None else above[id(moment.node)]
        found.append(Happening(MOMENT, moment.start, moment.node, moment, parents))
    return sorted(found, key=lambda each: each.at)


def _callback(node, parents, later, earlier, commits):
    """
    Yield when a callback was given, if it waited, and when it was run.

    When it was given is not recorded, but what came after it is: it is told as late as that allows.
    """
    given_after = max((each.start for each, _parent in earlier if each.kind != "callback"), default=0.0)
    commit = next((at for at in commits if at >= given_after), None)
    if node.ran and commit is not None and commit < node.start and not runs_at_once(node, parents):
        limits = [commit, *(each.start for each in later if each.kind != "callback" and each.start > given_after)]
        if parents:
            limits.append(parents[0].start + parents[0].duration)
        yield Happening(WAITS, min(limits) - ROUNDED / 2, node, None, parents)
    if node.ran:
        yield Happening(RUN, node.start, node, None, parents)


def _ran_in(callback):
    return [] if callback.more.ran_in is None else [callback.more.ran_in]


def runs_at_once(node, parents):
    """Tell whether a callback was run where it was given, since no transaction was open."""
    return bool(parents) and node.more.ran_in is parents[0]


def left_by(node):
    """Return the callbacks that a receiver left for after the commit."""
    return [each for each in node.children if each.kind == "callback" and each.ran and not runs_at_once(each, [node])]


def is_projects_own(node):
    """Tell whether a receiver or a callback is the project's own code."""
    return is_own(split_name(node.name)[0])


def keepers_of(trace):
    """Return the receivers that have noted, before the commit, what durable receivers have to do (``listening``)."""
    return [node for node, _depth in trace.walk() if node.kind == "receiver" and node.result == Kept.__name__]


def is_quiet(node):
    """Tell whether nothing else happened in a receiver or a callback, and nothing went wrong."""
    return not (node.queries or node.error) and all(
        child.kind == "callback" and child.more.ran_in is not node for child in node.children
    )
