"""When two spellings of a name or an address are one, in Python and in SQL."""

import unicodedata

from django.db import models


def fold(text):
    """
    Return the form in which two spellings of one name or address are equal.

    The folding is that of Unicode's NFKC_Casefold but for ignorable characters, which no name may hold:
    https://www.unicode.org/reports/tr31/#NFKC_Modifications.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class Fold(models.Func):
    """
    ``fold()`` in SQL, as near as the database gets to it.

    PostgreSQL's LOWER knows the letters of the database's locale. SQLite's own knows ASCII only; a text with other
    letters, which has more bytes than characters, goes to the Python function that ``users.signals`` adds to each
    connection. That is a call into Python for each row, so names in ASCII are spared it.
    """

    function = "LOWER"
    output_field = models.CharField()

    def as_sqlite(self, compiler, connection, **context):
        """Call the function that the app adds for what LOWER does not know."""
        sql, params = compiler.compile(self.source_expressions[0])
        return (
            f"CASE WHEN length({sql}) = length(CAST({sql} AS BLOB)) THEN LOWER({sql}) ELSE USERS_FOLD({sql}) END",
            [*params] * 4,
        )
