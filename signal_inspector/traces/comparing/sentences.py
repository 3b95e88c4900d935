"""
Compare two traces: what was added, what is gone, what moved, what became slower, and which statements that made.

``compare(before, after)`` gives sentences, and one tree of both in which each row says what happened to it.
"""

from collections import Counter

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.reading.places import without_locals
from signal_inspector.traces.comparing import differences
from signal_inspector.traces.comparing.aligning import model_of
from signal_inspector.traces.comparing.differences import ADDED, FASTER, FEWER, GONE, MORE, MOVED, OTHER, SLOWER
from signal_inspector.traces.comparing.merging import Merged
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL

MOST_NAMES = 5  # in a sentence
MARKS = {ADDED: "+", GONE: "-", MOVED: ">", SLOWER: "!", FASTER: "!", MORE: "*", FEWER: "*", OTHER: "~"}

COUNTED = (
    (SIGNAL, "%d signal", "%d signals"),
    (RECEIVER, "%d receiver", "%d receivers"),
    (CALLBACK, "%d callback", "%d callbacks"),
)


class Comparison:
    """
    What is not the same in two traces.

    Attributes:
        before (Trace), after (Trace): the two.
        everything (list): each ``Row`` of the merged tree, parents before children.
        rows (list): those to show; what only repeats what stands above it is left out.
    """

    def __init__(self, before, after):
        """Compare two traces."""
        self.before, self.after = before, after
        merged = Merged(before, after)
        self.everything, self.rows = merged.everything, merged.shown()

    @property
    def has_changed(self):
        """Whether anything is not as it was; how long the whole took does not count."""
        return any(row.changes for row in self.everything) or self.before.queries != self.after.queries

    def changed_rows(self):
        """Return the rows with a change, and those that they stand under."""
        found, shallowest = [], -1
        for row in reversed(self.rows):
            if row.changes or row.depth < shallowest:
                found.append(row)
                shallowest = row.depth
        return found[::-1]

    def sentences(self):
        """Return what happened, as sentences."""
        told = [self._told(kind, one, many) for kind, one, many in _sentences()]
        told = [sentence for sentence in told if sentence] or [_("The same fired, in the same order.")]
        return [*told, self._statements(), self._duration(), *self._left_out()]

    def _told(self, kind, one, many):
        rows = [row for row in self.everything if kind in row.kinds]
        if not rows:
            return ""
        kinds = Counter(row.node.kind for row in rows)
        numbers = [ngettext(one, many, kinds[kind]) % kinds[kind] for kind, one, many in COUNTED if kinds[kind]]
        sentence = ngettext(one, many, len(rows)) % {"what": ", ".join(numbers)}
        return capfirst(f"{sentence}: {_names(_topmost(rows) if kind in (ADDED, GONE) else rows, kind)}.")

    def _statements(self):
        before, after = self.before.counts()["queries"], self.after.counts()["queries"]
        if before == after:
            text = ngettext("%d statement, as before", "%d statements, as before", after) % after
        else:
            changed = differences.statements(before, after)[0].text
            words = {"change": changed, "after": after, "before": before}
            text = _("%(change)s: %(after)d, before %(before)d") % words
        outside = differences.statements(self.before.queries, self.after.queries)
        if outside:
            return _("%(text)s; outside of receivers %(change)s.") % {"text": text, "change": outside[0].text}
        return f"{text}."

    def _duration(self):
        return _("It took %(after).1f ms, before %(before).1f ms.") % {
            "after": self.after.duration * 1000,
            "before": self.before.duration * 1000,
        }

    def _left_out(self):
        if self.before.left_out or self.after.left_out:
            yield _("A trace was full: what it left out is not compared.")


def compare(before, after):
    """Return the ``Comparison`` of two traces (``Trace``)."""
    return Comparison(before, after)


def as_text(comparison, everything=False):
    """
    Return a comparison as text for a terminal: the sentences, then the tree.

    Args:
        comparison (Comparison): what ``compare()`` gave.
        everything (bool): tell rows that are as they were, too, where nothing below them has changed.
    """
    lines = [*comparison.sentences(), ""]
    for row in comparison.rows if everything else comparison.changed_rows():
        marks = "".join(dict.fromkeys(MARKS[kind] for kind in row.kinds)) or " "
        notes = [*(change.text for change in row.changes), row.fold, row.repeats]
        notes = "; ".join(note for note in notes if note)
        lines.append(f"{marks:<4}{'    ' * row.depth}{title(row.node)}{f'  [{notes}]' if notes else ''}")
    return "\n".join(lines).rstrip()


def title(node, keys=True):
    """Return what a row is about: the signal and its instance (with its key, if wanted), or the receiver."""
    if node.kind == SIGNAL:
        about = (node.instance if keys else model_of(node)) or node.sender
        return f"{node.short_name}{f' of {about}' if about else ''}"
    name = without_locals(node.name)
    return f"{_('after the commit')}: {name}" if node.kind == CALLBACK else name


def _sentences():
    """Return the sentences, each for a kind of change, as one and as many."""
    return (
        (ADDED, _("%(what)s was added"), _("%(what)s were added")),
        (GONE, _("%(what)s is gone"), _("%(what)s are gone")),
        (MOVED, _("%(what)s moved"), _("%(what)s moved")),
        (SLOWER, _("%(what)s is slower"), _("%(what)s are slower")),
        (FASTER, _("%(what)s is faster"), _("%(what)s are faster")),
        (MORE, _("more statements in %(what)s"), _("more statements in %(what)s")),
        (FEWER, _("fewer statements in %(what)s"), _("fewer statements in %(what)s")),
        (OTHER, _("otherwise in %(what)s"), _("otherwise in %(what)s")),
    )


def _topmost(rows):
    """Return rows without those that stand below another one of them, which it brought along."""
    within = set()
    for row in rows:
        within.update(map(id, row.children))
    return [row for row in rows if id(row) not in within]


def _names(rows, kind):
    """Return the names of rows, those that are there most often first, each with what happened to it, as a text."""
    counts = Counter()
    for row in rows:
        about = next(change.about for change in row.changes if change.kind == kind)
        counts[title(row.node, keys=False) + (f" ({about})" if about else "")] += 1
    told = [f"{name} {times}×" if times > 1 else name for name, times in counts.most_common(MOST_NAMES)]
    more = len(counts) - len(told)
    return ", ".join(told) + (ngettext(", and %d other", ", and %d others", more) % more if more else "")
