"""
What is private to Django's dispatcher and connections, and touched here alone.

``Signal.receivers`` is a list of ``(key, reference, is_async)`` in Django 5.2, and of
``(key, reference, sender_reference, is_async)`` from 6.0 on. The key is ``(dispatch_uid or id of the receiver, id of
the sender)``; the reference is weak, or the receiver itself. ``Signal.sender_receivers_cache`` is to be cleared, under
``Signal.lock``, whenever the list was changed. ``connection.run_on_commit`` holds a tuple for each callback that waits
for the commit, the callback second; a rollback takes it out. Known to hold for Django 5.2 to 6.1.
"""

from weakref import ReferenceType

from django.db import connections
from django.dispatch.dispatcher import _make_id


class MutedKey(tuple):
    """
    The key of a receiver that is muted: its half for the sender is a new object, which is the id of no sender.

    So ``send()`` and ``has_listeners()`` pass the receiver over. It keeps its place among the others, and since the
    key equals the real one, ``connect()`` and ``disconnect()`` find it as before. ``blocks`` counts the ``muted()``
    blocks that hold it.
    """

    def __new__(cls, key):
        """Return the muted form of a real key."""
        muted_key = super().__new__(cls, (key[0], object()))
        muted_key.real, muted_key.blocks = key, 0
        return muted_key

    def __eq__(self, other):
        return self.real == other

    def __ne__(self, other):  # not given by __eq__: tuple has its own
        return self.real != other

    def __hash__(self):
        return hash(self.real)


def mute(signal, receivers, sender):
    """
    Mute receivers of a signal, all if none are given, of a sender, of all if it is None.

    Returns:
        list of MutedKey: to be given to ``unmute``.
    """
    keys = []
    with signal.lock:
        for index, entry in enumerate(signal.receivers):
            key, receiver = _read(entry)
            if not isinstance(key, MutedKey):
                key = MutedKey(key)
            if (receivers and receiver not in receivers) or (sender is not None and key.real[1] != _make_id(sender)):
                continue
            signal.receivers[index] = (key, *entry[1:])
            key.blocks += 1
            keys.append(key)
        signal.sender_receivers_cache.clear()
    return keys


def unmute(signal, keys):
    """Let go of keys, and give the receivers that nobody else keeps muted their real ones."""
    with signal.lock:
        for key in keys:
            key.blocks -= 1
        for index, entry in enumerate(signal.receivers):
            key = entry[0]
            if isinstance(key, MutedKey) and not key.blocks:
                signal.receivers[index] = (key.real, *entry[1:])
        signal.sender_receivers_cache.clear()


def connections_of(signal):
    """Return what is connected to a signal, to be compared, or to be given to ``reconnect``."""
    return list(signal.receivers)


def reconnect(signal, connections):
    """Connect to a signal what was connected, in the same order, and nothing else."""
    with signal.lock:
        signal.receivers = list(connections)
        signal.sender_receivers_cache.clear()


def receivers_of(signal, sender):
    """Return the receivers that a sender calls, in the order in which it calls them, asynchronous ones last."""
    synchronous, asynchronous = signal._live_receivers(sender)
    return [*synchronous, *asynchronous]


def all_receivers(signal):
    """Return the receivers of a signal, whoever the sender, muted ones too."""
    found = (_read(entry)[1] for entry in list(signal.receivers))
    return [receiver for receiver in found if receiver is not None]


def waits_for_commit(callback, using):
    """Tell whether a callback waits for the commit on a database: not if it was called, and not after a rollback."""
    return any(entry[1] is callback for entry in connections[using].run_on_commit)


def waiting_for_commit(using):
    """Return the callbacks that wait for the commit on a database, the newest first."""
    return [entry[1] for entry in reversed(connections[using].run_on_commit)]


def move_to_front(signal, receiver):
    """Let a connected receiver be the first to hear a signal."""
    with signal.lock:
        for index, entry in enumerate(signal.receivers):
            if _read(entry)[1] == receiver:
                signal.receivers.insert(0, signal.receivers.pop(index))
                break
        signal.sender_receivers_cache.clear()


def _read(entry):
    """Return key and receiver of an entry in ``Signal.receivers``. The receiver is None if it is gone."""
    key, reference = entry[0], entry[1]
    return key, reference() if isinstance(reference, ReferenceType) else reference
