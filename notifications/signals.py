"""
The receivers of this app: what is heard becomes mail.

They are connected by ``connect()``, from a table, and not by decorators as in ``users``. Those receivers are part of
what their app does. These only listen, so whether they do is a matter of configuration, and the table shows at a
glance who gets mail about what. ``users.events`` is all that they know of the project.

Each costs one INSERT when there is a mail to send, and no statement when there is none. The rest is the task's.
"""

from django.contrib.auth import get_user_model
from django.db import router, transaction

from notifications.models import Mail
from notifications.tasks import deliver
from users import events

User = get_user_model()
Kind = Mail.Kind


def send_welcome(sender, instance, using, **kwargs):
    """Welcome a new user, with a link that verifies the address."""
    post(instance.pk, using, (Kind.WELCOME, _address(instance)))


def send_verification_link(sender, instance, using, **kwargs):
    """Send another link that verifies the address."""
    post(instance.pk, using, (Kind.VERIFY_ADDRESS, _address(instance)))


def announce_changed_address(sender, instance, changes, using, **kwargs):
    """Send a link to the new address of an account, and a notice to the old one."""
    # The values of the event, not of the instance: that one may have changed since.
    old, new = changes.get(User.get_email_field_name(), (None, None))
    post(instance.pk, using, (Kind.VERIFY_ADDRESS, new), (Kind.ADDRESS_CHANGED, old))


def announce_changed_password(sender, instance, changes, using, **kwargs):
    """Tell the owner of an account that its password was changed."""
    if "password" in changes:
        post(instance.pk, using, (Kind.PASSWORD_CHANGED, _address(instance)))


def announce_closed_account(sender, user_id, email, using, **kwargs):
    """Tell whose account was deleted. Nothing is left of it but the values of the event."""
    post(user_id, using, (Kind.ACCOUNT_CLOSED, email))


def add_mails_to_export(sender, instance, using, **kwargs):
    """Return the mails of a person, for the file of their data, one by one. What this raises is the sender's."""
    mails = Mail.objects.filter(account_id=str(instance.pk), database=using).order_by("created_at")
    return mails.values("kind", "recipient", "created_at", "sent_at").iterator()


def post(user_id, using, *mails):
    """
    Put mails into the outbox, and hand them to the task that sends them.

    Args:
        user_id (object): the primary key of the user whom they are about.
        using (str): the alias of the user's database.
        *mails (tuple): kind and address of each. Nobody writes to an empty address.
    """
    rows = [
        Mail(kind=kind, recipient=address, account_id=str(user_id), database=using)
        for kind, address in mails
        if address
    ]
    if not rows:
        return
    Mail.objects.bulk_create(rows)

    # Not a partial: Django reports what goes wrong here by the function's __qualname__, and a partial has none.
    def hand_over():
        deliver.enqueue([str(row.pk) for row in rows])

    # The events come after the commit. Should one come before, its mails wait for it, and go with it if it fails.
    transaction.on_commit(hand_over, using=router.db_for_write(Mail), robust=True)


def _address(user):
    return getattr(user, user.get_email_field_name())


RECEIVERS = (
    (events.user_registered, send_welcome),
    (events.verification_requested, send_verification_link),
    (events.fields_changed, announce_changed_address),
    (events.fields_changed, announce_changed_password),
    (events.account_closed, announce_closed_account),
    (events.collecting_export, add_mails_to_export),
)


def connect():
    """Connect the receivers. The dispatch_uid keeps each to one call, however often this runs."""
    for signal, function in RECEIVERS:
        signal.connect(function, sender=User, dispatch_uid=f"notifications.{function.__name__}")
