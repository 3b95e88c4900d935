"""
What is known of who sends what: found out once for a signal and a class, since it may be sent for every row.

Both are known by their ids, and forgotten in the moment in which they go, before another gets the id: the references
that are kept beside what is known of them are weak ones. So nothing here keeps a signal, or a model of a migration or
a test, alive.
"""

from typing import Any, NamedTuple
from weakref import ref

from signal_inspector.connected import registry
from signal_inspector.reading import naming

sites = {}  # each ``Site``, by the ids of signal and sender
_kinds = {}  # of instances that are not of the class that sends, by the ids of their classes


class Site(NamedTuple):
    """
    A signal and who sends it.

    Attributes:
        names (tuple): the names of both.
        kind (Kind): what is known of the instances of the sender.
        references (list): to both.
    """

    names: tuple
    kind: Any
    references: Any = None


class Kind(NamedTuple):
    """
    What is known of the instances of a class.

    Attributes:
        label (str): of a model with a primary key of one column; else None.
        attribute (str): which holds that key.
        attributes_of (callable): returns the dictionary in which an instance keeps its attributes.
        reference (ref): to the class.
    """

    label: Any = None
    attribute: Any = None
    attributes_of: Any = None
    reference: Any = None


UNKNOWN = Kind()


def site_of(signal, sender):
    """Return the ``Site`` of a signal and its sender, and keep it among the ``sites``, if the sender is a class."""
    names = registry.name_of(signal), naming.sender_name(sender)
    if sender is not None and not naming.is_class(sender):  # each may be another, and gone at once
        return Site(names, UNKNOWN)
    key = id(signal), id(sender)
    references = [ref(each, _forgetting(sites, key)) for each in (signal, sender) if each is not None]
    site = sites[key] = Site(names, kind_of(sender), references)
    return site


def details_of(named):
    """Return what else is told of a signal's arguments: a dict; or whether a row was created, where that is all."""
    created = named.get("created")
    if created is not True and created is not False:
        created = None
    names, action, raw = named.get("update_fields"), named.get("action"), named.get("raw")
    if raw is not True and names is None and action is None:  # of nearly all: a dict would be a quarter of the memory
        return created
    details = {} if created is None else {"created": created}
    if raw is True:
        details["raw"] = raw
    if type(names) in (frozenset, set, list, tuple):
        details["update_fields"] = sorted(field for field in names if type(field) is str)
    if type(action) is str:
        details["action"] = action[:40]
    return details or None


def kind_of(cls):
    """Return the ``Kind`` of a class, or of None."""
    kind = _kinds.get(id(cls))
    if kind is None:
        if cls is None:
            return UNKNOWN
        kind = _kinds[id(cls)] = Kind(*naming.plain_key(cls), ref(cls, _forgetting(_kinds, id(cls))))
    return kind


def _forgetting(kept, key):
    """Return what is to be called when something is gone whose id is in a key."""
    return lambda gone: kept.pop(key, None)
