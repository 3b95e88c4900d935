"""Sentences on rows that Django or the database writes for a relation, without the signal that was expected."""

from django.apps import apps
from django.utils.translation import gettext as _

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import is_through_model
from signal_inspector.trials.operations import on_delete_of, reverse_keys

M2M_CHANGED = f"{MODELS}m2m_changed"
SAVES, DELETIONS = (f"{MODELS}pre_save", f"{MODELS}post_save"), (f"{MODELS}pre_delete", f"{MODELS}post_delete")


def model_of(label):
    """Return the model of a label, None for what is none, or one that is not installed."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def told(signal, receiver, written, deleted, recorded=False):
    """
    Return a sentence on the rows that a receiver is about, "" if there is nothing to tell.

    Args:
        signal (str): the dotted name of the signal that was not sent.
        receiver (str): the label of the model that the receiver is connected to.
        written (list): the labels of models whose rows were saved or deleted one by one.
        deleted (list): the labels of models whose rows were deleted.
        recorded (bool): whether a trace tells what was deleted. It shows no deletion that nobody hears, and what the
            database does by itself may follow upon such a one.
    """
    model = model_of(receiver)
    if model is None:
        return ""
    if signal == M2M_CHANGED:
        return _between(model) if receiver in written else ""
    owners = [owner for owner in map(model_of, deleted) if owner is not None]
    for field in model._meta.concrete_fields:
        if field.is_relation and field.remote_field is not None:
            rule = on_delete_of(field)
            known = any(issubclass(owner, field.remote_field.model) for owner in owners)
            if (known or (recorded and rule.startswith("DB_"))) and (found := _of_rule(signal, field, rule)):
                return found
    return ""


def of_members(signal, receiver, owner=None):
    """Return a sentence for a receiver of a row's signals, where members of a relation (of a model) were changed."""
    model = model_of(receiver)
    if model is None or signal not in SAVES + DELETIONS:
        return ""
    keys = [each.field.name for each in reverse_keys(owner) if each.related_model is model] if owner else []
    if is_through_model(model):
        return _("%s is the model between: its rows are written at once, which sends m2m_changed alone.") % receiver
    if keys:
        values = {"receiver": receiver, "field": keys[0]}
        return _("%(receiver)s.%(field)s is changed by an UPDATE, unless bulk=False: nothing is sent.") % values
    return ""


def _between(model):
    return _("A row of %s that is written by itself sends none: add(), remove(), set() and clear() do.") % (
        model._meta.label
    )


def _of_rule(signal, field, rule):
    """Return what happens to the rows of a foreign key where a row that they refer to is deleted."""
    values = {"field": f"{field.model._meta.label}.{field.name}", "rule": rule}
    if rule == "DB_CASCADE" and signal in DELETIONS:
        return _("The database itself deletes the rows of %(field)s (%(rule)s): nothing is sent.") % values
    if "SET" in rule and signal in SAVES:
        return _("%(field)s is changed by an UPDATE (%(rule)s): nothing is sent for those rows.") % values
    if rule not in ("CASCADE", "DB_CASCADE") and signal in DELETIONS:
        return _("Rows that refer by %(field)s are not deleted (%(rule)s).") % values
    return ""
