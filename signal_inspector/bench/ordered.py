"""
The lines of a trial in the order in which they ran, as the page of a trace has them, with the rows that were written.

So a row stands before the ``post_save`` that tells of it, and what waited for the commit stands after the commit.
"""

import re
from dataclasses import dataclass
from operator import attrgetter

from signal_inspector.reading.places import readable
from signal_inspector.traces.comparing.aligning import key
from signal_inspector.traces.nodes import CALLBACK, SIGNAL, Node, Place
from signal_inspector.traces.running import as_run
from signal_inspector.trials.left import WRITES, models_by_table

STATEMENT = "statement"
VERB = re.compile(r"\s*(?:WITH\b.*?)?\b(INSERT|REPLACE|MERGE|UPDATE|DELETE|TRUNCATE)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Line:
    """
    What ran, and how deep it stands.

    Attributes:
        kind (str): that of a node or a moment, or "statement" for one that writes rows.
        name (str): the last part of the name of a signal, a function without its module, "COMMIT", "INSERT".
        depth (int): in how many others it ran.
        start (float), duration (float): seconds, the first from the beginning of the trial.
        node (Node): None for a moment and a statement.
        about (str): what it is about: an instance, a sender, the label of a model that was written, else "".
        giver (str): the name of what gave a callback, where that is not what it ran in.
        place (Place): where in the code a moment or a statement was asked for, None if that is not known.
        error (str): the name of the type of what it raised.
    """

    kind: str
    name: str
    depth: int
    start: float
    duration: float
    node: Node | None = None
    about: str = ""
    giver: str = ""
    place: Place | None = None
    error: str = ""

    @property
    def key(self):
        """What it is known by in another trial."""
        known = (self.name, self.about) if self.node is None else (key(self.node), self.node.details.get("created"))
        return self.depth, self.kind, known

    @property
    def came_to(self):
        """What has come of it."""
        node = self.node
        return (self.error,) if node is None else (node.error, node.how, node.ran or node.kind != CALLBACK)


def lines_of(trace):
    """Return each ``Line`` of a trace."""
    whole, found = as_run(trace), []
    pending = [(whole, -1)]
    while pending:
        each, depth = pending.pop()
        if isinstance(each, Line):
            found.append(each)
            continue
        if each is not whole:
            found.append(_line(each, depth))
        statements = trace.statements if each is whole else _statements(each)
        inside = [*each.children, *(_written(one, depth + 1) for one in statements if writes(one))]
        inside.sort(key=attrgetter("start"))
        pending += [(child, depth + 1) for child in reversed(inside)]
    return found


def _statements(step):
    return step.node.more.statements if step.node is not None else ()


def _line(step, depth):
    node, moment = step.node, step.moment
    if moment is not None:
        values = {"place": moment.place, "error": moment.error}
        return Line(moment.kind, moment.name, depth, step.start, step.duration, **values)
    name = node.short_name if node.kind == SIGNAL else readable(node.name)[1]
    away = node.kind == CALLBACK and step.cause is not step.parent and step.cause.node is not None
    giver = readable(step.cause.node.name)[1] if away else ""
    about = node.instance or node.sender
    return Line(node.kind, name, depth, step.start, step.duration, node, about, giver, error=node.error)


def _written(statement, depth):
    label = model._meta.label if (model := written_model(statement)) else _tables(statement)[0]
    verb = VERB.match(statement.sql)
    name = verb[1].upper() if verb else "SQL"
    return Line(STATEMENT, name, depth, statement.start, statement.duration, about=label, place=statement.place)


def _tables(statement):
    return [name.strip('"`[]') for name in WRITES.findall(statement.sql)]


def writes(statement):
    """Tell whether a statement (``Statement``) writes to a table."""
    return WRITES.search(statement.sql) is not None


def written_model(statement):
    """Return the model whose table a statement writes to first, None where there is none."""
    tables = _tables(statement)
    return models_by_table().get(tables[0]) if tables else None
