"""
A trace in Chrome's Trace Event Format, which chrome://tracing, Perfetto (https://ui.perfetto.dev) and speedscope open.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import json

from django.utils.translation import gettext as _

from signal_inspector.exporting.spans import lanes, name_of, spans_of
from signal_inspector.traces.nodes import CALLBACK

FIRST = 1  # of the processes


def convert(trace, title, parts=()):
    """
    Return a trace as the text of a file: a process for it and for each of its parts, in that a thread for each lane.

    Args:
        trace (Trace): the trace.
        title (str): what it is called.
        parts (iterable): each ``Part`` that other processes have recorded of what its receivers left for later. They
            stand as late as the clocks of both processes have it.
    """
    events = _process(trace, title, FIRST)
    known = [part for part in parts if part.trace is not None]
    for number, part in enumerate(known, FIRST + 1):
        attempt, later = part.attempt, (part.attempt.started - trace.started).total_seconds()
        name = f"{attempt.process}: {attempt.key.rpartition(' ')[2]}, {_('attempt %d') % attempt.number}"
        events += _process(part.trace, name, number, later)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


def _process(trace, title, number, later=0.0):
    """Return the events of a trace, as a process that begins some seconds ``later``."""
    events = [_named("process_name", 0, title)]
    for place, lane in enumerate(lanes(spans_of(trace, title))):
        events.append(_named("thread_name", place, _("asynchronous, %d") % (place + 1) if place else _("in order")))
        events += [_event(span, place) for span in lane]
    events += [
        {
            "name": _("not run, %s") % name_of(node),
            "cat": CALLBACK,
            "ph": "i",
            "s": "t",
            "ts": _microseconds(node.start),
            "tid": 0,
        }
        for node, _depth in trace.walk()
        if not node.ran
    ]
    for event in events:
        event["pid"] = number
        if "ts" in event:
            event["ts"] = round(event["ts"] + _microseconds(later), 1)
    return events


def _named(what, thread, name):
    return {"name": what, "ph": "M", "tid": thread, "args": {"name": name}}


def _event(span, thread):
    start, end = _microseconds(span.start), _microseconds(span.end)
    event = {
        "name": span.name,
        "cat": span.kind,
        "ph": "X",
        "ts": start,
        "dur": round(end - start, 1),
        "tid": thread,
    }
    return event | {"args": span.about} if span.about else event  # speedscope writes them after the name


def _microseconds(seconds):
    return round(seconds * 1_000_000, 1)
