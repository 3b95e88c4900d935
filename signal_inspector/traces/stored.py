"""
A trace as what JSON can hold, and back.

The nodes are a flat list, each with the place of its parent in it. Texts of statements and places in the code stand
once, in lists of their own, and everything else has their numbers there. Version 1 had neither, nor any details; early
traces of version 2 tell no place of a moment, and nothing of work that is left for later.
"""

from dataclasses import MISSING
from datetime import datetime
from typing import TypeAlias

from signal_inspector.traces.nodes import CALLBACK, NO_DETAILS, NOTHING, PLAIN, Detail, Moment, Node, Place, Statement
from signal_inspector.traces.work import from_data

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

VERSION = 2
VERSIONS = (1, VERSION)
OUTSIDE = -1  # where something stands that is under no node


def to_data(trace) -> dict[str, Json]:
    """Return a trace (``Trace``) as a dict of plain values."""
    pairs, nodes, texts, places = list(trace.walk_with_parents()), [], _Numbered(), _Numbered()
    numbers = {id(node): number for number, (node, _parent) in enumerate(pairs)}
    for node, parent in pairs:
        data = _plain(node)
        if parent is not None:
            data["parent"] = numbers[id(parent)]
        if node.more.ran_in is not None:
            data["ran_in"] = numbers[id(node.more.ran_in)]
        nodes.append(data | _detail(node.more, texts, places))
    return {
        "version": VERSION,
        "started": trace.started.isoformat(),
        "duration": round(trace.duration, 7),
        "queries": trace.queries,
        "query_seconds": round(trace.query_seconds, 7),
        "left_out": trace.left_out,
        "unheard": [[name, sender, times] for (name, sender), times in trace.unheard.items()],
        "detailed": trace.detailed,
        "statements": _statements(trace.statements, texts, places),
        "moments": [
            [
                *(moment.kind, moment.name, moment.using, round(moment.start, 7), round(moment.duration, 7)),
                *(numbers.get(id(moment.node), OUTSIDE), moment.error, moment.queries),
                OUTSIDE if moment.place is None else places(moment.place),
            ]
            for moment in trace.moments
        ],
        "attempts": [each.as_data() | {"ran_in": numbers.get(id(each.node), OUTSIDE)} for each in trace.attempts],
        "nodes": nodes,
        "texts": texts.values,
        "places": places.values,
    }


def fill(trace, data) -> None:
    """
    Fill an empty trace from the data of one.

    Raises:
        ValueError: where the data is of a version that is not known.
    """
    if data.get("version") not in VERSIONS:
        raise ValueError(f"A trace of version {data.get('version')}; this is version {VERSION}.")
    trace.started = datetime.fromisoformat(data["started"])
    trace.duration, trace.queries = data["duration"], data["queries"]
    trace.query_seconds, trace.left_out = data["query_seconds"], data["left_out"]
    trace.unheard = {(name, sender): times for name, sender, times in data["unheard"]}
    trace.detailed = data.get("detailed", False)
    trace.make_later(lambda: _parts(data))


class _Numbered:
    """Values that stand once, each with the number that it is known by."""

    def __init__(self):
        self.values, self.numbers = [], {}

    def __call__(self, value):
        """Return the number of a value."""
        number = self.numbers.get(value)
        if number is None:
            number = self.numbers[value] = len(self.values)
            self.values.append(value)
        return number


def _plain(node):
    """Return a dict of what is not the default."""
    data = {}
    for field in PLAIN:
        value = getattr(node, field.name)
        if value != (NO_DETAILS if field.default is MISSING else field.default):
            if field.name == "details":
                value = dict(value)  # nodes may share it
            data[field.name] = round(value, 7) if isinstance(value, float) else value
    return data


def _detail(detail, texts, places):
    data = {}
    if detail is NOTHING:
        return data
    for name in ("origin", "raised_at"):
        place = getattr(detail, name)
        if place is not None:
            data[name] = places(place)
    if detail.via:
        data["via"] = detail.via
    if detail.work:
        data["work"] = detail.work
    if detail.missed:
        data["missed"] = list(detail.missed)
    if detail.statements:
        data["statements"] = _statements(detail.statements, texts, places)
    return data


def _statements(statements, texts, places):
    return [
        [
            *(texts(each.sql), round(each.start, 7), round(each.duration, 7)),
            OUTSIDE if each.place is None else places(each.place),
        ]
        for each in statements
    ]


def _parts(data):
    """Return roots, statements outside, moments and attempts."""
    nodes, roots = [], []
    texts, places = data.get("texts", ()), [Place(*each) for each in data.get("places", ())]

    def read(statements):
        return [
            Statement(texts[text], start, duration, None if place == OUTSIDE else places[place])
            for text, start, duration, place in statements
        ]

    waiting = []
    for stored in data["nodes"]:
        values = dict(stored)
        parent, ran_in = values.pop("parent", None), values.pop("ran_in", OUTSIDE)
        detail = {
            name: values.pop(name) for name in ("origin", "via", "missed", "raised_at", "work") if name in values
        }
        for name in ("origin", "raised_at"):
            if name in detail:
                detail[name] = places[detail[name]]
        if "statements" in values:
            detail["statements"] = read(values.pop("statements"))
        node = Node(**values, detail=Detail(**detail) if detail else None)
        nodes.append(node)
        if parent is None:
            roots.append(node)
        else:
            nodes[parent].add(node)
        if ran_in != OUTSIDE:
            waiting.append((node, ran_in))
    for node, ran_in in waiting:  # which may stand further down
        node.detail = node.detail or Detail()
        node.detail.ran_in = nodes[ran_in]
    if data["version"] == 1:
        _place_callbacks(nodes, roots)
    moments = [
        Moment(
            *(kind, name, using, start, duration, None if number == OUTSIDE else nodes[number], error, queries),
            place=places[place[0]] if place and place[0] != OUTSIDE else None,
        )
        for kind, name, using, start, duration, number, error, queries, *place in data.get("moments", ())
    ]
    return roots, read(data.get("statements", ())), moments, _attempts(data, nodes)


def _attempts(data, nodes):
    found = []
    for stored in data.get("attempts", ()):
        values = dict(stored)
        number = values.pop("ran_in")
        found.append(from_data(values, node=None if number == OUTSIDE else nodes[number]))
    return found


def _place_callbacks(nodes, roots):
    """Find by their times in what the callbacks of a trace ran; version 1 told only who gave them."""
    for callback in nodes:
        if callback.kind == CALLBACK and callback.ran:
            end, inside, ran_in = callback.start + callback.duration, roots, None
            while inside:
                around = [each for each in inside if each.kind != CALLBACK and each.start <= callback.start]
                ran_in, inside = next(
                    ((each, each.children) for each in around if each.start + each.duration >= end), (ran_in, ())
                )
            if ran_in is not None:
                callback.detail = Detail(ran_in=ran_in)
