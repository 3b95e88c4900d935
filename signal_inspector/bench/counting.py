"""What is left in the database, in numbers and in sentences: as it is, and with the changes."""

from collections import Counter
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.bench.suggesting import typed_key
from signal_inspector.trials.left import CHANGED, CREATED, DELETED, KINDS, columns

MOST_NAMES = 6  # in one sentence


@dataclass
class Count:
    """
    How many rows of a model are other than before, as it is and with the changes.

    Attributes:
        label (str): the label of the model.
        name (str): what the model calls itself.
        before (str), after (str): what happened to its rows, in words.
        fields (str): the fields that were changed, in either.
    """

    label: str
    name: str
    before: str
    after: str
    fields: str

    @property
    def app(self):
        """The label of its app."""
        return self.label.partition(".")[0]

    @property
    def short(self):
        """The name of its class."""
        return self.label.partition(".")[2]

    @property
    def differs(self):
        """Tell whether the changes make a difference."""
        return self.before != self.after


def counts(as_it_is, changed):
    """Return a ``Count`` for each model of two outcomes; the second may be None."""
    first, second = by_model(as_it_is), by_model(changed)
    found = []
    for model in dict.fromkeys((*first, *second)):
        rows = [row for each in (as_it_is, changed) if each for row in each.rows if row.model is model]
        fields = sorted({name for row in rows if row.kind == CHANGED for name in row.values})
        kinds = (first.get(model, Counter()), second.get(model, Counter()))
        meta = model._meta
        found.append(Count(meta.label, str(meta.verbose_name), *map(in_words, kinds), ", ".join(fields)))
    return found


def in_words(kinds):
    """Return how many rows were created, changed and deleted, by kind (Counter), in words."""
    told = (
        ngettext("%(number)d created", "%(number)d created", kinds[CREATED]),
        ngettext("%(number)d changed", "%(number)d changed", kinds[CHANGED]),
        ngettext("%(number)d deleted", "%(number)d deleted", kinds[DELETED]),
    )
    numbers = (kinds[CREATED], kinds[CHANGED], kinds[DELETED])
    return ", ".join(text % {"number": number} for text, number in zip(told, numbers, strict=True) if number) or _(
        "none"
    )


def by_model(outcome):
    """Return how many rows of each model were created, changed and deleted: a dict of Counters."""
    found = {}
    for row in outcome.rows if outcome else ():
        found.setdefault(row.model, Counter())[row.kind] += 1
    return found


def differences(as_it_is, changed):
    """Return sentences on how the numbers of rows differ, [] where they don't."""
    first, second = by_model(as_it_is), by_model(changed)
    if first == second:
        return []
    if not second:
        return _nothing(as_it_is)
    sentences, models = [], list(dict.fromkeys((*first, *second)))
    made = {model: (_number(first, model, CREATED), _number(second, model, CREATED)) for model in models}
    there = {model: after for model, (before, after) in made.items() if after and after == before}
    gone = {model: before for model, (before, after) in made.items() if before and not after}
    if gone and there:
        sentences.append(_there_and_not(there, gone))
    elif gone:
        sentences.append(_("Not there: %(names)s.") % {"names": _list(gone)})
    for kind in (CREATED, CHANGED, DELETED):
        for model in models:
            before, after = (_number(each, model, kind) for each in (first, second))
            if before != after and not (kind == CREATED and model in gone):
                sentences.append(_instead(kind, model, before, after))
    return sentences


def other_columns(one, two):
    """Return label, kind and name of the columns (a set) whose values differ between two outcomes."""
    first, second = columns(one.rows), columns(two.rows)
    return {key for key in first.keys() | second.keys() if first.get(key) != second.get(key)}


