"""
What a record holds when it is over: a tree of plain strings and numbers.

No receiver, sender or instance is kept, and none was turned into a string: a name is a name from the source code, an
instance is its model and primary key. So a trace keeps nothing alive, tells no secrets, and can be stored as JSON.
"""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from signal_inspector.connected import catalogue

VERSION = 1

SIGNAL, RECEIVER, CALLBACK = KINDS = ("signal", "receiver", "callback")


@dataclass(slots=True)
class Node:
    """
    One thing that happened: a signal was sent, a receiver was called, a callback was given to ``on_commit()``.

    Attributes:
        kind (str): "signal", "receiver" or "callback".
        name (str): the dotted name of the signal, the receiver or the callback.
        how (str): the method that sent the signal; "on_commit", with " robust" where that was asked for; else "".
        sender (str): who sent the signal: the label of a model, the name of a class or function, a string; else "".
        instance (str): the instance that the signal is about, as "auth.User:1", "auth.User:new" before it has a key.
        details (dict): those of created, raw, update_fields and action that the signal was sent with, if not None.
        start (float): seconds from the beginning of the trace.
        duration (float): seconds; 0 where it did not end.
        queries (int): statements that it executed itself, those of its children not counted.
        query_seconds (float): the time they took.
        result (str): the name of the type that a receiver returned, "" for None.
        error (str): the name of the type of the exception that it raised, "" for none.
        asynchronous (bool): whether the receiver is a coroutine function.
        ran (bool): False for a callback that was not run while the record went on.
        saved (list): what it saved itself and nobody heard of: model, whether it was created, how often.
        children (list): the nodes below, in the order in which they began; of a callback, what it caused.
    """

    kind: str
    name: str
    how: str = ""
    sender: str = ""
    instance: str = ""
    details: dict = field(default_factory=dict)
    start: float = 0.0
    duration: float = 0.0
    queries: int = 0
    query_seconds: float = 0.0
    result: str = ""
    error: str = ""
    asynchronous: bool = False
    ran: bool = True
    saved: list | tuple = ()
    children: list = field(default_factory=list)

    @property
    def short_name(self):
        """The last part of the name: "post_save", "create_profile"."""
        return self.name.rpartition(".")[2]

    def walk(self, depth=0):
        """Yield this node and all below it with their depth, parents before children."""
        pending = [(self, depth)]
        while pending:
            node, depth = pending.pop()
            yield node, depth
            pending.extend((child, depth + 1) for child in reversed(node.children))

    def as_data(self):
        """Return a dict of what is not the default, without the children."""
        data = {}
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value != default:
                data[name] = round(value, 7) if isinstance(value, float) else value
        return data


_DEFAULTS = {
    f.name: {} if f.name == "details" else f.default if f.default is not f.default_factory else None
    for f in fields(Node)
    if f.name != "children"
}


