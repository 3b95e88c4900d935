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
    method = method_of(rows, name)
    if method is None:
        return None
    if not relations.is_django(method):
        return resolver.returned(method, call, rows)
    plain_name = name.removeprefix("a") if name not in SAME and name not in PLAIN else name
    if name in SAME or name in PLAIN:
        return {Rows(rows.model, queryset_class(resolver, rows), plain=rows.plain or name in PLAIN)}
    if plain_name in ONE:
        return None if rows.plain else {Row(rows.model)}
    if plain_name in PAIRS:
        one = frozenset({Row(rows.model)})
        return {Several(one, (one, None))}
    if plain_name in ("bulk_create",):
        return {Several(frozenset({Row(rows.model)}))}
    return None


def method_of(rows, name):
    """
    Return the function that a method of a manager or queryset is, None if there is none.

    A manager that was made by ``from_queryset()`` has methods that call those of the queryset; these are returned.
    """
    method = None
    if rows.manager is not None:
        method = relations.method_of(rows.manager, name, rows.after)
        queryset = naming.class_attribute(rows.manager, "_queryset_class")
        passes_on = type(method) is FunctionType and method.__qualname__.endswith(".manager_method")
        if (method is None or passes_on) and naming.is_class(queryset):
            method = relations.method_of(queryset, name)
    else:
        method = relations.method_of(QuerySet, name)
    return method if type(method) is FunctionType else None


def queryset_class(resolver, rows):
    """Return the class of the querysets that a manager or queryset returns, None if it is not known."""
    if rows.manager is None or issubclass(rows.manager, QuerySet):
        return rows.manager
    method = relations.method_of(rows.manager, "get_queryset")
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
