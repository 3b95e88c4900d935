"""What the methods of managers and querysets return."""

from types import FunctionType

from django.db.models import QuerySet

from signal_inspector.reading import naming
from signal_inspector.scanning.resolving import relations
from signal_inspector.scanning.resolving.values import Live, Row, Rows, Several

SAME = """all filter exclude order_by reverse distinct none select_related prefetch_related annotate alias defer only
    using select_for_update extra complex_filter union intersection difference iterator aiterator get_queryset raw
    _chain _clone""".split()
PLAIN = "values values_list dates datetimes".split()
ONE = "get first last latest earliest create".split()
PAIRS = "get_or_create update_or_create".split()


def called(resolver, rows, name, call):
    """Return what a call of a method of a manager or queryset returns."""
    method = method_of(resolver, rows, name)
    if method is None:
        return None
    if not relations.is_django(method):
        return resolver.returned(method, call, rows)
    if name in SAME or name in PLAIN:
        kind = queryset_class(resolver, rows, rows.after if name == "get_queryset" else None)
        return {Rows(rows.model, kind, plain=rows.plain or name in PLAIN)}
    one = frozenset({Row(rows.model)})
    if name.removeprefix("a") in ONE:
        return None if rows.plain else set(one)
    if name.removeprefix("a") in PAIRS:
        return {Several(one, (one, None))}
    return {Several(one)} if name in ("bulk_create", "abulk_create") else None


def method_of(resolver, rows, name):
    """
    Return the function that a method of a manager or queryset is, None if there is none.

    Most of a manager's methods call the one of the queryset that it returns: that is the one.
    """
    method = relations.method_of(rows.manager or QuerySet, name, rows.after)
    if rows.manager is not None and not issubclass(rows.manager, QuerySet):
        passes_on = type(method) is FunctionType and method.__code__.co_name == "manager_method"
        if method is None or passes_on:
            kind = queryset_class(resolver, rows)
            method = relations.method_of(kind, name) if kind is not None else method
    return method if type(method) is FunctionType else None


def queryset_class(resolver, rows, after=None):
    """Return the class of the querysets that a manager or queryset returns, None if it is not known."""
    if rows.manager is None or issubclass(rows.manager, QuerySet):
        return rows.manager
    method = relations.method_of(rows.manager, "get_queryset", after)
    if relations.is_django(method):
        return naming.class_attribute(rows.manager, "_queryset_class")
    found = resolver.returned(method, None, Rows(rows.model, rows.manager)) if method is not None else None
    classes = {each.manager for each in found or () if type(each) is Rows}
    return classes.pop() if len(classes) == 1 else None


def shortcut(kind, found):
    """Return what ``get_object_or_404()`` and the like return, given what their first argument stands for."""
    models = [each.model if type(each) is Rows else each.object for each in found or () if type(each) in (Rows, Live)]
    if not models or not all(map(relations.is_model, models)) or len(models) < len(found):
        return None
    rows = {Row(model) for model in models}
    return rows if kind is Row else {Several(frozenset(rows))}


def annotated(outer, inner):
    """Return what a parameter with an annotation in brackets stands for: ``QuerySet[Order]``."""
    if inner is None or outer == "Optional":
        return inner
    models = [each.model for each in inner if type(each) is Row]
    if outer in ("type", "Type"):
        return {Live(model) for model in models}
    if outer in ("QuerySet", "Manager"):
        return {Rows(model, type(model._meta.default_manager)) for model in models}
    return {Several(frozenset(inner))}
