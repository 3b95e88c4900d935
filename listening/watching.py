"""
Find out which fields a save really changes.

``watch(User, "email", then=...)`` reads the stored row in ``pre_save``, compares in ``post_save``, and announces
``users.events.fields_changed`` after the commit. The row is read, not remembered from when the instance was
loaded: an old copy, a deferred field or a stub made from a primary key knows nothing of what it replaces.

What it costs: one SELECT of the watched columns for a save that writes one of them, nothing otherwise.

What it cannot see: ``QuerySet.update()``, ``bulk_update()`` and SQL, which send no signals. And outside a
transaction nothing can lock the row, so another connection may commit between the read and the write; inside
``atomic()`` the row is locked, and the old value is the one that was replaced.
"""

import copy
import json
from contextlib import nullcontext
from functools import cache
from typing import NamedTuple

from django.db import connections, models, transaction
from django.db.models import Value
from django.db.models.signals import post_save, pre_save

from users.events import fields_changed

# Django's fields for which to_python() gives what the database will hold. The rest is read back after the save:
# a decimal is rounded, a time may lose digits, JSON turns tuples into lists, an unknown field may do anything.
PREDICTABLE = (
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)

# On an instance, between pre_save and post_save: for each save under way its update_fields, and field to what is
# stored. A receiver may save the instance again before ours hears of the first save; a save that fails leaves a rest.
PENDING = "_users_stored_values"
MAX_PENDING = 10

_watched = {}  # each class that is a sender to its Watch: a model, its proxies and children share one


class Watch(NamedTuple):
    """What is watched of one model."""

    model: type
    fields: dict  # by name
    reactions: list  # pairs of names and the function to call
    secrets: dict  # name to a function that tells which changes don't count
    names: set  # of the fields, and of their columns' attributes


def watch(model, *names, then=None, secret=None):
    """
    Watch fields of a model, and of its proxies and children.

    Args:
        model (type): the model class whose saves are watched. Connect others with ``follow``.
        *names (str): names of concrete fields.
        then (callable): called as ``then(instance, changes, using)`` for each confirmed change, inside the
            transaction of the save; what it raises fails the save. ``changes`` is a dict, name to (old, new).
        secret (callable): for fields whose values must not be told: the change is, as (None, None). Called as
            ``secret(instance, update_fields)``; a change for which it returns False is no change.
    """
    watched = _watched.get(model)
    if watched is None or watched.model is not model:
        watched = Watch(model, {}, [], {}, set())
    watched.fields.update({name: model._meta.get_field(name) for name in names})
    watched.names.update(names, [watched.fields[name].attname for name in names])
    if secret is not None:
        watched.secrets.update(dict.fromkeys(names, secret))
    # By its place: a module that is imported under two names has two of each function.
    if then is not None and (names, _place(then)) not in [(seen, _place(known)) for seen, known in watched.reactions]:
        watched.reactions.append((names, then))
    _listen(model, watched)


def _place(function):
    return function.__qualname__, function.__code__.co_filename


def follow(sender):
    """Listen to the saves of a proxy or a child of a watched model: it is a sender of its own."""
    _listen(sender, next(_watched[model] for model in sender.__mro__ if model in _watched))


def _listen(sender, watched):
    _watched[sender] = watched
    pre_save.connect(remember_stored_values, sender=sender, dispatch_uid="users.remember_stored_values")
    post_save.connect(confirm_changes, sender=sender, dispatch_uid="users.confirm_changes")


def remember_stored_values(sender, instance, raw, using, update_fields, **kwargs):
    """Read what a save is about to replace, locking the row where there is a transaction to hold the lock."""
    watched = _watched[sender]
    if raw or (update_fields is not None and watched.names.isdisjoint(update_fields)):
        return
    pk = getattr(instance, watched.model._meta.pk.attname)  # a child of the model may have one of its own
    fields = _fields_to_be_written(watched, instance, update_fields, using)
    stored = _stored_row(watched.model, fields, pk, using, lock=True) if pk is not None else None
    replaced = {} if stored is None else {f: (stored[f.attname], _is_new_file(instance, f)) for f in fields}
    instance.__dict__[PENDING] = [*instance.__dict__.get(PENDING, ()), (update_fields, replaced)][-MAX_PENDING:]


