"""Configuration of the signal_inspector app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignalInspectorConfig(AppConfig):
    """Shows which receivers are connected to which signals, and what fired."""

    name = "signal_inspector"
    verbose_name = _("Signal inspector")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Register the checks."""
        from signal_inspector import checks  # noqa: F401
