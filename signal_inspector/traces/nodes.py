"""
What a trace is made of: what happened, where in the code it came from, and what it asked of the database.

All of it is plain strings and numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from django.utils.translation.trans_null import gettext_noop  # the other one needs settings

from signal_inspector.reading.places import without_locals

SIGNAL, RECEIVER, CALLBACK = KINDS = ("signal", "receiver", "callback")
TRANSACTION, WORK, EARLY = ("transaction", "work", "early")

# What leaves the process before the commit, and what becomes of it in a rollback.
MAILED, ENQUEUED, CALLED, WRITTEN = (
    gettext_noop("mail sent before the commit"),
    gettext_noop("task enqueued before the commit"),
    gettext_noop("service called before the commit"),
    gettext_noop("cache written before the commit"),
)
IN_A_ROLLBACK = {
    MAILED: gettext_noop("A rollback does not take the mail back."),
    ENQUEUED: gettext_noop("A worker may run the task before the rows are there, and runs it after a rollback, too."),
    CALLED: gettext_noop("A rollback does not undo what the service has done."),
    WRITTEN: gettext_noop("After a rollback the cache holds what was never saved."),
}


Told: TypeAlias = bool | str | list[str]  # what is told of an argument of a signal


class Place(NamedTuple):
    """
    A place in the source code.

    Attributes:
        module (str): the dotted name of the module.
        line (int): counted from 1.
        name (str): what the line is in: "UserRegisterForm.save", "<module>".
    """

    module: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} in {self.name}"


class Statement(NamedTuple):
    """
    One call of ``execute()``, ``executemany()`` or ``callproc()``.

    Attributes:
        sql (str): what was sent, with placeholders; a literal in it is replaced by one. Never a parameter.
        start (float): seconds from the beginning of the trace.
        duration (float): seconds.
        place (Place): who asked, None if that is in no code of the project or of a package.
    """

    sql: str
    start: float
    duration: float
    place: Place | None


@dataclass(slots=True)
class Detail:
    """
    What is known of some nodes only; all but the first and the last in a record with details.

    Attributes:
        ran_in (Node): of a callback that ran: what was running then, None if nothing recorded was.
        origin (Place): where the signal was sent, or the instance saved; where a callback was given. None for a
            receiver.
        via (int): the line of the receiver above that led to it, 0 if that is not known.
        missed (list): the names of the receivers that a signal did not reach, since one before them raised.
        raised_at (Place): where the exception of a receiver or a callback came from.
        statements (list): each ``Statement`` that it executed itself, in order; those beyond a limit are only counted.
        work (str): of a receiver that left its work for later: what that goes on as, see work.py.
    """

    ran_in: "Node | None" = field(default=None, repr=False, compare=False)
    origin: Place | None = None
    via: int = 0
    missed: list[str] | tuple[str, ...] = ()
    raised_at: Place | None = None
    statements: list[Statement] | tuple[Statement, ...] = ()
    work: str = ""


NOTHING = Detail()


NO_DETAILS: Mapping[str, Told] = MappingProxyType({})


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
        details (dict): those of created, raw, update_fields and action that the signal was sent with, if not None; in
            a record with details also the names of its changes.
        start (float): seconds from the beginning of the trace.
        duration (float): seconds; 0 where it did not end.
        queries (int): statements that it executed itself, those of its children not counted.
        query_seconds (float): the time they took.
        result (str): the name of the type that a receiver returned, "" for None.
        error (str): the name of the type of the exception that it raised, "" for none.
        asynchronous (bool): whether the receiver is a coroutine function.
        ran (bool): False for a callback that was not run while the record went on.
        saved (list): what it saved itself and nobody heard of: model, whether it was created, how often.
        detail (Detail): what else is known, None if nothing is.
        children (list): the nodes below, in the order in which they began; of a callback, what it caused.
    """

    kind: str
    name: str
    how: str = ""
    sender: str = ""
    instance: str = ""
    details: Mapping[str, Told] = field(default_factory=lambda: NO_DETAILS)
    start: float = 0.0
    duration: float = 0.0
    queries: int = 0
    query_seconds: float = 0.0
    result: str = ""
    error: str = ""
    asynchronous: bool = False
    ran: bool = True
    saved: list[list[str | bool | int]] | tuple[()] = ()
    detail: Detail | None = None
    children: "list[Node] | tuple[()]" = ()

    @property
    def short_name(self) -> str:
        """The last part of the name: "post_save", "create_profile"; a lambda goes by the function that made it."""
        return without_locals(self.name).rpartition(".")[2]

    @property
    def more(self) -> Detail:
        """Its ``Detail``, an empty one where nothing is known."""
        return self.detail or NOTHING

    def add(self, child: "Node") -> None:
        """Put a node below this one."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:  # most have none, and an empty list each would be a sixth of the tree
            self.children = [child]

    def walk(self, depth: int = 0) -> "Iterator[tuple[Node, int]]":
        """Yield this node and all below it with their depth, parents before children."""
        pending = [(self, depth)]
        while pending:
            node, depth = pending.pop()
            yield node, depth
            pending.extend((child, depth + 1) for child in reversed(node.children))


PLAIN = tuple(f for f in fields(Node) if f.name not in ("children", "detail"))  # what JSON holds as it is


@dataclass(slots=True)
class Moment:
    """
    What happened beside the signals, in a record with details.

    Attributes:
        kind (str): "transaction", "work", or "early": what left the process before the commit.
        name (str): "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"; "password
            hashed", "password checked"; a key of ``IN_A_ROLLBACK``.
        using (str): the alias of the database, "" for work; of what is early, of one that is not committed.
        start (float), duration (float): seconds, the first from the beginning of the trace.
        node (Node): what was running, None if nothing recorded was.
        error (str): the name of the type of the exception that it raised, "" for none.
        queries (int): the statements that it took, which are among those of the node: in SQLite a BEGIN is one, in
            PostgreSQL it is none.
        place (Place): where it was asked for, None if that is in no code of the project or of a package.
    """

    kind: str
    name: str
    using: str
    start: float
    duration: float
    node: Node | None = None
    error: str = ""
    queries: int = 0
    place: Place | None = None

    @property
    def in_a_rollback(self) -> str:
        """What becomes of it in a rollback, as an English sentence; "" for what is not early."""
        return IN_A_ROLLBACK.get(self.name, "") if self.kind == EARLY else ""
