"""Filters for traces, and for what is inside one: a signal, an app, slow receivers, errors."""

from urllib.parse import urlencode

from signal_inspector import conf
from signal_inspector.requests.summary import app_or_package
from signal_inspector.traces.nodes import SIGNAL


class Filters:
    """
    What a form asks for.

    Attributes:
        signal (str): the name of a signal, "" for all.
        app (str): the label of an app, or a package, that receivers belong to; "" for all.
        slow (bool): whether only slow receivers matter.
        errors (bool): whether only receivers that raised matter.
        quiet (bool): whether a list shows requests that fired nothing, too.
        silent (int): how many of those there are, once a list has chosen.
    """

    def __init__(self, data):
        """Read the fields from a dict of strings (``request.GET``)."""
        self.signal = data.get("signal", "")[:200]
        self.app = data.get("app", "")[:200]
        self.slow = bool(data.get("slow"))
        self.errors = bool(data.get("errors"))
        self.quiet = bool(data.get("quiet"))
        self.silent = 0
        self.slow_ms = round(conf.slow() * 1000)

    def __bool__(self):
        return bool(self.signal or self.app or self.slow or self.errors)

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
        fired = [row for row in fitting if row.signals]
        self.silent = len(fitting) - len(fired)
        return fitting if self.quiet else fired

    def _fits(self, row):
        return (
            (not self.signal or self.signal in row.names["signals"])
            and (not self.app or self.app in row.names["apps"])
            and (not self.slow or row.slowest >= conf.slow())
            and (not self.errors or row.errors > 0)
        )

    def within(self, trace):
        """
        Return the places (int, in the order of ``walk()``) of the nodes to show: what matches, all below, all above.
        """
        self._offer_of(trace)
        nodes = list(trace.walk())
        if not self:
            return set(range(len(nodes)))
        shown, path, inside = set(), [], None
        for place, (node, depth) in enumerate(nodes):
            del path[depth:]
            if inside is not None and depth <= inside:
                inside = None
            if inside is None and self._matches(node, nodes[path[-1]][0] if path else None):
                inside = depth
                shown.update(path)
            if inside is not None:
                shown.add(place)
            path.append(place)
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

    def _offer_of(self, trace):
        nodes = [node for node, _ in trace.walk()]
        self.offer(
            {node.name for node in nodes if node.kind == SIGNAL},
            {app_or_package(node.name) for node in nodes if node.kind != SIGNAL},
        )

    def _matches(self, node, parent):
        if not (self.app or self.slow or self.errors):
            return node.kind == SIGNAL and node.name == self.signal
        return (
            node.kind != SIGNAL
            and (not self.signal or (parent is not None and parent.name == self.signal))
            and (not self.app or app_or_package(node.name) == self.app)
            and (not self.slow or node.duration >= conf.slow())
            and (not self.errors or bool(node.error))
        )
