"""Which code stands beside each step, and which of its lines is marked."""

import ast
from dataclasses import dataclass, field

from django.urls import resolve, reverse

from lessons.stage import folding, happenings
from lessons.stage.excerpts import Excerpt, excerpt
from lessons.stage.spans import Span
from signal_inspector import Node
from signal_inspector.reading.parsing import parse
from signal_inspector.reading.places import split_name


@dataclass
class Shown:
    """
    A function beside the steps that are in it.

    Attributes:
        excerpt (Excerpt): the function.
        is_changed (bool): whether it is another one than was recorded; then no line is marked.
        steps (set): the numbers of the steps at which it is shown.
        marked (dict): number of a line, counted from 0, to the set of steps at which it is the current one.
    """

    excerpt: Excerpt
    is_changed: bool
    steps: set = field(default_factory=set)
    marked: dict = field(default_factory=dict)

    @property
    def shown(self):
        """The steps at which it is shown (``Span``)."""
        return Span(self.steps)

    @property
    def lines(self):
        """For each line its number, the pieces in colours, and the steps at which it is marked."""
        return [
            (self.excerpt.first + number, pieces, Span(self.marked.get(number, ())))
            for number, pieces in enumerate(self.excerpt.lines)
        ]


def code_of(steps, functions):
    """
    Return each function that is ``Shown``, in the order of the steps.

    Args:
        steps (list): each ``Step``.
        functions (dict): of each recorded function its first line and its digest: see ``recording.noted``.
    """
    found, before = {}, []
    for step in steps:
        places = list(dict.fromkeys(place for each in step.happenings for place in _places(each, step)))
        if not step.happenings:
            places = _view(0 if step.kind == folding.ARRIVES else None)
        elif has_no_code(step):
            before = []
        # Several beside one step stand in its order; one that stands alone is the same for all its steps.
        group = step.number if len(places) > 1 else 0
        known = [each for each in (_shown(found, group, place, functions) for place in places) if each]
        for shown, line in known:
            if step.kind in (folding.ANSWERED, folding.OVER):
                line = _answering_line(shown)
            if line is not None:
                shown.marked.setdefault(line, set()).add(step.number)
        before = [shown for shown, _line in known] or before  # where nothing tells the place, the last one stays
        for shown in before:
            shown.steps.add(step.number)
    return list(found.values())


def has_no_code(step):
    """Tell whether nothing of the project asked for a step: Django's own code did."""
    return step.what is not None and step.what.place is None


def _view(line):
    """Return the view of the form for the first step, the answer and the last one, which have no other place."""
    view = resolve(reverse("register")).func
    return [(view.__module__, view.__qualname__, line)]


def _answering_line(shown):
    """Return the line by which a view answered: the ``return`` that ends the block in which it was last seen."""
    if not shown.marked:
        return None
    last = 1 + max(shown.marked, key=lambda line: max(shown.marked[line]))
    blocks = [
        block
        for node in ast.walk(parse(shown.excerpt.text))
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(node, name, None), list)
        and any(each.lineno <= last <= each.end_lineno for each in block)
    ]
    ends = [min(blocks, key=lambda block: block[-1].end_lineno - block[0].lineno)[-1]] if blocks else []
    return next((end.lineno - 1 for end in ends if isinstance(end, ast.Return)), None)


def _places(each, step):
    """Yield module, name and recorded line of where something happened; no line is that of the ``def``."""
    node = each.node
    if each.what is not None:
        if each.what.place is not None:
            yield _in(each.what.place)
    elif each.kind == happenings.SENT:
        yield _sent_from(each)
    elif each.kind == happenings.WAITS:
        yield _in(node.more.origin)
    elif step.kind == folding.FOREIGN:
        yield from _around(each)
    else:
        module, name = split_name(node.name)
        if excerpt(module, name) is None and node.more.origin is not None:  # a lambda
            yield _in(node.more.origin)
        else:
            yield module, name, None if each.kind == happenings.RETURNED else 0


def _in(place):
    return place.module, place.name, place.line


def _sent_from(each):
    """Return where a signal was sent from: the line of the receiver above that led to it, or of whoever saved."""
    more, above = each.node.more, each.parent
    if above is not None and above.kind == "receiver" and more.via:
        return *split_name(above.name), more.via
    place = next((node.more.origin for node in _senders(each) if node.more.origin), None)
    return _in(place) if place else ("", "", None)


def _senders(each):
    """Return the signal, after the callback that was given in order to send it."""
    return [each.parent, each.node] if each.parent is not None and each.parent.kind == "callback" else [each.node]


def _around(each):
    """Yield where the signal came from that a receiver of Django's hears: its own code is not the project's."""
    signal: Node = each.parent
    if signal is not None and signal.more.origin is not None:
        yield _in(signal.more.origin)


def _shown(found, group, place, functions):
    """Return what is shown of a place, and the number of the line in it; None where there is no such function."""
    module, name, line = place
    function = excerpt(module, name)
    if function is None:
        return None
    key = f"{module}:{name}"
    first, digest = functions.get(key, (function.first, function.digest))
    shown = found.setdefault((group, key), Shown(function, digest != function.digest))
    if line is None or shown.is_changed:
        return shown, None
    return shown, function.start - function.first if line == 0 else line - first
