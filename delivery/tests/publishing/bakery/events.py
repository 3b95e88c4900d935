"""The events of the app."""

from listening import event


@event(public=lambda loaves, **kwargs: {"loaves": loaves})
def baked(*, loaves: int, using: str) -> None:
    """Bread was baked."""
