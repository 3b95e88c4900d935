"""
What is noted while a record goes on: events, one after the other in one flat list, as cheap as Python allows.

An event is five values in that list. What it tells of are rows: a signal, the call of a receiver, a callback; each
becomes a node of the tree. A row is known by its key, the number that the clock gave when it began: not by what the
number is, but by which object it is, so that two of the same moment are two. Nothing else is made for a row, and
nothing that the garbage collector would look at again and again. Names are put together when the tree is made.

What runs now is the row in a context variable. So threads and tasks don't mix, and a task that is started by a
receiver belongs to that receiver. To set such a variable takes longer than all else that is noted of the call of a
receiver. So ``send()`` lets the row move on from receiver to receiver instead, unless somebody may take a copy of the
context: see sending.py.
"""

import sys
import threading
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from types import FunctionType
from typing import Any

from signal_inspector.reading import naming
from signal_inspector.recording import known

# The places in a row, a list. The name is that of a receiver, in two halves, the second of which may be empty. Only a
# record with details looks at it.
RECORDING, KEY, NAME, REST = range(4)

# Events, and what follows each. An event is appended in one step, so those of two threads don't mix, either.
WIDTH = 5
SENT = "sent"  # key, key of what it stands under, names of signal and sender, facts
CALLED = "called"  # key, key of its signal, module, qualified name; it ends when the next begins, or its signal ends
WRAPPED = "wrapped"  # the same of a receiver that Django calls itself: both ends are told
AWAITED = "awaited"  # the same of an asynchronous one
GIVEN = "given"  # key of a callback, key of what it stands under, name, how
BEGAN = "began"  # key, time, key of what it ran in, None
ENDED = "ended"  # key, time, the type that was returned, the type of the exception
JOINED = "joined"  # key of what it stands under, events of another recording, key of its root, how many nodes had room

MAX_NODES = 2000  # some 0.2 MB where they are stored, with details 0.5 MB
MAX_UNHEARD = 500  # pairs of signal and sender
MAX_KEY = 400  # characters
MAX_SAVED = 20  # kinds of rows that are told of one receiver

TOLD = frozenset({"created", "raw", "update_fields", "action"})  # the arguments that are told of, beside the instance
POST_SAVE = "django.db.models.signals.post_save"

# The row of what is running in this context, None where nothing is recorded. (Versions of asgiref compare the values
# of context variables. Two rows differ in their keys.)
current: ContextVar[Any] = ContextVar("signal_inspector.current", default=None)

now = time.perf_counter


def continues_as(receiver):
    """
    Return what the work of a receiver that is about to be called goes on as; "" if it does that at once.

    A receiver may be connected as an object that does not do the work itself, but has it done later: an outbox does
    so. It can say that by a method ``continues_as()``, which returns a string that tells this piece of work from all
    others. Whoever makes an attempt of it then says so by ``signal_inspector.work.tracer``.
    """
    try:
        method = getattr(type(receiver), "continues_as", None)
        key = method(receiver) if callable(method) else ""
        return key[:MAX_KEY] if isinstance(key, str) else ""
    except Exception:  # an odd object is not a reason to fail
        return ""


def running():
    """Return the row of what is running in this context, None where nothing is recorded in it."""
    row = current.get()
    return row if row is not None and row[RECORDING].active else None


