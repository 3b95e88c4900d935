"""Values for the fields of a new row, so that nobody has to make them up."""

import datetime
import uuid

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models
from django.utils import timezone

from signal_inspector.reading import naming
from signal_inspector.trials.typed import needs_value

SECRETS = ("password", "secret", "token")  # of the names of fields whose values are no matter for an address
UNUSABLE = "!"  # for such a field
MOST_TAKEN = 20  # values of a unique field that are tried

TEXTS = {
    models.EmailField: "newcomer{}@example.com",
    models.URLField: "https://example.com/{}",
    models.GenericIPAddressField: "192.0.2.1",
    models.SlugField: "newcomer{}",
    models.TextField: "newcomer{}",
    models.CharField: "newcomer{}",
    models.BooleanField: "no",
    models.DecimalField: "1",
    models.FloatField: "1",
    models.IntegerField: "1",
    models.DurationField: "1 00:00:00",
    models.JSONField: "{{}}",
}


def is_secret(field):
    """Tell whether the value of a field is a secret, by its name."""
    return any(word in field.name.lower() for word in SECRETS)


def suggest(field, using, number=1):
    """
    Return a value for a field as somebody would type it, "" where none comes to mind.

    Args:
        field (Field): a field that needs a value.
        using (str): the alias of the database, where the row of a foreign key is looked for.
        number (int): which of several rows it is for, from 1; values of unique fields differ.
    """
    if is_secret(field):
        return UNUSABLE
    if field.choices:
        return str(next((value for value, _name in field.flatchoices if value not in (None, "")), ""))
    if field.is_relation:
        return _a_key(field, using, number)
    if isinstance(field, models.UUIDField):
        return str(uuid.uuid4())
    if isinstance(field, models.DateTimeField):
        return timezone.now().isoformat(timespec="seconds")
    if isinstance(field, models.DateField):
        return timezone.now().date().isoformat()
    if isinstance(field, models.TimeField):
        return datetime.time(12).isoformat()
    text = next((text for kind, text in TEXTS.items() if isinstance(field, kind)), "")
    several = (_numbered(field, text, each) for each in range(number, number + MOST_TAKEN))
    return next((each for each in several if _is_free(field, each, using)), "")


def suggestions(model, using, number=1):
    """Return a value for each field of a model that needs one: a dict by the names of the fields."""
    fields = [field for field in model._meta.concrete_fields if needs_value(field)]
    return {field.name: suggest(field, using, number) for field in fields}


def _numbered(field, text, number):
    text = str(int(text) + number - 1) if text == "1" else text.format("" if number == 1 else number)
    return text[-field.max_length :] if field.max_length else text


def _is_free(field, text, using):
    """Tell whether no row has a value that only one may have."""
    try:
        return not field.unique or not field.model._base_manager.using(using).filter(**{field.attname: text}).exists()
    except (DatabaseError, ValueError, ValidationError):
        return True


def _a_key(field, using, number):
    """Return the key of a row that a foreign key can refer to: of one to one, a row that nobody refers to yet."""
    rows = field.remote_field.model._base_manager.using(using).order_by("pk")
    try:
        if field.unique:
            taken = field.model._base_manager.using(using).values(field.attname)
            rows = rows.exclude(**{f"{field.target_field.attname}__in": taken})
        keys = list(rows.values_list(field.target_field.attname, flat=True)[: number if field.unique else 1])
    except DatabaseError:
        return ""
    return typed_key(keys[-1]) if keys else ""


def typed_key(key):
    """Return a primary key as somebody types it; "" for one that is a secret, as the key of a session is."""
    if isinstance(key, tuple):
        return ",".join(map(str, key))
    return "" if isinstance(key, str) and len(key) > naming.LONGEST_KEY else str(key)
