"""
A panel for django-debug-toolbar: what fired in this request, as a tree, with a link to its page.

Written for version 8 of the toolbar, under WSGI and ASGI. It has no script or style of its own, so that the strictest
Content-Security-Policy lets it work: branches are drawn in characters.
"""

from debug_toolbar.panels import Panel
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from signal_inspector import conf
from signal_inspector.exporting.lines import facts, lines_of
from signal_inspector.logs import trace_id
from signal_inspector.recording import begin, finish

MOST = 500  # lines; the page of the trace has all of them
SPACE = "\N{NO-BREAK SPACE}"
BETWEEN, LAST, PASSING, NOTHING = f"├─{SPACE}", f"└─{SPACE}", f"│{SPACE * 2}", SPACE * 3


class SignalsFiredPanel(Panel):
    """
    Record what fires between the toolbar's middleware and the view, whether the inspector's middleware does or not.

    What other middleware does before the toolbar's is on the page of the trace alone. So is what a response fires that
    streams.
    """

    template = "signal_inspector/toolbar.html"
    title = _("Signals fired")
    nav_icon = "signal_inspector/toolbar.svg"
    is_async = True

    recording = trace = None

    @property
    def nav_subtitle(self):
        """Tell how many signals and receivers there were."""
        signals, receivers = self.get_stats().get("counts", (0, 0))
        return ", ".join(
            (
                ngettext("%d signal", "%d signals", signals) % signals,
                ngettext("%d receiver", "%d receivers", receivers) % receivers,
            )
        )

    def enable_instrumentation(self):
        """Begin to record, once."""
        if self.recording is None:
            self.recording = begin(conf.max_nodes())

    def disable_instrumentation(self):
        """Record nothing more; a second call changes nothing."""
        if self.recording is not None and self.trace is None:
            self.trace = finish(self.recording)

    def generate_stats(self, request, response):
        """Keep what the panel shows, as plain values: the store of the toolbar makes JSON of it."""
        if self.trace is None:
            return
        counts, lines = self.trace.counts(), lines_of(self.trace)
        branches = drawn([line.depth for line in lines])
        self.record_stats(
            {
                "counts": (counts["signals"], counts["receivers"]),
                "facts": [str(fact) for fact in facts(self.trace)],
                "lines": [_told(*pair) for pair in zip(branches, lines[:MOST], strict=False)],
                "more": len(lines[MOST:]),
                "unheard": list(self.trace.not_heard.items()),
                "page": page_of(request),
            }
        )


def page_of(request):
    """Return the address of the page that the trace of a request will have, "" where it is not stored."""
    match = getattr(request, "resolver_match", None)
    if not trace_id(request) or (match is not None and "signal_inspector" in match.app_names):
        return ""
    try:
        return reverse("signal_inspector:trace", args=[trace_id(request)])
    except NoReverseMatch:
        return ""


def drawn(depths):
    """Return the branches before each line of a tree, which is given by the depths of its lines from 0."""
    found, going_on = [], set()  # depths at which a further line follows below
    for depth in reversed(depths):
        going_on = {each for each in going_on if each <= depth}
        passing = (PASSING if each in going_on else NOTHING for each in range(1, depth))
        last = "" if depth == 0 else BETWEEN if depth in going_on else LAST
        found.append("".join(passing) + last)
        going_on.add(depth)
    return found[::-1]


def _told(branches, line):
    return {
        "branches": branches,
        "title": line.title,
        "notes": [str(note) for note in line.notes],
        "time": line.time,
        "failed": bool(line.node.error),
    }
