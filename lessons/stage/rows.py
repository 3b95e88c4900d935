"""The rows of the database that a recording wrote, and at which step each is committed. Their values are not known."""

import re
from dataclasses import dataclass, field

from django.apps import apps

from lessons.stage.folding import END, FOREIGN, WRITE, WRITES, verb

TABLE = re.compile(r'(?:INTO|UPDATE|FROM)\s+["`]?(\w+)', re.IGNORECASE)
CHANGED = re.compile(r'["`]?(\w+)["`]? = ')
POST_SAVE = "django.db.models.signals.post_save"


@dataclass
class Row:
    """
    A row, or what is known of it.

    Attributes:
        table (str): the name of the table.
        label (str): of the model, as "auth.User"; "" if no model has this table.
        key (str): the primary key as text, "" where no signal has told it.
        states (list): triples of the step at which a state begins, what was done ("new", "changed", "deleted"; the
            columns of a change), and whether that is committed.
    """

    table: str
    label: str = ""
    key: str = ""
    states: list = field(default_factory=list)

    def state_at(self, step):
        """Return what was done last, its columns and whether that is committed, at a step; None before the first."""
        begun = [(word, columns, committed) for number, (word, columns), committed in self.states if number <= step]
        return begun[-1] if begun else None


def rows_of(steps):
    """Return each ``Row`` that some steps wrote to, in the order in which they did first."""
    rows, models = [], {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            models[model._meta.db_table] = model._meta.label
    for step in steps:
        for statement in writes_of(step):
            table = table_of(statement)
            row = _written(rows, table, verb(statement))
            if row is None:
                row = Row(table, models.get(table, ""))
                rows.append(row)
            row.states.append((step.number, what_is_done(statement), not step.in_transaction))
        for node in step.nodes:
            _name(rows, node)
        if step.kind == END and step.what.name == "COMMIT":
            for row in rows:
                if not row.states[-1][2]:
                    row.states.append((step.number, row.states[-1][1], True))
    return rows


def writes_of(step):
    """Return the statements of a step that write, those within a receiver that is one step among them."""
    if step.kind == WRITE:
        return [each.what for each in step.happenings]
    if step.kind == FOREIGN:
        inside = (each for node in step.nodes for inner, _depth in node.walk() for each in inner.more.statements)
        return [each for each in inside if verb(each) in WRITES]
    return []


def table_of(statement):
    """Return the name of the table that a statement is about, "" if that can't be told."""
    found = TABLE.search(statement.sql)
    return found[1] if found else ""


def what_is_done(statement):
    """Return what a statement does to a row as a pair: a word, and the columns that it changes."""
    if verb(statement) == "UPDATE":
        assigned = statement.sql.partition(" SET ")[2].partition(" WHERE ")[0]
        return "changed", CHANGED.findall(assigned)
    return ("deleted" if verb(statement) == "DELETE" else "new"), []


def _written(rows, table, word):
    """Return the row that was written before and is written again, None for one that is seen first."""
    same = [row for row in rows if row.table == table]
    return same[0] if word != "INSERT" and len(same) == 1 else None


def _name(rows, node):
    """Give the newest nameless row of a model the key that the signal after the save tells."""
    if node is not None and node.name == POST_SAVE and not node.instance.endswith(":new"):
        label, _colon, key = node.instance.partition(":")
        row = next((row for row in reversed(rows) if row.label == label and not row.key), None)
        if row is not None:
            row.key = key
