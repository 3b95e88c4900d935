"""
What is left in the database: which rows were created, changed or deleted, by comparing the tables.

A table is read when the first statement that writes to it is about to run, and again at the end. So whatever wrote is
seen: a signal's receiver, ``update()``, SQL, a trigger.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.apps import apps
from django.db import DatabaseError, models

from signal_inspector.recording.rows import current
from signal_inspector.trials.operations import on_delete_of

MOST_ROWS = 2000  # of a table; of a larger one only new rows and the number are told

WRITES = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO|UPDATE|DELETE\s+FROM"
    r"|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?"
    r"(?:[\"`\[]?\w+[\"`\]]?\.)?(\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|\w+)",  # after a schema, if there is one
    re.IGNORECASE,
)
CREATED, CHANGED, DELETED = KINDS = ("created", "changed", "deleted")


@dataclass
class Row:
    """
    A row that is other than before.

    Attributes:
        model (type): its model class.
        using (str): the alias of its database.
        kind (str): "created", "changed" or "deleted".
        key (tuple): its primary key; () where only the number of rows is known.
        values (dict): its values by the names of columns; of a changed row those that changed, of a deleted one none.
    """

    model: type
    using: str
    kind: str
    key: tuple
    values: dict = field(default_factory=dict)


class Tables:
    """
    The tables that are written to.

    Attributes:
        unread (list): labels of models whose tables could not be read.
        large (list): labels of models whose tables are too large to be compared row by row.
    """

    def __init__(self):
        """Begin without any."""
        self._before = {}
        self._models = models_by_table()
        self.unread, self.large = [], []

    def look_before(self, connection, sql):
        """Read the tables that a statement is about to write to, unless they were read before."""
        for model in self._written(sql):
            if (connection.alias, model) not in self._before:
                self._before[connection.alias, model] = self._read(model, connection.alias)

    def rows(self):
        """Return each ``Row`` that is other than when it was looked at first, in the order of the tables."""
        found = []
        for (using, model), before in self._before.items():
            if before is not None:
                found += self._compare(model, using, before)
        return found

    def _written(self, sql):
        """Return the models whose tables a statement writes to, as far as its text tells."""
        names = {name.strip('"`[]') for name in WRITES.findall(str(sql))}
        waiting = [self._models[name] for name in names if name in self._models]
        found = []
        while waiting:
            model = waiting.pop()
            if model not in found:
                found.append(model)
                waiting += [each.related_model for each in model._meta.related_objects if _in_database(each.field)]
        return found

    def _read(self, model, using):
        """Return the rows by their keys, with the number of all and the highest key; None where it can't be read."""
        names = [name.attname for name in model._meta.local_concrete_fields]
        keys = [names.index(name.attname) for name in model._meta.pk_fields if name.attname in names]
        token = current.set(None)  # the record is not to see it
        try:
            query = model._base_manager.using(using).order_by()
            rows = list(query.values_list(*names)[: MOST_ROWS + 1])
            if len(rows) <= MOST_ROWS:
                return {tuple(row[place] for place in keys): dict(zip(names, row, strict=True)) for row in rows}
            self.large.append(model._meta.label)
            key = model._meta.pk
            highest = query.aggregate(highest=models.Max(key.attname))["highest"] if _counts(key) else None
            return query.count(), highest
        except (DatabaseError, ValueError, TypeError):
            self.unread.append(model._meta.label)
            return None
        finally:
            current.reset(token)

    def _compare(self, model, using, before):
        if isinstance(before, tuple):
            return self._compare_large(model, using, *before)
        after = self._read(model, using)
        if not isinstance(after, dict):
            return []
        rows = [Row(model, using, CREATED, key, after[key]) for key in after if key not in before]
        for key in before.keys() & after.keys():
            changed = {name: value for name, value in after[key].items() if value != before[key][name]}
            rows += [Row(model, using, CHANGED, key, changed)] if changed else []
        return rows + [Row(model, using, DELETED, key) for key in before if key not in after]

    def _compare_large(self, model, using, number, highest):
        query, created = model._base_manager.using(using).order_by(), []
        if highest is not None:
            fresh = query.filter(**{f"{model._meta.pk.attname}__gt": highest}).values()[:MOST_ROWS]
            created = [Row(model, using, CREATED, (row[model._meta.pk.attname],), row) for row in fresh]
        missing = number + len(created) - query.count()
        kind = DELETED if missing > 0 else CREATED
        return created + [Row(model, using, kind, ()) for _ in range(min(abs(missing), MOST_ROWS))]


def models_by_table():
    """Return the models by the names of their tables."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and not model._meta.swapped
    }


def columns(rows):
    """Return what each ``Row`` holds, by column: from label of the model, kind and name to a Counter of values."""
    new, found = new_rows(rows), {}
    for row in rows:
        label = row.model._meta.label
        if row.kind != CREATED:
            found.setdefault((label, row.kind, row.model._meta.pk.name), Counter())[repr(row.key)] += 1
        for name, value in row.values.items():
            counter = found.setdefault((label, row.kind, name), Counter())
            counter[as_compared(row.model, name, value, new)] += 1
    return found


def new_rows(rows):
    """Return model and key of each that was created, of keys with one field."""
    return {(row.model, row.key[0]) for row in rows if row.kind == CREATED and len(row.key) == 1}


def as_compared(model, name, value, new):
    """Return the value of a column as it is compared: a new row, and a moment, are as good as any other."""
    column = next(each for each in model._meta.local_concrete_fields if each.attname == name)
    if value is not None and isinstance(column, models.DateTimeField | models.TimeField):
        return "a moment"
    target = column.remote_field.model._meta.concrete_model if column.is_relation else model
    if (column.is_relation or column.primary_key) and (target, value) in new:
        return "new"
    return repr(value)


def _counts(field):
    return isinstance(field, models.IntegerField)  # AutoField is one


def _in_database(field):
    """Tell whether the database, not Django, does what happens to the rows of a foreign key."""
    return getattr(field, "remote_field", None) is not None and on_delete_of(field).startswith("DB_")
