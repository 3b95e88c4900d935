"""The pages of what fired: the list of requests, and one request."""

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from signal_inspector import conf
from signal_inspector.connected import catalogue, lookup
from signal_inspector.models import StoredTrace
from signal_inspector.pages.contents import fired
from signal_inspector.pages.contents.joined import join
from signal_inspector.pages.filters import Filters
from signal_inspector.pages.trace.branches import Branches
from signal_inspector.pages.trace.guesses import Guesses
from signal_inspector.pages.trace.later import left_for_later
from signal_inspector.pages.trace.lines import INDENTED, Page, Whole, level_of
from signal_inspector.pages.trace.timeline import Timeline
from signal_inspector.pages.trace.unfolded import Unfolded
from signal_inspector.reading.places import split_name
from signal_inspector.requests import store, summary
from signal_inspector.requests.access import for_staff
from signal_inspector.requests.finding import parts_of
from signal_inspector.traces.folding import folds
from signal_inspector.traces.running import as_run, numbered


@require_safe
@for_staff
def traces(request):
    """Show the list of traces, newest first."""
    rows = list(store.newest())
    filters = Filters(request.GET)
    context = {
        "rows": fired.tell(join(filters.choose(rows), rows)),
        "filters": filters,
        "newest": rows[0].pk if rows else "",
        "kept": conf.keep(),
        "most": conf.keep() * (2 if filters.quiet else 1),
    }
    return render(request, "signal_inspector/traces.html", context)


@require_safe
@for_staff
def new_traces(request):
    """
    Answer with what the list has to add, or 204 if nothing was stored since.

    A request that the list has already is among that if something was done since of what it had left for later. The
    query holds the filters, and ``seen``: the newest trace when the list last asked.
    """
    seen = request.GET.get("seen", "")
    if StoredTrace.objects.values_list("pk", flat=True).first() in (None, seen):
        return HttpResponse(status=204)
    rows = list(store.newest())
    places = [place for place, row in enumerate(rows) if row.pk == seen]
    new = {row.pk for row in (rows[: places[0]] if places else rows)}
    filters = Filters(request.GET)
    lines = join(filters.choose(rows), rows)
    changed = fired.tell([row for row in lines if row.pk in new or row.all_parts & new])
    number = sum(row.pk in new for row in changed)
    filters.choose(row for row in rows if row.pk in new)
    return JsonResponse(
        {
            "newest": rows[0].pk if rows else "",
            "all": not places,  # the one seen last is forgotten by now: these are all there are
            "rows": render_to_string("signal_inspector/includes/trace_rows.html", {"rows": changed}),
            "message": _message(number, len(changed) - number),
            "number": len(changed),
            "silent": filters.silent,
        }
    )


def _message(new, changed):
    """Return what is said of lines that a list gets, and of lines that it has already."""
    told = [ngettext("%(number)d new request", "%(number)d new requests", new) % {"number": new}] if new else []
    if changed:
        text = ngettext("%(number)d request has new work", "%(number)d requests have new work", changed)
        told.append(text % {"number": changed})
    return ", ".join(told)


@require_safe
@for_staff
def trace(request, pk):
    """Show one trace: what ran, when, what was not called, and what nobody heard."""
    stored = _stored(pk)
    near = StoredTrace.objects.filter(Q(before=pk) | Q(pk=stored.before)).defer("data", "edges", "summary")
    part = request.GET.get("view")
    part = part if part in PARTS else "ran"
    filters = Filters(request.GET)
    context = {
        "stored": stored,
        "trace": stored.trace,
        "near": near[:5],
        "whole_of": StoredTrace.objects.filter(pk=stored.part_of).first() if stored.part_of else None,
        "view": part,
        "filters": filters,
        "saved": summary.saved(stored.trace),
    }
    context.update(PARTS[part](stored, filters))
    return render(request, "signal_inspector/trace.html", context)


