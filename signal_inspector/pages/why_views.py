"""The page that answers why a receiver was not called."""

from django.apps import apps
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector.connected import inventory
from signal_inspector.models import StoredTrace
from signal_inspector.pages.contents import examples
from signal_inspector.requests.access import for_staff
from signal_inspector.requests.paths import printable
from signal_inspector.trials import operations
from signal_inspector.trials.typed import Unclear
from signal_inspector.why import explain, find

MOST_MEANT = 12  # names that are offered where one is unclear


def _again(request, name):
    """Return the name of a receiver, and the same question about it as the query of an address."""
    query = request.GET.copy()
    query["receiver"] = name
    return name, query.urlencode()


def _newest():
    return StoredTrace.objects.filter(signals__gt=0).only("method", "path", "edges")[: examples.LOOKED_AT]


@require_safe
@for_staff
def why_not_called(request):
    """Ask for a receiver and for what was done, an operation or a stored trace, and answer."""
    names = ("receiver", "operation", "model", "trace")
    asked = {name: printable(request.GET.get(name, "").strip()[:300]) for name in names}  # PostgreSQL takes no NUL
    stored = get_object_or_404(StoredTrace, pk=asked["trace"]) if asked["trace"] else None
    answers, problem, name = [], "", ""
    try:
        if asked["receiver"]:
            operation = f"{asked['operation']}:{asked['model']}" if asked["operation"] else ""
            found = find(asked["receiver"])
            answers, name = explain(found, operation, stored.trace if stored else None), found.name
    except Unclear as error:
        problem = str(error)
    except ValueError:
        problem = _("This trace was stored by another version of the program.")
    signals = inventory.without_own(inventory.all_signals())
    known = sorted({each.name for signal in signals for each in signal.receivers if each.name})
    context = {
        **asked,
        "name": name,
        "known": known,
        "meant": [_again(request, name) for name in known if asked["receiver"].lower() in name.lower()][:MOST_MEANT],
        "examples": examples.choose(signals, list(_newest())),
        "stored": stored,
        "answers": answers,
        "problem": problem,
        "call": operations.KINDS[asked["operation"]].call if asked["operation"] in operations.KINDS else "",
        "operations": [(name, kind.call) for name, kind in operations.KINDS.items()],
        "models": sorted(model._meta.label for model in apps.get_models(include_auto_created=True)),
    }
    return render(request, "signal_inspector/why.html", context)
