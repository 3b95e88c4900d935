"""For tests that connect receivers, watch fields, or ask who is connected."""

import copy
from contextlib import contextmanager
from unittest import mock

from listening import families, watching
from listening.private import connections_of, move_to_front, receivers_of, reconnect

__all__ = ["connections_of", "move_to_front", "receivers_of", "restored"]


@contextmanager
def restored(*signals):
    """
    Put back, when a block is over, what was connected to some signals, watched of models, and connected to families.

    Args:
        *signals (Signal): each gets the receivers that it had, in the same order.
    """
    connected = {signal: connections_of(signal) for signal in signals}
    watches = {model: type(watch)(*map(copy.copy, watch)) for model, watch in watching._watches.items()}
    try:
        # families._members stays: a class of the test may still be the sender of what others have connected.
        with mock.patch.dict(watching._watches, watches), mock.patch.dict(families._connections):
            watching._watches_of.cache_clear()
            yield
    finally:
        watching._watches_of.cache_clear()
        for signal, connections in connected.items():
            reconnect(signal, connections)
