"""
Sending what is in the outbox, at least once.

A mail is claimed, sent, and noted as sent. What happens in between decides what "sent" can promise: a process that
is killed after the server has accepted a mail, and before that is noted, leaves a mail that is sent again later. The
other order would lose mails. A notice about one's account had better come twice, with the same Message-ID.
"""

import logging

from django.utils import timezone

from notifications.models import ATTEMPTS, Mail
from notifications.rendering import render
from notifications.server import MailServer, describe

try:
    from django.tasks import task  # Django 6.0 and newer: its backends know no other tasks
except ImportError:
    from django_tasks import task

logger = logging.getLogger(__name__)


@task()
def deliver(mail_ids):
    """
    Send the mails that are due, and come back for those that are not due yet.

    Args:
        mail_ids (list): primary keys as strings. What is sent already is not sent again.

    It raises nothing: a backend would note the error, with all its words, and forget about the mail.
    """
    try:
        with MailServer() as server:
            for mail in Mail.objects.waiting().filter(pk__in=mail_ids).order_by("created_at", "pk"):
                attempt(mail, server)
    except Exception as error:  # of the database; send_pending_mails finds what is left
        logger.error("Mails can't be looked up or noted: %s", describe(error))
        logger.debug("This was the error.", exc_info=True)


def attempt(mail, server):
    """
    Try to send a mail once, if it is due. The mail tells the outcome; one without any point is deleted.

    Args:
        mail (Mail): a waiting mail.
        server (MailServer): where to send it.
    """
    if not mail.is_due:
        come_back(mail, mail.next_try_at)
    elif mail.is_exhausted:  # the last attempt was killed
        mail.note_failure(mail.last_error)
        logger.error("Mail %s (%s) is given up after %d attempts.", mail.pk, mail.kind, mail.attempts)
    else:
        next_try_at = timezone.now() + mail.pause
        # First of all: a process that is killed from here on has its successor in the queue already.
        come_back(mail, next_try_at)
        if mail.claim(next_try_at):
            _send(mail, server)


def come_back(mail, at):
    """Have a worker look at a mail again, if there are workers: an immediate backend can't wait."""
    try:
        if deliver.get_backend().supports_defer:
            deliver.using(run_after=at).enqueue([str(mail.pk)])
    except Exception as error:  # send_pending_mails will find it
        logger.error("The next attempt of mail %s (%s) can't be queued: %s", mail.pk, mail.kind, describe(error))
        logger.debug("This was the error.", exc_info=True)


def _send(mail, server):
    message = None
    try:
        message = render(mail)
        if message is not None:
            server.send(message)
    except Exception as error:
        mail.note_failure(describe(error), is_final=message is not None and server.would_fail_again(error))
        level, outcome = (logging.ERROR, "given up") if mail.given_up_at else (logging.WARNING, "tried again later")
        text = "Mail %s (%s) was not sent and is %s, attempt %d of %d: %s"
        logger.log(level, text, mail.pk, mail.kind, outcome, mail.attempts, ATTEMPTS, mail.last_error)
        logger.debug("This was the error.", exc_info=True)
    else:
        if message is None:
            mail.delete()
            logger.info("A mail (%s) was dropped: the account or its address is another one by now.", mail.kind)
        else:
            mail.note_sent()
