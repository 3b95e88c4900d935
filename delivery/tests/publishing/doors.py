"""Public events of the tests, and those of the project connected as an EVENTS_URL would have them."""

from datetime import date
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import override_settings

from delivery.publishing import cloudevents
from delivery.tests.publishing.broker import events_url
from listening import announce, event
from listening.events import Plain
from listening.testing import restored

NOBODY = events_url("events", "amqp://guest:guest@127.0.0.1:1//")


def tell_door(instance, door, **kwargs):
    return {"door": door, "day": date(2026, 11, 29), "number": UUID(int=7)} if door != "secret" else None


@event(key="instance", public=tell_door)
def unlocked(*, instance: Model, door: Plain, code: str, using: str) -> None:
    """A door was unlocked, with a code that is nobody's business."""


@event(key="group_id", closes=True, public=lambda group_id, **kwargs: {"id": group_id})
def vanished(*, group_id: int, using: str) -> None:
    """A group is gone."""


@event(public=lambda **kwargs: {})
def rained(*, using: str) -> None:
    """It rained, on nobody in particular."""


@event(key="instance")
def whispered(*, instance: Model, using: str) -> None:
    """Somebody whispered."""


class PublishingMixin:
    """Events are published for the time of a test."""

    url = NOBODY

    def setUp(self):
        super().setUp()
        self.enterContext(restored(*cloudevents.public_events(), whispered))
        self.enterContext(override_settings(EVENTS_URL=self.url, EVENTS_SOURCE="https://doors.example/"))
        cloudevents.connect()
        self.group = Group.objects.create(name="editors")

    def unlock(self, door="front"):
        announce(unlocked, sender=Group, instance=self.group, door=door, code="1234", using="default")
