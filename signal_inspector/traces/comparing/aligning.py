"""
Find what in one trace is the same as what in another.

Two runs of one story differ in their keys, times and, maybe, in what they called. So what counts is what a row tells:
the name of the signal and of the model that sent it, the name of the receiver. First come those whose branches are the
same to the last leaf, then, between these, those that are the same by themselves, then what stands elsewhere.
"""

from bisect import bisect_left
from collections import defaultdict

from signal_inspector.traces.nodes import CALLBACK, RECEIVER

NEAR = (
    8  # repetitions of a row are compared with so many before and behind, so that the time grows with the rows alone
)
OTHER_PLACE, OTHER_PARENT = ("place", "parent")


class Alignment:
    """
    The pairs of two traces.

    Attributes:
        pairs (list): each pair of a node before and a node after, in no order that means anything.
        before (dict), after (dict): the partner of a node, by the ``id()`` of a node of the other trace.
        moved (dict): by the ``id()`` of a node after: "place" for another order below the same parent, "parent".
        parents (dict): the node that a node of either trace stands under, or None, by ``id()``.
    """

    def __init__(self, before, after):
        """Align two traces (``Trace``)."""
        self.pairs, self.before, self.after, self.moved = [], {}, {}, {}
        self.parents = {id(node): parent for trace in (before, after) for node, parent in trace.walk_with_parents()}
        self._branches = _branches(before, after)
        self._align(before.roots, after.roots)
        self._find_elsewhere(before, after)

    def _align(self, before, after):
        """Pair two lists of siblings, and what is below them."""
        pending = [(before, after)]
        while pending:  # not by recursion: a receiver that saves its own instance goes deep
            for one, other in self._pair(*pending.pop()):
                pending.append((one.children, other.children))

    def _pair(self, before, after):
        before = [node for node in before if id(node) not in self.after]
        after = [node for node in after if id(node) not in self.before]
        found, start, begin = [], 0, 0
        same = in_order([self._branches[id(node)] for node in before], [self._branches[id(node)] for node in after])
        for place, where in [*same, (len(before), len(after))]:
            between = in_order([key(node) for node in before[start:place]], [key(node) for node in after[begin:where]])
            found += [(before[start + one], after[begin + other]) for one, other in between]
            found += [(before[place], after[where])] if place < len(before) and where < len(after) else []
            start, begin = place + 1, where + 1
        for one, other in found:
            self._note(one, other)
        left = defaultdict(list)
        for node in reversed(after):
            if id(node) not in self.before:
                left[key(node)].append(node)
        for node in before:
            if id(node) not in self.after and left[key(node)]:
                other = left[key(node)].pop()
                self._note(node, other)
                found.append((node, other))
                if not (node.asynchronous and other.asynchronous):  # they run together: their order is no promise
                    self.moved[id(other)] = OTHER_PLACE
        return found

    def _note(self, before, after):
        self.pairs.append((before, after))
        self.after[id(before)], self.before[id(after)] = after, before

    def _find_elsewhere(self, before, after):
        """Pair what is left with the same under another parent, and what is below that."""
        left = defaultdict(list)
        for node, _depth in reversed(list(after.walk())):
            if id(node) not in self.before:
                left[self._key_anywhere(node)].append(node)
        for node, _depth in before.walk():
            candidates = left.get(self._key_anywhere(node), ()) if id(node) not in self.after else ()
            while candidates:
                other = candidates.pop()
                if id(other) not in self.before:  # it was, when what it stands under moved
                    self._note(node, other)
                    self.moved[id(other)] = OTHER_PARENT
                    self._align(node.children, other.children)
                    break

    def _key_anywhere(self, node):
        """Return what a node is known by under any parent: a receiver also by who sent what it heard."""
        parent = self.parents[id(node)]
        return (*key(node), parent.sender if node.kind == RECEIVER and parent is not None else "")


def key(node):
    """Return what the row of a node is known by among its siblings; keys of instances are others in each run."""
    return node.kind, node.name, node.sender, model_of(node), node.details.get("action")


def model_of(node):
    """Return the model of the instance that a signal is about, "" for none."""
    return node.instance.partition(":")[0]


def _branches(*traces):
    """Return a number for each node, by its ``id()``: the same for those whose branches are the same."""
    numbers, known = {}, {}
    for trace in traces:
        for node, _depth in reversed(list(trace.walk())):
            told = tuple(sorted((name, str(value)) for name, value in node.details.items()))
            below = tuple(numbers[id(child)] for child in node.children)
            branch = (key(node), node.how, node.ran or node.kind != CALLBACK, node.error, told, below)
            numbers[id(node)] = known.setdefault(branch, len(known))
    return numbers


def in_order(before, after):
    """
    Return the places of what two lists have in common, in the same order in both: pairs, as many as can be found.

    It is the longest increasing subsequence of the places in the second list (Hunt and Szymanski, 1977), with
    repetitions paired with those NEAR them.
    """
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    places, times = defaultdict(list), defaultdict(int)
    for place in range(start, len(after) - end):
        places[after[place]].append(place)
    lasts, chains = [], []  # the smallest place that a chain of each length ends at, and that chain
    for place in range(start, len(before) - end):
        name = before[place]
        number, times[name] = times[name], times[name] + 1
        for where in reversed(places[name][max(number - NEAR, 0) : number + NEAR + 1]):
            length = bisect_left(lasts, where)
            chain = (place, where, chains[length - 1] if length else None)
            lasts[length : length + 1], chains[length : length + 1] = [where], [chain]
    middle, chain = [], chains[-1] if chains else None
    while chain is not None:
        middle.append(chain[:2])
        chain = chain[2]
    ends = [(len(before) - left, len(after) - left) for left in range(end, 0, -1)]
    return [*((place, place) for place in range(start)), *reversed(middle), *ends]
