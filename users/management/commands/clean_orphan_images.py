"""Remove stored pictures that no profile uses."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from users.files import orphans, remove_unused, storage

LONGEST_WAIT = 24 * 60 * 60  # seconds


class Command(BaseCommand):
    """``manage.py clean_orphan_images [--dry-run] [--wait SECONDS]``."""

    help = (
        "Removes stored pictures that no profile uses. Such files are left by rolled-back transactions, by a process "
        "that was killed, or by a storage that refused to delete. What is used is what the databases say: with one "
        "that is migrated and empty, a restored one before its data, every picture looks unused. Try --dry-run first."
    )

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument("--dry-run", action="store_true", help="Name them, remove nothing.")
        parser.add_argument(
            "--wait",
            type=float,
            default=5,
            metavar="SECONDS",
            help="A younger file may belong to a transaction that is still open: wait until all that were found "
            "are this old, and ask the database again. Give more than your longest transaction takes. Default: 5.",
        )

    def handle(self, *, dry_run, wait, verbosity, **options):
        """Find, and remove or name, what nobody uses."""
        if not 0 <= wait <= LONGEST_WAIT:  # nor is it "nan"
            raise CommandError(f"--wait is a number of seconds from 0 to {LONGEST_WAIT}, which is a day.")
        try:
            found = list(orphans())
        except NotImplementedError as error:
            raise CommandError("The storage of pictures can't list its files.") from error
        except DatabaseError as error:
            raise CommandError(f"No file was removed: {error}") from error
        if not dry_run:
            time.sleep(self.seconds_until_old(found, wait))
            found = [name for name in found if remove_unused(name)]
        if verbosity > 1 or dry_run:
            for name in found:
                self.stdout.write(name)
        files = "1 file" if len(found) == 1 else f"{len(found)} files"
        self.stdout.write(f"{files} {'would be ' if dry_run else ''}removed.")

    def seconds_until_old(self, names, wait):
        """Return how long it takes until the youngest of some files is ``wait`` seconds old, ``wait`` at most."""
        now = timezone.now()
        ages = [wait]
        for name in names:
            try:
                ages.append((now - storage.get_modified_time(name)).total_seconds())
            except NotImplementedError:  # nobody knows
                ages.append(0)
            except OSError:  # removed meanwhile
                continue
        return wait - max(0, min(ages))  # a file from the future is a new one
