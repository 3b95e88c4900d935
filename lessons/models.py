"""What the lessons keep: recordings that pages are made of."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Recording(models.Model):
    """
    Something that was done once for real, while a record with details went on.

    It is kept for as long as nobody deletes it, apart from the inspector's traces, of which the newest are kept.
    """

    name = models.CharField(_("name"), max_length=50, unique=True)
    trace = models.JSONField(_("trace"), help_text=_("What Trace.as_data() gave."))
    functions = models.JSONField(_("functions"), help_text=_("Of each function in it: its first line, and a digest."))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["name"]

    def __str__(self):
        return self.name
