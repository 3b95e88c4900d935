"""
Is the order of receivers a secret contract? Run something under other orders of the same receivers, and compare.

An order breaks it if another exception comes out, or none, or if other rows are left in the database. Times, mails and
the order of rows are not compared; nor are moments, keys of new rows, and whatever differs when the same order runs
twice. Synchronous receivers run before asynchronous ones, as always; those that run at once as tasks are only started
in another order.

First each signal's receivers run in reverse, then each two neighbours change places, then all are shuffled, as often
as wanted. What breaks is traced back to the two whose places matter, by bisection between the order that is and the
one that breaks.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signal_inspector.trials.changes import PLACES, Changes
from signal_inspector.trials.left import CHANGED, CREATED, DELETED, as_compared, new_rows
from signal_inspector.trials.running import run

TRIES = 10

_NUMBERS = {
    CREATED: gettext_lazy("%(label)s: %(now)d created, and %(before)d as it is."),
    CHANGED: gettext_lazy("%(label)s: %(now)d changed, and %(before)d as it is."),
    DELETED: gettext_lazy("%(label)s: %(now)d deleted, and %(before)d as it is."),
}
_OTHERS = {
    CREATED: gettext_lazy("%(label)s: other values in what was created."),
    CHANGED: gettext_lazy("%(label)s: other values in what was changed."),
    DELETED: gettext_lazy("%(label)s: others were deleted."),
}


@dataclass
class Pair:
    """
    Two receivers whose order matters.

    Attributes:
        signal (str), sender (str): the names of the signal that both hear, and of its sender.
        first (str), second (str): their names; as it is, the first one runs before the second.
        what (list): sentences on what is other than as it is, when the second one runs before the first.
        alone (bool): whether that alone breaks it; else other receivers were at other places, too.
    """

    signal: str
    sender: str
    first: str
    second: str
    what: list
    alone: bool


@dataclass
class Shuffled:
    """
    What has come of it.

    Attributes:
        seed (int): of the random orders.
        orders (int): how many other orders were run.
        sites (dict): from names of signal and sender to the names of the receivers, in two lists: synchronous,
            asynchronous; those with one receiver are left out.
        pairs (list): each ``Pair``.
        unsteady (str): why nothing can be compared: the same order does not do the same twice. "" if it does.
        out_of_time (bool): whether there was no time for all orders.
        changed (bool): whether receivers or methods were other than they are, in each order.
        moved (bool): whether places were chosen for receivers, which count for nothing here.
    """

    seed: int
    orders: int = 0
    sites: dict = field(default_factory=dict)
    pairs: list = field(default_factory=list)
    unsteady: str = ""
    out_of_time: bool = False
    changed: bool = False
    moved: bool = False


class _Enough(Exception):
    """There is no time for more."""


def shuffle(prepare, tries=TRIES, seed=None, seconds=None, changes=None, **options):
    """
    Run something under other orders of its receivers.

    Args:
        prepare (callable): as ``running.run()`` takes it.
        tries (int): how many random orders to run, after the reversed ones and the neighbours.
        seed (int): of the random orders; None: any.
        seconds (float): after which no other order is begun; None: all are run.
        changes (Changes): what is to be other than it is under each order, that of now included; None for nothing.
        **options: those of ``running.run()``.

    Returns:
        What has come of it (``Shuffled``).
    """
    found = Shuffled(random.randrange(10_000) if seed is None else seed)  # noqa: S311 - no secret
    chosen = Changes() if changes is None else changes
    found.changed, found.moved = bool(chosen.in_order()), bool(PLACES.keys() & set(chosen.receivers.values()))
    until = None if seconds is None else time.monotonic() + seconds
    story = _Story(prepare, options, found, until, chosen)
    if not found.unsteady and found.sites:
        try:
            for orders in _orders(found, tries):
                story.try_out(orders)
        except _Enough:
            found.out_of_time = True
    return found


def runs_of(seen, tries=TRIES):
    """
    Return how often ``shuffle()`` runs something at least, where no order breaks it.

    Args:
        seen (dict): the receivers of each site, as ``Changes.seen`` has them after a run; {} for those of no run.
        tries (int): how many random orders.
    """
    sites = _with_choice(seen)
    neighbours = [len(list(pairwise(group))) for groups in sites.values() for group in _to_swap(groups)]
    return 2 + len(sites) + sum(neighbours) + (tries if sites or not seen else 0)


def _with_choice(seen):
    """Return the sites at which another order is possible."""
    return {site: groups for site, groups in seen.items() if max(len(set(group)) for group in groups) > 1}


def _to_swap(groups):
    """Return the groups of receivers whose neighbours change places: of two, that is the reverse."""
    return groups if max(map(len, groups)) > 2 else ()


def _orders(found, tries):
    """Yield orders to try: a dict from the names of signal and sender to the names of receivers."""
    for site, groups in found.sites.items():
        yield {site: [name for group in groups for name in reversed(group)]}
    for site, groups in found.sites.items():
        for group in _to_swap(groups):
            for pair in pairwise(group):
                yield {site: _swapped([name for each in groups for name in each], *pair)}
    chance = random.Random(found.seed)  # noqa: S311 - no secret
    for _number in range(tries):
        yield {
            site: [name for group in groups for name in chance.sample(group, len(group))]
            for site, groups in found.sites.items()
        }


def _swapped(names, first, second):
    """Return names with the second of two right before the first."""
    rest = [name for name in names if name != second]
    place = rest.index(first)
    return [*rest[:place], second, *rest[place:]]


class _Story:
    """What is run again and again."""

    def __init__(self, prepare, options, found, until, chosen):
        self.prepare, self.options, self.found, self.until = prepare, options, found, until
        self.chosen = chosen
        self.ignored, self.known = set(), {}
        changes = chosen.in_order()
        first = run(prepare, changes, **options)
        found.sites = _with_choice(changes.seen)
        second = run(prepare, chosen.in_order(), **options)
        self.ignored = _unsteady_columns(first, second)
        self.as_it_is = self.result_of(first)
        if difference := self.difference(self.result_of(second)):
            found.unsteady = " ".join(difference)

    def result_of(self, outcome):
        """Return what is compared of an outcome: the name of the exception, and the rows as text."""
        new = new_rows(outcome.rows)
        rows = Counter()
        for row in outcome.rows:
            label, values = row.model._meta.label, []
            for name, value in row.values.items():
                if (label, row.kind, name) not in self.ignored:
                    values.append((name, as_compared(row.model, name, value, new)))
            key = () if row.kind == CREATED else row.key
            rows[label, row.kind, repr(key), repr(sorted(values))] += 1
        return outcome.error_name, rows

    def breaks(self, orders):
        """Run under an order; return sentences on what is other than as it is, [] for nothing."""
        key = tuple((site, tuple(names)) for site, names in sorted(orders.items()))
        if key not in self.known:
            if self.until is not None and time.monotonic() > self.until:
                raise _Enough
            self.found.orders += 1
            outcome = run(self.prepare, self.chosen.in_order(orders), **self.options)
            self.known[key] = self.difference(self.result_of(outcome))
        return self.known[key]

    def difference(self, result):
        """Return sentences on how a result differs from that of the order that is."""
        (error, rows), (old_error, old_rows) = result, self.as_it_is
        told = []
        if error != old_error:
            names = {"now": error or _("nothing"), "before": old_error or _("nothing")}
            told.append(_("It raises %(now)s, and %(before)s as it is.") % names)
        numbers, old_numbers = (_numbers(each) for each in (rows, old_rows))
        for label, kind in sorted(numbers.keys() | old_numbers.keys()):
            now, before = numbers[label, kind], old_numbers[label, kind]
            if now != before:
                told.append(_NUMBERS[kind] % {"label": label, "now": now, "before": before})
            elif any(row[:2] == (label, kind) for row in (rows - old_rows)):
                told.append(_OTHERS[kind] % {"label": label})
        return told

    def try_out(self, orders):
        """Run under an order; where it breaks, find the two receivers whose places matter."""
        orders = {site: self.with_known(site, names) for site, names in orders.items()}
        steps = list(self._steps(orders))
        if not steps or not self.breaks(orders):
            return
        low, high = -1, len(steps) - 1  # the step before the first is the order that is, which does not break
        while high - low > 1:
            middle = (low + high) // 2
            if self.breaks(steps[middle][0]):
                high = middle
            else:
                low = middle
        _orders_then, site, first, second = steps[high]
        alone = {site: _swapped(self._names(site), first, second)}
        what = self.breaks(alone)
        self.found.pairs.append(Pair(*site, first, second, what or self.breaks(steps[high][0]), bool(what)))

    def with_known(self, site, names):
        """Return an order in which pairs that are known to matter keep their places."""
        for pair in self.found.pairs:
            if (pair.signal, pair.sender) == site and names.index(pair.second) < names.index(pair.first):
                rest = [name for name in names if name != pair.second]
                place = rest.index(pair.first) + 1
                names = [*rest[:place], pair.second, *rest[place:]]
        return names

    def _names(self, site):
        return [name for group in self.found.sites[site] for name in group]

    def _steps(self, orders):
        """
        Yield the way from the order that is to others, each step two neighbours that change places.

        Yields:
            The orders after a step, the site, and the two: the first one ran before the second until then.
        """
        now = {}
        for site, wanted in orders.items():
            names = self._names(site)
            for place, name in enumerate(wanted):
                while names.index(name) > place:
                    at = names.index(name)
                    names = [*names[: at - 1], name, names[at - 1], *names[at + 1 :]]
                    now = {**now, site: names}
                    yield now, site, names[at], name


def _unsteady_columns(first, second):
    """Return model, kind and name of the columns whose values differ between two outcomes of the same order."""
    columns, others = ({}, {})
    for found, outcome in ((columns, first), (others, second)):
        for row in outcome.rows:
            for name, value in row.values.items():
                found.setdefault((row.model._meta.label, row.kind, name), Counter())[repr(value)] += 1
    return {key for key in columns.keys() | others.keys() if columns.get(key) != others.get(key)}


def _numbers(rows):
    found = Counter()
    for (label, kind, *_rest), times in rows.items():
        found[label, kind] += times
    return found
