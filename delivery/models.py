"""The rows: which durable receiver has to hear which event, and how that went."""

import uuid
from datetime import timedelta

from django.db import connections, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Between an attempt that failed and the next one.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
ATTEMPTS = len(PAUSES) + 1

# A row that was handed over so long ago, and that nobody has taken, is handed over again.
PATIENCE = timedelta(minutes=1)


# Made once: they run for each delivery, and to have the ORM make them takes longer than to run them.
TAKE = (
    "UPDATE delivery_delivery SET state = %s, attempts = %s, due_at = %s "
    "WHERE id = %s AND attempts = %s AND finished_at IS NULL AND due_at <= %s AND (%s = '' OR NOT EXISTS ("
    "SELECT 1 FROM delivery_delivery earlier WHERE earlier.finished_at IS NULL "
    "AND earlier.receiver = %s AND earlier.key = %s AND earlier.id < %s))"
)
FOLLOWING = (
    "SELECT MIN(id) FROM delivery_delivery WHERE finished_at IS NULL AND receiver = %s AND key = %s AND id > %s"
)


class DeliveryQuerySet(models.QuerySet):
    """The rows, by where they are on their way."""

    def open(self):
        """Return those that are neither done nor given up."""
        return self.filter(finished_at=None)

    def due(self):
        """Return the open ones whose next attempt is now, or whose lease has ended."""
        return self.open().filter(due_at__lte=timezone.now())

    def left(self):
        """Return the due ones that were not handed over lately."""
        return self.due().filter(handed_at__lte=timezone.now() - PATIENCE)

    def given_up(self):
        """Return those that were given up."""
        return self.filter(state=self.model.State.GIVEN_UP)

    def of_key(self, sender, key):
        """Return those about a row of a model: ``sender`` is the model's label, ``key`` its primary key as text."""
        return self.filter(sender=sender, key=key)

    def start_again(self):
        """Have those that were given up tried again from now on; return how many there are."""
        now, state = timezone.now(), self.model.State.WAITING
        again = {"state": state, "attempts": 0, "finished_at": None, "due_at": now, "handed_at": now - PATIENCE}
        return self.given_up().update(**again)

    def forget_key(self, sender, key):
        """Delete what is over of a key, and have the rest lose its arguments when it is done."""
        about = self.of_key(sender, key)
        about.exclude(finished_at=None).delete()
        about.open().update(forget=True)

    def prune(self, days, batch=1000):
        """Delete, some at a time, what was done or given up so many days ago or earlier; return how many it was."""
        old = self.filter(finished_at__lte=timezone.now() - timedelta(days=days)).order_by("finished_at")
        total = 0
        while pks := list(old.values_list("pk", flat=True)[:batch]):
            total += self.filter(pk__in=pks).delete()[0]
        return total


class Delivery(models.Model):
    """One durable receiver that has to hear one event."""

    class State(models.TextChoices):
        """How it is going."""

        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        DONE = "done", _("done")
        GIVEN_UP = "given_up", _("given up")

    event_id = models.UUIDField(_("id of the event"), default=uuid.uuid4, editable=False)
    event = models.CharField(_("event"), max_length=255)
    sender = models.CharField(_("sender"), max_length=255, blank=True)
    receiver = models.CharField(_("receiver"), max_length=255)
    # Not a foreign key: a receiver may have to hear of what is gone.
    key = models.CharField(_("about"), max_length=255, blank=True)
    arguments = models.JSONField(_("arguments"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    due_at = models.DateTimeField(_("next attempt at"), default=timezone.now)  # while it is taken: the lease's end
    handed_at = models.DateTimeField(_("handed over at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    # Where it comes from, for whoever records traces: see tracing.py.
    traceparent = models.CharField(max_length=55, blank=True, default="", editable=False)
    trace = models.CharField(_("trace"), max_length=32, blank=True, default="", editable=False)
    forget = models.BooleanField(_("loses its arguments when it is done"), default=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(finished_at=None)),
            models.Index(fields=["receiver", "key", "id"], name="delivery_order", condition=Q(finished_at=None)),
            models.Index(fields=["key"], name="delivery_key"),
            models.Index(fields=["finished_at"], name="delivery_finished", condition=Q(finished_at__isnull=False)),
            models.Index(fields=["receiver"], name="delivery_given_up", condition=Q(state="given_up")),
        ]

    def __str__(self):
        return f"{self.receiver} {self.pk}"

    @property
    def is_exhausted(self):
        """Whether all attempts were made."""
        return self.attempts >= ATTEMPTS

    def take(self, lease):
        """
        Count an attempt, and keep others away for the length of a lease; return whether that is granted.

        It is not if somebody else took it meanwhile, if it is not due, or while an earlier one of the same receiver
        and key is open. It needs no release: what a killed process had taken is due again when the lease ends.
        """
        now, connection = timezone.now(), connections[self._state.db]
        taken = {"state": self.State.TAKEN, "attempts": self.attempts + 1, "due_at": now + lease}
        until, now = map(connection.ops.adapt_datetimefield_value, (now + lease, now))
        with connection.cursor() as cursor:
            values = [taken["state"].value, taken["attempts"], until, self.pk, self.attempts, now]
            cursor.execute(TAKE, [*values, self.key, self.receiver, self.key, self.pk])
            is_taken = cursor.rowcount == 1
        if is_taken:
            vars(self).update(taken)
        return is_taken

    def finish(self):
        """Note that the work is done; return False if somebody else took it since: the lease was too short."""
        done = {"state": self.State.DONE, "finished_at": timezone.now(), "last_error": ""}
        if self.forget or not self.key:
            done["arguments"] = {}
        return self._note(self._taken, **done)

    def fail(self, error, is_final=False):
        """Note what kind of error an attempt ended with; give up if it was the last one, or all others would fail."""
        error = error[: self._meta.get_field("last_error").max_length]
        if is_final or self.is_exhausted:
            outcome = {"state": self.State.GIVEN_UP, "finished_at": timezone.now()}
        else:
            outcome = {"state": self.State.WAITING, "due_at": timezone.now() + PAUSES[self.attempts - 1]}
        return self._note(self._taken, last_error=error, **outcome)

    def put_off(self, error):
        """Leave it alone for a while, without counting an attempt."""
        rows = self._open(pk=self.pk, attempts=self.attempts)
        return self._note(rows, last_error=error, state=self.State.WAITING, due_at=timezone.now() + PAUSES[0])

    def following(self):
        """Return what waited for this one, or None."""
        if not self.key:
            return None
        with connections[self._state.db].cursor() as cursor:  # there is none, nearly always
            cursor.execute(FOLLOWING, [self.receiver, self.key, self.pk])
            (pk,) = cursor.fetchone()
        return pk and self._open(pk=pk).first()

    @property
    def _taken(self):
        """This row, if it is still taken by this attempt: no other one may be told of its end."""
        return self._open(pk=self.pk, attempts=self.attempts, state=self.State.TAKEN)

    def _open(self, **lookups):
        return type(self).objects.using(self._state.db).filter(finished_at=None, **lookups)

    def _note(self, rows, **values):
        if not rows.update(**values):
            return False
        vars(self).update(values)
        return True
