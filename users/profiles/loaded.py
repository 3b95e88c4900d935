"""Know which fields of a model instance were set since it was loaded or saved, also after a rollback."""

import weakref

from django.core.files import File
from django.db import connections, models, transaction

UNKNOWN = object()


class LoadedValuesMixin:
    """
    A model that remembers what its row held when the instance was loaded or saved last.

    What was saved in a transaction holds for as long as that is not rolled back. Nobody tells an instance of that,
    but Django forgets what waits for the commit: a callback that is gone and was not called will never be. (It also
    forgets the callbacks behind one that is not robust and raises, after the commit; nothing tells the two apart.)
    """

    @classmethod
    def from_db(cls, db, field_names, values, **kwargs):
        """Load a row, and note what was loaded. Django 6.1 says how in ``kwargs``."""
        instance = super().from_db(db, field_names, values, **kwargs)
        instance._loaded = instance._values()
        return instance

    def refresh_from_db(self, using=None, fields=None, **kwargs):
        """Reload, and note what was loaded. A read is no save: a rollback takes nothing of it back."""
        self._known()  # settled first: what a rollback sets back must not come after what is read now
        super().refresh_from_db(using=using, fields=fields, **kwargs)
        self._loaded = {**self._known(), **self._values(fields)}

    def unsaved_fields(self):
        """Return the names of the fields whose value on this instance is not the one it loaded or saved last."""
        loaded = self._known()  # without the deferred ones: those that have a value now were set
        return [name for name, value in self._values().items() if name not in loaded or loaded[name] != value]

    def note_saved(self, **values):
        """Take over values that were written to the row past this instance; a rollback takes them off it again."""
        earlier = {name: self.__dict__[name] for name in values if name in self.__dict__}
        for name, value in values.items():
            setattr(self, name, value)
        self._note(values, earlier)

    def _known(self):
        """Return name to value of what the row holds as far as this instance knows."""
        if "_unsettled" in self.__dict__:
            self._settle()
        return self.__dict__.get("_loaded", {})

    def _note(self, values, earlier=()):
        """
        Note that the row holds values now.

        Args:
            values (dict): by name of the field.
            earlier (dict): what the instance has to go back to with a rollback, unless it is changed until then.
        """
        loaded, using = self._known(), self._state.db
        if using is not None and connections[using].in_atomic_block:
            committed = []

            def keep():
                """Know for good what was saved: it is committed."""
                committed.append(True)

            transaction.on_commit(keep, using=using, robust=True)
            before = {name: loaded.get(name, UNKNOWN) for name in values}
            entry = (weakref.ref(keep), committed, before, {name: (values[name], earlier[name]) for name in earlier})
            self._unsettled = [*self.__dict__.get("_unsettled", ()), entry]
        self._loaded = {**loaded, **values}

    def _settle(self):
        """Forget what was saved in transactions that were rolled back, the last one first."""
        waiting = []
        for entry in reversed(self.__dict__.pop("_unsettled")):
            callback, committed, before, earlier = entry
            if committed:
                continue
            if callback() is not None:
                waiting.insert(0, entry)
                continue
            self._loaded = {name: value for name, value in {**self._loaded, **before}.items() if value is not UNKNOWN}
            for name, (value, old) in earlier.items():
                if self.__dict__.get(name) == value:
                    setattr(self, name, old)
            for field in self._meta.concrete_fields:
                if getattr(field, "auto_now", False) and field.name in before:  # nobody set it
                    if field.name in self._loaded:
                        setattr(self, field.name, self._loaded[field.name])
                    else:
                        self.__dict__.pop(field.attname, None)  # deferred, as it was
        if waiting:
            self._unsettled = waiting

    def __getstate__(self):
        """Return what is copied or pickled: a copy takes what was saved for stored."""
        state = super().__getstate__()
        state.pop("_unsettled", None)
        return state

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
