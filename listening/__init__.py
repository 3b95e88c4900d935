"""
Tools for receivers. They know Django, and no app of this project: take the folder along.

- ``watching``: react to fields that a save really changes (``watch``)
- ``families``: connect a receiver to a model with its proxies and children (``family_receiver``)
- ``committing``: run a receiver after the commit (``after_commit``), compare then with what was before (``gathered``)
- ``events``: declare a signal of one's own with its arguments (``event``)
- ``announcing``: send an event after the commit (``announce``)
- ``durability``: mark receivers of events that must not be lost (``durable``), for whoever keeps them
- ``between``: what waits on an instance between a ``pre_`` and its ``post_`` signal (``Between``)
- ``loading``: keep a receiver of ``m2m_changed`` from hearing fixtures (``unless_loaded``)
- ``muting``: keep receivers from hearing, and record what is sent (``muted``, ``sent``)
- ``testing``: put back what a test has watched and connected (``restored``)
"""

from listening.announcing import announce
from listening.between import Between
from listening.committing import after_commit, gathered
from listening.durability import durable
from listening.events import event
from listening.families import family_receiver
from listening.loading import unless_loaded
from listening.muting import muted, sent
from listening.watching import watch

__all__ = [
    "Between",
    "after_commit",
    "announce",
    "durable",
    "event",
    "family_receiver",
    "gathered",
    "muted",
    "sent",
    "unless_loaded",
    "watch",
]
