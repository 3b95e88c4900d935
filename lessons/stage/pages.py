"""The page of the stage."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from lessons.bench import link
from lessons.stage import recording, rows
from lessons.stage.folding import steps_of
from lessons.stage.panel import code_of, has_no_code
from lessons.stage.sentences import sentence
from lessons.stage.spans import Span
from lessons.stage.tree import tree_of
from signal_inspector.requests.access import for_staff


@require_safe
@for_staff
def stage(request):
    """Show one step of the recorded registration; the page's script shows the others without asking again."""
    kept = recording.kept()
    if kept is None:
        return render(request, "lessons/stage.html", {"steps": ()})
    recorded, trace = kept
    steps = steps_of(trace)
    here, written = chosen(request.GET.get("step", ""), len(steps)), rows.rows_of(steps)
    context = {
        "recording": recorded,
        "bench": link("stage"),
        "here": here,
        "before": here - 1,
        "after": here + 1 if here < len(steps) else 0,
        "steps": [(step, sentence(step, trace), count(written, step.number)) for step in steps],
        "open": Span(step.number for step in steps if step.in_transaction),
        "tree": tree_of(steps),
        "code": code_of(steps, recorded.functions),
        "no_code": Span(step.number for step in steps if has_no_code(step)),
        "rows": [RowShown(row, len(steps)) for row in written],
    }
    return render(request, "lessons/stage.html", context)


def chosen(text, number):
    """Return the step (int) that a text asks for, the first one if it asks for none that is there."""
    return int(text) if text.isdecimal() and len(text) < 5 and 1 <= int(text) <= number else 1


def count(written, step):
    """
    Tell in one line how many rows there are at a step, and whether they are committed.

    Args:
        written (list): each ``Row``.
        step (int): the number of the step.
    """
    states = [state for row in written if (state := row.state_at(step)) is not None]
    waiting = sum(not committed for _word, _columns, committed in states)
    if not states:
        return _("In the database: nothing yet.")
    number = ngettext("%(number)d row", "%(number)d rows", len(states)) % {"number": len(states)}
    if not waiting:
        return _("In the database: %(rows)s, committed.") % {"rows": number}
    if waiting == len(states):
        return _("In the database: %(rows)s, not committed yet.") % {"rows": number}
    return _("In the database: %(rows)s, %(waiting)d of them not committed yet.") % {
        "rows": number,
        "waiting": waiting,
    }


class RowShown:
    """A row of the database (``Row``), with the steps at which each of its states is shown."""

    def __init__(self, row, last):
        """Take a row, and the number of the last step."""
        self.row, self.name = row, row.label.rpartition(".")[2]
        ends = [start for start, _done, _committed in row.states[1:]] + [last + 1]
        self.states = [
            (Span(range(start, end)), word, columns, committed)
            for (start, (word, columns), committed), end in zip(row.states, ends, strict=True)
        ]
        self.shown = Span(range(row.states[0][0], last + 1))
        self.now = Span(start for start, _done, _committed in row.states)
