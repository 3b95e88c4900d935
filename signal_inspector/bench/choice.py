"""What somebody has chosen on the bench, as the address holds it."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, router
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from signal_inspector.bench.inputs import inputs_of
from signal_inspector.bench.suggesting import is_secret, suggest, typed_key
from signal_inspector.bench.way import AT, is_receiver, is_signal
from signal_inspector.requests.paths import printable
from signal_inspector.trials import doing, stories
from signal_inspector.trials.changes import ACTIONS, METHODS, Changes
from signal_inspector.trials.typed import Unclear, find_field, find_model, needs_value

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
SET, SEND = "set", "send"  # what comes before "~" in the names of the others, as AT does
OTHERS = ("csrfmiddlewaretoken", "run", "show", "shuffle")  # of the form: they choose nothing
LONGEST = 500  # characters of one value
MOST_ROWS = 20  # of a bulk_create()
MOST_KEYS = 20  # that are offered
MOST_TOLD = 3  # of these in a sentence


@dataclass
class Choice:
    """
    What is to be done, and what is to be other than it is.

    Attributes:
        plain (dict): the parameters of ``PLAIN``, "" where nothing was chosen.
        values (dict): what was typed for fields, by their names.
        atomic (bool): whether it is done inside ``atomic()``.
        changes (Changes): the changed receivers and methods.
        unknown (list): what the address says beside that, as texts: it names nothing that is here.
    """

    plain: dict
    values: dict
    atomic: bool
    changes: Changes
    unknown: list = field(default_factory=list)

    @classmethod
    def of(cls, data):
        """Return the choice of a ``QueryDict``, that of an address or of a form; what is unknown in it is left out."""
        told = {name: printable(data.get(name, "").strip()[:LONGEST]) for name in data}
        choice = cls({name: told.get(name, "") for name in PLAIN}, {}, bool(told.get("atomic")), Changes())
        choice._check_plain()
        for name, value in told.items():
            if name not in (*PLAIN, *OTHERS, "atomic") and not choice._take(name, value):
                choice.unknown.append(f"{name}={value}")
        return choice

    def _check_plain(self):
        """Leave out what names nothing; begin with a story, or with creating a row."""
        plain = self.plain
        self._check("do", OPERATIONS)
        if not plain["do"]:
            plain["do"] = "story" if stories.names() and not plain["model"] else "create"
        if self.do == "story":
            self._check("story", stories.names())
            plain["story"] = plain["story"] or next(iter(stories.names()), "")
        else:
            self._check("model", (plain["model"],) if self.model is not None else ())
            self._check("relation", self.relations())

    def _check(self, name, known):
        if self.plain[name] and self.plain[name] not in known:
            self.unknown += [f"{name}={self.plain[name]}"] if self._counts(name) else []
            self.plain[name] = ""

    def _take(self, name, value):
        """Take a value, or a change; tell whether it names something."""
        prefix, _tilde, rest = name.partition("~")
        signal, *receiver = rest.split("~", 2)  # and the sender, where it is about one
        if not value and prefix in (SET, AT, SEND):
            return True
        if prefix == SET and self._has_field(rest):
            self.values[rest] = value
        elif prefix == AT and value in ACTIONS and any(receiver) and is_signal(signal) and is_receiver(receiver[0]):
            self.changes.receivers[signal, *receiver] = value
        elif prefix == SEND and value in METHODS and is_signal(rest):
            self.changes.methods[rest] = value
        else:
            return prefix == SET and self.do == "story"
        return True

    def _has_field(self, name):
        try:
            return self.model is not None and find_field(self.model, name) is not None
        except Unclear:
            return False

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
        row = f"{plain['model']}:{self.key}"
        ways = {
            "create": lambda: doing.create(plain["model"], self.typed(), None),
            "save": lambda: doing.save(row, self.typed(), None, _words(plain["only"])),
            "delete": lambda: doing.delete(row),
            "add": lambda: doing.change_members(row, plain["relation"], _words(plain["members"]), "add"),
            "set": lambda: doing.change_members(row, plain["relation"], _words(plain["members"]), "set"),
            "update": lambda: doing.update(plain["model"], self.key, self.typed()),
            "bulk_create": lambda: doing.bulk_create(plain["model"], self._several(using)),
        }
        if self.needs_key and not plain["key"]:
            raise Unclear(self._which_key())
        return ways[self.do]()

    @property
    def key(self):
        """The primary key as it was typed; with the model in front will do, too."""
        return self.plain["key"].removeprefix(f"{self.model._meta.label}:") if self.model else self.plain["key"]

    def _which_key(self):
        keys = self.keys()
        if not keys:
            return gettext("There is no row of %(model)s whose primary key could be offered: fill in one.") % {
                "model": self.model._meta.label
            }
        text = gettext("Fill in the primary key of the row; some are: %(keys)s.")
        return text % {"keys": ", ".join(keys[:MOST_TOLD])}

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
        if self.model is None or not self.takes_values:
            return []
        return inputs_of(self.model, self.values, self.do in ("create", "bulk_create"), self.using)

    def shown_key(self):
        """Return the primary key that the page shows: the one that was typed, else the first where one is needed."""
        return self.plain["key"] or next(iter(self.keys() if self.needs_key else ()), "")

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
