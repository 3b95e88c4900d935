"""The pages of what fired: the list of requests, and one request."""

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from signal_inspector import conf
from signal_inspector.connected import lookup
from signal_inspector.models import StoredTrace
from signal_inspector.pages import story, waterfall
from signal_inspector.pages.contents import fired
from signal_inspector.pages.filters import Filters
from signal_inspector.reading.places import split_name
from signal_inspector.requests import store, summary
from signal_inspector.requests.access import for_staff
from signal_inspector.traces.nodes import SIGNAL


@require_safe
@for_staff
def traces(request):
    """Show the list of traces, newest first."""
    rows = list(store.newest())
    filters = Filters(request.GET)
    context = {
        "rows": fired.tell(filters.choose(rows)),
        "filters": filters,
        "newest": rows[0].pk if rows else "",
        "kept": conf.KEPT,
    }
    return render(request, "signal_inspector/traces.html", context)


@require_safe
@for_staff
def new_traces(request):
    """
    Answer with what the list has to add, or 204 if nothing was stored since.

    The query holds the filters, and ``seen``: the newest trace when the list last asked.
    """
    seen = request.GET.get("seen", "")
    if StoredTrace.objects.values_list("pk", flat=True).first() in (None, seen):
        return HttpResponse(status=204)
    rows = list(store.newest())
    places = [place for place, row in enumerate(rows) if row.pk == seen]
    filters = Filters(request.GET)
    fresh = fired.tell(filters.choose(rows[: places[0]] if places else rows))
    return JsonResponse(
        {
            "newest": rows[0].pk if rows else "",
            "all": not places,  # the one seen last is forgotten by now: these are all there are
            "rows": render_to_string("signal_inspector/includes/trace_rows.html", {"rows": fresh}),
            "message": ngettext("%(number)d new request", "%(number)d new requests", len(fresh))
            % {"number": len(fresh)},
            "number": len(fresh),
            "silent": filters.silent,
        }
    )


@require_safe
@for_staff
def trace(request, pk):
    """Show one trace: what was called, when, what wasn't, and what nobody heard."""
    stored = StoredTrace.objects.defer("edges", "summary").filter(pk=pk).first()
    if stored is None:
        text = _("There is no such trace. It is stored when its answer has been sent; the newest %(kept)d are kept.")
        raise Http404(text % {"kept": conf.KEPT})
    try:
        shown_trace = stored.trace
    except ValueError:
        raise Http404(_("This trace was stored by another version of the program.")) from None
    near = StoredTrace.objects.filter(Q(before=pk) | Q(pk=stored.before)).defer("data", "edges", "summary")
    part = request.GET.get("view")
    part = part if part in PARTS else "called"
    filters = Filters(request.GET)
    shown = filters.within(shown_trace)
    context = {
        "stored": stored,
        "trace": shown_trace,
        "near": near[:5],
        "view": part,
        "filters": filters,
        "shown": len(shown),
        "total": sum(1 for _ in shown_trace.walk()),
        "saved": summary.saved(shown_trace),
    }
    context.update(PARTS[part](shown_trace, filters, shown))
    return render(request, "signal_inspector/trace.html", context)


def _called(trace, filters, shown):
    names = {node.name for node, _depth in trace.walk() if node.kind != SIGNAL}
    return {"rows": story.rows(trace, shown, lookup.about(names))}


def _in_time(trace, filters, shown):
    scale, (begin, end) = waterfall.scale(trace), waterfall.pause(trace)
    # A grid is half of the page, and of no use where one has to scroll for minutes.
    return {
        "bars": waterfall.bars(trace, shown),
        "scale": scale,
        "grid": scale if len(shown) <= 300 else (),
        "pause": (end - begin) * 1000,
    }


def _not_called(trace, filters, shown):
    return {"idle": filters.choose_idle(lookup.not_called(trace))}


def _not_heard(trace, filters, shown):
    pairs = sorted(filters.choose_unheard(trace.unheard).items(), key=lambda pair: (-pair[1], pair[0]))
    return {"unheard": [(name, *split_name(name), sender, times) for (name, sender), times in pairs]}


PARTS = {"called": _called, "time": _in_time, "not-called": _not_called, "not-heard": _not_heard}
