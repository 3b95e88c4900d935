"""What is to be other than it is: receivers that are off, raise or wait, other orders, another method to send with."""

import asyncio
import time
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from signal_inspector.reading import naming

OFF, RAISE, WAIT, EARLIER, LATER = ACTIONS = ("off", "raise", "wait", "earlier", "later")
METHODS = ("send", "send_robust")

SECONDS = 0.2  # of a wait
MOST_WAITS = 10  # of one trial: on SQLite nobody else can write meanwhile

PLACES = {EARLIER: -1, LATER: 1}


class RaisedOnPurpose(Exception):
    """A receiver raised, since it was set to on the bench."""


@dataclass
class Changes:
    """
    What is to be changed on the way of the signals of a trial.

    Attributes:
        receivers (dict): from the names of a signal, of a receiver and of a sender to one of ``ACTIONS``; without the
            sender, for all senders that have no action of their own.
        methods (dict): from the name of a signal to the method that it is sent with.
        orders (dict): from the names of a signal and of its sender to the names of its receivers, in the order in
            which they are to run; others follow. Synchronous ones run before asynchronous ones, whatever it says.
        waits (int): how often a receiver has waited.
        seen (dict): from the names of each signal that was sent, and of its sender, to the names of its receivers as
            they are, in two lists: synchronous and asynchronous ones.
    """

    receivers: dict = field(default_factory=dict)
    methods: dict = field(default_factory=dict)
    orders: dict = field(default_factory=dict)
    waits: int = 0
    seen: dict = field(default_factory=dict)

    def __bool__(self):
        """Tell whether anything is changed."""
        return bool(self.receivers or self.methods or self.orders)

    def in_order(self, orders=None):
        """Return these changes under other ``orders``; who was to run earlier or later runs where those say."""
        receivers = {key: action for key, action in self.receivers.items() if action not in PLACES}
        return Changes(receivers, self.methods, orders or {})

    def action(self, signal, receiver, sender):
        """Return what is to happen to a receiver, by the names: one of ``ACTIONS``, "" for nothing."""
        for_all = self.receivers.get((signal, receiver), "")
        return self.receivers.get((signal, receiver, sender), for_all)

    def plan(self, signal, sender, receivers, async_receivers, how):
        """Return method, receivers and asynchronous receivers for a signal: see ``recording.altered``."""
        wanted = self.methods.get(signal)
        if wanted in METHODS:
            how = f"a{wanted}" if how.startswith("a") else wanted
        site = (signal, naming.sender_name(sender))
        groups = [[(naming.receiver_name(each), each) for each in group] for group in (receivers, async_receivers)]
        self.seen.setdefault(site, [list(dict.fromkeys(name for name, _each in group)) for group in groups])
        return (how, *(self._arranged(site, group, bool(place)) for place, group in enumerate(groups)))

    def _arranged(self, site, named, is_async):
        if order := self.orders.get(site):
            ranks = {name: rank for rank, name in enumerate(order)}
            named = sorted(named, key=lambda pair: ranks.get(pair[0], len(ranks)))
        actions = [self.action(site[0], name, site[1]) for name, _receiver in named]
        places = sorted(range(len(named)), key=lambda place: PLACES.get(actions[place], 0))
        return [
            (named[place][1], self._call(*named[place], actions[place], is_async))
            for place in places
            if actions[place] != OFF
        ]

    def _call(self, name, receiver, action, is_async):
        """Return what is called in the place of a receiver."""
        if action == RAISE:
            return _raising(name, is_async)
        if action == WAIT:
            return self._waiting(receiver, is_async)
        return receiver

    def _waiting(self, receiver, is_async):
        def call(**named):
            if self._may_wait():
                time.sleep(SECONDS)
            return receiver(**named)

        async def async_call(**named):
            if self._may_wait():
                await asyncio.sleep(SECONDS)
            return await receiver(**named)

        return async_call if is_async else call

    def _may_wait(self):
        self.waits += 1
        return self.waits <= MOST_WAITS


def _raising(name, is_async):
    def call(**named):
        raise RaisedOnPurpose(_("%(receiver)s was set to raise.") % {"receiver": name})

    async def async_call(**named):
        call()

    return async_call if is_async else call
