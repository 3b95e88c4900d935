"""
What is noted while a record goes on: rows, as cheap as Python allows.

A row is a list, since nothing in Python is made faster, and holds only strings, numbers, and the row that it stands
under. The row that stands for what is running now is in a context variable, so threads and tasks don't mix, and a task
that is started by a receiver belongs to that receiver.
"""

import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from signal_inspector.connected import registry
from signal_inspector.reading import naming
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL

# The places in a row. The time comes first: versions of asgiref compare the values of context variables, and two rows
# differ there.
# A signal's HOW is its method, a receiver's the second half of its name. The FACTS of a callback are the row in which
# it ran.
START, PARENT, RECORDING, KIND, NAME, HOW, END, QUERIES, SECONDS, RESULT, ERROR, FACTS = range(12)
SAVED = 12  # only in rows under which something was saved unheard: how often, by sender and whether it was created
MORE = 13  # only in a record with details: a dict

MAX_NODES = 2000  # some 0.2 MB where they are stored, with details 0.5 MB
MAX_UNHEARD = 500  # pairs of signal and sender
MAX_SAVED = 20  # kinds of rows that are told of one receiver

POST_SAVE = "django.db.models.signals.post_save"

# The row of what is running in this context, None where nothing is recorded.
current: ContextVar[Any] = ContextVar("signal_inspector.current", default=None)

now = time.perf_counter


class Recording:
    """
    The rows of one record.

    Attributes:
        above (list): the row of another recording that was current when this one began, or None.
        everything (bool): whether the inspector's own receivers are told of, too.
        details (bool): whether places, statements and transactions are noted, too: see details.py.
        active (bool): False once the record is over; what its tasks do later is not noted.
        rows (list): in the order in which they began.
        root (list): a row for what is outside of all others.
        director (object): who says which receivers a signal is sent to (see altered.py), None where it is those that
            are connected. A record inside of this one has the same.
        callbacks (dict): the rows of callbacks that wait for a commit, None for one that was left out.
        moments (list): what happened beside the rows: kind, name, alias, begin, end, row, error, statements, place.
        statements (int): how many are noted.
    """

    __slots__ = (
        *("above", "active", "began", "callbacks", "details", "director", "ended", "everything", "left_out"),
        "max_nodes",
        *("moments", "root", "rows", "started", "statements", "unheard"),
    )

    def __init__(self, max_nodes, above=None, everything=False, details=False):
        """Begin an empty recording of at most ``max_nodes`` (int) nodes, inside another one's row, if given."""
        self.everything = everything
        self.details = details
        self.moments = []
        self.statements = 0
        self.above = above
        self.director = None if above is None else above[RECORDING].director
        self.active = True
        self.callbacks = {}
        self.max_nodes = max_nodes
        self.rows = []
        self.unheard = {}
        self.left_out = 0
        self.started = datetime.now(UTC)
        self.began = now()
        self.ended = None
        self.root = [self.began, None, self, None, "", "", None, 0, 0.0, "", "", None]

    def note_signal(self, parent, signal, how, sender, named, receivers):
        """Add the row of a signal that ``receivers`` (int) will hear. Return None where there is no more room."""
        if len(self.rows) + receivers >= self.max_nodes:
            self.left_out += 1 + receivers
            return None
        facts = _facts(sender, named) if named else (naming.sender_name(sender), "", {})
        name = registry.name_of(signal)  # milliseconds, the first time: before the clock is read
        row = [now(), parent, self, SIGNAL, name, how, None, 0, 0.0, "", "", facts]
        self.rows.append(row)
        return row

    def note_unheard(self, parent, signal, sender, named):
        """Count a signal that nobody hears; of ``post_save`` also where: it is what a receiver has done."""
        key = (registry.name_of(signal), naming.sender_name(sender))
        if key[0] == POST_SAVE and parent[KIND] is not None:
            _note_saved(parent, key[1], named.get("created") is True)
        if key in self.unheard or len(self.unheard) < MAX_UNHEARD:
            self.unheard[key] = self.unheard.get(key, 0) + 1
        else:
            key = (key[0], "")
            self.unheard[key] = self.unheard.get(key, 0) + 1

    def note_callback(self, parent, function, robust):
        """Add the row of a callback given to ``on_commit()``. Return None where there is no more room."""
        if len(self.rows) >= self.max_nodes:
            self.left_out += 1
            return None
        how = "on_commit robust" if robust else "on_commit"
        row = [now(), parent, self, CALLBACK, naming.receiver_name(function), how, None, 0, 0.0, "", "", None]
        self.rows.append(row)
        return row

    def end(self):
        """Note nothing more."""
        self.active = False
        self.ended = now()

    def join(self, row):
        """Add what was recorded to another recording, under its row."""
        other = row[RECORDING]
        room = max(other.max_nodes - len(other.rows), 0)
        for inner in self.rows[:room]:
            inner[RECORDING] = other
            if inner[PARENT] is self.root:
                inner[PARENT] = row
        other.rows += self.rows[:room]
        if other.details:
            other.moments += [
                (*each[:5], row if each[5] is self.root else each[5], *each[6:]) for each in self.moments
            ]
            if len(self.root) > MORE:
                more_of(row).setdefault("statements", []).extend(self.root[MORE].get("statements", ()))
        other.callbacks.update(self.callbacks)
        other.left_out += self.left_out + len(self.rows[room:])
        for key, times in self.unheard.items():
            other.unheard[key] = other.unheard.get(key, 0) + times
        row[QUERIES] += self.root[QUERIES]
        row[SECONDS] += self.root[SECONDS]

    def clear(self):
        """Drop the rows, which a context in which the root is still the current one would keep."""
        self.above, self.rows, self.callbacks, self.unheard, self.moments = None, [], {}, {}, []


def note_receiver(above, receiver, asynchronous):
    """Add the row of a receiver that is about to be called, under the row of its signal."""
    recording = above[RECORDING]
    name = naming.receiver_name(receiver)
    row = [now(), above, recording, RECEIVER, name, "", None, 0, 0.0, "", "", asynchronous]
    recording.rows.append(row)
    return row


def _note_saved(row, sender, created):
    if len(row) == SAVED:
        row.append({})
    elif row[SAVED] is None:
        row[SAVED] = {}
    saved = row[SAVED]
    if (sender, created) in saved or len(saved) < MAX_SAVED:
        saved[sender, created] = saved.get((sender, created), 0) + 1


def _facts(sender, named):
    """Return what is told of the arguments of a signal: names of sender and instance, and a dict of a few others."""
    details = {}
    for name in ("created", "raw"):
        value = named.get(name)
        if value is True or (value is False and name == "created"):
            details[name] = value
    names = named.get("update_fields")
    if type(names) in (frozenset, set, list, tuple):
        details["update_fields"] = sorted(field for field in names if type(field) is str)
    action = named.get("action")
    if type(action) is str:
        details["action"] = action[:40]
    instance = named.get("instance")
    return naming.sender_name(sender), "" if instance is None else naming.instance_name(instance), details


def more_of(row):
    """Return the dict of a row's details, which it may not have yet."""
    if len(row) == MORE:
        row.append({})
    elif len(row) == SAVED:
        row += (None, {})
    return row[MORE]
