"""
Read some columns of one stored row, at the cost of the statement alone.

It is read at each save of a watched field. Django makes the SQL of a query anew each time, which costs more than
running it: a save with a plain ORM query in ``pre_save`` takes four times as long as one without, with this 1.6 times.
"""

from contextlib import nullcontext
from functools import cache
from typing import NamedTuple

from django.db import connections, transaction
from django.db.models import Value


def stored_row(model, fields, pk, using, lock=False):
    """
    Return a row's values by attname, or None if there is no row.

    Args:
        model (type): the model class.
        fields (iterable): concrete fields of it.
        pk (object): the primary key.
        using (str): alias of the database.
        lock (bool): lock the row, where the database has locks and there is a transaction to hold it.
    """
    connection = connections[using]
    lock = lock and connection.in_atomic_block and connection.features.has_select_for_update
    statement = _select(model, tuple(fields), using, lock)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [model._meta.pk.get_db_prep_value(pk, connection)])
        row = cursor.fetchone()
    if row is None:
        return None
    values = {}
    # A converter is given the column as an expression, cached_col, beside the value and the connection.
    for field, converters, value in zip(fields, statement.converters, row, strict=True):
        for converter in converters:
            value = converter(value, field.cached_col, connection)
        values[field.attname] = value
    return values


class Select(NamedTuple):
    """A SELECT by primary key, and what makes Python values of its columns."""

    sql: str
    converters: list  # for each column those of the database and those of the field, as Django's own queries call them


@cache
def _select(model, fields, using, lock):
    connection = connections[using]
    rows = model._base_manager.using(using).filter(pk=Value(0, model._meta.pk))
    if lock:
        # "NO KEY": a new profile may refer to the user meanwhile.
        rows = rows.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    with transaction.atomic(using=using) if lock else nullcontext():
        sql, _ = rows.values_list(*[field.attname for field in fields]).query.get_compiler(using).as_sql()
    converters = [
        [*connection.ops.get_db_converters(field.cached_col), *field.get_db_converters(connection)] for field in fields
    ]
    return Select(sql, converters)
