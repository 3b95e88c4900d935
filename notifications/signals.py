"""
The receivers of this app: what is heard becomes mail.

They are connected by ``connect()``, from a table, and not by decorators as in ``users``. Those receivers are part of
what their app does. These only listen, so whether they do is a matter of configuration, and the table shows at a
glance who gets mail about what. ``users.events`` is all that they know of the project.

Those that send a mail are durable: ``delivery`` notes each in the transaction of the fact, and has it tried until the
mail is sent. What is noted is the address that the mail is for, as it was then, and nothing where there is no mail to
send. What the mail says is written when it is sent, so no link or token is stored. It may be sent twice, with the same
Message-ID: by a process that is killed when the server has accepted the mail and that is not noted yet.
"""

import logging
from datetime import timedelta
from functools import partial

from django.apps import apps
from django.contrib.auth import get_user_model

from listening.durability import GiveUpError, durable, shared
from notifications.models import Kind, Mail
from notifications.rendering import render
from notifications.server import MailServer
from users import events

logger = logging.getLogger(__name__)

User = get_user_model()

# No transaction is open while a server is waited for. Keep the lease far above the timeout of EMAIL_URL, which counts
# anew for each of a server's ten or so answers.
by_mail = partial(durable, atomic=False, lease=timedelta(minutes=5))


def noted(address):
    """Return what to note of a mail to an address. Nobody writes to an empty one."""
    return {"address": address} if address else None


def note_owner(sender, instance, **kwargs):
    """Note the address of an account."""
    return noted(getattr(instance, instance.get_email_field_name()))


def note_new_address(sender, changes, **kwargs):
    """Note the new address of an account. The event tells it; the instance may have changed since."""
    return noted(changes.get(User.get_email_field_name(), (None, None))[1])


def note_old_address(sender, changes, **kwargs):
    """Note the old address of an account."""
    return noted(changes.get(User.get_email_field_name(), (None, None))[0])


def note_owner_of_password(sender, instance, changes, **kwargs):
    """Note the address of an account whose password was changed."""
    return note_owner(sender, instance) if "password" in changes else None


def note_last_address(sender, email, **kwargs):
    """Note the address that a deleted account had."""
    return noted(email)


@by_mail(noting=note_owner)
def send_welcome(sender, address, keys, using, event_id, **kwargs):
    """Welcome a new user, with a link that verifies the address."""
    send(Kind.WELCOME, address, keys["instance"], using, event_id)


@by_mail(noting=note_owner)
def send_verification_link(sender, address, keys, using, event_id, **kwargs):
    """Send another link that verifies the address."""
    send(Kind.VERIFY_ADDRESS, address, keys["instance"], using, event_id)


@by_mail(noting=note_new_address)
def send_link_to_new_address(sender, address, keys, using, event_id, **kwargs):
    """Send a link to the new address of an account."""
    send(Kind.VERIFY_ADDRESS, address, keys["instance"], using, event_id)


@by_mail(noting=note_old_address)
def announce_changed_address(sender, address, keys, using, event_id, **kwargs):
    """Tell the old address of an account that there is a new one."""
    send(Kind.ADDRESS_CHANGED, address, keys["instance"], using, event_id)


@by_mail(noting=note_owner_of_password)
def announce_changed_password(sender, address, keys, using, event_id, **kwargs):
    """Tell the owner of an account that its password was changed."""
    send(Kind.PASSWORD_CHANGED, address, keys["instance"], using, event_id)


@by_mail(noting=note_last_address)
def announce_closed_account(sender, address, user_id, using, event_id, **kwargs):
    """Tell whose account was deleted."""
    send(Kind.ACCOUNT_CLOSED, address, user_id, using, event_id)


def add_mails_to_export(sender, instance, using, **kwargs):
    """Return the mails of a person, for the file of their data, one by one. What this raises is the sender's."""
    former = Mail.objects.filter(account_id=str(instance.pk), database=using).order_by("created_at")
    yield from former.values("kind", "recipient", "created_at", "sent_at").iterator()
    if not apps.is_installed("delivery"):  # nothing is kept then
        return
    kinds = {receiver.label: kind for _, receiver, kind in RECEIVERS if kind}
    rows = apps.get_model("delivery", "Delivery").objects.using(using).of_key(User._meta.label, str(instance.pk))
    for row in rows.filter(receiver__in=kinds).order_by("pk").iterator():
        sent_at = row.finished_at if row.state == row.State.DONE else None
        address = row.arguments.get("address")
        yield {"kind": kinds[row.receiver], "recipient": address, "created_at": row.created_at, "sent_at": sent_at}


def send(kind, address, user_id, using, event_id):
    """
    Write a mail and send it.

    Args:
        kind (Kind): what it is about.
        address (str): whom it is for.
        user_id (object): the primary key of the user whom it is about.
        using (str): the alias of the user's database.
        event_id (str): what tells the event from others.

    Raises:
        GiveUpError: it can't be sent, however often it is tried.
        Exception: whatever the mail server, or the templates, raise.
    """
    message = render(kind, address, user_id, using, event_id)
    if message is None:
        logger.info("A mail (%s) was dropped: the account or its address is another one by now.", kind)
        return
    server = shared(MailServer)
    try:
        server.send(message)
    except Exception as error:
        if server.would_fail_again(error):
            raise GiveUpError from error
        raise


RECEIVERS = (
    # signal, receiver, what the mail is about
    (events.user_registered, send_welcome, Kind.WELCOME),
    (events.verification_requested, send_verification_link, Kind.VERIFY_ADDRESS),
    (events.fields_changed, send_link_to_new_address, Kind.VERIFY_ADDRESS),
    (events.fields_changed, announce_changed_address, Kind.ADDRESS_CHANGED),
    (events.fields_changed, announce_changed_password, Kind.PASSWORD_CHANGED),
    (events.account_closed, announce_closed_account, Kind.ACCOUNT_CLOSED),
    (events.collecting_export, add_mails_to_export, None),
)


def connect():
    """Connect the receivers. The dispatch_uid keeps each to one call, however often this runs."""
    for signal, function, _ in RECEIVERS:
        signal.connect(function, sender=User, dispatch_uid=f"notifications.{function.__name__}")
