"""Configuration of the delivery app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Keeps what durable receivers have to do, and has it done."""

    name = "delivery"
    verbose_name = _("Deliveries")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Connect the receivers and register the checks."""
        import delivery.checks
        import delivery.publishing.checks  # noqa: F401 - importing them registers them
        from delivery import signals
        from delivery.publishing import cloudevents

        signals.connect()
        cloudevents.connect()
