"""Configuration of the notifications app."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Mails about what happened to an account, sent by listening to what other code says."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self):
        """Connect the receivers."""
        from notifications import signals

        signals.connect()
        if apps.is_installed("delivery"):
            from notifications import former

            former.connect()
