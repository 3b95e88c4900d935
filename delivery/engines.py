"""What runs the deliveries: the setting ``DELIVERY_URL`` chooses."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

# By the scheme. Imported when it is chosen: each wants packages that the others do not.
ENGINES = {
    "": "delivery.running.run",  # this process, now
    "tasks": "delivery.tasks.hand_over",
    "amqp": "delivery.amqp.hand_over",
    "amqps": "delivery.amqp.hand_over",
}


def scheme():
    """Return the scheme of ``DELIVERY_URL``, "" if there is none."""
    return urlsplit(getattr(settings, "DELIVERY_URL", "") or "").scheme


def hand_over(rows):
    """
    Give rows to the engine, which runs those that are due.

    Args:
        rows (list of Delivery): of one database.

    Raises:
        Exception: whatever an engine raises that can't take them. They are handed over again later.
    """
    import_string(ENGINES[scheme()])(rows)
