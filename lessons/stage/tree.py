"""The tree of a recording, as it grows: which line is there from which step on, and which is running."""

from dataclasses import dataclass, field

from lessons.stage import folding, happenings
from lessons.stage.rows import table_of
from lessons.stage.spans import Span


@dataclass
class Branch:
    """
    A line of the tree.

    Attributes:
        kind (str): "signal", "receiver", "callback", "statement" or "moment".
        title (str): what stands there.
        about (str): the model of a signal.
        now (set): the steps that tell of it.
        waits (set): the steps at which it waits for the commit.
        inside (list): each ``Branch`` below.
    """

    kind: str
    title: str
    about: str = ""
    now: set = field(default_factory=set)
    waits: set = field(default_factory=set)
    inside: list = field(default_factory=list)
    last: int = 0

    @property
    def first(self):
        """The step at which it appears."""
        return min(self.now | self.waits)

    @property
    def spans(self):
        """At which steps it is there, told of, running, and waiting."""
        begun = min(self.now, default=self.last)
        return {
            "shown": Span(range(self.first, self.last + 1)),
            "now": Span(self.now),
            "waits": Span(self.waits),
            "waited": Span(range(max(self.waits) + 1, self.last + 1)) if self.waits else Span(),
            "running": Span(range(begun, self.ends() + 1)),
        }

    def ends(self):
        """Return the last step at which it is told of, or something that it set off is."""
        return max(self.now | {each.ends() for each in self.inside if each.kind != "callback"}, default=0)


def tree_of(steps):
    """Return each ``Branch`` at the root of the tree that some steps grow."""
    root, branches = Branch("root", ""), {}
    for step in steps:
        for each in step.happenings:
            _grow(step, each, root, branches)
    for branch in branches.values():
        branch.last = len(steps)
    return root.inside


def _grow(step, each, root, branches):
    if each.kind == happenings.WAITS:
        _wait(step, each.node, _nearest(each, root, branches), branches)
        return
    key = id(each.node if each.what is None else each.what)
    branch = branches.get(key)
    if branch is None:
        branch = branches[key] = _branch(each)
        _nearest(each, root, branches).inside.append(branch)
    branch.now.add(step.number)
    for node in each.callbacks_run:
        if ("waits", id(node)) in branches:
            waiting = branches["waited", id(node)] = branches.pop(("waits", id(node)))
            waiting.waits = set(range(min(waiting.waits), step.number))
    if step.kind in (folding.QUIET, happenings.RETURNED):
        for node in happenings.left_by(each.node):
            _wait(step, node, branch, branches)


def _wait(step, node, above, branches):
    """Add that a callback waits from here on; where it runs it has another line."""
    waiting = branches["waits", id(node)] = Branch("waiting", node.short_name, waits={step.number})
    above.inside.append(waiting)


def _nearest(each, root, branches):
    """Return the line under which something stands: by what was running then."""
    found = (branches[id(node)] for node in each.running if id(node) in branches)
    return next(found, root)


def _branch(each):
    if each.kind == happenings.STATEMENT:
        return Branch("statement", f"{folding.verb(each.what)} {table_of(each.what)}")
    if each.kind == happenings.MOMENT:
        return Branch("moment", each.what.name)
    node = each.node
    label = (node.sender or node.instance.partition(":")[0]) if node.kind == "signal" else ""
    return Branch(node.kind, node.short_name, label.rpartition(".")[2] if label.count(".") == 1 else "")
