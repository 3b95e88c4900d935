"""
Which lines of a trace an answer holds: what repeats is folded, and of a long trace only some branches are open.

A receiver that saves its own instance makes a tree hundreds of levels deep, and a loop makes a list of thousands.
Nothing here calls itself, and a browser gets no more at once than a person can look through.
"""

from heapq import heappop, heappush
from itertools import count

from signal_inspector.traces.folding import repetitions

ALL_OPEN = 120  # lines that are open at first; of a longer trace the upper levels, and what leads to errors
TOGETHER = 100  # lines of one branch in an answer; the others are another answer
DEEPEST = 30  # levels in an answer: a browser's parser gives up at some 500 elements inside each other


class Entry:
    """
    What stands for one or more steps that ran beside each other.

    Attributes:
        steps (list): the one, or those that repeat; empty for the rest of a branch that is too long.
        begin (int), end (int): their places among the children of the step that they ran in; None for the last.
        period (int): how many steps are repeated, 0 where nothing is.
        has_branch (bool): whether anything is shown below it.
        children (list): the entries in an open branch, None for a closed one.
    """

    __slots__ = ("begin", "children", "end", "has_branch", "period", "steps")

    def __init__(self, steps, begin, end, period=0):
        """Stand for the steps at some places."""
        self.steps, self.begin, self.end, self.period = steps, begin, end, period
        self.children, self.has_branch = None, True

    @property
    def step(self):
        """The only step, None for a repetition or the rest of a branch."""
        return self.steps[0] if len(self.steps) == 1 and not self.period else None


class Branches:
    """
    The lines under one step.

    Args:
        shown (set): the numbers of the steps to show, None for all.
        closed (dict): steps that stay closed, by the ids of their nodes: what repeats itself inside of itself.
    """

    def __init__(self, shown=None, closed=()):
        self.shown, self.closed = shown, closed

    def under(self, step, begin=0, end=None):
        """
        Return the entries under a step, with branches open as far as an answer goes.

        Args:
            step (Step): what they ran in.
            begin (int), end (int): the places of its children; with an end, they are not folded any more.
        """
        top = self._entries(step, begin, end)
        room, order, waiting = ALL_OPEN - len(top), count(), []

        def offer(entries, depth):
            for entry in entries:
                found = entry.step
                if found is not None and entry.has_branch and depth < DEEPEST and id(found.node) not in self.closed:
                    heappush(waiting, (not found.failed, depth, next(order), entry))

        offer(top, 1)
        while waiting and room > 0:
            _calm, depth, _order, entry = heappop(waiting)
            children = self._entries(entry.step, 0, None)
            if len(children) <= room:
                entry.children = children
                room -= len(children)
                offer(children, depth + 1)
        return top

    def _entries(self, step, begin, end):
        children = step.children[begin:end]
        # Never without a look at the filters: what repeats is what is shown.
        pairs = [(begin + place, child) for place, child in enumerate(children) if self._is_shown(child)]
        folded = [] if end is not None else repetitions([_key(child) for _place, child in pairs])
        entries, reached = [], 0
        for first, last, period in [*folded, (len(pairs), len(pairs), 0)]:
            entries += [Entry([child], place, place + 1) for place, child in pairs[reached:first]]
            if period:
                some = pairs[first:last]
                entries.append(Entry([child for _place, child in some], some[0][0], some[-1][0] + 1, period))
            reached = last
        for entry in entries[:TOGETHER]:
            entry.has_branch = entry.step is None or any(map(self._is_shown, entry.step.children))
        if len(entries) <= TOGETHER:
            return entries
        return [*entries[:TOGETHER], Entry([], entries[TOGETHER].begin, end)]

    def _is_shown(self, step):
        if self.shown is None:
            return True
        return step.moment is None and step.number in self.shown


def _key(step):
    """Return what is the same of steps that repeat."""
    if step.moment is not None:
        return step.moment.name, step.moment.using
    return step.node.kind, step.node.name, step.node.sender, step.node.how, step.node.error
