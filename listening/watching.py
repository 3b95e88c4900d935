"""
React to fields that a save really changes.

    @watch(User, "email")
    def send_notice(sender, instance, changes, using, **kwargs):
        old, new = changes["email"]

The stored row is read in ``pre_save`` and compared in ``post_save``. It is read, not remembered from when the instance
was loaded: an old copy, a deferred field or an instance made of a primary key alone knows nothing of what it replaces.

What it costs: one SELECT of the watched columns for a save that writes one of them, nothing otherwise.

What it cannot see: ``QuerySet.update()``, ``bulk_update()`` and SQL, which send no signals. And outside a
transaction nothing can lock the row, so another connection may commit between the read and the write; inside
``atomic()`` the row is locked, and the old value is the one that was replaced.
"""

import copy
import json
from functools import cache
from inspect import unwrap
from typing import NamedTuple

from django.db import models
from django.db.models.signals import post_save, pre_save

from listening.between import Between
from listening.families import connect_family
from listening.stored import stored_row

# Django's fields for which to_python() gives what the database will hold. The rest is read back after the save:
# a decimal is rounded, a time may lose digits, JSON turns tuples into lists, an unknown field may do anything.
STORED_AS_GIVEN = (
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)

# For each save under way, by its update_fields: of each watched model, field to what is stored and whether a new file
# is going to be.
REPLACED = Between("replaced_values")

_watches = {}  # each watched model to its Watch


class Watch(NamedTuple):
    """What is watched of one model."""

    model: type
    fields: dict  # by name
    reactions: dict  # a function, by its place in the source, with the names that it waits for
    secrets: dict  # name to a function that tells which changes don't count
    names: set  # of the fields, and of their columns' attributes


def watch(model, *names, then=None, secret=None):
    """
    Watch fields of a model, and of its proxies and children; as a decorator, name the reaction.

    Args:
        model (type): the model class whose saves are watched.
        *names (str): names of concrete fields.
        then (callable): the reaction, where ``watch()`` is no decorator. Called for each confirmed change as
            ``then(sender=model, instance=…, changes={name: (old, new)}, using=…)``, inside the transaction of the
            save; what it raises fails the save. Reactions are called in the order in which they were named, each once
            a save, with all the changes that it waits for.
        secret (callable): for fields whose values must not be told: the change is, as (None, None). Called as
            ``secret(instance, update_fields)``; a change for which it returns False is no change.
    """
    watched = _watches.get(model)
    if watched is None:
        watched = _watches[model] = Watch(model, {}, {}, {}, set())
        _watches_of.cache_clear()
        connect_family(pre_save, remember_stored_values, sender=model, dispatch_uid="listening.remember_stored_values")
        connect_family(post_save, confirm_changes, sender=model, dispatch_uid="listening.confirm_changes")
    watched.fields.update({name: model._meta.get_field(name) for name in names})
    watched.names.update(names, [watched.fields[name].attname for name in names])
    if secret is not None:
        watched.secrets.update(dict.fromkeys(names, secret))

    def connect(reaction):
        place = _place(reaction)
        _, known = watched.reactions.get(place, (None, ()))
        watched.reactions[place] = reaction, (*known, *names)
        return reaction

    return connect if then is None else connect(then)


def remember_stored_values(sender, instance, raw, using, update_fields, **kwargs):
    """Read what a save is about to replace, locking the row where there is a transaction to hold the lock."""
    if raw:
        return
    replaced = {}
    for watched in _watches_of(sender):
        if update_fields is not None and watched.names.isdisjoint(update_fields):
            continue
        pk = getattr(instance, watched.model._meta.pk.attname)  # a child of the model may have one of its own
        fields = _fields_to_be_written(watched, instance, update_fields, using)
        stored = stored_row(watched.model, fields, pk, using, lock=True) if pk is not None else None
        found = {} if stored is None else {f: (stored[f.attname], _is_new_file(instance, f)) for f in fields}
        replaced[watched.model] = found
    if replaced:
        REPLACED.leave(instance, replaced, key=update_fields)


