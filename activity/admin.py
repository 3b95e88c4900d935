"""The whole log in the admin, to be read."""

import json
from datetime import timedelta
from ipaddress import ip_address

from django.contrib import admin
from django.db.models import Min
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from activity.managers import EntryQuerySet
from activity.models import Entry
from activity.text import printable


class PeriodQuerySet(EntryQuerySet):
    """Entries whose years, months and days are found with the index on their time; Django would read every row."""

    def datetimes(self, field_name, kind, **options):
        """Return the first moment of each year, month or day (``kind``) that has entries: a query for each."""
        found, rest = [], self.order_by()
        while moment := rest.aggregate(first=Min(field_name))["first"]:
            start = localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
            if kind != "day":
                start = start.replace(day=1, month=1 if kind == "year" else start.month)
            found.append(start)
            following = start + timedelta(days={"year": 366, "month": 31, "day": 1}[kind])
            if kind != "day":
                following = following.replace(day=1, month=1 if kind == "year" else following.month)
            rest = rest.filter(**{f"{field_name}__gte": following})
        return found


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """Entries: to be looked through, never to be changed. The names are copies, so no row asks for its users."""

    list_display = ("at", "account", "told", "actor", "address", "request_id")
    list_display_links = ("at",)
    list_filter = ("what", "at")
    date_hierarchy = "at"
    search_fields = ("username", "by_name", "address", "request_id")
    search_help_text = _("A whole user name, network address or request.")
    show_full_result_count = False
    fields = ("at", "what", "account", "told", "actor", "address", "request_id", "facts")

    def has_add_permission(self, request):
        """Nobody adds one."""
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nobody deletes one: see ``manage.py prune_activity``."""
        return False

    def get_queryset(self, request):
        """Return all entries, newest first."""
        return PeriodQuerySet(self.model).order_by("-id")

    def get_search_results(self, request, queryset, search_term):
        """Find entries by a whole name, address or id: each with its index, where one OR of all may read every row."""
        term = search_term.strip()
        if not term:
            return queryset, False
        lookups = [{"username": term}, {"by_name": term}, {"request_id": term}]
        try:
            lookups.append({"address": str(ip_address(term))})
        except ValueError:
            pass  # PostgreSQL compares addresses with addresses only
        found = [Entry.objects.filter(**lookup).order_by().values("pk") for lookup in lookups]
        return queryset.filter(pk__in=found[0].union(*found[1:])), False

    @admin.display(description=_("account"), ordering="username")
    def account(self, entry):
        """Show the name that the account had."""
        return entry.shown_name

    @admin.display(description=_("what happened"))
    def told(self, entry):
        """Show what happened, in words."""
        return entry.sentence

    @admin.display(description=_("by"), ordering="by_name")
    def actor(self, entry):
        """Show the name of who did it."""
        return entry.shown_by

    @admin.display(description=_("details"))
    def facts(self, entry):
        """Show the details as they are stored."""
        return printable(json.dumps(entry.details, ensure_ascii=False))
