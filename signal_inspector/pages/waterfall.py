"""A trace in time: where each bar begins, how long it is, and the scale above."""

from django.utils import formats
from django.utils.translation import gettext as _

from signal_inspector import conf
from signal_inspector.connected.catalogue import sentence
from signal_inspector.reading.places import split_name
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

THINNEST = 0.25  # per cent of the width: what is shorter would not be seen
STEPS = (1, 2, 5)


class Bar:
    """One node in time. ``x`` and ``width`` are per cent of the whole, as SVG takes them: "12.5%"."""

    def __init__(self, node, depth, start, total):
        """Measure a node that begins at ``start`` in a picture of ``total`` seconds."""
        start = min(max(start / total, 0), 1) * 100
        width = min(max(node.duration / total * 100, THINNEST), 100)
        self.node, self.depth = node, min(depth, 8)
        self.x, self.width = f"{min(start, 100 - width):.3f}%", f"{width:.3f}%"
        self.module, self.name = split_name(node.name)
        self.begin, self.time = milliseconds(node.start), milliseconds(node.duration)
        self.is_signal, self.is_callback = node.kind == SIGNAL, node.kind == CALLBACK
        self.is_slow = not self.is_signal and node.duration >= conf.slow()
        self.about = sentence(node) if self.is_signal else ""


def milliseconds(seconds):
    """Return a time as text: "4.3 ms", "< 0.1 ms"."""
    text = _("< %(number)s ms") if 0 < seconds < 0.00005 else _("%(number)s ms")
    return text % {"number": formats.number_format(max(seconds * 1000, 0.1 if seconds else 0), 1)}


def pause(trace):
    """
    Return beginning and end, in seconds, of the time that the picture leaves out; 0 and 0 for none.

    It is the longest one in which nothing fired, if that is more than half of all. A registration hashes a password
    for 300 ms, and all that fires takes 10: the bars would be dots at the edge.
    """
    longest, reached = (0, 0), 0
    spans = sorted((node.start, node.start + node.duration) for node, _ in trace.walk() if node.ran)
    for start, end in [*spans, (trace.duration, trace.duration)] if spans else ():
        longest = max(longest, (reached, start), key=lambda span: span[1] - span[0])
        reached = max(reached, end)
    return longest if longest[1] - longest[0] > trace.duration / 2 else (0, 0)


def bars(trace, shown):
    """Return the bars of the nodes at some places (set of int) of a trace."""
    begin, end = pause(trace)
    total = (trace.duration - (end - begin)) or 1
    return [
        Bar(node, depth, node.start - (end - begin if node.start >= end else 0), total)
        for place, (node, depth) in enumerate(trace.walk())
        if place in shown and node.ran
    ]


def scale(trace):
    """Return the marks of the scale: pairs of a place, "25.0%", and the milliseconds there; four or five of them."""
    begin, end = pause(trace)
    total = ((trace.duration - (end - begin)) or 0.001) * 1000
    power = 10.0**-6
    while True:
        for step in STEPS:
            if total / (step * power) <= 5:
                step *= power
                marks = [step * number for number in range(int(total / step) + 1)]
                return [(f"{mark / total * 100:.3f}%", f"{mark:g}") for mark in marks]
        power *= 10
