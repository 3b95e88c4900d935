"""The pages of what is connected, and the graph that traces teach."""

from django.apps import apps
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector.connected import inventory, lookup
from signal_inspector.models import StoredTrace
from signal_inspector.pages.contents import fired, life, sections
from signal_inspector.pages.filters import Filters
from signal_inspector.pages.graphs import graph as graphs
from signal_inspector.pages.graphs import layout
from signal_inspector.reading import source
from signal_inspector.reading.places import readable, short_path
from signal_inspector.requests import store
from signal_inspector.requests.access import for_staff


@require_safe
@for_staff
def index(request):
    """Show what is connected: all signals in sections, or what happens to one model, in the order of its life."""
    everything = inventory.all_signals()
    model = _model(request.GET.get("model", ""))
    word = request.GET.get("q", "").strip()[:100]
    if "signal_inspector" not in word.lower():
        everything = inventory.without_own(everything)
    found = life.life_of(model, everything, store.stories()) if model else [(each, "", 0) for each in everything]
    found = [each for each in found if sections.mentions(each[0], word)]
    receivers = {each.name for signal, *_ in found for each in signal.receivers if each.name}
    items = sections.items(found, lookup.sources(receivers))
    models = sorted(each._meta.label for each in apps.get_models())
    context = {
        "sections": sections.of_all(items) if model is None else [sections.Section("", True, items)],
        "signals": [item.signal for item in items],
        "word": word,
        "model": model._meta.label if model else "",
        "models": models,
        "telling": [label for label in sections.models_of(everything) if label in models][:6],
        "all": len(everything),
    }
    return render(request, "signal_inspector/index.html", context)


def _model(label):
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        raise Http404(_("There is no such model.")) from None


@require_safe
@for_staff
def receiver(request):
    """Show the source of a receiver, what it is connected to, and where it was called lately."""
    name = request.GET.get("name", "")[:300]
    found = lookup.receiver_named(name)
    connections = [
        (signal, each) for signal in inventory.all_signals() for each in signal.receivers if name and each.name == name
    ]
    code = source.source_of(found) if found is not None else None
    context = {
        "name": name,
        "parts": readable(name),
        "source": code,
        "file": short_path(code.file) if code else "",
        "connections": connections,
        "doc": next((each.doc for _signal, each in connections if each.doc), ""),
        "called": fired.tell(store.calling(name, 5)) if found is not None else [],
    }
    return render(request, "signal_inspector/receiver.html", context, status=404 if found is None else 200)


@require_safe
@for_staff
def graph(request):
    """Show the graph that all stored traces teach."""
    texts = list(StoredTrace.objects.values_list("edges", flat=True))
    return _graph(request, texts, None)


@require_safe
@for_staff
def trace_graph(request, pk):
    """Show the graph of one trace."""
    stored = get_object_or_404(StoredTrace.objects.defer("data", "summary"), pk=pk)
    return _graph(request, [stored.edges], stored)


def _graph(request, texts, stored):
    everything, left_out = graphs.learn(texts)
    apps_offered, models_offered = graphs.choices(everything)
    app, model = (request.GET.get(name, "")[:200] for name in ("app", "model"))
    vertices = graphs.narrow(everything, app, model)
    context = {
        "stored": stored,
        "traces": len(texts),
        "picture": layout.draw(vertices),
        "vertices": vertices,
        "left_out": left_out,
        "mermaid": graphs.mermaid(vertices),
        "app": app,
        "model": model,
        "apps": sorted({*apps_offered, app} - {""}),
        "models": sorted({*models_offered, model} - {""}),
        "filters": Filters(request.GET),  # what the other views of the trace are to keep
    }
    return render(request, "signal_inspector/graph.html", context)
