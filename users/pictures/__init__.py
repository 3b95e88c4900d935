"""Pictures, from the upload to the column."""

from users.pictures.normalising import Picture, normalise

__all__ = ["Picture", "normalise"]
