"""
Fields of the Profile model.

A relation that always has its other end, a key that sorts by code point, and a picture that is stored as pictures are,
whichever way it comes.
"""

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.files import ImageFieldFile
from django.db.models.fields.related_descriptors import ReverseOneToOneDescriptor

from users import pictures
from users.keys import keys


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
    """A OneToOneField to the user whose reverse accessor never raises."""

    related_accessor_class = ProfileDescriptor


class KeyField(models.CharField):
    """
    A CharField that sorts by code point on every database, so that a prefix is a range of an index.

    SQLite does so by itself. PostgreSQL sorts by the language of the database unless told otherwise.
    """

    def db_parameters(self, connection):
        """Return the column's parameters with PostgreSQL's collation of code points."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def pre_save(self, model_instance, add):
        """Make the key of a new row that has none: ``bulk_create()`` and other people's code know nothing of keys."""
        value = super().pre_save(model_instance, add)
        if add and not value:
            try:
                value = keys(_as_user(model_instance.user))[self.attname]
            except ObjectDoesNotExist:  # what is wrong with the user, the database says
                return value
            setattr(model_instance, self.attname, value)
        return value


class PictureFieldFile(ImageFieldFile):
    """The picture of a row. ``bulk_create()`` and whoever calls ``save()`` send no ``pre_save``, but come by here."""

    def save(self, name, content, save=True):
        """Store a file as a picture, under a name of ours; see ``pictures.normalise``, also for what it raises."""
        if not isinstance(content, pictures.Picture):
            content = pictures.normalise(content)
            name = content.name
        super().save(name, content, save)

    def delete(self, save=True):
        """Take the picture off the row. Its file goes when that is committed, unless another row uses it."""
        if not self:
            return
        self.name, self._committed = None, True
        self.__dict__.pop("_file", None)
        setattr(self.instance, self.field.attname, None)
        if save:
            self.instance.save()

    delete.alters_data = True


class PictureField(models.ImageField):
    """An ImageField that stores pictures; its column, and so what migrations see, is that of an ImageField."""

    attr_class = PictureFieldFile

    def deconstruct(self):
        """Return what makes the column again."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs


def _as_user(user):
    """Return a user, or for the historical one of a migration, which has the columns but no methods, a stand-in."""
    User = get_user_model()
    if isinstance(user, User):
        return user
    names = (User._meta.pk.attname, User.USERNAME_FIELD, User.get_email_field_name())
    return User(**{name: getattr(user, name) for name in names})
