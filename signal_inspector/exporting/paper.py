"""A trace as one file of HTML: it needs no network, no script and no other file, and can be kept and sent."""

import re

from django.template.loader import render_to_string

from signal_inspector.exporting.lines import Axis, clean, facts, lines_of, milliseconds

DEEPEST = 12  # levels that are set in


def convert(trace, title):
    """Return a trace (``Trace``), called ``title``, as the text of a file."""
    axis = Axis(trace)
    context = {
        "title": title,
        "trace": trace,
        "facts": facts(trace),
        "pause": milliseconds(axis.left_out) if axis.left_out else "",
        "levels": range(1, DEEPEST + 1),
        "unheard": sorted(trace.unheard.items(), key=lambda pair: (-pair[1], pair[0])),
        "lines": [_told(line) for line in lines_of(trace)],
        "moments": [(each, milliseconds(each.start), milliseconds(each.duration)) for each in trace.moments],
        "outside": [_statement(each) for each in trace.statements],
    }
    text = clean(render_to_string("signal_inspector/exported/trace.html", context))
    return re.sub(r"\s*\n\s*", "\n", text)  # the indentation of the template would be a half of a long one


def _told(line):
    """Return what the template needs of a line."""
    return {
        "line": line,
        "level": min(line.depth, DEEPEST),
        "x": f"{line.x * 100:.2f}",
        "width": f"{line.width * 100:.2f}",
        "statements": [_statement(each) for each in line.node.more.statements],
    }


def _statement(each):
    return {"sql": each.sql, "time": milliseconds(each.duration), "place": each.place or ""}
