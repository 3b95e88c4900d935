"""The account log: one row for each thing that happened, written once."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.managers import NAME_LENGTH, AppendOnlyError, EntryManager
from activity.sentences import sentence
from activity.text import printable


class Entry(models.Model):
    """
    One thing that happened to an account, or failed to. It is written once and never changed.

    Neither key has a constraint in the database: with one, no account could be deleted any more once this app is
    taken out of INSTALLED_APPS and its table stays.
    """

    class What(models.TextChoices):
        """What happened."""

        REGISTERED = "registered", _("registered")
        CREATED = "created", _("created")
        VERIFIED = "verified", _("address verified")
        CHANGED = "changed", _("changed")
        PASSWORD = "password", _("password changed")
        RIGHTS = "rights", _("rights changed")
        GROUPS = "groups", _("groups given or taken")
        PERMISSIONS = "permissions", _("permissions given or taken")
        LOGGED_IN = "logged_in", _("logged in")
        LOGGED_OUT = "logged_out", _("logged out")
        LOGIN_FAILED = "login_failed", _("login failed")
        LOCKED_OUT = "locked_out", _("locked out")
        CLOSED = "closed", _("account closed")
        REQUEST_FAILED = "request_failed", _("request failed")

    what = models.CharField(_("kind"), max_length=20, choices=What)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # the index of one's own log serves it
        db_constraint=False,
        verbose_name=_("account"),
    )
    username = models.CharField(_("name of the account"), max_length=NAME_LENGTH, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("by"),
    )
    by_name = models.CharField(_("by"), max_length=NAME_LENGTH, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    address = models.GenericIPAddressField(_("network address"), null=True)
    request_id = models.CharField(_("request"), max_length=32, blank=True)
    details = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)

    objects = EntryManager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(fields=["user", "-id"], name="activity_own_log"),
            models.Index(fields=["at"], name="activity_at"),
            # What the admin searches.
            models.Index(fields=["username"], name="activity_username"),
            models.Index(fields=["by_name"], name="activity_by_name"),
            models.Index(fields=["request_id"], name="activity_request_id"),
            models.Index(fields=["address"], name="activity_address"),
        ]

    def __str__(self):
        return f"{self.shown_name}: {self.sentence}" if self.username else self.sentence

    def save(self, *, using=None, **kwargs):
        """Insert the entry; raise AppendOnlyError if it was written before."""
        if not self._state.adding:
            raise AppendOnlyError
        # With a primary key that is given, Django would try an UPDATE first.
        super().save(using=using, force_insert=True)

    def delete(self, *args, **kwargs):
        """Raise AppendOnlyError."""
        raise AppendOnlyError

    @property
    def sentence(self):
        """What happened, in words."""
        return sentence(self.what, self.details)

    @property
    def shown_name(self):
        """The name that the account had, in one line."""
        return printable(self.username)

    @property
    def shown_by(self):
        """The name that who did it had, in one line."""
        return printable(self.by_name)

    @property
    def is_by_somebody_else(self):
        """Whether somebody else than the owner of the account did it, as far as that is known."""
        return bool(self.by_name) and self.by_id != self.user_id
