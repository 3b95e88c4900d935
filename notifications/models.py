"""
The outbox of former versions. Nothing is written here any more: ``delivery`` keeps what has to be sent.

The table stays for one release, so that no mail is lost that waits in it: see ``notifications.former``.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a mail is about; also the name of its templates."""

    WELCOME = "welcome", _("welcome")
    VERIFY_ADDRESS = "verify_address", _("link to verify an address")
    ADDRESS_CHANGED = "address_changed", _("address changed")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    ACCOUNT_CLOSED = "account_closed", _("account closed")


class MailQuerySet(models.QuerySet):
    """The mails, by where they are on their way."""

    def settled(self):
        """Return those that no process of a former version is about to send: what is over, and what is due."""
        return self.filter(~Q(sent_at=None) | ~Q(given_up_at=None) | Q(next_try_at__lte=timezone.now()))


class Mail(models.Model):
    """A mail to one address about one account, as former versions have put it into their outbox."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    recipient = models.CharField(_("recipient"), max_length=320)
    account_id = models.CharField(_("account"), max_length=255)
    database = models.CharField(_("database of the account"), max_length=100)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=100, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            models.Index(
                fields=["next_try_at"], name="notifications_waiting", condition=Q(sent_at=None, given_up_at=None)
            ),
            models.Index(fields=["account_id"], name="notifications_account"),
            models.Index(fields=["created_at"], name="notifications_created"),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"
