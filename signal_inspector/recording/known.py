"""
What is known of who sends what: found out once for a signal and a class, since it may be sent for every row.

Both are known by their ids, and only as long as they live: the references that are kept beside what is known of them
are weak ones. So nothing here keeps a signal, or a model of a migration or a test, alive.
"""

from typing import Any, NamedTuple
from weakref import ref

from signal_inspector.connected import registry
from signal_inspector.reading import naming

TOLD = frozenset({"created", "raw", "update_fields", "action"})  # the arguments that are told of, beside the instance

_sites = {}  # by the ids of signal and sender
_kinds = {}  # of instances that are not of the class that sends, by the ids of their classes


class Site(NamedTuple):
    """
    A signal and who sends it.

    Attributes:
        signal (ref), sender (ref): references to both.
        names (tuple): the names of both.
        kind (Kind): what is known of the instances of the sender.
    """

    signal: Any
    sender: Any
    names: tuple
    kind: Any


class Kind(NamedTuple):
    """
    What is known of the instances of a class.

    Attributes:
        reference (ref): to the class.
        label (str): of a model with a primary key of one column; else None.
        attribute (str): which holds that key.
        attributes_of (callable): returns the dictionary in which an instance keeps its attributes.
    """

    reference: Any
    label: Any = None
    attribute: Any = None
    attributes_of: Any = None


def _none():
    """Return nothing, as a reference to what is gone does."""


UNKNOWN = Kind(_none)


def site_of(signal, sender):
    """Return the ``Site`` of a signal and its sender."""
    site = _sites.get((id(signal), id(sender)))
    if site is not None and site[0]() is signal and site[1]() is sender:
        return site
    names = registry.name_of(signal), naming.sender_name(sender)
    if sender is not None and not naming.is_class(sender):  # each may be another, and gone at once
        return Site(_none, _none, names, UNKNOWN)
    key = id(signal), id(sender)
    references = [_none if each is None else ref(each, _forgetting(_sites, key)) for each in (signal, sender)]
    site = _sites[key] = Site(*references, names, _kind_of(sender))
    return site


def facts(site, sender, how, named):
    """
    Return what is told of a signal beside the names of its ``Site``, all of it as it is now.

    Args:
        site (Site), sender (object), how (str), named (dict): by whom and how it was sent, with which arguments.

    Returns:
        A tuple: how; the name of the instance, and the key that follows it, None where none does; and the details:
        None, a dict, or whether a row was created, where that is all.
    """
    instance, name, key = named.get("instance"), "", None
    if instance is not None:
        kind = type(instance)
        _reference, name, attribute, attributes_of = site[3] if kind is sender else _kind_of(kind)
        if name is None:
            name = naming.instance_name(instance)
        else:
            attributes = attributes_of(instance)
            key = attributes.get(attribute) if type(attributes) is dict else None
            if type(key) is not int:
                key = "new" if key is None else naming.key_text(key)
    return how, name, key, None if TOLD.isdisjoint(named) else _details(named)


def _details(named):
    created, details = named.get("created"), None
    if created is not True and created is not False:
        created = None
    if named.get("raw") is True:
        details = {"raw": True}
    names, action = named.get("update_fields"), named.get("action")
    if names is not None and type(names) in (frozenset, set, list, tuple):
        details = {**(details or {}), "update_fields": sorted(field for field in names if type(field) is str)}
    if action is not None and type(action) is str:
        details = {**(details or {}), "action": action[:40]}
    if details is None:  # of nearly all signals: a dict for each would be a quarter of the memory
        return created
    return details if created is None else {"created": created, **details}


def _kind_of(cls):
    kind = _kinds.get(id(cls))
    if kind is None or kind[0]() is not cls:
        if cls is None:
            return UNKNOWN
        kind = _kinds[id(cls)] = Kind(ref(cls, _forgetting(_kinds, id(cls))), *naming.plain_key(cls))
    return kind


def _forgetting(kept, key):
    """Return what is to be called when something is gone whose id is in a key."""

    def forget(gone):
        if key in kept and gone in kept[key]:  # another may have that id by now
            del kept[key]

    return forget
