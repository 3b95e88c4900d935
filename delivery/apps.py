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
        from delivery import checks, signals  # noqa: F401 - importing it registers them

        signals.connect()
