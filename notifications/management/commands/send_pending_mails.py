"""Send the mails that are due, and forget old ones."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from notifications.models import Mail
from notifications.server import MailServer, describe
from notifications.tasks import attempt


class Command(BaseCommand):
    """``manage.py send_pending_mails [--given-up] [--forget [DAYS]]``."""

    help = (
        "Sends the mails that are due: those that failed and whose pause is over, and those that a killed process "
        "left. Run it every few minutes where no worker runs, and now and then where one does."
    )

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument(
            "--given-up", action="store_true", help="Try the mails that were given up once more, from the start."
        )
        parser.add_argument(
            "--forget",
            nargs="?",
            type=int,
            const=30,
            metavar="DAYS",
            help="Also delete what was sent or given up that many days ago. Without a number: 30.",
        )

    def handle(self, *, given_up, forget, **options):
        """Send, delete, tell how many."""
        try:
            old = Mail.objects.none() if forget is None else Mail.objects.over(forget)
        except OverflowError as error:
            raise CommandError("--forget is not a number of days that a calendar has.") from error
        if forget is not None and forget < 0:
            raise CommandError("--forget wants a number of days, 0 or more.")
        try:
            if given_up:
                Mail.objects.start_again()
            if forget is not None:
                deleted, _ = old.delete()
                self.stdout.write(f"{deleted} old mail{'' if deleted == 1 else 's'} forgotten.")
            sent, error = self.send()
            waiting = Mail.objects.waiting().count()
        except DatabaseError as failure:
            raise CommandError(
                f'The outbox can\'t be reached. Has "manage.py migrate" been run? ({failure})'
            ) from failure
        self.stdout.write(f"{sent} mail{'' if sent == 1 else 's'} sent, {waiting} waiting.")
        if error:
            raise CommandError(f"The mail server failed ({describe(error)}); the rest was left for the next run.")

    def send(self):
        """Attempt each due mail until the server fails; return how many were sent, and the server's error."""
        sent = 0
        with MailServer() as server:
            for mail in Mail.objects.due().order_by("next_try_at", "pk"):
                attempt(mail, server)
                sent += mail.sent_at is not None
                if server.error:
                    break
        return sent, server.error
