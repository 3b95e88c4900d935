"""The page that compares two traces."""

import re

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector.models import StoredTrace
from signal_inspector.pages.compared import context_of
from signal_inspector.requests import finding, store
from signal_inspector.requests.access import for_staff
from signal_inspector.traces.comparing import compare


@require_safe
@for_staff
def compare_traces(request):
    """
    Show two traces as one tree, in which each row says what happened to it.

    The query holds their ids: ``a``, the trace before, and ``b``, the trace after. Without ``a`` that is the one
    before it of the same method and path. ``rows`` is "all" or "changed".
    """
    before, after = (_stored(request.GET.get(name, "")) for name in "ab")
    wanted = [name for name, found in (("a", before), ("b", after)) if request.GET.get(name) and found is None]
    if after is not None and before is None and not wanted:
        before = finding.before_it(after)
    context = {
        "before": before,
        "after": after,
        "choices": store.newest(),
        "problem": _problem(before, after, wanted),
    }
    if not context["problem"]:
        try:
            comparison = compare(finding.trace_of(before), finding.trace_of(after))
        except finding.NotFoundError:
            context["problem"] = _("One of them was stored by another version of the program.")
        else:
            context |= context_of(comparison, request.GET.get("rows"))
    return render(request, "signal_inspector/compare.html", context)


def _stored(key):
    """Return the stored trace of an id, None where there is none, or where that is no id."""
    return StoredTrace.objects.filter(pk=key).first() if re.fullmatch("[0-9a-f]{32}", key) else None


def _problem(before, after, wanted):
    """Return a sentence on why there is nothing to compare, "" where there is."""
    if wanted:
        return _("There is no such trace any more. The newest ones are kept; choose two of them.")
    if after is not None and before is None:
        return _("There is no earlier trace of the same method and path. Choose one to compare it with.")
    if before is None or after is None:
        return _("Choose two traces.")
    return ""