def confirm_changes(sender, instance, created, raw, using, update_fields, **kwargs):
    """Compare what was replaced with what is stored now, and call the reactions."""
    if raw or REPLACED.is_empty(instance):
        return
    replaced = REPLACED.take(instance, key=update_fields, default={})
    for watched in _watches_of(sender):
        if created and sender._meta.concrete_model is watched.model._meta.concrete_model:
            continue  # a new row; a new child of an old one may change that one
        changes = _changes(watched.model, replaced.get(watched.model, {}), instance, using)
        for name in changes.keys() & watched.secrets.keys():
            if watched.secrets[name](instance, update_fields):
                changes[name] = (None, None)
            else:
                del changes[name]
        for reaction, names in list(watched.reactions.values()) if changes else ():
            wanted = {name: changes[name] for name in changes if name in names}
            if wanted:
                reaction(sender=watched.model, instance=instance, changes=wanted, using=using)


@cache
def _watches_of(sender):
    """Return what is watched of a model and of those that it comes from, these first."""
    return [_watches[model] for model in reversed(sender.__mro__) if model in _watches]


def _place(reaction):
    """Return what a function has in common with itself in a module that is imported under two names."""
    code = getattr(unwrap(reaction), "__code__", None)
    if code is None:
        return reaction
    return getattr(reaction, "__self__", None), reaction.__qualname__, code.co_filename, code.co_firstlineno


def _fields_to_be_written(watched, instance, update_fields, using):
    """Return the watched fields that this save writes."""
    fields = watched.fields.values()
    if update_fields is not None:
        return [field for field in fields if field.name in update_fields or field.attname in update_fields]
    # A field that is still deferred is written to another database only.
    return [field for field in fields if field.attname in instance.__dict__ or using != instance._state.db]


def _changes(model, replaced, instance, using):
    """Return name to (old, new) for what differs between the replaced values and the stored ones."""
    values = {field: field.value_from_object(instance) for field in replaced}
    differing = [
        field
        for field, (old, new_file) in replaced.items()
        if new_file
        or _is_expression(values[field])
        or _differ(field, _as_stored(field, values[field]), _as_stored(field, old))
    ]
    unknown = [field for field in differing if _is_expression(values[field]) or not _is_stored_as_given(field)]
    stored = (unknown and stored_row(model, unknown, getattr(instance, model._meta.pk.attname), using)) or {}
    changes = {}
    for field in differing:
        old, new_file = replaced[field]
        old, new = _as_stored(field, old), _as_stored(field, stored.get(field.attname, values[field]))
        if new_file or _differ(field, old, new):
            changes[field.name] = (old, new)
    return changes


def _as_stored(field, value):
    """Return a value as the database would give it back, sharing nothing with the instance."""
    if _is_expression(value):
        return value
    if isinstance(field, models.FileField):
        return str(value or "")
    value = field.to_python(value)
    return bytes(value) if isinstance(value, memoryview) else copy.deepcopy(value)


def _differ(field, old, new):
    """Tell whether two stored values differ: Python takes 1, 1.0 and True for one, JSON does not."""
    if isinstance(field, models.JSONField) and not (_is_expression(old) or _is_expression(new)):
        old, new = (json.dumps(value, cls=field.encoder, sort_keys=True) for value in (old, new))
    return old != new and not (old != old and new != new)  # NaN


def _is_stored_as_given(field):
    if isinstance(field, models.FileField):  # also one of ours: once it is stored, its name is known
        return True
    return isinstance(field, STORED_AS_GIVEN) and type(field).__module__.startswith("django.")


def _is_expression(value):
    return hasattr(value, "resolve_expression")


def _is_new_file(instance, field):
    """Tell whether a file is about to be stored: new bytes are a change, whatever the name."""
    if not isinstance(field, models.FileField):
        return False
    file = getattr(instance, field.attname)
    return bool(file) and not file._committed
