"""Delete old entries of the account log."""

import time
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils import timezone

from activity.models import Entry

PAUSE = 0.05  # seconds after each batch: who waits for SQLite's lock asks for it only now and then


class Command(BaseCommand):
    """``manage.py prune_activity --older-than DAYS [--dry-run] [--database ALIAS]``."""

    help = (
        "Deletes the entries of the account log that are older than a number of days, in batches, so that the site "
        "can write in between. It can be stopped and started again."
    )

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument(
            "--older-than", type=float, required=True, metavar="DAYS", help="Delete entries older than this."
        )
        parser.add_argument("--dry-run", action="store_true", help="Count them, delete nothing.")
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="Which database to look at."
        )

    def handle(self, *, older_than, dry_run, database, **options):
        """Count or delete, and say how many."""
        try:
            before = timezone.now() - timedelta(days=older_than)
        except (OverflowError, ValueError) as error:
            raise CommandError("--older-than is not a number of days that a calendar has.") from error
        if older_than < 0:
            raise CommandError("--older-than is the age of entries in days; it can't be negative.")
        try:
            if dry_run:
                count = Entry.objects.using(database).filter(at__lt=before).count()
            else:
                count = self.prune(before, database)
        except DatabaseError as error:
            raise CommandError(f"The account log of database '{database}' can't be reached: {error}") from error
        entries = "1 entry" if count == 1 else f"{count} entries"
        self.stdout.write(f"{entries} {'would be' if dry_run else ('was' if count == 1 else 'were')} deleted.")

    def prune(self, before, database):
        """Delete a batch after the other, and return how many rows that were."""
        count = 0
        for deleted in Entry.objects.prune(before, database):
            count += deleted
            time.sleep(PAUSE)
        return count
