"""Foreign keys whose rows are changed or deleted without signals, where the row that they refer to is deleted."""

import ast

from django.core.exceptions import FieldDoesNotExist

from signal_inspector.reading import naming
from signal_inspector.scanning.files import file_of
from signal_inspector.scanning.resolving import relations
from signal_inspector.scanning.resolving.classes import concrete
from signal_inspector.trials.operations import on_delete_of

SAVES, DELETIONS = ("pre_save", "post_save"), ("pre_delete", "post_delete")


def rules(node):
    """Yield the node of a field, what it does on deletion, and the models whose rows that writes, of a model class."""
    model = file_of(node).live.get(node.name) if isinstance(node.parent, ast.Module) else None
    if not relations.is_model(model) or naming.class_module(model) != file_of(node).name:
        return
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if not isinstance(target, ast.Name) or not isinstance(statement.value, ast.Call):
            continue
        by_rule = {}
        for each in concrete(model):
            field = _field(each, target.id, model)
            rule = on_delete_of(field) if field is not None else ""
            signals = DELETIONS if rule == "DB_CASCADE" else SAVES if "SET" in rule else None
            if signals:
                by_rule.setdefault(rule, []).append((each, signals))
        for rule, writes in by_rule.items():
            yield statement, rule, writes


def _field(model, name, origin):
    """Return the foreign key of a model that a class declares, None if it is none, or another class's."""
    try:
        field, declared = model._meta.get_field(name), origin._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if not (field.is_relation and field.concrete) or field.many_to_many or field.remote_field is None:
        return None
    # A copy for a child of an abstract model keeps the counter of its original.
    return field if field.model is model and field.creation_counter == declared.creation_counter else None
