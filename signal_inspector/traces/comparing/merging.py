"""Two traces as one tree: the rows of the second, and between them those of the first that are gone."""

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.traces.comparing import differences
from signal_inspector.traces.comparing.aligning import Alignment, key
from signal_inspector.traces.comparing.differences import FEWER, MORE, other
from signal_inspector.traces.folding import folds
from signal_inspector.traces.running import as_run, numbered

SHOWN = 2  # times that what repeats itself is shown before a line stands for the others
LONGEST = 4  # siblings that repeat themselves together


class Row:
    """
    A row of the merged tree.

    Attributes:
        before (Node), after (Node): what it is in each trace, None where it is not there.
        number_before (int), number (int): which line each is, as ``running.py`` counts; None where it is not there.
        depth (int): from 0.
        changes (list): each ``Change``; none where it is as it was.
        fold (str): the reason why nothing is shown below it, "" where there is none.
        detailed (bool): whether both traces tell the statements.
        repeats (str): what it stands for beside itself, "" for nothing.
        children (list): the rows below.
    """

    def __init__(self, before, after, depth):
        """Make a row that knows of no change yet."""
        self.before, self.after, self.depth = before, after, depth
        self.number = self.number_before = None
        self.detailed = False
        self.changes, self.children, self.fold, self.repeats = [], [], "", ""

    @property
    def node(self):
        """The node to tell of: that of the second trace, where it is there."""
        return self.after or self.before

    @property
    def kinds(self):
        """The kinds of its changes."""
        return [change.kind for change in self.changes]

    @property
    def statements(self):
        """Which statements came, and which went, as lists of SQL; where that is known, and their number changed."""
        if not self.detailed or not {MORE, FEWER}.intersection(self.kinds):
            return [], []
        return differences.texts(self.before.more.statements, self.after.more.statements)


class Merged:
    """
    The merged tree.

    Attributes:
        roots (list): each ``Row`` that stands under no other.
        everything (list): all rows, parents before children.
    """

    def __init__(self, before, after):
        """Merge two traces (``Trace``)."""
        self._alignment = Alignment(before, after)
        self._numbers = {
            id(step.node): step.number for trace in (before, after) for step in numbered(as_run(trace))[1:]
        }
        self._detailed = before.detailed and after.detailed
        self._places = _places(before, self._alignment.after) | _places(after, self._alignment.before)
        self._times = differences.own_times(before) | differences.own_times(after)
        self.roots = [Row(*pair, 0) for pair in self._siblings(before.roots, after.roots)]
        self.everything, pending = [], self.roots[::-1]
        while pending:
            row = pending.pop()
            self._fill(row)
            self.everything.append(row)
            pending += reversed(row.children)
        self._fold_recursion(before, after)

    def shown(self):
        """Return the rows to show, parents before children, without what only repeats what stands above it."""
        patterns, changed, found = self._patterns(), self._changed(), []
        pending = _without_repeats(self.roots, patterns, changed)[::-1]
        while pending:
            row = pending.pop()
            found.append(row)
            pending += [] if row.fold else _without_repeats(row.children, patterns, changed)[::-1]
        return found

    def _siblings(self, before, after):
        """Return two lists of nodes as pairs, what is gone after what it followed; what moved is where it is now."""
        gone, last = defaultdict(list), None
        for node in before:
            partner = self._alignment.after.get(id(node))
            if partner is None:
                gone[last].append((node, None))
            elif id(partner) not in self._alignment.moved:
                last = id(partner)
        pairs = gone[None]
        for node in after:
            pairs.append((self._alignment.before.get(id(node)), node))
            pairs += gone.get(id(node), ())
        return pairs

    def _fill(self, row):
        before, after, alignment = row.before, row.after, self._alignment
        row.detailed = self._detailed
        row.number, row.number_before = self._numbers.get(id(after)), self._numbers.get(id(before))
        was = alignment.parents.get(id(before)), self._places.get(id(before)), self._places.get(id(after))
        row.changes = differences.changes(before, after, alignment.moved.get(id(after), ""), was, self._times)
        pairs = self._siblings(before.children if before else (), after.children if after else ())
        row.children = [Row(*pair, row.depth + 1) for pair in pairs]

    def _fold_recursion(self, before, after):
        (old, _hidden), (new, _hidden) = folds(before), folds(after)
        for row in self.everything:
            was, now = old.get(id(row.before), ""), new.get(id(row.after), "")
            row.fold = now or was
            if was != now and row.before and row.after:
                row.changes.append(other(_told_fold(was)))

    def _changed(self):
        """Return the ids of the rows with a change, in themselves or below."""
        changed = set()
        for row in reversed(self.everything):
            if row.changes or any(id(child) in changed for child in row.children):
                changed.add(id(row))
        return changed

    def _patterns(self):
        """Return a number for each row, by its ``id()``: the same where the same happened, to the last leaf."""
        numbers, known = {}, {}
        for row in reversed(self.everything):
            below = () if row.fold else tuple(numbers[id(child)] for child in row.children)
            pattern = (key(row.node), row.depth, row.fold, tuple(row.kinds), below)
            numbers[id(row)] = known.setdefault(pattern, len(known))
        return numbers


def _places(trace, partners):
    """Return the place of each node among its siblings that are in both traces, from 1, by its ``id()``."""
    families = [trace.roots, *(node.children for node, _depth in trace.walk())]
    kept = [[node for node in family if id(node) in partners] for family in families]
    return {id(node): place for family in kept for place, node in enumerate(family, 1)}


def _told_fold(was):
    return _("before: %(fold)s") % {"fold": was} if was else _("it did not repeat itself so often before")


def _without_repeats(rows, patterns, changed):
    """Return siblings without those that only repeat what comes before them; one that is shown tells how many."""
    numbers, found, place = [patterns[id(row)] for row in rows], [], 0
    while place < len(rows):
        together, times = _repetition(numbers, place)
        shown = min(times, SHOWN) * together
        found += rows[place : place + shown]
        if times > SHOWN:
            last = found[-together:]  # what is shown where only changes are, if there is one
            tells = next((row for row in reversed(last) if id(row) in changed), last[-1])
            tells.repeats = _told_repeats(together, times - SHOWN)
        place += times * together
    return found


def _repetition(numbers, place):
    """Return how many siblings, from a place on, repeat themselves together, and how often."""
    for together in range(1, LONGEST + 1):
        one, times = numbers[place : place + together], 1
        while numbers[place + times * together : place + (times + 1) * together] == one:
            times += 1
        if times > SHOWN + 1:
            return together, times
    return 1, 1


def _told_repeats(together, times):
    if together == 1:
        return ngettext("and %d more like this", "and %d more like this", times) % times
    words = {"rows": together, "times": times}
    return (
        ngettext(
            "these %(rows)d, and %(times)d time more the same",
            "these %(rows)d, and %(times)d times more the same",
            times,
        )
        % words
    )
