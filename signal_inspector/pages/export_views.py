"""A stored trace as a file: what one takes along."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from signal_inspector.exporting.formats import FORMATS
from signal_inspector.models import StoredTrace
from signal_inspector.requests import finding
from signal_inspector.requests.access import for_staff


@require_safe
@for_staff
def export(request, pk, format):
    """Answer with a stored trace in one of FORMATS."""
    asked = FORMATS.get(format)
    if asked is None:
        raise Http404(_("There is no such format. There are %(names)s.") % {"names": ", ".join(FORMATS)})
    stored = StoredTrace.objects.defer("edges", "summary").filter(pk=pk).first()
    if stored is None:
        raise Http404(_("There is no such trace any more."))
    try:
        trace = finding.trace_of(stored)
    except finding.NotFoundError:
        raise Http404(_("This trace was stored by another version of the program.")) from None
    parts = finding.all_parts_of(stored) if asked.follows else ()
    text = asked.text(trace, finding.headline(stored), parts)
    response = HttpResponse(text, content_type=asked.content_type)
    how = "inline" if asked.is_shown else "attachment"
    response["Content-Disposition"] = f'{how}; filename="signals-{pk[:8]}.{asked.ending}"'
    response["X-Content-Type-Options"] = "nosniff"  # a path or a sender may look like a page
    return response
