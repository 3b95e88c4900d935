"""What ``EVENTS_URL`` says. It imports nothing of Django or kombu, so settings may ask it."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

# What kombu speaks AMQP with. importlib.util.find_spec() fails at kombu itself, once that was imported: no __spec__.
NEEDED = "amqp"

FORM = "amqp://user:password@host:5672/vhost?exchange=name"


class Address(NamedTuple):
    """A topic exchange, and the broker that has it."""

    broker: str
    exchange: str


def read(url):
    """
    Return the address that a URL of the form ``amqp://user:password@host:5672/vhost?exchange=name`` is.

    Raises:
        ValueError: it is none. The message says what is wrong, and repeats nothing of the URL: it holds a password.
    """
    try:
        parts = urlsplit(url)
        is_broker = parts.scheme in ("amqp", "amqps") and parts.hostname and parts.port != 0
    except ValueError:  # of a port that is no number
        is_broker = False
    if not is_broker or parts.fragment:
        raise ValueError(f"Not a broker; {FORM} is one.")
    options = parse_qsl(parts.query, keep_blank_values=True)
    if [name for name, _ in options] != ["exchange"]:
        raise ValueError(f"Name the exchange, and nothing else, behind the question mark: {FORM}")
    exchange = options[0][1]
    if not re.fullmatch(r"[a-zA-Z0-9_.:-]{1,127}", exchange):
        raise ValueError("The name of an exchange is 1 to 127 letters, digits, and '-', '_', '.' or ':'.")
    return Address(parts._replace(query="").geturl(), exchange)
