"""
What is connected to a signal: the one place that knows the private shape of ``Signal.receivers``.

Django 5.2 keeps ``(key, receiver, is_async)``, and 6.0 and later ``(key, receiver, sender, is_async)``, where receiver
and sender are weak references or, the receiver, the object itself. The key is ``(dispatch_uid or id of the receiver,
id of the sender)``.
"""

from dataclasses import dataclass
from types import MethodType
from typing import Any
from weakref import ReferenceType

from signal_inspector.reading.naming import instance_dict

ALL_SENDERS = id(None)


@dataclass(slots=True)
class Entry:
    """
    One connection.

    Attributes:
        receiver (callable): None if it is gone.
        sender_id (int or tuple): as ``django.dispatch.dispatcher._make_id`` gives it, None if it can be nobody's.
        dispatch_uid (object): None if there is none.
        weak (bool): whether the signal lets the receiver go when nothing else holds it.
        is_async (bool): whether the receiver is awaited, after all that are not.
        dead (bool): whether the receiver is gone.
        sender (object): the sender, where Django keeps a reference to it (6.0 and later); else None.
        sender_gone (bool): whether Django knows that the sender is gone.
    """

    receiver: Any
    sender_id: Any
    dispatch_uid: Any
    weak: bool
    is_async: bool
    dead: bool
    sender: Any = None
    sender_gone: bool = False

    @property
    def hears_all(self):
        """Tell whether the receiver is connected to every sender."""
        return self.sender_id == ALL_SENDERS

    @property
    def muted(self):
        """Tell whether the key names a sender that nobody can be, as code does that mutes a receiver for a while."""
        return self.sender_id is None


def read(signal):
    """Return the connections of a signal, dead ones too, in the order in which they run."""
    # A copy, without the signal's lock: whoever looks may have been called by code that holds it.
    entries = [parse(entry) for entry in list(instance_dict(signal).get("receivers") or ())]
    return [entry for entry in entries if not entry.is_async] + [entry for entry in entries if entry.is_async]


def parse(entry):
    """Return one element of ``Signal.receivers`` as an ``Entry``."""
    key, reference = entry[0], entry[1]
    weak = _is_reference(reference)
    receiver = reference() if weak else reference
    sender_reference = entry[2] if len(entry) > 3 else None
    sender = sender_reference() if _is_reference(sender_reference) else None
    return Entry(
        receiver=receiver,
        sender_id=key[1] if _is_id(key[1]) else None,
        dispatch_uid=None if _is_id_of(key[0], receiver) else key[0],
        weak=weak,
        is_async=bool(entry[-1]),
        dead=receiver is None,
        sender=sender,
        sender_gone=sender_reference is not None and sender is None,
    )


def id_of(target):
    """Return what Django keys a receiver or a sender by."""
    return (id(target.__self__), id(target.__func__)) if type(target) is MethodType else id(target)


def _is_reference(value):
    return issubclass(type(value), ReferenceType)


def _is_id(key):
    return type(key) is int or (type(key) is tuple and len(key) == 2 and type(key[0]) is type(key[1]) is int)


def _is_id_of(key, receiver):
    """Tell whether the first half of a key is made of the receiver, not a dispatch_uid (which may be a number)."""
    return _is_id(key) and (type(key) is tuple or receiver is None or key == id(receiver))