def other_values(as_it_is, changed, again):
    """
    Return sentences on other values in as many rows.

    Args:
        as_it_is (Outcome), changed (Outcome): what is compared.
        again (Outcome): as it is, a second time: a column that differs there says nothing. None: there was no need.
    """
    first, second = by_model(as_it_is), by_model(changed)
    as_many = {
        (model._meta.label, kind)
        for model in first.keys() & second.keys()
        for kind in KINDS
        if first[model][kind] == second[model][kind]
    }
    unsteady = other_columns(as_it_is, again) if again is not None else set()
    found = {}
    for label, kind, name in sorted(other_columns(as_it_is, changed) - unsteady):
        if (label, kind) in as_many:
            found.setdefault(label, []).append(name)
    text = _("Other values in %(name)s: %(fields)s.")
    return [text % {"name": label, "fields": ", ".join(dict.fromkeys(names))} for label, names in found.items()]


def the_same(as_it_is):
    """Return a sentence on rows that are the same as they are without the changes."""
    told = [f"{model._meta.label} {in_words(kinds)}" for model, kinds in by_model(as_it_is).items()]
    if not told:
        return _("No row would change, with or without your changes.")
    names = ", ".join(told[:MOST_NAMES]) + (", …" if len(told) > MOST_NAMES else "")
    return _("The same rows are left, with and without your changes: %(rows)s.") % {"rows": names}


def _number(counted, model, kind):
    return counted.get(model, Counter())[kind]


def _nothing(as_it_is):
    """Return sentences where nothing is left: what was there before is there still, and the rest never comes."""
    created = Counter(row.model for row in as_it_is.rows if row.kind == CREATED)
    kept = [row for row in as_it_is.rows if row.kind != CREATED]
    if not kept:
        text = _("Nothing is left in the database. As it is, this would be left: %(names)s.")
        return [text % {"names": _list(created)}]
    names = [_row_name(row) for row in kept[:MOST_NAMES]]
    names += [_("%d more") % (len(kept) - MOST_NAMES)] if len(kept) > MOST_NAMES else []
    text = ngettext(
        "Nothing would be changed: %(names)s is still there, as before.",
        "Nothing would be changed: %(names)s are still there, as before.",
        len(kept),
    )
    sentences = [text % {"names": get_text_list(names, _("and"))}]
    return sentences + ([_("Not created: %(names)s.") % {"names": _list(created)}] if created else [])


def _row_name(row):
    """Return what a row is called: the name of its model and its key, where that is no secret."""
    key = typed_key(row.key if len(row.key) > 1 else row.key[0]) if row.key else ""
    return f"{row.model._meta.verbose_name} {key}".strip()


def _instead(kind, model, before, after):
    texts = {
        CREATED: ngettext(
            "%(after)d row of %(name)s created instead of %(before)d.",
            "%(after)d rows of %(name)s created instead of %(before)d.",
            after,
        ),
        CHANGED: ngettext(
            "%(after)d row of %(name)s changed instead of %(before)d.",
            "%(after)d rows of %(name)s changed instead of %(before)d.",
            after,
        ),
        DELETED: ngettext(
            "%(after)d row of %(name)s deleted instead of %(before)d.",
            "%(after)d rows of %(name)s deleted instead of %(before)d.",
            after,
        ),
    }
    return texts[kind] % {"name": model._meta.label, "before": before, "after": after}


def _there_and_not(there, gone):
    main = next(iter(there))
    names = {"there": _list(there), "gone": _list(gone)}
    one = next(iter(gone))
    is_pair = list(there.values()) == list(gone.values()) == [1]
    if is_pair and any(field.related_model is main for field in one._meta.concrete_fields):
        texts = {"there": main._meta.verbose_name, "gone": one._meta.verbose_name}
        return _("The %(there)s is there, its %(gone)s is not.") % texts
    return _("There: %(there)s. Not there: %(gone)s.") % names


def _list(numbers):
    """Return models and how many rows of each, in words: "the user and 2 entries"."""
    return get_text_list([_several(*pair) for pair in list(numbers.items())[:MOST_NAMES]], _("and"))


def _several(model, number):
    if number == 1:
        return _("the %(name)s") % {"name": model._meta.verbose_name}
    return f"{number} {model._meta.verbose_name_plural}"
