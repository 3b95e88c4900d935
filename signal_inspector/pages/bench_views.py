"""The page that asks "what if?": it does something as it is and with changes, and rolls both back."""

import sys
import threading
from dataclasses import dataclass

from django.db import DatabaseError, connections
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from signal_inspector.bench import orders
from signal_inspector.bench.choice import AT, OPERATIONS, Choice, model_labels
from signal_inspector.bench.differing import pairs
from signal_inspector.bench.telling import counts, verdict
from signal_inspector.connected import catalogue, inventory
from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.reading.places import is_projects_own, split_name, without_locals
from signal_inspector.requests.access import for_staff
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.trials import running, stories, tasks
from signal_inspector.trials.operations import Operation
from signal_inspector.trials.shuffling import shuffle
from signal_inspector.trials.typed import Unclear

KINDS = {"add": "m2m", "set": "m2m"}  # what operations.KINDS calls the others of ours
MOST_ON_THE_WAY = 150  # receivers
DEEPEST = 8  # levels that are set in
MOST_SECONDS = 15  # for other orders

_turn = threading.Lock()  # one trial at a time in this process: each may keep other writers waiting


@dataclass
class OnTheWay:
    """
    A receiver that a signal of one sender reaches.

    Attributes:
        key (tuple): the names of the signal, of the receiver and of the sender, as ``Changes`` takes them.
        about (str): what the signal is about: the model of the instance, else the sender.
        chosen (str): what was chosen for it, "" for nothing.
    """

    key: tuple
    about: str
    chosen: str

    @property
    def signal(self):
        """The name of the signal."""
        return self.key[0]

    @property
    def parameter(self):
        """The name of the parameter that changes it."""
        return "~".join((AT, *self.key))

    @property
    def short(self):
        """The names without their modules, and the module of the receiver."""
        module, name = split_name(without_locals(self.key[1]))
        return {"signal": self.signal.rpartition(".")[2], "name": name, "module": module}


class Shown:
    """A line of a tree, with the words for it."""

    def __init__(self, line):
        """Describe a ``Line``."""
        self.node, self.level = line.node, min(line.depth, DEEPEST)
        self.name = line.node.short_name if line.node.kind == SIGNAL else split_name(without_locals(line.node.name))[1]
        self.about = line.node.instance or line.node.sender
        self.time = milliseconds(line.node.duration)


def _line(line):
    return None if line is None else Shown(line)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@for_staff
def try_out(request):
    """Show what is chosen; run it where the button was pressed. The address holds the choice, and only the choice."""
    address = reverse("signal_inspector:try")
    if request.method != "POST":
        return _page(request, Choice.of(request.GET))
    choice = Choice.of(request.POST)
    if "show" in request.POST:
        return HttpResponseRedirect(f"{address}?{choice.query()}")
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
    first = running.run(choice.prepare, details=True, **options)
    if other_orders:
        found = shuffle(choice.prepare, seed=0, seconds=MOST_SECONDS, changes=choice.changes, **options)
        return {"first": first, "shuffled": orders.sentences(found)}
    changed = running.run(choice.prepare, choice.changes, details=True, **options) if choice.changes else None
    return {"first": first, "second": changed}


def _page(request, choice, first=None, second=None, problem="", shuffled=()):
    way = _way(choice, first, second)
    methods = sorted({each.signal for each in way if _is_own(each.signal)} | choice.changes.methods.keys())
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
        "methods": [(name, name.rpartition(".")[2], choice.changes.methods.get(name, "")) for name in methods],
        "problem": problem,
        "shuffled": shuffled,
        "first": first,
        "second": second,
        "pairs": shown,
        "counts": counts(first, second) if first else [],
        "verdict": verdict(first, second, choice.changes) if second else [],
        "outcomes": [each for each in (first, second) if each],
        "tasks": tasks.leave_the_database(),
        "longest": running.LONGEST,
        "sqlite": any(connections[alias].vendor == "sqlite" for alias in connections),
    }
    return render(request, "signal_inspector/try.html", context)


def _is_own(signal):
    """Tell whether a signal is one of the project's own, by its name."""
    module = sys.modules.get(split_name(signal)[0])
    return signal not in catalogue.DJANGO and is_projects_own(getattr(module, "__file__", ""))


def _way(choice, *outcomes):
    """Return each ``OnTheWay``: those of the trials that ran, else those that are connected, and those chosen."""
    found = {}
    for outcome in outcomes:
        for node, parent in outcome.trace.walk_with_parents() if outcome else ():
            if parent is not None and parent.kind == SIGNAL and node.kind != SIGNAL:
                about = parent.instance.partition(":")[0] or parent.sender
                found.setdefault((parent.name, node.name, parent.sender), about)
    for key, about in _connected(choice) if not found else ():
        found.setdefault(key, about)
    for key in choice.changes.receivers:
        if not any(key == each[: len(key)] for each in found):  # an address may name no sender: it means all of them
            found[key] = key[2] if len(key) > 2 else ""
    groups = {}
    for key, about in list(found.items())[:MOST_ON_THE_WAY]:  # nested signals come between those of one
        names = (*key, "")[:3]
        groups.setdefault((key[0], about), []).append(OnTheWay(key, about, choice.changes.action(*names)))
    return [each for group in groups.values() for each in group]


def _connected(choice):
    """Yield names and sender of the receivers that hear the signals of the operation itself, as far as is known."""
    if choice.model is None:
        return
    operation = Operation(KINDS.get(choice.do, choice.do), choice.model)
    heard = {f"{inventory.MODELS}{name}" for name in operation.kind.sends if not name.endswith("_init")}
    everything = inventory.without_own(inventory.all_signals())
    for signal in inventory.for_model(choice.model, [each for each in everything if each.name in heard]):
        for receiver in signal.receivers:
            if receiver.name:
                label = choice.model._meta.label
                yield (signal.name, receiver.name, label), label