class Trace:
    """
    A tree of what fired while a record went on.

    Attributes:
        roots (list): the nodes that nothing recorded caused. They are made when they are first asked for.
        started (datetime): when the record began, in UTC.
        duration (float): seconds from its beginning to its end.
        queries (int), query_seconds (float): the statements executed outside of all nodes.
        unheard (dict): how often a signal was sent that nobody heard, by its name and the name of the sender.
        left_out (int): how many nodes were not recorded, since the trace was full.
    """

    def __init__(self, started=None):
        """Make an empty trace."""
        self._roots = []
        self._make_roots = None
        self.started = started or datetime.now(UTC)
        self.duration = 0.0
        self.queries = 0
        self.query_seconds = 0.0
        self.unheard = {}
        self.left_out = 0

    @property
    def roots(self):
        """The nodes that nothing recorded caused."""
        if self._make_roots is not None:
            make, self._make_roots = self._make_roots, None
            self._roots = make()
        return self._roots

    def make_roots_later(self, make):
        """Have the roots made by a function when somebody asks for them."""
        self._make_roots = make

    def walk(self):
        """Yield all nodes with their depth, from 0, parents before children."""
        for root in self.roots:
            yield from root.walk()

    def walk_with_parents(self):
        """Yield all nodes, each with the one that it stands under or None, parents before children."""
        pending = [(root, None) for root in reversed(self.roots)]
        while pending:
            node, parent = pending.pop()
            yield node, parent
            pending += [(child, node) for child in reversed(node.children)]

    @property
    def not_heard(self):
        """How often each signal was sent without a receiver, by its name, the most frequent first."""
        counts = Counter()
        for (name, _), times in self.unheard.items():
            counts[name] += times
        return dict(counts.most_common())

    def counts(self):
        """Return how many signals, receivers, callbacks, queries and errors there are, as a dict."""
        counts = dict.fromkeys(("signals", "receivers", "callbacks", "queries", "errors"), 0)
        counts["queries"] = self.queries
        for node, _ in self.walk():
            counts[f"{node.kind}s"] += 1
            counts["queries"] += node.queries
            counts["errors"] += bool(node.error) and node.kind != SIGNAL  # a signal's error is its receiver's
        return counts

    def as_data(self):
        """Return the trace as what JSON can hold: the nodes in a flat list, each with the place of its parent."""
        nodes, path = [], []
        for node, depth in self.walk():
            data = node.as_data()
            del path[depth:]
            if path:
                data["parent"] = path[-1]
            path.append(len(nodes))
            nodes.append(data)
        return {
            "version": VERSION,
            "started": self.started.isoformat(),
            "duration": round(self.duration, 7),
            "queries": self.queries,
            "query_seconds": round(self.query_seconds, 7),
            "left_out": self.left_out,
            "unheard": [[name, sender, times] for (name, sender), times in self.unheard.items()],
            "nodes": nodes,
        }

    @classmethod
    def from_data(cls, data):
        """
        Return the trace that ``as_data()`` gave.

        Raises:
            ValueError: where the data is of another version.
        """
        if data.get("version") != VERSION:
            raise ValueError(f"A trace of version {data.get('version')}; this is version {VERSION}.")
        trace = cls(datetime.fromisoformat(data["started"]))
        trace.duration, trace.queries = data["duration"], data["queries"]
        trace.query_seconds, trace.left_out = data["query_seconds"], data["left_out"]
        trace.unheard = {(name, sender): times for name, sender, times in data["unheard"]}
        nodes = []
        for values in data["nodes"]:
            values = dict(values)
            parent = values.pop("parent", None)
            node = Node(**values)
            (trace.roots if parent is None else nodes[parent].children).append(node)
            nodes.append(node)
        return trace

    def told_in_full(self):
        """Return the names of signals (a set) that are told in full: another here, or one of Django's, ends alike."""
        names = {node.name for node, _depth in self.walk() if node.kind == SIGNAL}
        return catalogue.told_in_full([*names, *(name for name, _sender in self.unheard)])

    def as_text(self, times=True, keys=True, queries=True):
        """
        Return the tree as indented text.

        Args:
            times (bool): tell how long each took. Off, the text is the same every time.
            keys (bool): tell the primary keys of instances.
            queries (bool): tell how many statements each executed itself.
        """
        lines, in_full = [], self.told_in_full()
        for node, depth in self.walk():
            notes = _notes(node, times, queries)
            lines.append("    " * depth + _title(node, keys, in_full) + (f"  [{', '.join(notes)}]" if notes else ""))
        if self.left_out:
            lines.append(f"({self.left_out} more not recorded)")
        return "\n".join(lines)


def _title(node, keys, in_full):
    words = [node.short_name if node.kind == SIGNAL and node.name not in in_full else node.name]
    if node.kind == SIGNAL:
        instance = node.instance if keys else node.instance.partition(":")[0]
        words.append(instance or node.sender)
        words += [_detail(name, value) for name, value in node.details.items()]
        if node.how != "send":
            words.append(node.how)
    elif node.kind == CALLBACK:
        words.insert(0, f"{node.how}:")
        if not node.ran:
            words.append("(not run)")
    return " ".join(filter(None, words))


def _detail(name, value):
    if value is True or value is False:
        return name if value else ""
    return f"{name}={','.join(value) if isinstance(value, list) else value}"


def _notes(node, times, queries):
    notes = []
    if times and node.ran:
        notes.append(f"{node.duration * 1000:.1f} ms")
    if queries and node.queries:
        notes.append(f"{node.queries} quer{'y' if node.queries == 1 else 'ies'}")
    if node.error:
        notes.append(f"raised {node.error}")
    elif node.result:
        notes.append(f"returned {node.result}")
    return notes