def confirm_changes(sender, instance, created, raw, using, update_fields, **kwargs):
    """Compare what was replaced with what is stored now, call the reactions, announce after the commit."""
    if raw or PENDING not in instance.__dict__:
        return
    watched = _watched[sender]
    replaced = _take_replaced(instance, update_fields)
    if created and sender._meta.concrete_model is watched.model._meta.concrete_model:
        return  # a new row; a new child of an old one may change that one
    changes = _changes(watched.model, replaced, instance, using)
    for name in changes.keys() & watched.secrets.keys():
        if watched.secrets[name](instance, update_fields):
            changes[name] = (None, None)
        else:
            del changes[name]
    if not changes:
        return
    for names, reaction in watched.reactions:
        wanted = {name: changes[name] for name in names if name in changes}
        if wanted:
            reaction(instance, wanted, using)

    announce(watched.model, instance, changes, using)


def _take_replaced(instance, update_fields):
    """Return what the save that ends now has replaced, and forget it and the saves that failed since it began."""
    pending = instance.__dict__[PENDING]
    numbers = [number for number, (names, _) in enumerate(pending) if names == update_fields]
    if not numbers:
        return {}
    instance.__dict__[PENDING] = pending[: numbers[-1]]
    if not instance.__dict__[PENDING]:
        del instance.__dict__[PENDING]
    return pending[numbers[-1]][1]


def announce(sender, instance, changes, using):
    """Send ``fields_changed`` when the transaction on a database (an alias) is committed."""

    def send():
        fields_changed.send_robust(sender=sender, instance=instance, changes=changes, using=using)

    transaction.on_commit(send, using=using, robust=True)


def _fields_to_be_written(watched, instance, update_fields, using):
    """Return the watched fields that this save writes."""
    fields = watched.fields.values()
    if update_fields is not None:
        return [field for field in fields if field.name in update_fields or field.attname in update_fields]
    # A field that is still deferred is written to another database only.
    return [field for field in fields if field.attname in instance.__dict__ or using != instance._state.db]


def _stored_row(model, fields, pk, using, lock=False):
    """Return a row's values by attname, or None. The statement is made once: making it costs more than running it."""
    connection = connections[using]
    lock = lock and connection.in_atomic_block and connection.features.has_select_for_update
    statement = _select(model, tuple(fields), using, lock)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [model._meta.pk.get_db_prep_value(pk, connection)])
        row = cursor.fetchone()
    if row is None:
        return None
    values = {}
    for field, converters, value in zip(fields, statement.converters, row, strict=True):
        for converter in converters:
            value = converter(value, field.cached_col, connection)
        values[field.attname] = value
    return values


class Select(NamedTuple):
    """A SELECT by primary key, and what makes Python values of its columns."""

    sql: str
    converters: list


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


def _changes(model, replaced, instance, using):
    """Return name to (old, new) for what differs between the replaced values and the stored ones."""
    values = {field: field.value_from_object(instance) for field in replaced}
    differing = [
        field
        for field, (old, new_file) in replaced.items()
        if new_file
        or _is_expression(values[field])
        or _differ(field, _plain(field, values[field]), _plain(field, old))
    ]
    doubtful = [field for field in differing if _is_expression(values[field]) or not _is_predictable(field)]
    stored = (doubtful and _stored_row(model, doubtful, getattr(instance, model._meta.pk.attname), using)) or {}
    changes = {}
    for field in differing:
        old, new_file = replaced[field]
        old, new = _plain(field, old), _plain(field, stored.get(field.attname, values[field]))
        if new_file or _differ(field, old, new):
            changes[field.name] = (old, new)
    return changes


def _plain(field, value):
    """Return a value as the database would give it back, sharing nothing with the instance."""
    if _is_expression(value):
        return value
    if isinstance(field, models.FileField):
        return str(value or "")
    value = field.to_python(value)
    return bytes(value) if isinstance(value, memoryview) else copy.deepcopy(value)


def _differ(field, old, new):
    """Tell whether two stored values differ: Python takes 1, 1.0 and True for one, JSON does not, and NaN for two."""
    if isinstance(field, models.JSONField) and not (_is_expression(old) or _is_expression(new)):
        old, new = (json.dumps(value, cls=field.encoder, sort_keys=True) for value in (old, new))
    return old != new and not (old != old and new != new)


def _is_predictable(field):
    if isinstance(field, models.FileField):  # also one of ours: once it is stored, its name is known
        return True
    return isinstance(field, PREDICTABLE) and type(field).__module__.startswith("django.")


def _is_expression(value):
    return hasattr(value, "resolve_expression")


def _is_new_file(instance, field):
    """Tell whether a file is about to be stored: new bytes are a change, whatever the name."""
    if not isinstance(field, models.FileField):
        return False
    file = getattr(instance, field.attname)
    return bool(file) and not file._committed
