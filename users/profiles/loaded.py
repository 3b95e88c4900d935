"""Know which fields of a model instance were set since it was loaded, or saved and committed."""

from django.core.files import File
from django.db import models, transaction


class LoadedValuesMixin:
    """
    A model that remembers what its row held when the instance was loaded or saved last.

    A field that is saved in a transaction is known when that commits. Until then it counts as unsaved, and so it does
    after a rollback, of which nobody tells an instance: the next save writes it again.
    """

    @classmethod
    def from_db(cls, db, field_names, values, **kwargs):
        """Load a row, and note what was loaded. Django 6.1 says how in ``kwargs``."""
        instance = super().from_db(db, field_names, values, **kwargs)
        instance._loaded = instance._values()
        return instance

    def refresh_from_db(self, using=None, fields=None, **kwargs):
        """Reload, and note what was loaded."""
        super().refresh_from_db(using=using, fields=fields, **kwargs)
        self._loaded = {**self._known, **self._values(fields)}

    def unsaved_fields(self):
        """
        Return the names of the fields whose value on this instance is not known to be that of the row.

        Those that no form edits are not among them: they are written by name, by whoever they belong to.
        """
        known = self._known  # without the deferred ones: those that have a value now were set
        values = self._values()
        editable = [field.name for field in self._meta.concrete_fields if field.editable and not field.primary_key]
        return [name for name in editable if name in values and (name not in known or known[name] != values[name])]

    def note_inserted(self):
        """Note what was inserted. Of a row that goes with a rollback the next save finds that it is not there."""
        self._loaded = self._values()

    def note_saved(self, names):
        """Note that fields were written to the row; they are known when that is committed."""
        values = self._values(names)
        self._loaded = {name: value for name, value in self._known.items() if name not in values}

        def know():
            self._loaded = {**self._known, **values}

        transaction.on_commit(know, using=self._state.db, robust=True)

    def forget(self, names):
        """Read fields from the row when they are asked for next: they were written past this instance."""
        for name in names:
            self.__dict__.pop(self._meta.get_field(name).attname, None)
        self._loaded = {name: value for name, value in self._known.items() if name not in names}

    @property
    def _known(self):
        return self.__dict__.get("_loaded", {})  # replaced, never changed in place: copies of the instance share it

    def _values(self, names=None):
        """Return name to value of the loaded columns. A file that is not stored yet equals nothing but itself."""
        values = {}
        for field in self._meta.concrete_fields:
            if field.attname in self.__dict__ and (names is None or {field.name, field.attname} & {*names}):
                value = self.__dict__[field.attname]
                if isinstance(field, models.FileField):
                    value = value if is_new_file(value) else str(value or "")
                values[field.name] = value
        return values


def is_new_file(value):
    """Tell whether the value of a file field is a file that is still to be stored."""
    return isinstance(value, File) and not getattr(value, "_committed", False)
