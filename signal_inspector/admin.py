"""The traces in the admin: to be read, as their pages are, and not to be changed."""

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from signal_inspector.models import StoredTrace
from signal_inspector.requests import finding
from signal_inspector.requests.access import may_see
from signal_inspector.traces.later.attempts import outcome


@admin.register(StoredTrace)
class StoredTraceAdmin(admin.ModelAdmin):
    """Who may see the pages may see this; nobody can add, change or delete a trace: the newest 200 are kept."""

    list_display = ["stored_at", "label", "page", "answer", "ms", "signals", "receivers", "queries", "errors"]
    list_filter = ["method", "status"]
    search_fields = ["id", "path", "part_of"]
    fields = [
        *("label", "answer", "stored_at", "ms", "signals", "receivers", "queries", "errors", "slowest", "before"),
        *("came_from", "page", "what_fired"),
    ]
    view_on_site = False  # the page has a link of its own, which needs no framework of sites

    def has_view_permission(self, request, obj=None):
        """Let those see traces who may see their pages."""
        return may_see(request.user)

    def has_module_permission(self, request):
        """Show the app to those."""
        return may_see(request.user)

    def has_add_permission(self, request):
        """Let nobody add one."""
        return False

    def has_change_permission(self, request, obj=None):
        """Let nobody change one."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Let nobody delete one."""
        return False

    def get_queryset(self, request):
        """Return the traces without their larger columns; the page of one reads what it shows."""
        return super().get_queryset(request).defer("data", "edges", "summary")

    @admin.display(description=_("request"))
    def label(self, stored):
        """Tell what was asked for, or which work was done."""
        return stored.label

    @admin.display(description=_("answer"), ordering="status")
    def answer(self, stored):
        """Tell the status of the answer; of an attempt at work, which one it was and how it ended."""
        if not stored.work:
            return stored.status
        return f"{_('attempt %d') % stored.attempt.number}: {outcome(stored.attempt)}"

    @admin.display(description=_("left for later by"))
    def came_from(self, stored):
        """Link from work to the trace of the request."""
        if not stored.part_of:
            return ""
        name = "admin:signal_inspector_storedtrace_change"
        address = reverse(name, args=[stored.part_of], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', address, stored.part_of)

    @admin.display(description=_("milliseconds"), ordering="duration")
    def ms(self, stored):
        """Tell how long it took."""
        return round(stored.ms, 1)

    @admin.display(description=_("page"))
    def page(self, stored):
        """Link to the page of the trace, where the project has named the urls."""
        try:
            return format_html('<a href="{}">{}</a>', stored.get_absolute_url(), _("Open the trace"))
        except NoReverseMatch:
            return ""

    @admin.display(description=_("what fired"))
    def what_fired(self, stored):
        """Show the tree."""
        try:
            return format_html("<pre>{}</pre>", finding.trace_of(stored).as_text())
        except finding.NotFoundError as error:
            return str(error)
