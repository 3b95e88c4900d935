"""
Publish the events that are public.

One durable receiver hears them all. So what is told is a row like any other: written in the transaction of the fact,
handed over, tried again, given up, forgotten with the account. What it holds is what outsiders will hear, and none of
the event's own arguments.

A message is a CloudEvent 1.0 in structured mode, JSON, with the extension for tracing where the event was traced:
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md
"""

import json
from datetime import UTC, datetime

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.module_loading import autodiscover_modules, import_string

from delivery import tracing
from listening.durability import durable, key_of
from listening.events import declared

CONTENT_TYPE = "application/cloudevents+json"
PLAIN_JSON = "application/json"


def note_what_is_told(sender, signal, **arguments):
    """Note what outsiders are told of an event, about whom, and when it was."""
    told = signal.public(sender=sender, **arguments)
    if told is None:
        return None
    plain = json.loads(json.dumps(told, cls=DjangoJSONEncoder, allow_nan=False))
    now, traced_as = datetime.now(UTC).isoformat(), tracing.context()["traceparent"]
    return {"told": plain, "about": key_of(signal, arguments), "time": now, "traceparent": traced_as}


@durable(noting=note_what_is_told, only_noted=True, atomic=False)
def publish(sender, signal, event_id, told, about, time, traceparent="", **kwargs):
    """Publish an event. It may be published twice, with the same id."""
    import_string("delivery.publishing.exchange.exchange_of")(settings.EVENTS_URL).publish(
        json.dumps(message_of(signal, event_id, told, about, time, traceparent)),
        routing_key=type_of(signal),
        message_id=event_id,
        content_type=f"{CONTENT_TYPE}; charset=utf-8",
        content_encoding="utf-8",
    )


def message_of(event, event_id, told, about, time, traceparent=""):
    """Return the CloudEvent of an event, from its id and what was noted of it."""
    known = {"subject": about, "traceparent": traceparent}  # neither may be empty
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": settings.EVENTS_SOURCE,
        "type": type_of(event),
        "time": time,
        **{name: value for name, value in known.items() if value},
        "datacontenttype": PLAIN_JSON,
        "data": told,
    }


def type_of(event):
    """Return what other programs call an event: ``users.user_registered`` for ``users.events.user_registered``."""
    return f"{event.__module__.removesuffix('.events')}.{event.__qualname__}"


def public_events():
    """Return the public events that this process knows, by name."""
    return sorted((event for event in declared if event.public), key=lambda event: event.label)


def connect():
    """Connect the receiver to the public events in the modules ``events`` of all apps, if they are to be published."""
    if getattr(settings, "EVENTS_URL", ""):
        autodiscover_modules("events")
        for event in public_events():
            event.connect(publish, dispatch_uid="delivery.publish")
