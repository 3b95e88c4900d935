"""The fields of a model as the bench asks for them."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from signal_inspector.bench.suggesting import is_secret, suggestions
from signal_inspector.trials.typed import needs_value

KINDS = {
    models.EmailField: "email",
    models.DateTimeField: "text",
    models.DateField: "date",
    models.IntegerField: "number",
}


@dataclass
class Input:
    """
    One field of the model, as the page asks for it.

    Attributes:
        name (str): its name.
        kind (str): the type of the input.
        value (str): what is in it.
        required (bool): whether it has to have a value.
        choices (list): pairs of a value and a name, [] for what can be typed.
        about (str): the label of the model that it is a key of, "" for none.
    """

    name: str
    kind: str
    value: str
    required: bool
    choices: list = field(default_factory=list)
    about: str = ""


def inputs_of(model, values, is_new, using):
    """
    Return an ``Input`` for each field that a value can be given for, those first that need one.

    Args:
        model (type): the model class.
        values (dict): what was typed, by the names of fields.
        is_new (bool): whether it is for a new row, which gets values made up where none was typed.
        using (str): the alias of the database.
    """
    made_up = suggestions(model, using) if is_new and not values else {}
    found = []
    for each in model._meta.concrete_fields:
        if each.generated or isinstance(each, models.FileField | models.BinaryField) or is_secret(each):
            continue
        if isinstance(each, models.AutoField) or (each.primary_key and not is_new):
            continue
        kind = next((kind for cls, kind in KINDS.items() if isinstance(each, cls)), "text")
        value = values.get(each.name, made_up.get(each.name, ""))
        about = each.remote_field.model._meta.label if each.is_relation else ""
        needed = is_new and needs_value(each)
        found.append(Input(each.name, kind if not about else "text", value, needed, _choices(each), about))
    return sorted(found, key=lambda each: not each.required)


def _choices(each):
    if isinstance(each, models.BooleanField):
        return [("yes", _("yes")), ("no", _("no"))]
    return [(str(key), name) for key, name in each.flatchoices if key not in (None, "")] if each.choices else []
