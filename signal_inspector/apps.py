"""Configuration of the signal_inspector app."""

from django.apps import AppConfig
from django.core.signals import request_finished, request_started
from django.utils.translation import gettext_lazy as _


class SignalInspectorConfig(AppConfig):
    """Shows which receivers are connected to which signals, and what fired."""

    name = "signal_inspector"
    verbose_name = _("Signal inspector")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Register the checks, and connect what notes the first and the last moment of a request."""
        from signal_inspector import checks, setup_checks, signals  # noqa: F401 - importing checks registers them

        request_started.connect(signals.note_beginning, dispatch_uid="signal_inspector.note_beginning")
        request_finished.connect(signals.store_record, dispatch_uid="signal_inspector.store_record")
