"""Bring accounts from another system."""

import csv

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from users import events
from users.dispatch import muted
from users.names import deliverable, fold

User = get_user_model()

FIELDS = ("username", "email", "first_name", "last_name")


class Command(BaseCommand):
    """``manage.py import_users FILE``."""

    help = (
        "Makes an account, with a profile and without a password, for each row of a CSV file with the columns "
        f"{', '.join(FIELDS)}; accounts of that name get the row's values. All rows or none. Nobody gets a mail, and "
        "nothing is logged as done by the people themselves: the file says what was done elsewhere."
    )

    def add_arguments(self, parser):
        """Add the argument."""
        parser.add_argument("file", help="Path of the CSV file, in UTF-8, with a header.")

    def handle(self, *, file, **options):
        """Read the rows and save them, unheard."""
        try:
            with open(file, newline="", encoding="utf-8-sig") as lines:
                rows = list(csv.DictReader(lines, strict=True))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"The file can't be read: {error}") from error
        # The events go out when the transaction is committed, so the muted block is around it.
        with muted(events.fields_changed), transaction.atomic():
            made = sum(self.save(number, row) for number, row in enumerate(rows, start=2))
        self.stdout.write(f"{made} accounts made, {len(rows) - made} brought up to date. No mail was sent.")

    def save(self, number, row):
        """Make the account of a row, or bring it up to date; return whether it is new."""
        values = {name: (row.get(name) or "").strip() for name in FIELDS}
        user = User._base_manager.filter(username__iexact=values["username"]).first() or User()
        is_new = user.pk is None
        for name, value in values.items():
            setattr(user, name, value)
        if is_new:
            user.set_unusable_password()
        try:
            user.email = deliverable(user.email) if user.email else ""
            user.full_clean(validate_unique=False)
        except ValidationError as error:
            raise CommandError(f"Row {number} ({fold(values['username'])!r}): {'; '.join(error.messages)}") from error
        user.save()
        return is_new
