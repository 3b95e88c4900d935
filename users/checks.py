"""System checks of this app."""

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def check_cache_is_shared(app_configs, **kwargs):
    """Tell when failed logins would be counted for each process by itself."""
    if "locmem" not in settings.CACHES["default"]["BACKEND"]:
        return []
    return [
        checks.Info(
            "Failed logins and password resets are counted in local memory, so each server process allows the "
            "whole number of them.",
            hint="Set CACHE_URL, for example to redis://127.0.0.1:6379/0.",
            id="users.I001",
        )
    ]
