"""The graph that traces teach: which signals call which receivers, and which signals those send."""

import json
from collections import Counter
from dataclasses import dataclass, field, replace

from django.apps import apps
from django.utils.translation import gettext as _

from signal_inspector.connected.listing import escaped
from signal_inspector.reading.places import readable
from signal_inspector.requests.summary import app_or_package
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

MOST = 300  # edges: the most frequent; more is not a picture any more
LONGEST = 40  # characters of a line in a box


@dataclass(eq=False)
class Vertex:
    """
    A signal of one sender, a receiver, or a callback.

    Attributes:
        kind (str), name (str), sender (str): as in a ``Node``.
        number (int): in the order in which they were met.
        times (int): how often it was sent or called.
    """

    kind: str
    name: str
    sender: str
    number: int
    times: int = 0
    calls: dict = field(default_factory=dict)  # vertex to how often

    @property
    def lines(self):
        """The two lines in its box: what it is called, and whose it is."""
        module, name = readable(self.name)
        if self.is_callback and any(other.is_signal and other.name == self.name for other in self.calls):
            name = _("sends %(signal)s") % {"signal": name}  # it bears the name of what it sends
        return _cut(name), _cut(self.sender or module if self.kind == SIGNAL else module)

    @property
    def title(self):
        """Its full name."""
        return f"{self.name} ({self.sender})" if self.sender else self.name

    @property
    def is_signal(self):
        """Whether it is a signal."""
        return self.kind == SIGNAL

    @property
    def is_callback(self):
        """Whether it is a callback of ``on_commit()``."""
        return self.kind == CALLBACK


def learn(texts):
    """
    Return the vertices of a graph.

    Args:
        texts (iterable): of traces what ``StoredTrace.edges`` holds.

    Returns:
        A pair: the vertices, and how many edges were left out.
    """
    counts = Counter()
    for text in texts:
        for start, end, times in json.loads(text):
            counts[tuple(start) if start else None, tuple(end)] += times
    kept = counts.most_common(MOST)
    vertices = {}
    for (start, end), times in kept:
        vertex = _vertex(vertices, end)
        vertex.times += times
        if start:
            calls = _vertex(vertices, start).calls
            calls[vertex] = calls.get(vertex, 0) + times
    return list(vertices.values()), len(counts) - len(kept)


def _vertex(vertices, end):
    if end not in vertices:
        vertices[end] = Vertex(*end, number=len(vertices))
    return vertices[end]


def narrow(vertices, app="", model=""):
    """
    Return the part of a graph that is about an app or a model: with all that leads there, and all that follows.

    Args:
        vertices (list): the graph.
        app (str): the label of an app, or a package: its receivers and callbacks; "" for all.
        model (str): the label of a model: what it sends, or, with an app, what of that hears it; "" for all.
    """
    if not app and not model:
        return vertices
    if app:
        wanted = {vertex for vertex in vertices if not vertex.is_signal and app_or_package(vertex.name) == app}
        if model:
            wanted &= {other for vertex in vertices if vertex.sender == model for other in vertex.calls}
    else:
        wanted = {vertex for vertex in vertices if vertex.sender == model}
    callers = {vertex: [] for vertex in vertices}
    for vertex in vertices:
        for other in vertex.calls:
            callers[other].append(vertex)
    kept = _reached(wanted, callers.get) | _reached(wanted, lambda vertex: vertex.calls)
    copies = {vertex: replace(vertex, calls={}) for vertex in vertices if vertex in kept}
    for vertex, copy in copies.items():
        copy.calls = {copies[other]: times for other, times in vertex.calls.items() if other in copies}
    return list(copies.values())


def _reached(starts, neighbours):
    """Return all vertices that can be reached from some, these too."""
    reached, waiting = set(starts), list(starts)
    while waiting:
        fresh = [other for other in neighbours(waiting.pop()) if other not in reached]
        reached.update(fresh)
        waiting += fresh
    return reached


def choices(vertices):
    """Return what a graph can be narrowed to: the apps of its receivers, and the models that send, sorted."""
    models = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    return (
        sorted({app_or_package(vertex.name) for vertex in vertices if not vertex.is_signal}),
        sorted({vertex.sender for vertex in vertices} & models),
    )


def mermaid(vertices):
    """Return a graph as the text of a flowchart in Mermaid's language."""
    lines = ["flowchart LR"]
    for vertex in vertices:
        label = "<br>".join(escaped(line) for line in vertex.lines if line)
        opening, closing = ("([", "])") if vertex.is_signal else ("[", "]")
        lines.append(f'    n{vertex.number}{opening}"{label}"{closing}')
    for vertex in vertices:
        for other, times in vertex.calls.items():
            arrow = "-.->" if other.is_callback else "-->"
            lines.append(f"    n{vertex.number} {arrow}|{times}| n{other.number}")
    return "\n".join(lines) + "\n"


def _cut(text):
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