@require_safe
@for_staff
def branch(request, pk, number):
    """
    Show what ran in one line of a trace: as a page, or with ``part`` in the query as a piece of one.

    The query may hold the filters of the page, and ``from`` and ``to``: places among what ran there.
    """
    stored = _stored(pk)
    whole = as_run(stored.trace, stored.duration)
    step = _step(whole, number)
    begin, end = _place(request.GET.get("from")) or 0, _place(request.GET.get("to"))
    filters = Filters(request.GET)
    context = _lines(stored, whole, filters, step, begin, end)
    is_part = "part" in request.GET
    context |= {"stored": stored, "filters": filters, "is_flush": not is_part or level_of(step) + 1 >= INDENTED}
    return render(request, f"signal_inspector/{'includes/' if is_part else ''}branch.html", context)


@require_safe
@for_staff
def line(request, pk, number):
    """Show what is known of one line of a trace: as a page, or with ``part`` in the query as a piece of one."""
    stored = _stored(pk)
    step = _step(as_run(stored.trace, stored.duration), number)
    context = {"stored": stored, "line": Unfolded(stored.trace, step).look_up(), "step": step}
    return render(request, f"signal_inspector/{'includes/' if 'part' in request.GET else ''}line.html", context)


@require_safe
@for_staff
def later(request, pk):
    """
    Answer with what came of the work that receivers of a trace have left for later, as pieces of its page.

    Or with 204, if there are no more attempts by other processes than ``?seen=`` says.
    """
    seen = parts_of(pk).count()
    if str(seen) == request.GET.get("seen"):
        return HttpResponse(status=204)
    stored = _stored(pk)
    found = left_for_later(stored, as_run(stored.trace, stored.duration))
    parts = render_to_string("signal_inspector/includes/laters.html", {"stored": stored, "laters": found.values()})
    return JsonResponse({"seen": seen, "parts": parts})


def _stored(pk):
    """Return a stored trace, or raise ``Http404`` with the reason."""
    stored = StoredTrace.objects.defer("edges", "summary").filter(pk=pk).first()
    if stored is None:
        text = _(
            "There is no such trace. It is stored when its answer has been sent; the newest %(kept)d in which "
            "something fired are kept, and as many others."
        )
        raise Http404(text % {"kept": conf.keep()})
    try:
        stored.trace  # noqa: B018 - read now
    except ValueError:
        raise Http404(_("This trace was stored by another version of the program.")) from None
    return stored


def _step(whole, number):
    steps = numbered(whole)
    if int(number) >= len(steps):
        raise Http404(_("This trace has no such line."))
    return steps[int(number)]


def _place(text):
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 10 else None


def _lines(stored, whole, filters, step, begin=0, end=None):
    """Return what the template of some lines needs, as a dict."""
    told, _hidden = folds(stored.trace)
    timeline, shown = Timeline(whole), filters.within(whole)
    entries = Branches(shown, told).under(step, begin, end)
    later = left_for_later(stored, whole)
    page = Page(whole, timeline, told, stored.trace.told_in_full(), later, stored.anchor)
    return {
        "lines": page.lines(entries, step),
        "timeline": timeline,
        "whole": Whole(whole, timeline),
        "step": step,
        "name": page.name_of(step.node) if step.node else "",
        "shown": whole.size - 1 if shown is None else len(shown),
        "total": whole.size - 1,
    }


def _ran(stored, filters):
    whole = as_run(stored.trace, stored.duration)
    return _lines(stored, whole, filters, whole)


def _not_called(stored, filters):
    idle = [pair for pair in lookup.not_called(stored.trace) if pair[0].name not in catalogue.AROUND_A_REQUEST]
    return {"groups": Guesses(stored.trace).idle(filters.choose_idle(idle))}


def _not_heard(stored, filters):
    pairs = sorted(filters.choose_unheard(stored.trace.unheard).items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [(name, sender, *split_name(name), times) for (name, sender), times in pairs]
    near, others = Guesses(stored.trace).unheard(rows)
    return {"near_unheard": near, "other_unheard": others}


PARTS = {"ran": _ran, "not-called": _not_called, "not-heard": _not_heard}
