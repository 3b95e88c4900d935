"""Run what is left to be delivered; look after the rest."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from delivery.models import Delivery
from delivery.running import run
from delivery.sweeping import databases, sweep, sweeping

CHUNK = 100
SECONDS = 2  # between two looks of --watch


class Command(BaseCommand):
    """``manage.py deliver [--watch] [--status] [--retry] [--drop RECEIVER] [--prune [DAYS]]``."""

    help = (
        "Runs what is due: what has failed and whose pause is over, and what a killed process has left. "
        "Where no worker runs, have it run every few minutes."
    )

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument(
            "--watch", action="store_true", help="Go on for ever: hand over to the engine what is due and was left."
        )
        parser.add_argument("--status", action="store_true", help="Tell how many wait, and since when. Run nothing.")
        parser.add_argument("--retry", action="store_true", help="First start again what was given up.")
        parser.add_argument(
            "--drop", metavar="RECEIVER", help="Delete what waits for a receiver, or was given up. Run nothing."
        )
        parser.add_argument(
            "--prune",
            nargs="?",
            type=int,
            const=30,
            metavar="DAYS",
            help="Also delete what was done or given up that many days ago. Without a number: 30.",
        )

    def handle(self, *, watch, status, retry, drop, prune, **options):
        """Do what the options say, on all databases that hold deliveries."""
        if prune is not None and not 0 <= prune <= 999_999:
            raise CommandError("--prune wants a number of days, 0 or more.")
        try:
            if drop:
                self.drop(drop)
            elif status:
                self.tell_status()
            else:
                self.deliver(watch, retry, prune)
        except OverflowError as error:
            raise CommandError("--prune is not a number of days that a calendar has.") from error
        except DatabaseError as failure:
            raise CommandError(
                f'The deliveries can\'t be reached. Has "manage.py migrate" been run? ({failure})'
            ) from failure

    def deliver(self, watch, retry, prune):
        """Start again, prune, run, as it is asked for."""
        for using in databases():
            rows = Delivery.objects.using(using)
            if retry:
                self.stdout.write(f"{counted(rows.start_again())} started again.")
            if prune is not None:
                self.stdout.write(f"{counted(rows.prune(prune))} forgotten.")
        if watch:
            self.watch()
        sweeping.send_robust(sender=Delivery)
        done = failed = waiting = 0
        for using in databases():
            for rows in chunks(using):
                seen = run(rows)
                done += sum(row.state == row.State.DONE for row in seen)
                failed += sum(bool(row.last_error) for row in seen)
            waiting += Delivery.objects.using(using).open().count()
        self.stdout.write(f"{counted(done)} done, {waiting} waiting.")
        if failed:
            raise CommandError(f"{counted(failed)} failed: the log tells more, and so does the admin.")

    def watch(self):
        """Sweep every few seconds, until somebody ends it. A database that is away is waited for."""
        while True:
            try:
                sweep()
            except Exception as error:  # the broker, too
                self.stderr.write(f"Not handed over: {type(error).__name__}")
            close_old_connections()
            time.sleep(SECONDS)

    def drop(self, receiver):
        """Delete what is not done of a receiver."""
        for using in databases():
            rows = Delivery.objects.using(using).filter(receiver=receiver)
            count = rows.open().delete()[0] + rows.given_up().delete()[0]
            self.stdout.write(f"{counted(count)} dropped.")

    def tell_status(self):
        """Write a line for each database."""
        for using in databases():
            rows = Delivery.objects.using(using)
            oldest = rows.due().order_by("due_at").values_list("due_at", flat=True).first()
            late = f", late by {int((timezone.now() - oldest).total_seconds())} s" if oldest else ""
            waiting = f"{rows.open().count()} waiting, {rows.due().count()} of them due{late}"
            self.stdout.write(f"{using}: {waiting}; {rows.given_up().count()} given up.")


def chunks(using):
    """Yield lists of the rows that are due now, in their order."""
    rows = Delivery.objects.using(using)
    # Sorted here: SQLite would walk the table in the order of its key, and read all that is done.
    pks = sorted(rows.due().order_by("due_at").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        yield list(rows.filter(pk__in=pks[start : start + CHUNK]).order_by("pk"))


def counted(number):
    """Return a number of deliveries, in words."""
    return f"{number} {'delivery' if number == 1 else 'deliveries'}"
