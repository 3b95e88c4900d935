"""
Two trials beside each other, line by line, each in its own order.

``traces.comparing`` makes one tree of both, in which what has moved stands once. Here a receiver that was set earlier
stands in either column where it ran, as the bench is asked about the order.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

from signal_inspector.bench.ordered import Line, lines_of
from signal_inspector.traces.nodes import RECEIVER

SAME, GONE, ADDED, OTHER = ("same", "gone", "added", "other")
MOST_LINES = 400  # of each trace


@dataclass(frozen=True)
class Pair:
    """
    What stands beside each other.

    Attributes:
        left (Line), right (Line): of the first and of the second trace; None where one has nothing there.
        mark (str): "same", "gone", "added", or "other" for what came out otherwise.
    """

    left: Line | None
    right: Line | None
    mark: str


def pairs(first, second):
    """Return a list of each ``Pair`` of two traces."""
    left, right = lines_of(first)[:MOST_LINES], lines_of(second)[:MOST_LINES]
    matcher = SequenceMatcher(None, [line.key for line in left], [line.key for line in right], autojunk=False)
    found = []
    for tag, begin, end, other_begin, other_end in matcher.get_opcodes():
        if tag == "equal":
            both = zip(left[begin:end], right[other_begin:other_end], strict=True)
            found += [Pair(one, two, SAME if one.came_to == two.came_to else OTHER) for one, two in both]
        else:
            found += [Pair(line, None, GONE) for line in left[begin:end]]
            found += [Pair(None, line, ADDED) for line in right[other_begin:other_end]]
    return found


def only_in(first, second):
    """Return the names of receivers that ran in the first trace and not in the second, in the order of the first."""
    ran = {node.name for node, _depth in second.walk() if node.kind == RECEIVER}
    return list(dict.fromkeys(n.name for n, _depth in first.walk() if n.kind == RECEIVER and n.name not in ran))
