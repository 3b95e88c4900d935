"""Django's command, which gives nobody a name or an address that another account has."""

import os

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError
from django.db import connections

from users.forms import TAKEN
from users.models import Profile
from users.taken import find_taken


class Command(createsuperuser.Command):
    """
    ``manage.py createsuperuser``. Django looks for the very same name, and for no address.

    Of two commands of one name Django takes that of the app which stands first in INSTALLED_APPS.
    """

    def handle(self, *args, **options):
        """Refuse an address that is given and taken, then do as Django does."""
        self.using = options["database"]
        # Whoever migrates "auth" alone makes the first account before the table of profiles.
        self.can_look = Profile._meta.db_table in connections[self.using].introspection.table_names()
        address = options["email"]
        if not address and not options["interactive"]:
            address = os.environ.get("DJANGO_SUPERUSER_EMAIL")
        if error := self.error_if_taken("email", address):
            raise CommandError(error)
        super().handle(*args, **options)

    def get_input_data(self, field, message, default=None):
        """Return what was typed, None if it is to be typed again."""
        value = super().get_input_data(field, message, default)
        error = self.error_if_taken(field.name, value) if field.name == "email" else None
        if error:
            self.stderr.write(f"Error: {error}")
        return None if error else value

    def _validate_username(self, username, verbose_field_name, database):
        error = super()._validate_username(username, verbose_field_name, database)
        return error or self.error_if_taken("username", username)

    def error_if_taken(self, name, value):
        """Return the sentence for a name or an address that another account has, None if nobody has it."""
        if not value or not self.can_look:
            return None
        return str(TAKEN[name]) if find_taken({name: value}, using=self.using) else None
