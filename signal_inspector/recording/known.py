"""
What is known of classes that send signals: found out once for each, since a signal may be sent for every row.

A class is known by its id, and only as long as it lives: the reference that is kept beside what is known of it is a
weak one. So nothing here keeps a model of a migration, or of a test, alive.
"""

from typing import Any, NamedTuple
from weakref import ref

from signal_inspector.reading import naming

TOLD = frozenset({"created", "raw", "update_fields", "action"})  # the arguments that are told of, beside the instance

_known = {}  # what is known of classes, by their ids


class Known(NamedTuple):
    """
    What is known of a class.

    Attributes:
        reference (ref): to the class.
        name (str): as ``naming.sender_name()`` gives it.
        label (str): of a model of which an instance is named by one column, else None.
        attribute (str): which holds that key.
        attributes_of (callable): returns the dictionary that an instance keeps its attributes in, without asking it.
    """

    reference: Any
    name: str
    label: Any
    attribute: Any
    attributes_of: Any


def _nobody():
    """Return what a class is not."""


NOBODY = Known(_nobody, "", None, None, None)


def sender_name(sender):
    """Return the name of a sender, as ``naming.sender_name()`` does."""
    known = _known.get(id(sender))
    if known is not None and known[0]() is sender:
        return known[1]
    return _learn(sender).name if naming.is_class(sender) else naming.sender_name(sender)


def facts(how, sender, named):
    """
    Return what is told of a signal beside its name, all of it as it is now.

    Args:
        how (str), sender (object), named (dict): how and by whom it was sent, with which arguments.

    Returns:
        A tuple: how, the name of the sender, that of the instance, the key that follows it (None where none does), and
        the details: None, a dict, or whether a row was created, where that is all.
    """
    known = _known.get(id(sender))
    if known is None or known[0]() is not sender:
        known = _learn(sender) if naming.is_class(sender) else NOBODY._replace(name=naming.sender_name(sender))
    instance, label, key = named.get("instance"), "", None
    if instance is not None:
        kind = type(instance)
        of_kind = known if kind is sender else _known.get(id(kind), NOBODY)
        if of_kind[0]() is not kind:
            of_kind = _learn(kind)
        _reference, _name, label, attribute, attributes_of = of_kind
        if label is None:
            label = naming.instance_name(instance)
        else:
            attributes = attributes_of(instance)
            key = attributes.get(attribute) if type(attributes) is dict else None
            if type(key) is not int:
                key = "new" if key is None else naming.key_text(key)
    return how, known[1], label, key, None if TOLD.isdisjoint(named) else _details(named)


def _details(named):
    created, details = named.get("created"), {}
    if created is True or created is False:
        details["created"] = created
    if named.get("raw") is True:
        details["raw"] = True
    names = named.get("update_fields")
    if names is not None and type(names) in (frozenset, set, list, tuple):
        details["update_fields"] = sorted(field for field in names if type(field) is str)
    action = named.get("action")
    if action is not None and type(action) is str:
        details["action"] = action[:40]
    if len(details) < 2:  # nearly all, and a dict for each is a quarter of its memory
        return created if "created" in details else details or None
    return details


def _learn(cls):
    """Find out about a class, and remember it."""
    key = id(cls)

    def forget(gone):
        if key in _known and _known[key][0] is gone:  # the id may be another class's by now
            del _known[key]

    known = _known[key] = Known(ref(cls, forget), naming.sender_name(cls), *naming.plain_key(cls))
    return known
