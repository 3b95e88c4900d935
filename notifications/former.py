"""
What the outbox of former versions still holds becomes deliveries: what waits is sent, what is over can be looked at.

It happens whenever somebody looks for what is left to be delivered, so also while processes of a former version run
beside this one. For one release; then the table goes.
"""

from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction

from delivery.models import Delivery
from delivery.sweeping import sweeping
from notifications import signals
from notifications.models import Kind, Mail
from users import events

User = get_user_model()
State = Delivery.State
MOST = 200  # mails at a time

RECEIVERS = {kind: (signal, receiver) for signal, receiver, kind in signals.RECEIVERS} | {
    Kind.VERIFY_ADDRESS: (events.verification_requested, signals.send_verification_link)
}


def move_mails(sender, **kwargs):
    """Make deliveries of the mails that no process of a former version is sending."""
    try:
        mails = list(Mail.objects.settled().order_by("created_at")[:MOST])
    except DatabaseError:  # the table is gone, or not there yet
        return
    for mail in mails:
        with transaction.atomic(using=mail.database):
            row = delivery_of(mail)
            row.save(using=mail.database, force_insert=True)
            # Last, and only as it was read: who has claimed it meanwhile sends it.
            if not Mail.objects.filter(pk=mail.pk, attempts=mail.attempts, sent_at=mail.sent_at).delete()[0]:
                transaction.set_rollback(True, using=mail.database)


def delivery_of(mail):
    """Return the delivery that is the same as a mail."""
    signal, receiver = RECEIVERS[mail.kind]
    about = {"instance": {"$model": [User._meta.label_lower, mail.account_id, mail.database]}}
    if mail.kind == Kind.ACCOUNT_CLOSED:
        about = {"user_id": mail.account_id}
    done, given_up = State.DONE if mail.sent_at else State.WAITING, State.GIVEN_UP
    return Delivery(
        event_id=mail.pk,
        event=signal.label,
        sender=User._meta.label,
        receiver=receiver.label,
        key=mail.account_id,
        arguments={**about, "using": mail.database, "address": mail.recipient},
        state=given_up if mail.given_up_at else done,
        attempts=mail.attempts,
        created_at=mail.created_at,
        due_at=mail.next_try_at,
        handed_at=mail.created_at,
        finished_at=mail.sent_at or mail.given_up_at,
        last_error=mail.last_error,
        forget=mail.kind == Kind.ACCOUNT_CLOSED,
    )


def connect():
    """Connect the receiver."""
    sweeping.connect(move_mails, dispatch_uid="notifications.move_mails")
