"""
What an event told, as JSON, so that another process can rebuild it.

Text, numbers, booleans, None, lists and dicts with text as keys are what they are in JSON. All else is a dict of one
item, whose key begins with "$": ``{"$model": ["auth.user", 7, "default"]}``. A model instance travels as its key,
and is read again; a value that is not listed here does not travel, least of all a pickled one.
"""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string
from django.utils.functional import Promise

JSON_TYPES = (bool, int, float, str, NoneType)
NAMED = {  # the name, how it is written, how it is read; datetime before date, whose child it is
    datetime: ("$datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("$date", date.isoformat, date.fromisoformat),
    time: ("$time", time.isoformat, time.fromisoformat),
    timedelta: ("$timedelta", duration_iso_string, parse_duration),
    Decimal: ("$decimal", str, Decimal),
    UUID: ("$uuid", str, UUID),
}


def encode(value):
    """
    Return a value as JSON can hold it.

    Raises:
        TypeError: it can't be carried: its type is none of the listed ones, or it is an instance without a row.
    """
    if isinstance(value, (str, Promise)):
        return str.__str__(value) if isinstance(value, str) else str(value)  # of a member of an Enum its value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):  # JSON knows no infinity
        return float(value)
    if isinstance(value, Model) and value.pk is not None:
        return {"$model": [value._meta.label_lower, encode(value.pk), value._state.db]}
    if isinstance(value, (list, tuple)):
        items = [encode(each) for each in value]
        return items if type(value) is list else {"$tuple": items}
    if isinstance(value, dict):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: encode(each) for key, each in value.items()}
        return {"$dict": [[encode(key), encode(each)] for key, each in value.items()]}
    for kind, (name, write, _read) in NAMED.items():
        if isinstance(value, kind):
            return {name: write(value)}
    raise TypeError(f"{type(value).__qualname__} can't be carried to another process.")


def encode_arguments(arguments):
    """
    Return a dict of arguments as JSON can hold it.

    Raises:
        TypeError: one can't be carried; the message names it.
    """
    encoded = {}
    for name, value in arguments.items():
        try:
            encoded[name] = encode(value)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
    return encoded


def decode(value):
    """Return the value that was encoded: an instance is read from its database, None if its row is gone."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    name = next(iter(value), "")
    return READ[name](value[name]) if name in READ else {key: decode(each) for key, each in value.items()}


def decode_arguments(encoded, names):
    """Return arguments, without instances of other names, and a dict from each instance's name to its primary key."""
    keys = {
        name: decode(value["$model"][1])
        for name, value in encoded.items()
        if isinstance(value, dict) and "$model" in value
    }
    return {name: decode(value) for name, value in encoded.items() if name in names or name not in keys}, keys


def _read_instance(value):
    label, key, using = value
    return apps.get_model(label)._base_manager.using(using).filter(pk=decode(key)).first()


READ = {  # what is written of those in NAMED is text
    "$model": _read_instance,
    "$tuple": lambda items: tuple(decode(each) for each in items),
    "$dict": lambda items: {decode(key): decode(each) for key, each in items},
    **{name: read for name, _write, read in NAMED.values()},
}


def can_carry(annotation):
    """
    Tell whether all values that an annotation allows can be carried.

    Args:
        annotation (object): of an argument of an event: a class, a union, a list, tuple or dict of such. Text and
            ``Any`` promise nothing.
    """
    if annotation is None or annotation is Ellipsis:
        return True
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return True
    if origin in (Union, UnionType):
        return all(map(can_carry, parts))
    if origin in (list, tuple, dict):
        return bool(parts) and all(map(can_carry, parts))
    is_kind = partial(issubclass, annotation) if isinstance(annotation, type) else lambda kinds: False
    return is_kind(Model) or is_kind((Promise, *NAMED)) or annotation in JSON_TYPES
