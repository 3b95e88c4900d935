"""Bring accounts from another system."""

import csv

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, IntegrityError, transaction

from listening.muting import muted
from users import events
from users.identity.folding import Fold, fold
from users.identity.names import deliverable
from users.models import Profile
from users.taken import find_taken

User = get_user_model()

FIELDS = ("username", "email", "first_name", "last_name")
WORDS = {"username": "the name", "email": "the address"}


class Command(BaseCommand):
    """``manage.py import_users FILE``."""

    help = (
        "Makes an account, with a profile and without a password, for each row of a CSV file; an account of that "
        f"name gets the row's values. Columns, by commas, named in the first row: {', '.join(FIELDS)}. "
        "Columns that the file does not have leave values alone; new accounts need username and email. A name that is "
        "twice in the file, or an address that somebody else has, is refused. All rows or none. Nobody gets a mail, "
        "and nothing is logged as done by the people themselves: the file says what was done elsewhere."
    )

    def add_arguments(self, parser):
        """Add the argument."""
        parser.add_argument("file", help="Path of the CSV file, in UTF-8, with a header.")

    def handle(self, *, file, **options):
        """Read the rows and save them, unheard."""
        try:
            with open(file, newline="", encoding="utf-8-sig") as lines:
                (_, header), *rows = numbered(csv.reader(lines, strict=True)) or [(0, None)]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"The file can't be read: {error}") from error
        columns = checked(header)
        self.lines = {}  # field and folded value to the line that brings it
        try:
            # The events go out when the transaction is committed, so the muted block is around it.
            with muted(events.fields_changed), transaction.atomic():
                made = sum(self.save(line, columns, row) for line, row in rows)
        except DatabaseError as error:
            raise CommandError(f'Nothing was imported. Has "manage.py migrate" been run? ({error})') from error
        accounts = "1 account" if made == 1 else f"{made} accounts"
        self.stdout.write(f"{accounts} made, {len(rows) - made} brought up to date. No mail was sent.")

    def save(self, line, columns, row):
        """Make the account of a row, or bring it up to date; return whether it is new."""
        if len(row) != len(columns):
            raise CommandError(f"Line {line} has {len(row)} values for {len(columns)} columns.")
        values = dict(zip(columns, map(str.strip, row), strict=True))
        user = find(values["username"]) or User()
        is_new = user.pk is None
        if is_new and not values.get("email"):
            needed = "an email" if "email" in columns else "a column email"
            raise CommandError(
                f"Line {line} ({fold(values['username'])!r}) would be a new account, which needs {needed}; "
                f"{found(columns)}."
            )
        before = {"username": fold(user.username), "email": fold(user.email)}
        for name, value in values.items():
            setattr(user, name, value)
        if is_new:
            user.set_unusable_password()
        # What the file does not bring is not judged, and not written.
        others = [] if is_new else [field.name for field in User._meta.fields if field.name not in values]
        try:
            if values.get("email"):
                user.email = deliverable(user.email)
            user.full_clean(exclude=others, validate_unique=False)
        except ValidationError as error:
            raise CommandError(f"Line {line} ({fold(values['username'])!r}): {'; '.join(error.messages)}") from error
        changed = [name for name in before if before[name] != fold(getattr(user, name))]
        self.refuse_taken(line, user, {name: getattr(user, name) for name in WORDS if values.get(name)}, changed)
        user.save(update_fields=None if is_new else [*values])
        if changed:
            self.claim(line, user, changed)
        return is_new

    def refuse_taken(self, line, user, wanted, changed):
        """Refuse what another row has brought, and what another account has; what is kept was theirs before."""
        for name, value in wanted.items():
            first = self.lines.setdefault((name, fold(value)), line)
            if first != line:
                raise CommandError(
                    f"Line {line} ({fold(user.username)!r}): {WORDS[name]} is that of line {first}, too."
                )
        for name in find_taken({name: wanted[name] for name in changed if name in wanted}, but_for=user.pk):
            raise CommandError(f"Line {line} ({fold(user.username)!r}): another account has {WORDS[name]}.")

    def claim(self, line, user, names):
        """Give a name and an address to this account alone; refuse those that somebody took in the same moment."""
        try:
            Profile.objects.claim(user, *names)
        except IntegrityError as error:
            raise CommandError(f"Line {line} ({fold(user.username)!r}): the name or the address was taken.") from error


def find(name):
    """Return the account of a name, None if there is none: of namesakes the one that is spelled so."""
    namesakes = User._base_manager.alias(folded=Fold("username")).filter(folded=fold(name))
    return namesakes.filter(username=name).first() or namesakes.order_by("pk").first()


def numbered(reader):
    """Return the rows that are not blank, each with the number of the line on which it begins."""
    rows, line = [], 1
    for row in reader:
        if any(map(str.strip, row)):
            rows.append((line, row))
        line = reader.line_num + 1
    return rows


def checked(header):
    """
    Return the names of a file's columns; blanks around them and letter case do not matter.

    Raises:
        CommandError: the file is empty, or a column is unknown, twice there, or missing.
    """
    if header is None:
        raise CommandError("The file is empty.")
    columns = [name.strip().lower() for name in header]
    if "password" in columns:
        raise CommandError(
            "Passwords are not imported, and nothing was: take the column password out; people set a new one by mail."
        )
    if "username" not in columns or not set(columns) <= set(FIELDS) or len(set(columns)) < len(columns):
        raise CommandError(
            f"The first row must name columns of {', '.join(FIELDS)}, each once, separated by commas, username among "
            f"them; {found(header)}."
        )
    return columns


def found(columns):
    """Return the part of a sentence that tells which columns a file has."""
    return f"the file has {', '.join(map(repr, columns))}"
