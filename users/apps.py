"""Configuration of the users app."""

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

NEEDED = ("username", "email", "first_name", "last_name", "password", "is_active", "is_staff", "is_superuser")


class UsersConfig(AppConfig):
    """Accounts and their profiles."""

    name = "users"
    verbose_name = _("Accounts")

    def ready(self):
        """Connect the receivers and register the checks: importing them does it."""
        check_user_model(get_user_model())
        from users import checks, signals  # noqa: F401 - importing them connects and registers


def check_user_model(model):
    """
    Say what a user model of one's own lacks, before a form or a receiver fails on it in words of its own.

    Raises:
        ImproperlyConfigured: with one sentence.
    """
    missing = [name for name in NEEDED if not _has_field(model, name)]
    if missing:
        raise ImproperlyConfigured(
            f"The users app needs a user model with the fields of AbstractUser: {model._meta.label} lacks "
            f"{', '.join(missing)}."
        )
    names = (model.USERNAME_FIELD, model.get_email_field_name())
    if names != ("username", "email"):
        raise ImproperlyConfigured(
            f"The users app needs a user model whose USERNAME_FIELD is 'username' and whose EMAIL_FIELD is 'email': "
            f"those of {model._meta.label} are {names[0]!r} and {names[1]!r}."
        )


def _has_field(model, name):
    try:
        return bool(model._meta.get_field(name))
    except FieldDoesNotExist:
        return False
