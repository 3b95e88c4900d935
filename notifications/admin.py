"""The outbox in the admin, to look at."""

from django.contrib import admin

from notifications.models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    """The mails and how they fared. Read-only: they are written by what happens."""

    list_display = ("created_at", "kind", "recipient", "attempts", "sent_at", "given_up_at", "last_error")
    list_filter = ("kind", "created_at", "sent_at", "given_up_at")
    search_fields = ("recipient", "account_id")
    show_full_result_count = False  # it would count all rows for a number that nobody needs

    def has_add_permission(self, request):
        """Nobody writes a mail here."""
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nobody deletes one: ``send_pending_mails --forget`` does, when its time has come."""
        return False
