"""
What is known of classes that send signals: found out once for each, since a signal may be sent for every row.

A class is known by its id, and only as long as it lives: the reference that is kept beside what is known of it is a
weak one. So nothing here keeps a model of a migration, or of a test, alive.
"""

from weakref import ref

from signal_inspector.reading import naming

_senders = {}  # id of a class to a pair: a reference to it, and its name
_models = {}  # id of a class to a reference to it, and what Model holds


def sender_name(sender):
    """Return the name of a sender, as ``naming.sender_name()`` does."""
    if sender is None:
        return ""
    known = _senders.get(id(sender))
    if known is not None and known[0]() is sender:
        return known[1]
    name = naming.sender_name(sender)
    if naming.is_class(sender):
        _keep(_senders, sender, name)
    return name


def instance_facts(instance):
    """
    Return what names an instance, ``naming.instance_name()``, as it is now: what comes before the key, and the key.

    Returns:
        A pair of a text, and what follows it after a colon: a number or a text. None where nothing follows.
    """
    kind = type(instance)
    known = _models.get(id(kind))
    if known is None or known[0]() is not kind:
        known = _keep(_models, kind, *(naming.plain_key(kind) or (None, None, None)))
    _reference, label, attribute, attributes_of = known
    if label is None:
        return naming.instance_name(instance), None
    attributes = attributes_of(instance)
    key = attributes.get(attribute) if type(attributes) is dict else None
    if type(key) is int:
        return label, key
    return label, "new" if key is None else naming.key_text(key)


def _keep(kept, cls, *facts):
    key = id(cls)

    def forget(gone):
        if key in kept and kept[key][0] is gone:  # the id may be another class's by now
            del kept[key]

    entry = kept[key] = (ref(cls, forget), *facts)
    return entry
