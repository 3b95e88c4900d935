"""The column of a picture, which stores pictures as they are stored, whichever way they come."""

from django.db import models
from django.db.models.fields.files import ImageFieldFile

from users.pictures import normalising


class PictureFieldFile(ImageFieldFile):
    """The picture of a row. ``bulk_create()`` and whoever calls ``save()`` send no ``pre_save``, but come by here."""

    def save(self, name, content, save=True):
        """Store a file as a picture, under a name of ours; see ``normalising.normalise``, also for what it raises."""
        if not isinstance(content, normalising.Picture):
            content = normalising.normalise(content)
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
