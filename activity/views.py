"""The page of one's own log."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from activity.models import Entry

ENTRIES_PER_PAGE = 50


class PageForm(forms.Form):
    """Where in the log to go on."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@require_safe
@login_required
@never_cache
def activity(request):
    """Show one's own log, newest first. Pages go by key, so a deep one costs what the first does."""
    form = PageForm(request.GET)
    form.is_valid()  # what isn't valid is the first page
    before = form.cleaned_data.get("before")
    found = list(Entry.objects.of(request.user, before)[: ENTRIES_PER_PAGE + 1])
    entries = found[:ENTRIES_PER_PAGE]
    context = {"entries": entries, "is_first": before is None, "next_before": None}
    if len(found) > ENTRIES_PER_PAGE:
        context["next_before"] = entries[-1].pk
    return render(request, "activity/activity.html", context)
