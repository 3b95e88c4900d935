"""What an expression may stand for, as far as this matters to what is written to the database."""

from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from django.apps import apps
from django.conf import LazySettings
from django.db.models import Model, QuerySet
from django.db.models.fields.related_descriptors import ReverseManyToOneDescriptor
from django.db.models.manager import BaseManager

from signal_inspector.reading import naming

KEPT = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, LazySettings, type(apps))
KEPT += (ReverseManyToOneDescriptor,)  # and that of a many-to-many relation, which is one


@dataclass(frozen=True)
class Live:
    """A class, function or module of the process, or its settings and apps: what a name of a loaded module holds."""

    object: Any

    def __eq__(self, other):
        """Compare by identity: the object may have an ``__eq__`` of its own."""
        return type(other) is Live and other.object is self.object

    def __hash__(self):
        """Return the hash of the identity."""
        return id(self.object)


@dataclass(frozen=True)
class Written:
    """A class or function that is known by its source alone (``node``)."""

    node: Any


@dataclass(frozen=True)
class Text:
    """A text; what is unknown of it is ``"\\0"``."""

    text: str


@dataclass(frozen=True)
class Row:
    """An instance of a model; ``after`` is the class after which ``super()`` looks for methods."""

    model: type
    after: type = None


@dataclass(frozen=True)
class Rows:
    """
    A manager or a queryset of a model.

    Attributes:
        manager (type): its class, as far as it is known.
        relation (object): the field or relation whose manager it is, None for others.
        plain (bool): whether its elements are no instances, as those of ``values()``.
        after (type): the class after which ``super()`` looks for methods.
    """

    model: type
    manager: type
    relation: Any = None
    plain: bool = False
    after: type = None


@dataclass(frozen=True)
class Thing:
    """An instance of another class, a ``Live`` or ``Written`` one; ``after`` is the syntax tree as ``Row.after``."""

    of: Any
    after: Any = None


@dataclass(frozen=True)
class Options:
    """The ``_meta`` of a model."""

    model: type


@dataclass(frozen=True)
class Several:
    """What can be iterated over, with what its elements may be; or, with places, a tuple."""

    elements: frozenset
    places: tuple = ()


def of_object(value):
    """Return the set of values that an object of the process is, None if it is of no kind that is known here."""
    value = naming.unwrap(value) if type(value) is not LazySettings else value
    kind = type(value)
    if value is None:
        return set()
    if kind is str:
        return {Text(value)}
    if naming.is_class(value) or issubclass(kind, KEPT):
        return {Live(value)}
    if issubclass(kind, (BaseManager, QuerySet)):
        model = naming.instance_dict(value).get("model")
        return {Rows(model, kind)} if model is not None else None
    return {Row(kind)} if issubclass(kind, Model) else None


def union(found):
    """Return all values of some sets together, None if one of them is not known."""
    together = set()
    for each in found:
        if each is None:
            return None
        together |= each
    return together


def element(value, number):
    """Return what an element of a value stands for; the one at a place, if that is given."""
    if type(value) is Several and value.places and number is not None:
        inner = value.places[number] if number < len(value.places) else None
        return None if inner is None else set(inner)
    if type(value) is Several:
        return None if value.elements is None else set(value.elements)
    if type(value) is Rows:
        return None if value.plain else {Row(value.model)}
    return None


def elements_of(found):
    """Return what the elements of some values stand for."""
    return None if found is None else union(element(each, None) for each in found)


def frozen(found):
    """Return a set that can be part of a value, None for what is not known."""
    return None if found is None else frozenset(found)
