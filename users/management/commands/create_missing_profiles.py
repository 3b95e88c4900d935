"""Give a profile to every user who has none."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from users.models import Profile
from users.profiles.missing import create_missing, users_without


class Command(BaseCommand):
    """``manage.py create_missing_profiles [--dry-run] [--database ALIAS]``."""

    help = (
        "Gives a profile to every user who has none: users that came by bulk_create(), SQL or a data migration, "
        "which send no signals. One statement; it can be repeated and run beside the site."
    )

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument("--dry-run", action="store_true", help="Count them, change nothing.")
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="Which database to look at."
        )

    def handle(self, *, dry_run, database, **options):
        """Count or create, and say how many."""
        try:
            with transaction.atomic(using=database):
                missing = users_without(Profile, database)
                count = missing.count() if dry_run else create_missing(Profile, database)
        except DatabaseError as error:
            raise CommandError(
                f"The profiles of database '{database}' can't be reached. Has \"manage.py migrate "
                f'--database {database}" been run? ({error})'
            ) from error
        profiles = "1 profile" if count == 1 else f"{count} profiles"
        self.stdout.write(f"{profiles} {'would be' if dry_run else ('was' if count == 1 else 'were')} created.")