class Recording:
    """
    The events of one record.

    Attributes:
        around (list): the row that was current when this one began, or None; it may have moved on since.
        above (list): the same as it was then, of a recording that went on.
        thread (int): the identity of the thread in which it began; None where greenlets may take turns in it.
        everything (bool): whether the inspector's own receivers are told of, too.
        details (bool): whether places, statements and transactions are noted, too: see details.py.
        active (bool): False once the record is over; what its tasks do later is not noted.
        log (list): the events.
        nodes (int): how many nodes there is to be room for: those that were noted, and all receivers of a signal that
            was sent.
        root (list): a row for what is outside of all others.
        director (object): who says which receivers a signal is sent to (see altered.py), None where it is those that
            are connected. A record inside of this one has the same.
        callbacks (dict): the rows of callbacks that wait for a commit, None for one that was left out.
        moments (list): what happened beside the rows: kind, name, alias, begin, end, key, error, statements, place.
        statements (int): how many are noted.
        identity (tuple): the id under which the trace will be stored, and the id of the whole story that it is a part
            of (W3C's trace-id); None if it will not be.
        attempts (list): what was done here of what receivers have left for later: each ``Attempt``, and a key.

    Of some rows, by the ids of their keys:

    Attributes:
        tallies (dict): how many statements were executed, and how many seconds that took, as a list.
        saved (dict): what was saved unheard: a dict of how often, by sender and whether it was created.
        more (dict): in a record with details, a dict of them.
        work (dict): what the work of a receiver goes on as, which has left it for later.
    """

    __slots__ = (
        *("above", "active", "around", "attempts", "began", "callbacks", "details", "director", "ended", "everything"),
        *("identity", "left_out", "log", "max_nodes", "moments", "more", "nodes", "root", "saved", "started"),
        *("statements", "tallies", "thread", "unheard", "work"),
    )

    def __init__(self, max_nodes, everything=False, details=False):
        """Begin an empty recording of at most ``max_nodes`` (int) nodes, inside what is recorded in this context."""
        self.everything = everything
        self.details = details
        self.around = current.get()
        while self.around is not None and not self.around[RECORDING].active:  # ended in another context
            self.around = self.around[RECORDING].around
        self.above = self.around and list(self.around)
        self.director = None if self.above is None else self.above[RECORDING].director
        self.thread = None if "greenlet" in sys.modules else threading.get_ident()
        self.active = True
        self.max_nodes = max_nodes
        self.clear()
        self.nodes = self.left_out = self.statements = 0
        self.started = datetime.now(UTC)
        self.began = now()
        self.ended = self.identity = None
        self.root = [self, self.began, "", ""]

    # One function: five would take twice as long, for most of that time is spent on going from one to the next.
    def note_signal(self, parent, signal, how, sender, named, count):
        """
        Note a signal that is about to be sent.

        Args:
            parent (list): the row of what is running.
            signal (Signal), how (str), sender (object), named (dict): what is sent, how, by whom, with what.
            count (int): how many receivers will hear it.

        Returns:
            Its row; None where nobody hears it, or where there is no more room: then it is counted.
        """
        site = known.sites.get((id(signal), id(sender)))
        if site is None:
            site = known.site_of(signal, sender)  # milliseconds, the first time
        names, of_sender, _references = site
        if not count:
            if names[0] == POST_SAVE and parent[KEY] is not self.began:
                self._note_saved(parent, names[1], named.get("created") is True)
            if names not in self.unheard and len(self.unheard) >= MAX_UNHEARD:
                names = (names[0], "")
            self.unheard[names] = self.unheard.get(names, 0) + 1
            return None
        if self.nodes + count >= self.max_nodes:
            self.left_out += 1 + count
            return None
        self.nodes += 1 + count
        instance, name, number = named.get("instance"), "", None
        if instance is not None:
            kind = type(instance)
            name, attribute, attributes_of, _reference = of_sender if kind is sender else known.kind_of(kind)
            if name is None:
                name = naming.instance_name(instance)
            else:
                attributes = attributes_of(instance)
                number = attributes.get(attribute) if type(attributes) is dict else None
                if type(number) is not int:
                    number = "new" if number is None else naming.key_text(number)
        details = None if TOLD.isdisjoint(named) else known.details_of(named)
        key = now()
        self.log.extend((SENT, key, parent[KEY], names, (how, name, number, details)))
        return [self, key, "", ""]

    def _note_saved(self, row, sender, created):
        saved = self.saved.setdefault(id(row[KEY]), {})
        if (sender, created) in saved or len(saved) < MAX_SAVED:
            saved[sender, created] = saved.get((sender, created), 0) + 1

    def note_receiver(self, above, receiver, what):
        """Note that Django calls a receiver, by the event ``what``, under the row of its signal. Return its row."""
        name, key = naming.receiver_name(receiver), now()
        self.log.extend((what, key, above[KEY], name, ""))
        if type(receiver) is not FunctionType:
            self.note_work(key, receiver)
        return [self, key, name, ""]

    def note_work(self, key, receiver):
        """Note what the work of a receiver goes on as that is about to be called, if it leaves it for later."""
        later = continues_as(receiver)
        if later:
            self.work[id(key)] = later

    def note_doing(self, parent, name):
        """Note that the work of a receiver is done now which it had left for later. Return its row, None if full."""
        if self.nodes >= self.max_nodes:
            self.left_out += 1
            return None
        self.nodes += 1
        key = now()
        self.log.extend((WRAPPED, key, parent[KEY], name, ""))
        return [self, key, name, ""]

    def note_callback(self, parent, function, robust):
        """Note a callback given to ``on_commit()``. Return its row, None where there is no more room."""
        if self.nodes >= self.max_nodes:
            self.left_out += 1
            return None
        self.nodes += 1
        name, how, key = naming.receiver_name(function), "on_commit robust" if robust else "on_commit", now()
        self.log.extend((GIVEN, key, parent[KEY], name, how))
        return [self, key, "", ""]

    def count_statements(self, key):
        """Return how many statements the row of a key has executed."""
        return self.tallies.get(id(key), (0,))[0]

    def more_of(self, key):
        """Return the dict of details of the row of a key."""
        return self.more.setdefault(id(key), {})

    def end(self):
        """Note nothing more."""
        self.active = False
        self.ended = now()

    def join(self, row):
        """Add what was recorded to another recording, under its row."""
        other, own = row[RECORDING], id(self.root[KEY])
        room = max(other.max_nodes - other.nodes, 0)
        other.log.extend((JOINED, row[KEY], self.log, self.root[KEY], room))
        other.nodes += min(self.nodes, room)
        other.left_out += self.left_out + max(self.nodes - room, 0)
        for key, times in self.unheard.items():
            other.unheard[key] = other.unheard.get(key, 0) + times
        queries, seconds = self.tallies.pop(own, (0, 0.0))
        tally = other.tallies.setdefault(id(row[KEY]), [0, 0.0])
        tally[0] += queries
        tally[1] += seconds
        if other.details:
            other.moments += [
                (*each[:5], row[KEY] if each[5] is self.root[KEY] else each[5], *each[6:]) for each in self.moments
            ]
            if outside := self.more.pop(own, {}).get("statements"):
                other.more_of(row[KEY]).setdefault("statements", []).extend(outside)
        other.attempts += [
            (*each[:-1], row[KEY] if each[-1] is self.root[KEY] else each[-1]) for each in self.attempts
        ]
        for name in ("callbacks", "tallies", "saved", "more", "work"):
            getattr(other, name).update(getattr(self, name))

    def clear(self):
        """Drop what was noted, which a context in which the root is still the current row would keep."""
        self.log, self.moments, self.attempts = [], [], []
        self.callbacks, self.unheard, self.tallies, self.saved, self.more, self.work = {}, {}, {}, {}, {}, {}
