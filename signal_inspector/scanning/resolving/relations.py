"""What attributes of models and of their rows stand for, by the relations and managers that the process knows."""

from functools import cached_property
from types import FunctionType

from django.apps import apps
from django.db.models import Field, ForeignObjectRel, Manager, Model, QuerySet
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from django.db.models.manager import BaseManager, ManagerDescriptor

from signal_inspector.reading import naming
from signal_inspector.scanning.resolving.values import Live, Options, Row, Rows, Text, of_object

FORWARD = (ForwardManyToOneDescriptor, ForwardOneToOneDescriptor)
GENERIC = "django.contrib.contenttypes.fields.ReverseGenericManyToOneDescriptor"  # can't be imported without the app
OPTIONS = ("db_table", "label", "app_label", "object_name", "model_name")


def is_model(cls):
    """Tell whether a value is a model class."""
    return naming.is_class(cls) and issubclass(cls, Model) and cls is not Model


def of_model_class(model, name):
    """Return what an attribute of a model class stands for, ``NotImplemented`` if it is nothing special."""
    attribute = naming.class_attribute(model, name)
    if name == "_meta":
        return {Options(model)}
    if name in ("_default_manager", "_base_manager"):
        return of_options(model, name.removeprefix("_"))
    if type(attribute) is ManagerDescriptor:
        return of_object(model._meta.managers_map.get(name))
    if issubclass(type(attribute), ReverseManyToOneDescriptor):
        return {Live(attribute)}
    # One of several models may lack it; a class that has it not at all is not what is asked for.
    return set() if attribute is None else NotImplemented


def of_relation(relation, name):
    """Return what an attribute of a descriptor of a relation, or of the relation itself, stands for."""
    if name in ("rel", "field", "through", "model", "related_model"):
        found = getattr(relation, name, None)
        return {Live(found)} if naming.is_class(found) or isinstance(found, (Field, ForeignObjectRel)) else None
    return None


def of_options(model, name):
    """Return what an attribute of the ``_meta`` of a model stands for, None if that is not known."""
    if name in OPTIONS:
        return {Text(getattr(model._meta, name))}
    if name in ("default_manager", "base_manager"):
        return of_object(getattr(model._meta, name))
    if name in ("model", "concrete_model"):
        return {Live(getattr(model._meta, name))}
    return None


def of_row(model, name):
    """Return what an attribute of an instance stands for by the model's relations, ``NotImplemented`` for others."""
    attribute = naming.class_attribute(model, name)
    kind = type(attribute)
    if kind in FORWARD:
        return _row(attribute.field.remote_field.model)
    if kind is ReverseOneToOneDescriptor:
        return _row(attribute.related.related_model)
    if kind is ReverseManyToOneDescriptor:
        return _related(attribute.rel.related_model, attribute.rel)
    if kind is not ReverseManyToOneDescriptor and naming.class_name(kind) == GENERIC:
        return _related(attribute.field.remote_field.model, attribute.field)
    if kind is ManyToManyDescriptor:
        other = attribute.rel.related_model if attribute.reverse else attribute.rel.model
        return _related(other, attribute.rel)
    if name == "_meta":
        return {Options(model)}
    if name == "__class__":
        return {Live(model)}
    return NotImplemented


def _row(model):
    return {Row(model)} if is_model(model) else None


def _related(model, relation):
    if not is_model(model) or model._meta.default_manager is None:
        return None
    return {Rows(model, type(model._meta.default_manager), relation)}


def method_of(cls, name, after=None):
    """Return a method as a class or the next of its bases (those after one of them) defines it, None if none does."""
    mro = naming.class_mro(cls)
    for base in mro[mro.index(after) + 1 :] if after in mro else mro:
        if name in naming.class_attributes(base):
            return naming.class_attributes(base)[name]
    return None


class Managers:
    """Which models use a class of managers or querysets."""

    @cached_property
    def used(self):
        """Return pairs of a model and a manager of it."""
        models = apps.get_models(include_auto_created=True)
        return [(model, manager) for model in models for manager in model._meta.managers]

    def models_of(self, cls):
        """Return the models whose managers, or what they return, are of a class, each once."""
        found = {}
        for model, manager in self.used:
            queryset = naming.class_attribute(type(manager), "_queryset_class")
            for kind in (type(manager), queryset):
                if naming.is_class(kind) and issubclass(kind, cls):
                    found[model] = kind
        return found


def is_django(function):
    """Tell whether a function is Django's own."""
    return type(function) is FunctionType and f"{function.__module__}.".startswith("django.")


def is_rows_class(cls):
    """Tell whether a value is a class of managers or querysets."""
    return naming.is_class(cls) and issubclass(cls, (BaseManager, QuerySet)) and cls not in (Manager, QuerySet)
