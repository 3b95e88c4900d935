"""What a trial has come to, in sentences: what is there, what is missing, who never ran."""

from collections import Counter
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.bench.differing import only_in
from signal_inspector.reading.places import split_name, without_locals
from signal_inspector.trials.changes import OFF
from signal_inspector.trials.left import CHANGED, CREATED, DELETED

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
    def differs(self):
        """Tell whether the changes make a difference."""
        return self.before != self.after


def counts(as_it_is, changed):
    """Return a ``Count`` for each model of two outcomes; the second may be None."""
    first, second = _by_model(as_it_is), _by_model(changed)
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


def verdict(as_it_is, changed, changes):
    """Return sentences on what the changes make of it, the most important first."""
    sentences = [
        *_of_rows(as_it_is, changed),
        *_of_error(as_it_is, changed),
        *_of_receivers(as_it_is, changed, changes),
    ]
    if changed.mails != as_it_is.mails:
        text = ngettext("%(number)d mail would be sent", "%(number)d mails would be sent", changed.mails)
        sentences.append(f"{text % {'number': changed.mails}} {_('(as it is: %d).') % as_it_is.mails}")
    return sentences or [_("No difference: the same receivers ran, and the same is left in the database.")]


def _by_model(outcome):
    found = {}
    for row in outcome.rows if outcome else ():
        found.setdefault(row.model, Counter())[row.kind] += 1
    return found


def _of_rows(as_it_is, changed):
    first, second = _by_model(as_it_is), _by_model(changed)
    if first and not second:
        names = get_text_list([_the(model) for model in first][:MOST_NAMES], _("and"))
        return [_("Nothing is left in the database. As it is, this would be left: %(names)s.") % {"names": names}]
    sentences = []
    there = [model for model in second if second[model][CREATED] and first.get(model, {}).get(CREATED)]
    missing = [model for model in first if first[model][CREATED] > second.get(model, Counter())[CREATED]]
    fewer = [model for model in missing if second.get(model, Counter())[CREATED]]
    gone = [model for model in missing if model not in fewer]
    if gone and there:
        sentences.append(_there_and_not(there, gone))
    elif gone:
        sentences.append(_("Not there: %(names)s.") % {"names": _list(gone)})
    sentences += [_count("created", model, first, second, CREATED) for model in fewer]
    for kind, word in ((CHANGED, "changed"), (DELETED, "deleted"), (CREATED, "more")):
        others = [
            model for model in {**first, **second} if _number(first, model, kind) != _number(second, model, kind)
        ]
        if kind == CREATED:
            others = [model for model in others if _number(second, model, kind) > _number(first, model, kind)]
        sentences += [_count(word, model, first, second, kind) for model in others]
    return sentences


def _number(counted, model, kind):
    return counted.get(model, Counter())[kind]


def _count(word, model, first, second, kind):
    texts = {
        "created": _("Of %(name)s %(after)d created, as it is %(before)d."),
        "more": _("Of %(name)s %(after)d created, as it is %(before)d."),
        "changed": _("Of %(name)s %(after)d changed, as it is %(before)d."),
        "deleted": _("Of %(name)s %(after)d deleted, as it is %(before)d."),
    }
    numbers = {"before": _number(first, model, kind), "after": _number(second, model, kind)}
    return texts[word] % {"name": model._meta.label, **numbers}


def _there_and_not(there, gone):
    main = there[0]
    names = {"there": _list(there), "gone": _list(gone)}
    if len(there) == len(gone) == 1 and any(field.related_model is main for field in gone[0]._meta.concrete_fields):
        texts = {"there": main._meta.verbose_name, "gone": gone[0]._meta.verbose_name}
        return _("The %(there)s is there, its %(gone)s is not.") % texts
    return _("There: %(there)s. Not there: %(gone)s.") % names


def _the(model):
    return _("the %(name)s") % {"name": model._meta.verbose_name}


def _list(models):
    return get_text_list([_the(model) for model in models[:MOST_NAMES]], _("and"))


def _of_error(as_it_is, changed):
    if changed.out_of_time:
        return [str(changed.error)]
    if changed.error is as_it_is.error is None:
        return []
    if changed.error_name == as_it_is.error_name:
        return [_("It raises %(error)s with and without the changes.") % {"error": changed.error_name}]
    if changed.error is None:
        return [_("%(error)s, which it raises as it is, does not come.") % {"error": as_it_is.error_name}]
    sentences = [_("It ends with %(error)s, which whoever called it gets.") % {"error": changed.error_name}]
    sentences += [str(changed.error)] if changed.on_purpose else []
    if _rollbacks(changed) > _rollbacks(as_it_is):
        sentences.append(_("On its way out it left atomic(), which took back what was written inside."))
    return [" ".join(sentences)]


def _rollbacks(outcome):
    return sum(moment.name.startswith("ROLLBACK") for moment in outcome.trace.moments)


def _of_receivers(as_it_is, changed, changes):
    missing = only_in(as_it_is.trace, changed.trace)
    off = {name for (_signal, name, *_sender), action in changes.receivers.items() if action == OFF}
    never = [_short(name) for name in missing if name not in off]
    more = [_short(name) for name in only_in(changed.trace, as_it_is.trace)]
    sentences = []
    if never:
        sentences.append(_("Never ran: %(names)s.") % {"names": _cut(never, 2 * MOST_NAMES)})
    if more:
        sentences.append(_("Ran only with the changes: %(names)s.") % {"names": _cut(more)})
    return sentences


def _short(name):
    return split_name(without_locals(name))[1]


def _cut(names, most=MOST_NAMES):
    more = len(names) - most
    return ", ".join(names[:most]) + (_(" and %d more") % more if more > 0 else "")
