"""Configuration of the users app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    """Accounts and their profiles."""

    name = "users"
    verbose_name = _("Accounts")

    def ready(self):
        """Connect the receivers and register the checks: importing them does it."""
        from users import checks, signals  # noqa: F401 - importing them connects and registers
