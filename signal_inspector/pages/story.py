"""
The rows of a trace's page: the tree, flat, with what opens and closes around each row.

A receiver that saves its own instance makes a tree hundreds of levels deep. Nothing here calls itself, and the page
nests only so far: a browser's parser gives up at some 500 elements inside each other.
"""

from django.utils.safestring import mark_safe

from signal_inspector import conf
from signal_inspector.connected.catalogue import sentence
from signal_inspector.pages.waterfall import milliseconds
from signal_inspector.reading.places import split_name
from signal_inspector.traces.folding import folds
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

DEEPEST = 60  # levels that open and close; what is deeper stands in the last of them
INDENTED = 8  # levels that are set in; a phone has room for no more

OPEN = mark_safe('<details open><summary class="row">')
CLOSED = mark_safe('<details><summary class="row">')
ITEM = mark_safe("<li>")
LEAF, LEAF_END = mark_safe('<div class="row">'), mark_safe("</div></li>")
CHILDREN, LAST_CHILDREN = mark_safe("</summary><ul>"), mark_safe('</summary><ul class="flush">')
END = "</ul></details></li>"
ALL_OPEN = 150  # nodes; of a larger trace only the upper levels are open at first


class Row:
    """
    One line of the tree: a node with its level, the words for it, and the tags around it.

    Its link stands between ``item`` and ``before``: what opens and closes must not hold a link.
    """

    item = ITEM

    def __init__(self, node, depth, about, fold=""):
        """Describe a node; ``about`` maps names of receivers to the first lines of their docstrings."""
        self.node = node
        self.level = depth + 1
        self.depth = min(depth, DEEPEST)
        self.too_deep = depth >= INDENTED
        self.module, self.name = split_name(node.name)
        self.is_signal, self.is_callback = node.kind == SIGNAL, node.kind == CALLBACK
        self.about = sentence(node) if self.is_signal else about.get(node.name, "")
        self.about = f"{self.about}, {fold}" if fold else self.about
        self.is_slow = not self.is_signal and node.duration >= conf.slow()
        self.how = "" if node.how in ("send", "on_commit") else node.how
        self.update_fields = node.details.get("update_fields")
        self.raw = node.details.get("raw")
        self.before, self.between, self.after = LEAF, "", LEAF_END

    @property
    def time(self):
        """How long it took, in words."""
        return milliseconds(self.node.duration)

    @property
    def query_time(self):
        """How long its own statements took, in words."""
        return milliseconds(self.node.query_seconds)


def rows(trace, shown=None, about=None):
    """
    Return the rows of a trace.

    Args:
        trace (Trace): the trace.
        shown (set): the places of the nodes to show, all by default.
        about (dict): what receivers do, by their names.
    """
    told, _hidden = folds(trace)  # a browser closes what somebody does not want to see
    found = [
        Row(node, depth, about or {}, told.get(id(node), ""))
        for place, (node, depth) in enumerate(trace.walk())
        if shown is None or place in shown
    ]
    open_to = DEEPEST if len(found) <= ALL_OPEN else 2
    depths = [row.depth for row in found[1:]] + [0]
    for row, following in zip(found, depths, strict=False):
        if following > row.depth:
            row.before = OPEN if row.depth < open_to else CLOSED
            row.between = LAST_CHILDREN if row.depth + 1 >= INDENTED else CHILDREN
            row.after = ""
        else:
            row.after = mark_safe(LEAF_END + END * (row.depth - following))  # noqa: S308 - constants of this module
    return found
