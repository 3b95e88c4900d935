"""What a row of one trace has that the same row of another has not, in words."""

from collections import Counter
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.traces.comparing.aligning import OTHER_PLACE
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

SLOWER_TIMES, SLOWER_SECONDS = 1.5, 0.005  # a receiver is slower, or faster, by both: the ratio and the floor
MOST_TEXTS = 20  # statements of a row that are told as text

KINDS = ADDED, GONE, MOVED, SLOWER, FASTER, MORE, FEWER, OTHER = (
    *("added", "gone", "moved", "slower", "faster", "more", "fewer", "other"),
)


class Change(NamedTuple):
    """
    One thing that is not as it was.

    Attributes:
        kind (str): one of KINDS.
        text (str): tells it beside its row.
        about (str): tells it beside the name of the row, where the kind is told already; "" if that says all.
    """

    kind: str
    text: str
    about: str = ""


def own_times(trace):
    """
    Return how long each node took itself, without what it called, in seconds, by its ``id()``.

    So that one slow receiver does not make all slow that stand above it. A callback counts for what ran it.
    """
    times = {id(node): node.duration for node, _depth in trace.walk()}
    for node, parent in trace.walk_with_parents():
        around = node.more.ran_in if node.kind == CALLBACK else parent
        if around is not None:
            times[id(around)] -= node.duration
    return {key: max(seconds, 0.0) for key, seconds in times.items()}  # asynchronous receivers run side by side


def changes(before, after, moved, was, times):
    """
    Return each ``Change`` of a row.

    Args:
        before (Node), after (Node): the row in both traces; None where it is not there.
        moved (str): how it moved, "" if it did not: see ``Alignment``.
        was (tuple): what it stood under before (Node, None for nothing), its place there, and its place now, from 1.
        times (dict): the seconds that each node took itself, by its ``id()``.
    """
    if before is None:
        return [Change(ADDED, _("added"))]
    if after is None:
        return [Change(GONE, _("gone"))]
    found = [_move(moved, *was)] if moved else []
    found += _outcome(before, after)
    if before.kind != SIGNAL and before.ran and after.ran:
        found += _time(times[id(before)], times[id(after)])
    return found + statements(before.queries, after.queries)


def _move(moved, parent, before, after):
    if moved == OTHER_PLACE:
        about = _("place %(after)d, before place %(before)d") % {"after": after, "before": before}
    else:
        under = _("it stood under %(name)s") % {"name": parent.name} if parent is not None else ""
        about = under or _("it stood under no other")
    return Change(MOVED, _("moved: %(about)s") % {"about": about}, about)


def _outcome(before, after):
    """Yield what came of it, and how it was called, where that is not as it was."""
    if before.ran != after.ran:
        yield other(_("runs now, and did not before") if after.ran else _("does not run any more"))
    if before.error != after.error:
        yield other(_error(before, after) % {"before": before.error, "after": after.error})
    if before.how != after.how:
        yield other(_("%(after)s(), before %(before)s()") % {"before": before.how, "after": after.how})
    for name in sorted({*before.details, *after.details}):
        old, new = before.details.get(name), after.details.get(name)
        if old != new and (name != "changes" or (old and new)):  # these are in records with details alone
            words = {"name": name, "before": _value(old), "after": _value(new)}
            yield other(_("%(name)s is %(after)s, before %(before)s") % words)


def _error(before, after):
    """Return the words for an exception; a signal does not raise one, but ends with that of a receiver."""
    if after.kind == SIGNAL:
        if not after.error:
            return _("is not stopped by %(before)s any more")
        return _("is stopped by %(after)s, before %(before)s") if before.error else _("is stopped by %(after)s now")
    if not after.error:
        return _("does not raise %(before)s any more")
    return _("raises %(after)s, before %(before)s") if before.error else _("raises %(after)s now")


def _value(value):
    return ", ".join(map(str, value)) or _("empty") if isinstance(value, list | tuple) else str(value)


def _time(before, after):
    low, high = sorted((before, after))
    if high - low < SLOWER_SECONDS or high < low * SLOWER_TIMES:
        return
    words = {"before": f"{before * 1000:.1f}", "after": f"{after * 1000:.1f}"}
    about = _("%(after)s ms by itself, before %(before)s ms") % words
    if after > before:
        yield Change(SLOWER, _("slower: %(about)s") % {"about": about}, about)
    else:
        yield Change(FASTER, _("faster: %(about)s") % {"about": about}, about)


def statements(before, after):
    """Return the changes (a list of none or one) of a number of statements."""
    number = abs(after - before)
    if after > before:
        return [Change(MORE, ngettext("%d statement more", "%d statements more", number) % number, f"+{number}")]
    text = ngettext("%d statement fewer", "%d statements fewer", number) % number
    return [Change(FEWER, text, f"−{number}")] if number else []


def other(text):
    """Return the change of a kind that has no name of its own."""
    return Change(OTHER, text, text)


def texts(before, after):
    """
    Return which statements came and went, as a pair of lists of SQL, where both traces were recorded with details.

    Args:
        before (list), after (list): each ``Statement``.
    """
    old, new = Counter(each.sql for each in before), Counter(each.sql for each in after)
    return list((new - old).elements())[:MOST_TEXTS], list((old - new).elements())[:MOST_TEXTS]
