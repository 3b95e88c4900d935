"""The rows of a record, turned into the tree of a trace when somebody asks for it."""

import sys
from collections import Counter

from signal_inspector.connected.inventory import OWN
from signal_inspector.recording import details
from signal_inspector.recording.rows import (
    END,
    ERROR,
    FACTS,
    HOW,
    KIND,
    MORE,
    NAME,
    PARENT,
    QUERIES,
    RESULT,
    SAVED,
    SECONDS,
    START,
    now,
)
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail, Moment, Node


def fill(trace, recording):
    """Give a trace what was noted. The nodes are made from the rows when somebody asks for them."""
    rows = recording.rows if recording.everything else _without_own(recording.rows, recording.unheard)
    root, moments, began = recording.root, recording.moments, recording.began
    trace.make_later(lambda: _grow(rows, root, moments, began))
    trace.started = recording.started
    trace.duration = (recording.ended or now()) - began
    trace.queries, trace.query_seconds = root[QUERIES], root[SECONDS]
    trace.unheard = dict(recording.unheard)
    trace.left_out = recording.left_out
    trace.detailed = recording.details


def _grow(rows, root, moments, began):
    """Return the nodes that stand under no other, the statements outside of all, and the moments."""
    outside = Node("", "")
    nodes = {id(root): outside}
    for row in rows:
        node = nodes[id(row)] = _node(row, began)
        nodes[id(row[PARENT])].add(node)
    for row in rows:
        if row[KIND] is CALLBACK and row[FACTS] is not None and row[FACTS] is not root:
            node = nodes[id(row)]
            node.detail = node.detail or Detail()
            node.detail.ran_in = nodes.get(id(row[FACTS]))
    found = []
    for kind, name, using, start, end, row, error, queries, place in moments:
        node = nodes.get(id(row))
        node = None if node is outside else node
        found.append(Moment(kind, name, using, start - began, end - start, node, error, queries, place))
    return list(outside.children), _detail(root, began).statements, found


def _node(row, began):
    kind = row[KIND]
    node = Node(kind, row[NAME], start=row[START] - began, queries=row[QUERIES], query_seconds=row[SECONDS])
    node.duration = row[END] - row[START] if row[END] else 0.0
    node.result, node.error = row[RESULT], row[ERROR]
    if len(row) > SAVED and row[SAVED]:
        node.saved = [[sender, created, times] for (sender, created), times in row[SAVED].items()]
    if len(row) > MORE:
        node.detail = _detail(row, began)
    if kind is RECEIVER:
        node.asynchronous = bool(row[FACTS])
        if row[HOW]:
            node.name = sys.intern(f"{row[NAME]}.{row[HOW]}" if type(row[NAME]) is str else row[HOW])
        return node
    node.how = row[HOW]
    if kind is SIGNAL:
        node.sender, node.instance, node.details = row[FACTS]
    else:
        node.ran = row[END] is not None
    return node


def _detail(row, began):
    noted = row[MORE] if len(row) > MORE else {}
    told = dict(noted, statements=details.statements(noted.get("statements", ()), began))
    return Detail(**told)


def _is_own(name):
    return type(name) is str and f"{name}.".startswith(f"{OWN}.")


def _without_own(rows, unheard):
    """Return rows without the inspector's own receivers, and without a signal that they alone have heard."""
    own = {id(row): row[PARENT] for row in rows if row[KIND] is RECEIVER and _is_own(row[NAME])}
    if not own:
        return rows
    parents = Counter(id(row[PARENT]) for row in rows)
    own = {key: parent for key, parent in own.items() if not parents[key]}  # one that caused something stays
    parents.subtract(map(id, own.values()))
    only_own = {id(parent): parent for parent in own.values() if not parents[id(parent)]}
    for signal in only_own.values():
        key = (signal[NAME], signal[FACTS][0])
        unheard[key] = unheard.get(key, 0) + 1
    return [row for row in rows if id(row) not in own and id(row) not in only_own]
