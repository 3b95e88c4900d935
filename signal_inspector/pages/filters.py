"""Filters for traces, and for what is inside one: a signal, an app, slow receivers, errors."""

from urllib.parse import urlencode

from signal_inspector import conf
from signal_inspector.requests.summary import app_or_package
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.traces.running import numbered


class Filters:
    """
    What a form asks for.

    Attributes:
        signal (str): the name of a signal, "" for all.
        app (str): the label of an app, or a package, that receivers belong to; "" for all.
        slow (bool): whether only slow receivers matter.
        errors (bool): whether only receivers that raised matter.
        quiet (bool): whether a list shows requests that fired nothing, too. An attempt at what one has left for later
            is told of in any case: that it was made, and how it ended, is news.
        silent (int): how many of those there are, once a list has chosen.
        least (float): seconds that a receiver takes itself, at least, to be slow in what is filtered.
    """

    def __init__(self, data):
        """Read the fields from a dict of strings (``request.GET``)."""
        self.signal = data.get("signal", "")[:200]
        self.app = data.get("app", "")[:200]
        self.slow = bool(data.get("slow"))
        self.errors = bool(data.get("errors"))
        self.quiet = bool(data.get("quiet"))
        self.silent = 0
        self.least = conf.slow()

    def __bool__(self):
        return bool(self.signal or self.app or self.slow or self.errors)

    @property
    def slow_ms(self):
        """How many milliseconds make a receiver slow."""
        return round(self.least * 1000)

    def offer(self, signals, apps):
        """Set what can be chosen: names of signals and labels of apps. What was chosen is among them."""
        self.signals = sorted({*signals, self.signal} - {""})
        self.apps = sorted({*apps, self.app} - {""})

    def choose(self, rows):
        """Return those of some stored traces in which something matches each field."""
        rows = list(rows)
        self.offer(
            (name for row in rows for name in row.names["signals"]), (app for row in rows for app in row.names["apps"])
        )
        fitting = [row for row in rows if self._fits(row)]
        fired = [row for row in fitting if row.signals or row.work]
        self.silent = len(fitting) - len(fired)
        return fitting if self.quiet else fired

    def _fits(self, row):
        return (
            (not self.signal or self.signal in row.names["signals"])
            and (not self.app or self.app in row.names["apps"])
            and (not self.slow or row.slowest >= conf.slow(row.duration))
            and (not self.errors or row.errors > 0 or (row.work and row.attempt.error))
        )

    def within(self, whole):
        """
        Return the numbers of the steps to show, of a trace as it ran (``Step``): what matches, what led to it, and
        what it set off. None stands for all.
        """
        steps, self.least = numbered(whole)[1:], conf.slow(whole.duration)
        apps = {name: app_or_package(name) for name in {step.node.name for step in steps if step.node.kind != SIGNAL}}
        self.offer({step.node.name for step in steps if step.node.kind == SIGNAL}, apps.values())
        if not self:
            return None
        inside, shown = set(), set()
        for step in steps:
            if step.parent.number in inside or step.cause.number in inside or self._matches(step, apps):
                inside.add(step.number)
                above = [step]
                while above:
                    one = above.pop()
                    if one.number and one.number not in shown:
                        shown.add(one.number)
                        above += [one.parent, one.cause]
        return shown

    def choose_idle(self, idle):
        """
        Return the part of what was not called (pairs of a ``SignalInfo`` and its receivers) that matches.

        What was not called was not slow, and raised nothing.
        """
        self.offer(
            {signal.name for signal, _ in idle}, {app_or_package(each.name) for _, some in idle for each in some}
        )
        found = [
            (signal, [each for each in receivers if not self.app or app_or_package(each.name) == self.app])
            for signal, receivers in idle
            if not self.signal or signal.name == self.signal
        ]
        return [(signal, receivers) for signal, receivers in found if receivers]

    def choose_unheard(self, unheard):
        """Return the part of what nobody heard (``Trace.unheard``) that matches the signal."""
        self.offer({name for name, _ in unheard}, ())
        return {key: times for key, times in unheard.items() if not self.signal or key[0] == self.signal}

    @property
    def query(self):
        """What was chosen, for an address: "&signal=…&errors=1", "" for nothing."""
        chosen = {name: getattr(self, name) for name in ("signal", "app", "slow", "errors")}
        return "".join(f"&{urlencode({name: '1' if v is True else v})}" for name, v in chosen.items() if v)

    def _matches(self, step, apps):
        node = step.node
        if not (self.app or self.slow or self.errors):
            return node.kind == SIGNAL and node.name == self.signal
        return (
            node.kind != SIGNAL
            and (not self.signal or (step.cause.node is not None and step.cause.node.name == self.signal))
            and (not self.app or apps[node.name] == self.app)
            and (not self.slow or step.own >= self.least)
            and (not self.errors or bool(node.error))
        )
