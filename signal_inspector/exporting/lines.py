"""A trace as lines with a bar each, for pictures and papers: what a page and an SVG draw alike."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.connected.catalogue import sentence
from signal_inspector.exporting.spans import name_of
from signal_inspector.traces.folding import folds
from signal_inspector.traces.nodes import SIGNAL

UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
THINNEST = 0.004  # of the width: what is shorter would not be seen
GAP = 0.04  # of the width: what is left of a long time in which nothing fired


class Line:
    """
    One node as a line.

    Attributes:
        number (int): its place in ``Trace.walk()``.
        node (Node), depth (int): the node, and its level, from 0.
        title (str), notes (list): what it is, and what came of it.
        x (float), width (float): its bar, as parts of the whole; the width is 0 where it did not run.
    """

    def __init__(self, number, node, depth, axis, fold=""):
        """Describe a node on an axis (``Axis``)."""
        self.number, self.node, self.depth, self.title = number, node, depth, name_of(node)
        self.about = sentence(node) if node.kind == SIGNAL else ""
        self.notes = [note for note in (*_notes(node), fold) if note]
        start, end = axis.place(node.start), axis.place(node.start + node.duration)
        self.width = min(max(end - start, THINNEST), 1) if node.ran else 0
        self.x = min(start, 1 - self.width)

    @property
    def time(self):
        """How long it took, as text."""
        return milliseconds(self.node.duration) if self.node.ran else ""


class Axis:
    """
    The time of a trace from left to right, 0 to 1.

    The longest time in which nothing fired is made short, if it is more than half of all: a registration hashes a
    password for 300 ms, and all that fires takes 10.

    Attributes:
        left_out (float): seconds of that time, 0 where nothing is.
    """

    def __init__(self, trace):
        """Measure a trace (``Trace``)."""
        begin, end = _pause(trace)
        self.begin, self.left_out, self.total = begin, end - begin, trace.duration

    def place(self, seconds):
        """Return where a time is."""
        gap = GAP if self.left_out else 0
        rest = (self.total - self.left_out) or 1
        inside = min(max(seconds - self.begin, 0), self.left_out)
        passed = (seconds - inside) / rest * (1 - gap)
        return min(max(passed + (inside / self.left_out * gap if gap else 0), 0), 1)


def lines_of(trace):
    """Return each ``Line`` of a trace; of what repeats itself inside itself two levels."""
    told, hidden = folds(trace)
    axis = Axis(trace)
    return [
        Line(number, node, depth, axis, told.get(id(node), ""))
        for number, (node, depth) in enumerate(trace.walk())
        if id(node) not in hidden
    ]


def milliseconds(seconds):
    """Return a time as text."""
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def clean(text):
    """Return a text without the characters that neither XML nor HTML can hold: a sender may be any string."""
    return UNHOLDABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def facts(trace):
    """Return how much there was of everything, as a list of texts."""
    counts = trace.counts()
    told = [
        ngettext("%d signal", "%d signals", counts["signals"]) % counts["signals"],
        ngettext("%d receiver", "%d receivers", counts["receivers"]) % counts["receivers"],
        ngettext("%d callback", "%d callbacks", counts["callbacks"]) % counts["callbacks"],
        ngettext("%d statement", "%d statements", counts["queries"]) % counts["queries"],
        ngettext("%d error", "%d errors", counts["errors"]) % counts["errors"],
        milliseconds(trace.duration),
    ]
    if trace.left_out:
        told.append(_("the trace was full: %d more were not recorded") % trace.left_out)
    return told


def _notes(node):
    if not node.ran:
        yield _("not run")
    if node.asynchronous:
        yield _("asynchronous")
    for name, value in node.details.items():
        if value is True:
            yield name
        elif value is not False:
            yield f"{name}: {', '.join(value) if isinstance(value, list) else value}"
    how = node.how.removeprefix("on_commit").strip()
    if how not in ("", "send"):
        yield how
    if node.error:
        yield _("raised %s") % node.error
    elif node.result:
        yield _("returned %s") % node.result
    if node.more.work:
        yield _("left for later")
    if node.queries:
        yield ngettext("%d statement", "%d statements", node.queries) % node.queries


def _pause(trace):
    """Return beginning and end of the longest time in which nothing fired; 0 and 0 if that is at most half of all."""
    longest, reached = (0, 0), 0
    spans = sorted((node.start, node.start + node.duration) for node, _depth in trace.walk() if node.ran)
    for start, end in [*spans, (trace.duration, trace.duration)] if spans else ():
        longest = max(longest, (reached, start), key=lambda span: span[1] - span[0])
        reached = max(reached, end)
    return longest if longest[1] - longest[0] > trace.duration / 2 else (0, 0)
