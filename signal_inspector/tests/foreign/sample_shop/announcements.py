"""A signal that a decorator makes of a function."""

from django.dispatch import Signal


def event(function):
    return Signal()


@event
def parcel_lost(*, order: "Order", carrier: str = "") -> None:  # noqa: F821 - read, not run
    """
    A parcel did not arrive.

    Sent by nobody here.
    """
