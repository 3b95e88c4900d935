"""The page that asks "what if?": it does something as it is and with changes, and rolls both back."""

import threading
from functools import wraps

from django.db import DatabaseError, connections
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from signal_inspector.bench import effects, orders, raised
from signal_inspector.bench.choice import OPERATIONS, Choice, model_labels
from signal_inspector.bench.counting import counts, other_columns
from signal_inspector.bench.differing import pairs
from signal_inspector.bench.telling import changed_in_words, verdict
from signal_inspector.bench.way import on_the_way, own_signals
from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.requests.access import for_staff
from signal_inspector.trials import running, stories, tasks
from signal_inspector.trials.changes import Changes
from signal_inspector.trials.shuffling import runs_of, shuffle
from signal_inspector.trials.typed import Unclear

DEEPEST = 8  # levels that are set in
MOST_SECONDS = 15  # for other orders

_turn = threading.Lock()  # one trial at a time in this process: each may keep other writers waiting


class Shown:
    """A line of a tree, with the words for it."""

    def __init__(self, line):
        """Describe a ``Line``."""
        self.line, self.node, self.level = line, line.node, min(line.depth, DEEPEST)
        self.ran = line.node is None or line.node.ran
        self.is_undone = line.name.startswith("ROLLBACK")
        self.time = milliseconds(line.duration)


def _line(line):
    return None if line is None else Shown(line)


def _kept_for_back(view):
    """Let the browser go back to the answer of a trial: what is not stored at all, it would have to run again."""

    @wraps(view)
    def kept(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 200:
            response["Cache-Control"] = "private, no-cache"
        return response

    return kept


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@_kept_for_back
@for_staff
def try_out(request):
    """Show what is chosen; run it where the button was pressed. The address holds the choice, and only the choice."""
    address = reverse("signal_inspector:try")
    if request.method != "POST":
        return _page(request, Choice.of(request.GET))
    choice = Choice.of(request.POST)
    if "show" in request.POST:
        return HttpResponseRedirect(f"{address}?{choice.query()}")
    if choice.unknown:
        return _page(request, choice)
    if not request.GET:  # the browser posts the form again, to the address that holds the choice
        return HttpResponseRedirect(f"{address}?{choice.query()}#result", preserve_request=True)
    if not _turn.acquire(timeout=2 * running.LONGEST):
        return _page(request, choice, problem=_("Somebody else's trial is still running. Try again in a moment."))
    try:
        return _page(request, choice, **_run(choice, "shuffle" in request.POST))
    except (Unclear, DatabaseError) as error:
        problem = str(error) if isinstance(error, Unclear) else f"{type(error).__name__}: {error}"
        problem = problem.replace("--set ", "")  # how a command is told of it
        return _page(request, choice, problem=problem)
    finally:
        _turn.release()


def _run(choice, other_orders):
    """Run what is chosen; return what has come of it, by names of arguments of ``_page()``."""
    callbacks = not tasks.leave_the_database()
    options = {"atomic": choice.atomic, "using": choice.using, "callbacks": callbacks}
    as_it_is = Changes()
    first = running.run(choice.prepare, as_it_is, details=True, **options)
    found = {"first": first, "runs": runs_of(as_it_is.seen)}
    if other_orders:
        shuffled = shuffle(choice.prepare, seed=0, seconds=MOST_SECONDS, changes=choice.changes, **options)
        runs = runs_of(shuffled.sites or as_it_is.seen)
        return {**found, "runs": runs, "shuffled": orders.sentences(shuffled, by_seed=False)}
    if not choice.changes:
        return found
    changed = running.run(choice.prepare, choice.changes, details=True, **options)
    differs = other_columns(first, changed)
    again = running.run(choice.prepare, **options) if differs and not first.out_of_time else None
    told = verdict(first, changed, choice.changes, again)
    return {**found, "runs": runs_of(choice.changes.seen), "second": changed, "verdict": told}


def _page(request, choice, first=None, second=None, problem="", shuffled=(), verdict=(), runs=0):
    way = on_the_way(choice, first, second)
    shown = pairs(first.trace, second.trace if second else first.trace) if first else []
    shown = [(pair.mark, *map(_line, (pair.left, pair.right))) for pair in shown]
    context = {
        "choice": choice,
        "plain": choice.plain,
        "query": choice.query(),
        "operations": OPERATIONS.items(),
        "stories": stories.names(),
        "models": model_labels(),
        "way": way,
        "methods": [
            (name, name.rpartition(".")[2], choice.changes.methods.get(name, "")) for name in own_signals(way, choice)
        ],
        "problem": problem,
        "shuffled": shuffled,
        "first": first,
        "second": second,
        "pairs": shown,
        "counts": counts(first, second) if first else [],
        "verdict": verdict,
        "changed": changed_in_words(choice.changes),
        "raised": raised.told(first.error) if first and first.error else "",
        "unfinished": effects.of_unfinished(first) if first else [],
        "runs": runs or runs_of({}),
        "are_runs_known": bool(runs),
        "seconds": MOST_SECONDS,
        "outcomes": [each for each in (first, second) if each],
        "tasks": tasks.leave_the_database(),
        "longest": running.LONGEST,
        "sqlite": any(connections[alias].vendor == "sqlite" for alias in connections),
    }
    return render(request, "signal_inspector/try.html", context)
