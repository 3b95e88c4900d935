"""The traces of requests and of work, as they are stored: seen by all processes, and after a restart."""

import json

from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from signal_inspector import conf
from signal_inspector.traces.trace import Trace
from signal_inspector.traces.work import from_data


class StoredTraceManager(models.Manager):
    """Looks for traces in the database of ``SIGNAL_INSPECTOR_DATABASE``, or where the router says."""

    def get_queryset(self):
        """Return all of them."""
        traces, alias = super().get_queryset(), conf.database()
        return traces.using(alias) if alias else traces


class StoredTrace(models.Model):
    """
    What fired in one request, or in one attempt at work that a receiver had left for later.

    The number of rows is bounded (see store.py). What the list shows and filters by has columns of its own, so that
    only the page of a trace reads the whole of it.
    """

    id = models.CharField(primary_key=True, max_length=32, editable=False)  # made before there is a row
    stored_at = models.DateTimeField(_("stored at"), db_index=True)
    method = models.CharField(_("method"), max_length=16)
    path = models.CharField(_("path"), max_length=200)
    status = models.PositiveSmallIntegerField(_("status"))
    duration = models.FloatField(_("duration"), help_text=_("Seconds, from request_started to the answer."))
    signals = models.PositiveIntegerField(_("signals"))
    receivers = models.PositiveIntegerField(_("receivers"))
    queries = models.PositiveIntegerField(_("statements"))
    errors = models.PositiveIntegerField(_("errors"))
    slowest = models.FloatField(_("slowest receiver"), help_text=_("Seconds."))
    part_of = models.CharField(_("trace that it is a part of"), max_length=32, blank=True, default="", db_index=True)
    work = models.TextField(_("work"), blank=True, default="", help_text=_("JSON: of work that was left for later."))
    before = models.CharField(_("request before the redirect"), max_length=32, blank=True, default="")
    # ASCII in text columns: PostgreSQL's jsonb takes no NUL, and a sender may be any string.
    summary = models.TextField(_("summary"), help_text=_("JSON: the names of signals and apps."))
    edges = models.TextField(_("edges"), help_text=_("JSON: which signals called whom, and what that sent."))
    data = models.TextField(_("data"), help_text=_("JSON: the whole trace."))

    objects = StoredTraceManager()

    class Meta:
        verbose_name = _("trace")
        verbose_name_plural = _("traces")
        ordering = ["-stored_at", "-id"]

    def __str__(self):
        return self.label

    def get_absolute_url(self):
        """Return the address of its page."""
        return reverse("signal_inspector:trace", args=[self.pk])

    @property
    def label(self):
        """What was asked for, ``"POST /register/"``; or done, ``"WORK notifications.signals.send_welcome_mail"``."""
        return f"{self.method} {self.path}"

    @property
    def short_name(self):
        """The last part of its path: of work what the receiver is called."""
        return self.path.rpartition(".")[2]

    @property
    def anchor(self):
        """What the ids of its lines begin with in a page, which may show the lines of several traces."""
        return f"line-{self.pk[:8]}-" if self.work else "line-"

    @property
    def ms(self):
        """How long the request took, in milliseconds."""
        return self.duration * 1000

    @cached_property
    def names(self):
        """The names of the signals, the labels of the apps, and what fired: see ``summary.summarise``."""
        return json.loads(self.summary)

    @cached_property
    def attempt(self):
        """The ``Attempt`` at work that was left for later; None for a request."""
        return from_data(json.loads(self.work), trace=self.pk) if self.work else None

    @cached_property
    def trace(self):
        """The tree (``Trace``)."""
        return Trace.from_data(json.loads(self.data))
