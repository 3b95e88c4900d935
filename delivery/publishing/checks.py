"""System checks: an ``EVENTS_URL`` that leads nowhere is refused, and a public event that nobody would publish."""

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from delivery.publishing import addresses
from delivery.publishing.cloudevents import public_events, publish
from listening.durability import connected_durable


@register("delivery")
def check_publishing(app_configs, **kwargs):
    """Refuse what would let events wait for ever. Without ``EVENTS_URL`` there is nothing to look at."""
    url = getattr(settings, "EVENTS_URL", "")
    return [*_settings(url), *map(_too_late, _unheard())] if url else []


def _settings(url):
    try:
        addresses.read(url)
    except ValueError as error:
        yield Error(f"EVENTS_URL: {error}", id="delivery.E004")
    if not find_spec(addresses.NEEDED):
        yield Error("EVENTS_URL wants kombu, which comes with Celery and is not installed.", id="delivery.E005")
    if not _is_address(getattr(settings, "EVENTS_SOURCE", "")):
        sentence = "EVENTS_SOURCE says whose events are published: an address such as https://example.com/."
        yield Error(sentence, id="delivery.E006")


def _is_address(source):
    try:
        return isinstance(source, str) and bool(urlsplit(source).scheme) and not re.search(r"\s", source)
    except ValueError:
        return False


def _unheard():
    return [event for event in public_events() if publish not in connected_durable(event)]


def _too_late(event):
    return Error(
        f"{event.label} is public, and was declared too late to be published.",
        hint="Declare it in the module 'events' of an installed app.",
        obj=event,
        id="delivery.E007",
    )
