"""Know which fields of a model instance were set since it was loaded or saved, also after a rollback."""

from django.core.files import File
from django.db import models, transaction

from listening.private import waits_for_commit


class LoadedValuesMixin:
    """
    A model that remembers what its row held when the instance was loaded or saved last.

    What is saved in a transaction holds for as long as the commit is waited for, and for good when that has come.
    Nobody tells an instance of a rollback, but a callback of ``on_commit()`` that waits no more and was not called
    tells it: what was saved counts as unsaved then, and the next save writes it again.
    """

    @classmethod
    def from_db(cls, db, field_names, values, **kwargs):
        """Load a row, and note what was loaded. Django 6.1 says how in ``kwargs``."""
        instance = super().from_db(db, field_names, values, **kwargs)
        instance._loaded = instance._values()
        return instance

    def refresh_from_db(self, using=None, fields=None, **kwargs):
        """Reload, and note what was loaded. A read is no save: a rollback takes nothing of it back."""
        super().refresh_from_db(using=using, fields=fields, **kwargs)
        self.note_read(fields)

    def unsaved_fields(self):
        """
        Return the names of the fields whose value on this instance is not known to be that of the row.

        Those that no form edits are not among them: they are written by name, by whoever they belong to.
        """
        known, values = self.known_values(), self._values()  # both without what is deferred
        editable = [field.name for field in self._meta.concrete_fields if field.editable and not field.primary_key]
        return [name for name in editable if name in values and (name not in known or known[name] != values[name])]

    def known_values(self):
        """Return name to value of what the row holds as far as this instance knows."""
        known = self.__dict__.get("_loaded", {})
        for callback, using, values in self.__dict__.get("_saved", ()):
            if waits_for_commit(callback, using):
                known = {**known, **values}
        return known

    def insert_was_rolled_back(self):
        """Tell whether this instance was inserted, and its row went with a rollback."""
        saved, pk = self.__dict__.get("_saved", ()), self._meta.pk.name
        return any(pk in values and not waits_for_commit(callback, using) for callback, using, values in saved)

    def forget_row(self):
        """Know nothing of the row: this instance is going to be saved to another one."""
        self._loaded, self._saved = {}, []

    def note_read(self, names=None):
        """Note that fields, all if none are named, hold what the row holds for good."""
        values = self._values(names)
        self._forget_saves(values)
        self._loaded = {**self.__dict__.get("_loaded", {}), **values}

    def note_saved(self, names=None):
        """Note that fields, all if none are named, were written to the row; a rollback takes that back."""
        values, using = self._values(names), self._state.db

        def know():
            """Take what was saved for what the row holds, now that it is committed."""
            self._saved = [entry for entry in self._saved if entry[0] is not know]
            self._loaded = {**self.__dict__.get("_loaded", {}), **values}

        self._saved = [*self.__dict__.get("_saved", ()), (know, using, values)]
        transaction.on_commit(know, using=using, robust=True)

    def forget(self, names):
        """Read fields from the row when they are asked for next: they were written past this instance."""
        for name in names:
            self.__dict__.pop(self._meta.get_field(name).attname, None)
        self._forget_saves(names)
        self._loaded = {name: value for name, value in self.__dict__.get("_loaded", {}).items() if name not in names}

    def __getstate__(self):
        """Return what is copied or pickled: a copy takes what was saved for stored."""
        state = super().__getstate__()
        if state.pop("_saved", None):
            state["_loaded"] = self.known_values()
        return state

    def _forget_saves(self, names):
        for _, _, values in self.__dict__.get("_saved", ()):
            for name in names:
                values.pop(name, None)

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
