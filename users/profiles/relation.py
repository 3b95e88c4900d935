"""The relation between a profile and its user, which always has its other end."""

from asgiref.sync import sync_to_async
from django.db import models
from django.db.models.fields.related_descriptors import ReverseOneToOneDescriptor


class ProfileDescriptor(ReverseOneToOneDescriptor):
    """
    ``user.profile``: the stored profile, made on first use where no signal made it.

    Bulk inserts, SQL, historical models and users older than the app send no signal. An instance that has no
    row of its own (not saved yet, or deleted by somebody else) gets an unsaved profile.
    """

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        try:
            return super().__get__(instance, cls)
        except self.RelatedObjectDoesNotExist:
            profile = self.related.related_model.objects.restore(instance)
            self.related.set_cached_value(instance, profile)
            return profile


class ProfileUserField(models.OneToOneField):
    """A OneToOneField to the user whose reverse accessor never raises, and can be awaited."""

    related_accessor_class = ProfileDescriptor

    def contribute_to_related_class(self, cls, related):
        """Give the user model ``profile``, and ``aprofile()`` beside it."""
        super().contribute_to_related_class(cls, related)
        cls.aprofile = aprofile


async def aprofile(user):
    """
    Return ``user.profile`` in asynchronous code, where a query may not be made on the way to an attribute.

    It is a method of the user model: ``await user.aprofile()``. Like ``user.profile`` it never raises, makes the row
    where it is missing, and keeps the profile on the user, so that ``user.profile`` costs nothing from then on.
    """
    profile = loaded_profile(user)
    return await sync_to_async(getattr)(user, "profile") if profile is None else profile


def loaded_profile(user):
    """Return the profile that is loaded on a user, or None, without a query."""
    return user._state.fields_cache.get("profile")
