"""Which tables of models an SQL statement writes to."""

import re

from django.apps import apps

# A statement begins the text, or follows a semicolon, or the parenthesis of a WITH.
NAME = r"""(?:["`\[]?\w+["`\]]?\.)?["`\[]?(?P<table>[\w$]+)["`\]]?"""
WRITES = re.compile(
    rf"""(?:^|;|\))\s*(?:--[^\n]*\n\s*)*(?:
        (?P<saves>INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO|UPDATE(?:\s+OR\s+\w+)?(?:\s+ONLY)?|
        COPY)|
        (?P<deletes>DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?(?:\s+ONLY)?)
    )\s+{NAME}(?P<rest>[^;]*)""",
    re.IGNORECASE | re.VERBOSE,
)


def written(text):
    """Return a list of a model and whether its rows are saved (else deleted), of each write in an SQL text."""
    found = []
    for match in WRITES.finditer(text):
        saves = match["saves"] is not None
        copies_out = saves and match["saves"].upper() == "COPY" and not re.search(r"\bFROM\b", match["rest"], re.I)
        model = None if copies_out else model_of_table(match["table"])
        if model is not None:
            found.append((model, saves))
    return found


def model_of_table(table):
    """Return the model of a table, None if there is none of that name."""
    models = apps.get_models(include_auto_created=True)
    return next((each for each in models if each._meta.db_table == table and not each._meta.proxy), None)
