"""
What a record holds when it is over: a tree of plain strings and numbers.

No receiver, sender or instance is kept, and none was turned into a string: a name is a name from the source code, an
instance is its model and primary key. So a trace keeps nothing alive, tells no secrets, and can be stored as JSON.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from signal_inspector.connected import catalogue
from signal_inspector.traces import stored
from signal_inspector.traces.nodes import CALLBACK, SIGNAL, Moment, Node, Statement, Told
from signal_inspector.traces.work import Attempt

Parts: TypeAlias = tuple[list[Node], list[Statement], list[Moment], list[Attempt]]


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
        detailed (bool): whether it was recorded with details. Without, the next two are empty.
        statements (list): each ``Statement`` executed outside of all nodes.
        moments (list): each ``Moment``: transactions, and passwords that were hashed.
        attempts (list): each ``Attempt``, made here, of what a receiver has left for later: see work.py.
    """

    def __init__(self, started: datetime | None = None) -> None:
        """Make an empty trace."""
        self._parts: Parts = [], [], [], []
        self._make: Callable[[], Parts] | None = None
        self._unheard: dict[tuple[str, str], int] = {}
        self.detailed = False
        self.started = started or datetime.now(UTC)
        self.duration = 0.0
        self.queries = 0
        self.query_seconds = 0.0
        self.left_out = 0

    @property
    def roots(self) -> list[Node]:
        """The nodes that nothing recorded caused."""
        return self._made()[0]

    @property
    def statements(self) -> list[Statement]:
        """The statements executed outside of all nodes."""
        return self._made()[1]

    @property
    def moments(self) -> list[Moment]:
        """What happened beside the signals."""
        return self._made()[2]

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts, made here, of what receivers have left for later."""
        return self._made()[3]

    @property
    def unheard(self) -> dict[tuple[str, str], int]:
        """How often a signal was sent that nobody heard, by its name and the name of the sender."""
        self._made()  # a signal that the inspector alone has heard is among them
        return self._unheard

    @unheard.setter
    def unheard(self, counts: dict[tuple[str, str], int]) -> None:
        self._unheard = counts

    def make_later(self, make: Callable[[], Parts]) -> None:
        """Have roots, statements, moments and attempts made by a function when somebody asks for them."""
        self._make = make

    def _made(self) -> Parts:
        if self._make is not None:
            make, self._make = self._make, None
            self._parts = make()
        return self._parts

    def walk(self) -> Iterator[tuple[Node, int]]:
        """Yield all nodes with their depth, from 0, parents before children."""
        for root in self.roots:
            yield from root.walk()

    def walk_with_parents(self) -> Iterator[tuple[Node, Node | None]]:
        """Yield all nodes, each with the one that it stands under or None, parents before children."""
        pending: list[tuple[Node, Node | None]] = [(root, None) for root in reversed(self.roots)]
        while pending:
            node, parent = pending.pop()
            yield node, parent
            pending += [(child, node) for child in reversed(node.children)]

    @property
    def not_heard(self) -> dict[str, int]:
        """How often each signal was sent without a receiver, by its name, the most frequent first."""
        counts: Counter[str] = Counter()
        for (name, _), times in self.unheard.items():
            counts[name] += times
        return dict(counts.most_common())

    def counts(self) -> dict[str, int]:
        """Return how many signals, receivers, callbacks, queries and errors there are, as a dict."""
        counts = dict.fromkeys(("signals", "receivers", "callbacks", "queries", "errors"), 0)
        counts["queries"] = self.queries
        for node, _ in self.walk():
            counts[f"{node.kind}s"] += 1
            counts["queries"] += node.queries
            counts["errors"] += bool(node.error) and node.kind != SIGNAL  # a signal's error is its receiver's
        return counts

    def as_data(self) -> dict[str, stored.Json]:
        """Return the trace as what JSON can hold: see stored.py."""
        return stored.to_data(self)

    @classmethod
    def from_data(cls, data: Mapping[str, stored.Json]) -> "Trace":
        """
        Return the trace that ``as_data()`` gave, by this version of the program or an earlier one.

        Raises:
            ValueError: where the data is of a version that is not known.
        """
        trace = cls()
        stored.fill(trace, data)
        return trace

    def told_in_full(self) -> set[str]:
        """Return the names of signals (a set) that are told in full: another here, or one of Django's, ends alike."""
        names = {node.name for node, _depth in self.walk() if node.kind == SIGNAL}
        return catalogue.told_in_full([*names, *(name for name, _sender in self.unheard)])

    def as_text(self, times: bool = True, keys: bool = True, queries: bool = True) -> str:
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


def _title(node: Node, keys: bool, in_full: set[str]) -> str:
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


def _detail(name: str, value: Told) -> str:
    if value is True or value is False:
        return name if value else ""
    return f"{name}={','.join(value) if isinstance(value, list) else value}"


def _notes(node: Node, times: bool, queries: bool) -> list[str]:
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
