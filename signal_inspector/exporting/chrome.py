"""
A trace in Chrome's Trace Event Format, which chrome://tracing, Perfetto (https://ui.perfetto.dev) and speedscope open.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import json

from django.utils.translation import gettext as _

from signal_inspector.exporting.spans import lanes, name_of, spans_of
from signal_inspector.traces.nodes import CALLBACK

PROCESS = 1


def convert(trace, title):
    """Return a trace (``Trace``), called ``title``, as the text of a file: a thread for each lane."""
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
            "pid": PROCESS,
            "tid": 0,
        }
        for node, _depth in trace.walk()
        if not node.ran
    ]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


def _named(what, thread, name):
    return {"name": what, "ph": "M", "pid": PROCESS, "tid": thread, "args": {"name": name}}


def _event(span, thread):
    start, end = _microseconds(span.start), _microseconds(span.end)
    event = {
        "name": span.name,
        "cat": span.kind,
        "ph": "X",
        "ts": start,
        "dur": round(end - start, 1),
        "pid": PROCESS,
        "tid": thread,
    }
    return event | {"args": span.about} if span.about else event  # speedscope writes them after the name


def _microseconds(seconds):
    return round(seconds * 1_000_000, 1)
