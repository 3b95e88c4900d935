"""What the strip at the foot of pages asks for: the newest request, and the upper levels of one."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector.models import StoredTrace
from signal_inspector.requests import store, strip
from signal_inspector.requests.access import for_staff
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

MOST = 15  # lines of a level


@require_safe
@for_staff
def newest(request):
    """
    Answer with the newest request in which something fired, 204 unless it is newer than the one that ``?seen=`` names.

    What a page fetches behind itself mostly fires nothing (a catalogue of texts, an icon), and would at once take the
    place of the form that led to the page; and so would what a worker does for that form.
    """
    row = store.fired(1).first()
    if row is None or _is_seen(row, request.GET.get("seen", "")):
        return HttpResponse(status=204)
    before = store.newest(1, pk=row.before).first() if row.before else None
    shown = strip.most_telling([each for each in (before, row) if each])
    line = render_to_string("signal_inspector/includes/strip_line.html", {"each": shown})
    return JsonResponse({"seen": row.pk, "line": line, "glance": reverse("signal_inspector:glance", args=[shown.pk])})


def _is_seen(row, seen):
    """Tell whether a row is the one with this id, or is older than that."""
    if not seen or row.pk == seen:
        return bool(seen)
    moment = StoredTrace.objects.filter(pk=seen).values_list("stored_at", flat=True).first()
    return moment is not None and row.stored_at <= moment


@require_safe
@for_staff
def glance(request, pk):
    """Show the upper two levels of a trace, as a part of a page."""
    stored = StoredTrace.objects.defer("edges", "summary").filter(pk=pk).first()
    try:
        roots = stored.trace.roots if stored else None
    except ValueError:  # of another version
        roots = None
    if roots is None:
        raise Http404(_("There is no such trace. It is stored when its answer has been sent."))
    context = {"stored": stored, "glance": [_line(root) for root in roots[:MOST]], "more": len(roots[MOST:])}
    return render(request, "signal_inspector/includes/glance.html", context)


def _line(node, is_inner=False):
    """Return what is told of a node, with those beneath it if it is of the upper level."""
    about = (node.instance or node.sender) if node.kind == SIGNAL else ""
    return {
        "name": node.short_name,
        "about": _("after the commit") if node.kind == CALLBACK else about,
        "error": node.error,
        "below": sum(1 for _each in node.walk()) - 1 if is_inner else 0,
        "inside": [] if is_inner else [_line(child, True) for child in node.children[:MOST]],
    }
