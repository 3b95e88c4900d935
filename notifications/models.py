"""
The outbox: which mails are to be sent, to whom, and how that went.

What a mail says is not here. It is written when the mail is sent, so no link or token is ever stored, neither here
nor among the arguments of a task.
"""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Between one attempt and the next. The first is also how long a process may take to send a mail before another one
# believes it dead: keep it far above the timeout of EMAIL_URL, which counts anew for each of a server's ten or so
# answers.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
ATTEMPTS = len(PAUSES) + 1


class MailQuerySet(models.QuerySet):
    """The mails, by where they are on their way."""

    def waiting(self):
        """Return the mails that are neither sent nor given up."""
        return self.filter(sent_at=None, given_up_at=None)

    def due(self):
        """Return the waiting mails whose next attempt is now."""
        return self.waiting().filter(next_try_at__lte=timezone.now())

    def over(self, days):
        """Return the mails that were sent or given up that many days ago, or earlier."""
        before = timezone.now() - timedelta(days=days)
        return self.filter(Q(sent_at__lte=before) | Q(given_up_at__lte=before))

    def start_again(self):
        """Have the mails that were given up tried again from now on; return how many there are."""
        again = {"given_up_at": None, "attempts": 0, "next_try_at": timezone.now()}
        return self.exclude(given_up_at=None).update(**again)


class Mail(models.Model):
    """A mail to one address about one account."""

    class Kind(models.TextChoices):
        """What a mail is about; also the name of its templates."""

        WELCOME = "welcome", _("welcome")
        VERIFY_ADDRESS = "verify_address", _("link to verify an address")
        ADDRESS_CHANGED = "address_changed", _("address changed")
        PASSWORD_CHANGED = "password_changed", _("password changed")
        ACCOUNT_CLOSED = "account_closed", _("account closed")

    # Made here, not by the database: it is in the Message-ID, and nobody can guess or count it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    recipient = models.CharField(_("recipient"), max_length=320)
    # Not a foreign key: the account may live on another database, and some mails outlive it.
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

    @property
    def is_due(self):
        """Whether the next attempt is now."""
        return self.next_try_at <= timezone.now()

    @property
    def is_exhausted(self):
        """Whether all attempts were made."""
        return self.attempts >= ATTEMPTS

    @property
    def pause(self):
        """The time from the attempt that is about to be made to the next one; after the last there is only a lease."""
        return PAUSES[self.attempts] if self.attempts < len(PAUSES) else PAUSES[0]

    def claim(self, next_try_at):
        """
        Count an attempt and put off the next one; return False if somebody else did so meanwhile.

        A claim needs no release: it ends with the pause. What a killed process had claimed is due again by then.
        """
        as_before = {"pk": self.pk, "attempts": self.attempts, "sent_at": None, "given_up_at": None}
        rows = type(self).objects.filter(next_try_at__lte=timezone.now(), **as_before)
        claimed = bool(rows.update(attempts=self.attempts + 1, next_try_at=next_try_at))
        if claimed:
            self.attempts, self.next_try_at = self.attempts + 1, next_try_at
        return claimed

    def note_sent(self):
        """Note that the server has accepted the mail."""
        self.sent_at, self.last_error = timezone.now(), ""
        self.save(update_fields=["sent_at", "last_error"])

    def note_failure(self, error, is_final=False):
        """Note what kind of error an attempt ended with; give up if it was the last one, or all others would fail."""
        self.last_error = error[: self._meta.get_field("last_error").max_length]
        if is_final or self.is_exhausted:
            self.given_up_at = timezone.now()
        self.save(update_fields=["last_error", "given_up_at"] if self.given_up_at else ["last_error"])
