"""A trace as one file of HTML: it needs no network, no script and no other file, and can be kept and sent."""

import re

from django.template.loader import render_to_string
from django.utils import timezone

from signal_inspector.exporting.lines import Axis, clean, facts, lines_of, milliseconds
from signal_inspector.traces.later.following import Followed
from signal_inspector.traces.work import DONE, Attempt

DEEPEST = 12  # levels that are set in


def convert(trace, title, parts=()):
    """
    Return a trace as the text of a file.

    Args:
        trace (Trace): the trace.
        title (str): what it is called.
        parts (iterable): each ``Part`` that other processes have recorded of what its receivers left for later.
    """
    axis, followed = Axis(trace), Followed(trace, parts)
    context = {
        "title": title,
        "trace": trace,
        "facts": facts(trace),
        "pause": milliseconds(axis.left_out) if axis.left_out else "",
        "levels": range(1, DEEPEST + 1),
        "unheard": sorted(trace.unheard.items(), key=lambda pair: (-pair[1], pair[0])),
        "lines": [_told(line, followed) for line in lines_of(trace)],
        "told_at": timezone.now() if followed.works else None,
        "moments": [(each, milliseconds(each.start), milliseconds(each.duration)) for each in trace.moments],
        "outside": [_statement(each) for each in trace.statements],
    }
    text = clean(render_to_string("signal_inspector/exported/trace.html", context))
    return re.sub(r"\s*\n\s*", "\n", text)  # the indentation of the template would be a half of a long one


def _told(line, followed):
    """Return what the template needs of a line."""
    return {
        "line": line,
        "level": min(line.depth, DEEPEST),
        "x": f"{line.x * 100:.2f}",
        "width": f"{line.width * 100:.2f}",
        "statements": [_statement(each) for each in line.node.more.statements],
        "later": [_later(each, followed) for each in followed.left_by(line.node)],
    }


def _later(entry, followed):
    """Return what the template needs of an attempt, or of the wait for one."""
    is_attempt = isinstance(entry, Attempt)
    return {
        "told": followed.told_of(entry),
        "time": milliseconds(entry.duration) if is_attempt else "",
        "statements": followed.statements(entry),
        "is_bad": is_attempt and entry.outcome != DONE,
    }


def _statement(each):
    return {"sql": each.sql, "time": milliseconds(each.duration), "place": each.place or ""}
