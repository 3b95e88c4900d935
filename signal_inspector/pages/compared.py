"""
Two traces as one tree, as a page shows them: for a page of stored traces, and for one of a trial before and after.

``context_of(compare(before, after))`` is what the templates ``includes/compared_summary.html`` and
``includes/compared.html`` need. With the stored traces too, as ``before`` and ``after``, each row links to its lines.
"""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from signal_inspector.reading.places import readable
from signal_inspector.traces.comparing.differences import SLOWER_SECONDS, SLOWER_TIMES
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

MOST_OPEN = 150  # rows; of more, only those with a change are shown at first
SHORTEST = 0.0001  # seconds that are told as a number
INDENTED = 8  # levels that are set in; a phone has room for no more


class Line:
    """A row of the merged tree as the page shows it."""

    def __init__(self, row):
        """Describe a row (``merging.Row``)."""
        self.row, self.node = row, row.node
        self.module, self.name = readable(row.node.name)
        self.is_signal, self.is_callback = row.node.kind == SIGNAL, row.node.kind == CALLBACK
        self.level, self.indent = row.depth + 1, min(row.depth, INDENTED)
        self.too_deep = row.depth > INDENTED
        self.main = row.kinds[0] if row.changes else ""
        self.came, self.went = row.statements
        self.time_before, self.time_after = milliseconds(row.before), milliseconds(row.after)


def milliseconds(node):
    """Return how long a node took, as text."""
    if node is None or not node.ran:
        return _("not run")
    text = _("< %(number)s ms") if node.duration < SHORTEST else _("%(number)s ms")
    return text % {"number": number_format(max(node.duration, SHORTEST) * 1000, 1)}


def context_of(comparison, rows=""):
    """
    Return what the templates need of a comparison, as a dict.

    Args:
        comparison (Comparison): what ``compare()`` gave.
        rows (str): "all" or "changed"; anything else: all, or of a long tree those that changed.
    """
    changed = comparison.changed_rows()
    if rows not in ("all", "changed"):
        rows = "changed" if changed and len(comparison.rows) > MOST_OPEN else "all"
    shown = comparison.rows if rows == "all" else changed
    return {
        "comparison": comparison,
        "sentences": comparison.sentences(),
        "rows": rows,
        "lines": [Line(row) for row in shown],
        "total": len(comparison.rows),
        "changed": len(changed),
        "ratio": SLOWER_TIMES,
        "floor": round(SLOWER_SECONDS * 1000),
    }
