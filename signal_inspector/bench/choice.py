"""What somebody has chosen on the bench, as the address holds it."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models, router
from django.utils.translation import gettext_lazy as _

from signal_inspector.bench.suggesting import is_secret, suggest, suggestions, typed_key
from signal_inspector.requests.paths import printable
from signal_inspector.trials import doing, stories
from signal_inspector.trials.changes import ACTIONS, METHODS, Changes
from signal_inspector.trials.typed import Unclear, find_model, needs_value

OPERATIONS = {
    "story": _("a story of this project"),
    "create": _("create a row"),
    "save": _("save() a row"),
    "delete": _("delete() a row"),
    "add": _("add() to a relation"),
    "set": _("set() a relation"),
    "update": _("QuerySet.update()"),
    "bulk_create": _("bulk_create()"),
}
PLAIN = ("do", "story", "model", "key", "relation", "members", "only", "rows")  # each is one parameter
SET, AT, SEND = "set", "at", "send"  # what comes before "~" in the names of the others
LONGEST = 500  # characters of one value
MOST_ROWS = 20  # of a bulk_create()
MOST_KEYS = 20  # that are offered

INPUTS = {
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


@dataclass
class Choice:
    """
    What is to be done, and what is to be other than it is.

    Attributes:
        plain (dict): the parameters of ``PLAIN``, "" where nothing was chosen.
        values (dict): what was typed for fields, by their names.
        atomic (bool): whether it is done inside ``atomic()``.
        changes (Changes): the changed receivers and methods.
    """

    plain: dict
    values: dict
    atomic: bool
    changes: Changes

    @classmethod
    def of(cls, data):
        """Return the choice of a ``QueryDict``, that of an address or of a form."""
        told = {name: printable(data.get(name, "").strip()[:LONGEST]) for name in data}
        plain = {name: told.get(name, "") for name in PLAIN}
        if plain["do"] not in OPERATIONS:
            plain["do"] = "story" if stories.names() and not plain["model"] else "create"
        if plain["do"] == "story" and not plain["story"]:
            plain["story"] = next(iter(stories.names()), "")
        changes, values = Changes(), {}
        for name, value in told.items():
            prefix, _tilde, rest = name.partition("~")
            signal, *receiver = rest.split("~", 2)  # and the sender, where it is about one
            if prefix == SET and value:
                values[rest] = value
            elif prefix == AT and value in ACTIONS and any(receiver):
                changes.receivers[signal, *receiver] = value
            elif prefix == SEND and value in METHODS:
                changes.methods[rest] = value
        return cls(plain, values, bool(told.get("atomic")), changes)

    def query(self):
        """Return the choice as the query of an address."""
        pairs = [(name, value) for name, value in self.plain.items() if value and self._counts(name)]
        pairs += [(f"{SET}~{name}", value) for name, value in self.values.items()] if self.do != "story" else []
        pairs += [("atomic", "on")] if self.atomic else []
        pairs += [("~".join((AT, *names)), action) for names, action in self.changes.receivers.items()]
        pairs += [(f"{SEND}~{signal}", method) for signal, method in self.changes.methods.items()]
        return urlencode(pairs)

    def _counts(self, name):
        """Tell whether a parameter says anything about what is to be done."""
        wanted = {
            "story": self.do == "story",
            "model": self.do != "story",
            "key": self.needs_key or self.do == "update",
            "relation": self.do in ("add", "set"),
            "members": self.do in ("add", "set"),
            "only": self.do == "save",
            "rows": self.do == "bulk_create",
        }
        return wanted.get(name, True)

    @property
    def do(self):
        """The operation."""
        return self.plain["do"]

    @property
    def needs_key(self):
        """Tell whether it is done to a row that is there."""
        return self.do in ("save", "delete", "add", "set")

    @property
    def takes_values(self):
        """Tell whether values of fields can be given."""
        return self.do in ("create", "save", "update", "bulk_create")

    @property
    def model(self):
        """The model class, None where there is none."""
        try:
            return find_model(self.plain["model"]) if self.plain["model"] and self.do != "story" else None
        except Unclear:
            return None

    @property
    def using(self):
        """The alias of the database of the model."""
        return router.db_for_write(self.model) if self.model else DEFAULT_DB_ALIAS

    def prepare(self):
        """Prepare what was chosen; return the function that does it, as ``trials.running`` wants it."""
        plain, using = self.plain, self.using
        if self.do == "story":
            return stories.prepare(plain["story"])
        if not plain["model"]:
            raise Unclear(_("Choose a model."))
        row = f"{plain['model']}:{plain['key']}"
        ways = {
            "create": lambda: doing.create(plain["model"], self.typed(), None),
            "save": lambda: doing.save(row, self.typed(), None, _words(plain["only"])),
            "delete": lambda: doing.delete(row),
            "add": lambda: doing.change_members(row, plain["relation"], _words(plain["members"]), "add"),
            "set": lambda: doing.change_members(row, plain["relation"], _words(plain["members"]), "set"),
            "update": lambda: doing.update(plain["model"], plain["key"], self.typed()),
            "bulk_create": lambda: doing.bulk_create(plain["model"], self._several(using)),
        }
        find_model(plain["model"])
        return ways[self.do]()

    def typed(self, number=1):
        """Return the values as somebody types them, ``["username=ada"]``; a new row gets its secrets made up."""
        values = dict(self.values)
        if self.model is not None and self.do in ("create", "bulk_create"):
            for each in self.model._meta.concrete_fields:
                if is_secret(each) and needs_value(each):
                    values.setdefault(each.name, suggest(each, self.using))
                elif number > 1 and each in _told_apart(self.model) and each.name in values:
                    values[each.name] = suggest(each, self.using, number) or values[each.name]
        return [f"{name}={value}" for name, value in values.items()]

    def _several(self, using):
        number = int(self.plain["rows"]) if self.plain["rows"].isdigit() else 2
        return [self.typed(place) for place in range(1, min(number, MOST_ROWS) + 1)]

    def inputs(self):
        """Return an ``Input`` for each field that a value can be given for."""
        model = self.model
        if model is None or not self.takes_values:
            return []
        is_new = self.do in ("create", "bulk_create")
        made_up = suggestions(model, self.using) if is_new and not self.values else {}
        found = []
        for each in model._meta.concrete_fields:
            if each.generated or isinstance(each, models.FileField | models.BinaryField) or is_secret(each):
                continue
            if isinstance(each, models.AutoField) or (each.primary_key and not is_new):
                continue
            kind = next((kind for cls, kind in INPUTS.items() if isinstance(each, cls)), "text")
            value = self.values.get(each.name, made_up.get(each.name, ""))
            choices = (
                [(str(key), name) for key, name in each.flatchoices if key not in (None, "")] if each.choices else []
            )
            if isinstance(each, models.BooleanField):
                choices = [("yes", _("yes")), ("no", _("no"))]
            about = each.remote_field.model._meta.label if each.is_relation else ""
            found.append(
                Input(each.name, kind if not about else "text", value, is_new and needs_value(each), choices, about)
            )
        return sorted(found, key=lambda each: not each.required)

    def keys(self):
        """Return the first primary keys of the model, as somebody types them."""
        if self.model is None or not (self.needs_key or self.do == "update"):
            return []
        rows = self.model._base_manager.using(self.using).order_by("pk").values_list("pk", flat=True)
        return [key for pk in rows[:MOST_KEYS] if (key := typed_key(pk))]

    def relations(self):
        """Return the names of the relations of the model that have members."""
        return doing.relations_of(self.model) if self.model is not None and self.do in ("add", "set") else []


def _told_apart(model):
    """Return the fields that rows have to differ in: alone, or together with others."""
    meta = model._meta
    together = [*meta.unique_together, *(each.fields for each in meta.total_unique_constraints)]
    names = {name for names in together for name in names}
    return [field for field in meta.concrete_fields if field.unique or field.name in names or field in meta.pk_fields]


def _words(text):
    return [word for word in text.replace(",", " ").split() if word]


def model_labels():
    """Return the labels of the models that something can be done to."""
    return sorted(model._meta.label for model in apps.get_models() if not model._meta.swapped)
