"""A trace together with what other processes have recorded of the work that its receivers left for later."""

from collections import defaultdict
from typing import NamedTuple

from signal_inspector.traces.folding import folds
from signal_inspector.traces.later.attempts import in_order, told_of
from signal_inspector.traces.nodes import CALLBACK, EARLY, Node
from signal_inspector.traces.trace import Trace
from signal_inspector.traces.work import Attempt, works


class Part(NamedTuple):
    """
    What another process has recorded of an attempt.

    Attributes:
        whole (str): the id of the trace that had left the work for later.
        attempt (Attempt): the attempt.
        trace (Trace): the tree, None if that can't be read.
    """

    whole: str
    attempt: Attempt
    trace: Trace | None


class Followed:
    """
    The lines of several traces as one tree.

    What stands in it is a ``Node``, or beneath a receiver that left its work for later an entry of
    ``attempts.in_order()``; beneath an attempt of another process, the nodes of that.

    Attributes:
        works (dict): each ``Work``, by the id of the node that has left it for later.
        folds (dict): sentences for what repeats inside itself, by the ids of nodes.
        early (dict): what each node did before the commit that a rollback does not undo: names, by the ids of nodes.
        in_full (set): the names of signals that are told in full.
    """

    def __init__(self, trace, parts=()):
        """Put a trace (``Trace``) and its parts (iterable of ``Part``) together."""
        self.works, self.folds, self.early, self.in_full = {}, {}, {}, set()
        self._hidden, self._totals, self._callbacks = set(), {}, {}
        parts = list(parts)
        self._traces = {each.attempt.trace: each.trace for each in parts if each.trace is not None}
        attempts = defaultdict(list)
        for each in parts:  # the trace itself goes by no id, nor by that of a part
            attempts[each.whole if each.whole in self._traces else ""].append(each.attempt)
        for key, each in (("", trace), *self._traces.items()):
            self._read(each, attempts[key])

    def _read(self, trace, attempts):
        told, hidden = folds(trace)
        self.folds |= told
        self._hidden |= hidden
        self.early |= early_by_node(trace)
        self.in_full |= trace.told_in_full()
        found = works(trace, attempts)
        self.works |= {id(node): found[node.more.work] for node, _depth in trace.walk() if node.more.work}
        self._add_up(trace)
        if trace.attempts:
            self._find_callbacks(trace)

    def _find_callbacks(self, trace):
        """Note of each attempt in the process of the trace the callback in which it was made."""
        parents = {id(node): parent for node, parent in trace.walk_with_parents()}
        for attempt in trace.attempts:
            node = attempt.node
            while node is not None and node.kind != CALLBACK:
                node = parents[id(node)]
            self._callbacks[id(attempt)] = node

    def told_of(self, entry):
        """Return what is told of what stands beneath a receiver that left its work for later."""
        return told_of(entry, self._callbacks.get(id(entry)))

    def _add_up(self, trace):
        """Note of each node its statements and those beneath, as its time has it: not what ran after the commit."""
        for node, _depth in reversed(list(trace.walk())):
            at_once = [child for child in node.children if child.kind != CALLBACK]
            self._totals[id(node)] = node.queries + sum(self._totals[id(child)] for child in at_once)

    def statements(self, entry):
        """Return how many statements an entry took; of an attempt in the process of the trace, its line tells that."""
        if isinstance(entry, Node):
            return self._totals[id(entry)]
        trace = self._trace_of(entry)
        return trace.counts()["queries"] if trace else 0

    def beneath(self, entry):
        """Return what stands beneath an entry, in order."""
        if isinstance(entry, Node):
            shown = [child for child in entry.children if id(child) not in self._hidden]
            return [*shown, *self.left_by(entry)]
        trace = self._trace_of(entry)
        return trace.roots if trace else []

    def left_by(self, node):
        """Return what there is to tell of the work that a node has left for later: see ``attempts.in_order()``."""
        return list(in_order(self.works[id(node)])) if id(node) in self.works else []

    def _trace_of(self, entry):
        return self._traces.get(entry.trace) if isinstance(entry, Attempt) else None


def early_by_node(trace):
    """Return what each node did before the commit that a rollback does not undo: names, by the ids of the nodes."""
    found = {}
    for moment in trace.moments:
        if moment.kind == EARLY:
            names = found.setdefault(id(moment.node), [])
            names += [moment.name] if moment.name not in names else []
    return found
