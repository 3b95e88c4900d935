"""The pages of what is connected, and the graph that traces teach."""

from collections import Counter

from django.apps import apps
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector import conf
from signal_inspector.connected import inventory, lookup
from signal_inspector.models import StoredTrace
from signal_inspector.pages import graph as graphs
from signal_inspector.pages import layout
from signal_inspector.reading import source
from signal_inspector.reading.places import split_name
from signal_inspector.requests.access import for_staff


@require_safe
@for_staff
def index(request):
    """Show what is connected: all signals, or what happens to one model, in the order of its life."""
    everything = inventory.all_signals()
    model = _model(request.GET.get("model", ""))
    word = request.GET.get("q", "").strip()[:100]
    if "signal_inspector" not in word.lower():
        everything = inventory.without_own(everything)
    signals = everything if model is None else inventory.for_model(model, everything)
    if word:
        signals = [signal for signal in signals if _mentions(signal, word.lower())]
    sources = lookup.sources({each.name for signal in signals for each in signal.receivers if each.name})
    groups = [(each, [(one, sources.get(one.name)) for one in each.receivers]) for each in signals]
    context = {
        "signals": signals,
        "groups": [(anchor, *group) for anchor, group in zip(_anchors(signals), groups, strict=True)],
        "word": word,
        "model": model._meta.label if model else "",
        "models": sorted(each._meta.label for each in apps.get_models()),
        "all": len(everything),
    }
    return render(request, "signal_inspector/index.html", context)


def _model(label):
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        raise Http404(_("There is no such model.")) from None


def _anchors(signals):
    """Return an id in the page for each signal: its name, with a number from the second of that name on."""
    seen = Counter()
    anchors = []
    for signal in signals:
        name = "-".join(signal.name.split())
        seen[name] += 1
        anchors.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return anchors


def _mentions(signal, word):
    return word in signal.name.lower() or any(word in each.name.lower() for each in signal.receivers)


@require_safe
@for_staff
def receiver(request):
    """Show the source of a receiver, and what it is connected to."""
    name = request.GET.get("name", "")[:300]
    found = lookup.receiver_named(name)
    connections = [
        (signal, each) for signal in inventory.all_signals() for each in signal.receivers if name and each.name == name
    ]
    context = {
        "name": name,
        "parts": split_name(name),
        "source": source.source_of(found) if found is not None else None,
        "connections": connections,
    }
    return render(request, "signal_inspector/receiver.html", context, status=404 if found is None else 200)


@require_safe
@for_staff
def graph(request):
    """Show the graph that all stored traces teach."""
    texts = list(StoredTrace.objects.values_list("edges", flat=True)[: conf.KEPT])
    return _graph(request, texts, None)


@require_safe
@for_staff
def trace_graph(request, pk):
    """Show the graph of one trace."""
    stored = get_object_or_404(StoredTrace.objects.defer("data", "summary"), pk=pk)
    return _graph(request, [stored.edges], stored)


def _graph(request, texts, stored):
    vertices, left_out = graphs.learn(texts)
    context = {
        "stored": stored,
        "traces": len(texts),
        "picture": layout.draw(vertices),
        "vertices": vertices,
        "left_out": left_out,
        "mermaid": graphs.mermaid(vertices),
    }
    return render(request, "signal_inspector/graph.html", context)
