"""The deliveries in the admin: what waits, what has failed and why, to be started again or dropped."""

import json
from uuid import UUID

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from delivery.models import Delivery
from delivery.running import NO_RECEIVER, find

MOST_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Pages that do not count all rows: the table may hold millions, and nobody turns so many pages."""

    @cached_property
    def count(self):
        """The number of rows, at most 10,000."""
        return self.object_list.order_by()[:MOST_COUNTED].count()


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """Deliveries are looked at, started again, dropped; they are written by what happens."""

    # What is looked for stands where a narrow window shows it.
    list_display = ("told", "state", "why", "receiver", "key", "attempts", "next_attempt", "created_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("key", "event_id")
    search_help_text = _("A whole key, or the id of an event.")
    show_full_result_count = False
    paginator = CappedPaginator
    actions = ("start_again", "drop")
    fields = (
        "event_id", "event", "sender", "receiver", "key", "facts", "state", "attempts", "created_at", "next_attempt",
        "finished_at", "why", "forget", "traceparent",
    )  # fmt: skip

    class Media:
        """Long names break."""

        css = {"all": ["delivery/admin.css"]}

    def has_add_permission(self, request):
        """Nobody writes one here."""
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody edits one; but whoever may change them may start them again, and drop them."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        """Nobody deletes what is done: ``deliver --prune`` does, when its time has come."""
        return False

    def get_search_results(self, request, queryset, search_term):
        """Find deliveries by a whole key or id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        about = Q(key=term)
        try:
            about |= Q(event_id=UUID(term))
        except ValueError:
            pass
        return queryset.filter(about), False

    @admin.display(description=_("event"))
    def told(self, delivery):
        """Show the name of the event without its module."""
        return delivery.event.rpartition(".")[2]

    @admin.display(description=_("why"))
    def why(self, delivery):
        """Show the last error, or that there is nobody to hear it."""
        is_open = delivery.finished_at is None
        return NO_RECEIVER if is_open and find(delivery)[1] is None else delivery.last_error

    @admin.display(description=_("next attempt at"), ordering="due_at")
    def next_attempt(self, delivery):
        """Show when it is due, of a taken one when its lease ends, and nothing where there is no next attempt."""
        return delivery.due_at if delivery.finished_at is None else None

    @admin.display(description=_("arguments"))
    def facts(self, delivery):
        """Show the arguments as they are stored."""
        return json.dumps(delivery.arguments, ensure_ascii=False)

    @admin.action(description=_("Start again what was given up"), permissions=["change"])
    def start_again(self, request, queryset):
        """Have the chosen ones tried again, from the first attempt."""
        self._tell(request, queryset.start_again())

    @admin.action(description=_("Drop what is not done"), permissions=["change"])
    def drop(self, request, queryset):
        """Delete those of the chosen ones that wait or were given up."""
        self._tell(request, queryset.exclude(state=Delivery.State.DONE).delete()[0])

    def _tell(self, request, count):
        words = ngettext("It concerns %d delivery.", "It concerns %d deliveries.", count)
        self.message_user(request, words % count, messages.SUCCESS)
