"""The column of a key: it sorts by code point, and fills itself in."""

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from users.identity.keys import unclaimed_keys


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
        """Make the key of a new row that has none: ``create_profile`` knows nothing of keys, nor does other code."""
        value = super().pre_save(model_instance, add)
        if add and not value and not self.null:
            try:
                value = unclaimed_keys(model_instance.user)[self.attname]
            except ObjectDoesNotExist:  # what is wrong with the user, the database says
                return value
            setattr(model_instance, self.attname, value)
        return value
