"""Models, rows and values, as people type them in a terminal or on a page."""

import json
from datetime import datetime
from difflib import get_close_matches

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, router
from django.utils import timezone
from django.utils.translation import gettext as _


class Unclear(Exception):
    """What was typed names nothing, or nothing that can be used; the message says so in a sentence."""


def find_model(label):
    """
    Return the model class of a label, as in ``"auth.User"``; the name alone will do where only one model has it.

    Raises:
        Unclear: where there is none.
    """
    wanted = label.strip().lower()
    labels = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    found = [model for name, model in labels.items() if wanted in (name.lower(), name.lower().rpartition(".")[2])]
    exact = [model for model in found if model._meta.label_lower == wanted]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if found:
        names = ", ".join(sorted(model._meta.label for model in found))
        raise Unclear(_("There are several models named %(label)s: %(names)s.") % {"label": label, "names": names})
    close = get_close_matches(wanted, [name.lower() for name in labels], 1, 0.6)
    meant = next((name for name in labels if close and name.lower() == close[0]), None)
    if meant:
        raise Unclear(_("There is no model %(label)r. Did you mean %(meant)s?") % {"label": label, "meant": meant})
    raise Unclear(_("There is no model %r. Give it as app.Model.") % label)


def find_row(text, using=None):
    """
    Return the instance that ``"auth.User:1"`` means.

    Raises:
        Unclear: where there is no such model or row, or the key can't be one.
    """
    label, colon, key = text.partition(":")
    if not colon or not key:
        raise Unclear(_("%r names no row. Give model and primary key, as in auth.User:1.") % text)
    model = find_model(label)
    using = using or router.db_for_write(model)
    try:
        return model._base_manager.using(using).get(pk=_key_of(model, key))
    except (ValidationError, ValueError, TypeError) as error:
        told = _("%(key)r can't be a primary key of %(model)s.")
        raise Unclear(told % {"key": key, "model": model._meta.label}) from error
    except model.DoesNotExist as error:
        told = _("The database %(alias)r has no %(model)s with the primary key %(key)s.")
        raise Unclear(told % {"alias": using, "model": model._meta.label, "key": key}) from error


def _key_of(model, text):
    """Return the primary key that a text means; one of several fields is typed as ``A,1``, or as a list in JSON."""
    fields = model._meta.pk_fields
    if len(fields) == 1:
        return model._meta.pk.to_python(text)
    parts = json.loads(text) if text.startswith("[") else text.split(",")
    if len(parts) != len(fields):
        raise ValueError
    return tuple(field.to_python(part) for field, part in zip(fields, parts, strict=True))


def new_row(label, values, using=None):
    """
    Return an unsaved instance with values, as ``set_values()`` takes them.

    Raises:
        Unclear: where a field that needs a value has none, or a value is wrong.
    """
    model = find_model(label)
    if model._meta.swapped:
        told = _("%(model)s is swapped out for %(other)s.")
        raise Unclear(told % {"model": model._meta.label, "other": model._meta.swapped})
    instance = model()
    given = set_values(instance, values, using or router.db_for_write(model))
    missing = [field.name for field in model._meta.concrete_fields if needs_value(field) and field not in given]
    if missing:
        fields = " ".join(f"--set {name}=…" for name in missing)
        told = _("A new %(model)s needs more: %(fields)s")
        raise Unclear(told % {"model": model._meta.label, "fields": fields})
    return instance


def needs_value(field):
    """Tell whether somebody has to give a field its value: it has no default, and may not be empty."""
    by_django = field.auto_created or getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    by_database = field.generated or field.db_default is not models.NOT_PROVIDED
    return not (
        isinstance(field, models.AutoField)
        or by_django
        or by_database
        or field.has_default()
        or field.null
        or field.blank
    )


def set_values(instance, values, using):
    """
    Set fields of an instance from ``["username=ada", …]``; return the fields that were set.

    Raises:
        Unclear: where a name or a value is wrong.
    """
    found = read_values(type(instance), values, using)
    for field, value in found:
        setattr(instance, field.attname, value)
    return [field for field, _value in found]


def read_values(model, values, using):
    """
    Return pairs of a field and its value from ``["username=ada", …]``.

    Raises:
        Unclear: where a name or a value is wrong.
    """
    found = []
    for pair in values:
        name, equals, text = pair.partition("=")
        if not equals:
            raise Unclear(_("%r sets nothing. Give name=value.") % pair)
        field = find_field(model, name.strip())
        try:
            value = parse(field, text)
            if field.is_relation and value is not None:
                _look_up(field, value, using)
            elif value is not None:
                field.run_validators(value)
        except ValidationError as error:
            raise Unclear(f"{field.name}: {' '.join(error.messages)}") from error
        found.append((field, value))
    return found


def parse(field, text):
    """
    Return a text as the Python value of a model field.

    Raises:
        ValidationError: where it is none.
    """
    if text == "" and field.null and not field.empty_strings_allowed:
        return None
    if isinstance(field, models.JSONField):
        try:
            return json.loads(text, cls=field.decoder)
        except ValueError as error:
            raise ValidationError(_("%r is not JSON.") % text) from error
    if isinstance(field, models.BooleanField):
        text = {"yes": "True", "no": "False"}.get(text.lower(), text.capitalize())
    value = field.to_python(text)
    if isinstance(field, models.DateTimeField) and isinstance(value, datetime) and timezone.is_naive(value):
        value = timezone.make_aware(value) if settings.USE_TZ else value
    return value


def find_field(model, name):
    """Return the field of a model that can be set under a name; raise ``Unclear`` where there is none."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    fields |= {field.name: field for field in model._meta.concrete_fields}
    try:
        field = fields.get(model._meta.pk.name if name == "pk" else name) or model._meta.get_field(name)
    except FieldDoesNotExist as error:
        told = _("%(model)s has no field %(name)r. It has %(names)s.")
        names = ", ".join(sorted(fields))
        raise Unclear(told % {"model": model._meta.label, "name": name, "names": names}) from error
    if not field.concrete or field.many_to_many or field.generated:
        told = _("The field %(name)r of %(model)s can't be set like this.")
        raise Unclear(told % {"name": name, "model": model._meta.label})
    return field


def _look_up(field, value, using):
    related = field.remote_field.model
    if not related._base_manager.using(using).filter(**{field.target_field.attname: value}).exists():
        told = _("The database %(alias)r has no %(model)s %(key)s.")
        raise ValidationError(told % {"alias": using, "model": related._meta.label, "key": value})
