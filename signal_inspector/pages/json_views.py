"""
Traces for programs: the list of requests, and one request, as JSON.

What is told, and under which names, is in docs/integrations.md. ``VERSION`` is one more whenever a key goes, or means
something else; a key that is new changes nothing for those who don't ask for it.
"""

from django.http import Http404, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from signal_inspector import conf
from signal_inspector.models import StoredTrace
from signal_inspector.pages.filters import Filters
from signal_inspector.requests import finding, store
from signal_inspector.requests.access import for_programs

VERSION = 1
COLUMNS = "id method path status duration signals receivers queries errors slowest before".split()


@require_safe
@for_programs
def traces(request):
    """Answer with the list of traces, newest first; the query holds the filters of the page."""
    filters = Filters(request.GET)
    chosen = filters.choose(store.newest())
    asked = {name: getattr(filters, name) for name in ("signal", "app", "slow", "errors", "quiet")}
    return _answer(
        {
            "kept": conf.keep(),
            "filters": asked,
            "silent": filters.silent,
            "traces": [_row(row) for row in chosen],
        }
    )


@require_safe
@for_programs
def trace(request, pk):
    """Answer with one trace, whole."""
    stored = StoredTrace.objects.defer("edges").filter(pk=pk).first()
    if stored is None:
        raise Http404(
            f"There is no such trace. The newest {conf.keep()} in which something fired are kept, and as many others."
        )
    try:
        tree = finding.trace_of(stored)
    except finding.NotFoundError as error:
        raise Http404(str(error)) from None
    return _answer({**_row(stored), "request": finding.headline(stored), "trace": tree.as_data()})


def _row(stored):
    """Return what the list and the trace itself tell of a request."""
    return {
        **{name: getattr(stored, name) for name in COLUMNS},
        "user": stored.names.get("user", ""),
        "fired": stored.names.get("fired", []),
        "stored_at": stored.stored_at.isoformat(),
        "page": stored.get_absolute_url(),
        "json": reverse("signal_inspector:trace_json", args=[stored.pk]),
    }


def _answer(data):
    # A path or a sender may look like a page; no browser is to take the answer for one.
    return JsonResponse({"version": VERSION, **data}, headers={"X-Content-Type-Options": "nosniff"})
