"""
A trace as a picture: the lines of the tree, each with its bar in time.

Colours stand as attributes of the shapes, on a light ground of its own: a style element would be ignored where a
Content-Security-Policy forbids it, and a picture in a document does not know whether its reader's screen is dark.
"""

from django.template.loader import render_to_string

from signal_inspector.exporting.lines import Axis, clean, facts, lines_of, milliseconds

WIDTH, BARS, LINE, TOP, EDGE = 1200, 320, 22, 70, 16  # pixels
INDENT, DEEPEST = 16, 14  # pixels a level, and levels that are set in
LETTER = 7.3  # pixels of a letter, about: a picture can't measure text
COLOURS = {"signal": "#0b6b66", "receiver": "#3d4fa8", "callback": "#7c3d8f"}
BAD = "#b3261e"
MOST = 1000  # lines


def convert(trace, title):
    """Return a trace (``Trace``), called ``title``, as the text of a file."""
    every = lines_of(trace)
    shown = [_placed(line, place) for place, line in enumerate(every[:MOST])]
    axis = Axis(trace)
    context = {
        "title": title,
        "facts": " · ".join(facts(trace)),
        "lines": shown,
        "left_out": len(every) - len(shown),
        "pause": milliseconds(axis.left_out) if axis.left_out else "",
        "pause_x": round(_x(axis.place(axis.begin)), 1),
        "pause_width": round(_x(axis.place(axis.begin + axis.left_out)) - _x(axis.place(axis.begin)), 1),
        "width": WIDTH,
        "height": TOP + LINE * len(shown) + LINE + EDGE,
        "foot": TOP + LINE * len(shown) + LINE,
        "stripe": WIDTH - EDGE,
        "tall_line": LINE,
        "tall": LINE * len(shown),
    }
    return clean(render_to_string("signal_inspector/exported/trace.svg", context))


def _x(part):
    return WIDTH - BARS - EDGE + part * (BARS - 70)


def _placed(line, place):
    """Return what the template draws of a line."""
    left = EDGE + 44 + INDENT * min(line.depth, DEEPEST)
    room = int((WIDTH - BARS - EDGE - 12 - left) / LETTER)
    notes = ", ".join(line.notes)
    title = line.title if len(line.title) <= room else f"{line.title[: room - 1]}…"
    room -= len(title) + 2
    return {
        "number": line.number,
        "title": title,
        "notes": notes if len(notes) <= room else f"{notes[: room - 1]}…" if room > 8 else "",
        "whole": f"{line.title} ({notes})" if notes else line.title,
        "time": line.time,
        "left": left,
        "y": TOP + LINE * place,
        "is_striped": place % 2,
        "text_y": TOP + LINE * place + 15,
        "bar_y": TOP + LINE * place + 5,
        "x": round(_x(line.x), 1),
        "bar": round(max(line.width * (BARS - 70), 1), 1) if line.width else 0,
        "time_x": round(_x(line.x + line.width) + 4, 1),
        "colour": BAD if line.node.error else COLOURS[line.node.kind],
    }
