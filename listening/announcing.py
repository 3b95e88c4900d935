"""
Send an event when what it tells of is committed.

Who must know inside the transaction that an event is going to be sent, to write that down together with the fact,
listens to ``announcing``.
"""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.dispatch import Signal

from listening.durability import Kept, sending
from listening.events import Event, event

__tracebackhide__ = True  # who calls is told of, in traces and by pytest


@event
def announcing(*, event_sender: Any, using: str, arguments: dict[str, Any], event_id: str) -> Kept | None:
    """
    An event is going to be sent when the transaction commits.

    Sent with ``send`` by ``announce()``, inside the transaction: what a receiver raises fails the fact that was to be
    announced. What a receiver writes to the database is there exactly if the fact is.

    sender
        The event, a ``Signal``.
    event_sender
        The sender that the event is going to have.
    using
        The alias of the database, which is an argument of the event, too.
    arguments
        A dict of the event's other arguments.
    event_id
        What tells this event from all others, a UUID.
    returns
        None, or ``Kept``: the durable receivers that were noted, and what hands them over after the commit.
    """


def announce(event: Signal, /, *, sender: Any, using: str, **arguments: Any) -> None:
    """
    Send an event with ``send_robust()`` when the transaction on a database commits; now if there is none.

    Args:
        event (Signal): the event. One that is declared (``listening.events``) must get the arguments it declares.
        sender (object): its sender, a model class by custom.
        using (str): alias of the database; the event gets it as an argument, too.
        **arguments: the other arguments. Instances are handed on as they are at the commit.

    Raises:
        TypeError: the arguments are not those that the event declares.
    """
    given = {"using", *arguments}
    if isinstance(event, Event) and event.arguments.keys() != given:
        raise TypeError(f"{event!r} declares {sorted(event.arguments)}, not {sorted(given)}.")
    event_id = str(uuid4())
    answers = announcing.send(sender=event, event_sender=sender, using=using, arguments=arguments, event_id=event_id)
    kept = [answer for _, answer in answers if isinstance(answer, Kept)]

    def send_event():
        with sending(event, event_id, kept):
            event.send_robust(sender=sender, using=using, **arguments)
            for each in kept:
                if each.hand_over is not None:  # by itself: there is no transaction any more
                    transaction.on_commit(each.hand_over, using=using, robust=True)

    if isinstance(event, Event):  # what waits for the commit bears its name
        send_event.__module__, send_event.__qualname__ = event.__module__, event.__qualname__
    transaction.on_commit(send_event, using=using, robust=True)
