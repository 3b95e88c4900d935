"""
Traces for programs: the list of requests, and one request, as JSON.

What is told, and under which names, is in docs/integrations.md. ``VERSION`` is one more whenever a key goes, or means
something else; a key that is new changes nothing for those who don't ask for it.
"""

from itertools import chain

from django.http import Http404, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from signal_inspector import conf
from signal_inspector.models import StoredTrace
from signal_inspector.pages.filters import Filters
from signal_inspector.requests import finding, store
from signal_inspector.requests.access import for_programs
from signal_inspector.traces.later.attempts import as_data, left_for_later

VERSION = 1
COLUMNS = "id method path status duration signals receivers queries errors slowest before part_of".split()
ADDRESSES = {"page": "trace", "json": "trace_json"}


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
    data = {"request": finding.headline(stored), "trace": tree.as_data(), "work": _work(stored)}
    return _answer({**_row(stored), **data})


def _work(stored):
    """Return what receivers have left for later, with the addresses of what other processes recorded of it."""
    if not finding.leaves_work(stored.trace):
        return []
    found = left_for_later(stored.trace, [row.attempt for row in finding.parts_of(stored.pk)])
    for attempt in chain.from_iterable(work["attempts"] for work in found):
        attempt |= _addresses(attempt["trace"]) if attempt["trace"] else {"page": "", "json": ""}
    return found


def _row(stored):
    """Return what the list and the trace itself tell of a request, or of an attempt at what one left for later."""
    return {
        **{name: getattr(stored, name) for name in COLUMNS},
        "user": stored.names.get("user", ""),
        "fired": stored.names.get("fired", []),
        "attempt": as_data(stored.attempt) if stored.work else None,
        "stored_at": stored.stored_at.isoformat(),
        **_addresses(stored.pk),
    }


def _addresses(pk):
    """Return where a trace is told of, to people and to programs."""
    return {name: reverse(f"signal_inspector:{view}", args=[pk]) for name, view in ADDRESSES.items()}


def _answer(data):
    # A path or a sender may look like a page; no browser is to take the answer for one.
    return JsonResponse({"version": VERSION, **data}, headers={"X-Content-Type-Options": "nosniff"})
