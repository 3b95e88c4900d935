"""Configuration of the activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivityConfig(AppConfig):
    """The account log, written by listening to what other code says."""

    name = "activity"
    verbose_name = _("Account log")

    def ready(self):
        """Connect the receivers."""
        from activity import signals

        signals.connect()
