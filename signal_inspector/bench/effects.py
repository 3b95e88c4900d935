"""What became of each change that was chosen, in sentences: who waited, who moved, who did the work instead."""

from collections import Counter

from django.utils.formats import number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.bench.counting import by_model
from signal_inspector.bench.ordered import VERB, written_model
from signal_inspector.reading.places import readable
from signal_inspector.traces.nodes import RECEIVER, SIGNAL
from signal_inspector.trials.changes import EARLIER, LATER, SECONDS, WAIT
from signal_inspector.trials.left import CREATED

PRE_SAVE, POST_SAVE = ("django.db.models.signals.pre_save", "django.db.models.signals.post_save")
MADE = ("INSERT", "REPLACE", "MERGE")
MOST_MODELS = 3  # whose makers are told


def of_waits(changed, changes):
    """Return a sentence on how much longer it took, [] where nobody waited."""
    if not changed.waits:
        return []
    ran = {key for key in _called(changed.trace) if changes.action(*key) == WAIT}
    names = dict.fromkeys(readable(key[1])[1] for key in changes.receivers if _is_among(key, ran))
    text = ngettext(
        "%(seconds)s s longer: whoever saved or sent has waited for %(names)s.",
        "%(seconds)s s longer, in %(times)d waits: whoever saved or sent has waited for %(names)s.",
        changed.waits,
    )
    words = {"seconds": number_format(changed.waits * SECONDS, 1), "times": changed.waits}
    return [text % {**words, "names": get_text_list(list(names), _("and"))}]


def of_places(as_it_is, changed, changes):
    """Return sentences on receivers that were to run earlier or later."""
    sentences = []
    for key, action in changes.receivers.items():
        if action not in (EARLIER, LATER):
            continue
        before, after = (_place(each.trace, *key) for each in (as_it_is, changed))
        if before is None or after is None:
            continue
        text = _("%(receiver)s runs as number %(after)d of %(all)d in %(signal)s, instead of number %(before)d.")
        if before == after:
            text = _("%(receiver)s runs as number %(after)d of %(all)d in %(signal)s, as it did before.")
        sentences.append(text % {**_words(*key), "before": before[0], "after": after[0], "all": after[1]})
    return sentences


def of_makers(as_it_is, changed):
    """Return sentences on rows that are created with the changes too, though by other code than as it is."""
    sentences = []
    for model, kinds in by_model(changed).items():
        if not kinds[CREATED]:
            continue
        before, after = (_makers(each.trace, model) for each in (as_it_is, changed))
        gone = [receiver for receiver in before if receiver not in after]
        came = [receiver for receiver in after if receiver not in before]
        if not gone or not came:
            continue
        places = get_text_list([_maker(receiver, after[receiver]) for receiver in came], _("and"))
        old = get_text_list([_maker(receiver, before[receiver]) for receiver in gone], _("and"))
        words = {"name": model._meta.verbose_name, "makers": places, "before": old}
        sentences.append(_("The %(name)s is made by %(makers)s, instead of by %(before)s.") % words)
    return sentences[:MOST_MODELS]


def of_unreached(as_it_is, changed, changes):
    """Return sentences on changes that could do nothing: their receivers were not called, their signals not sent."""
    called = {key for each in (as_it_is, changed) for key in _called(each.trace)}
    sent = {node.name for each in (as_it_is, changed) for node, _depth in each.trace.walk() if node.kind == SIGNAL}
    sentences = []
    for key in changes.receivers:
        if not _is_among(key, called):
            text = _("%(receiver)s was not called in %(signal)s, with or without your changes.")
            sentences.append(text % _words(*key))
    for signal in changes.methods:
        if signal not in sent:
            text = _("%(signal)s was not sent to anybody, with or without your changes.")
            sentences.append(text % {"signal": signal.rpartition(".")[2]})
    return sentences


def of_unfinished(outcome):
    """Return sentences on saves that began and did not end, though nothing was raised: rows that are not there."""
    if outcome.error is not None:
        return []
    sent = Counter()
    for node, _depth in outcome.trace.walk():
        sent[node.name, node.sender] += node.kind == SIGNAL
    for key, times in outcome.trace.unheard.items():
        sent[key] += times
    sentences = []
    for (signal, sender), times in sent.items():
        ended = sent[POST_SAVE, sender]
        if signal == PRE_SAVE and ended < times:
            places = [each.place for each in outcome.trace.moments if each.name.startswith("ROLLBACK") and each.place]
            text = _("A save of %(sender)s began (pre_save) and did not end (no post_save), and nothing came out.")
            if places:
                text = _(
                    "A save of %(sender)s began (pre_save) and did not end (no post_save): it was rolled back at "
                    "%(place)s, and the code there went on, so that nothing came out."
                )
            sentences.append(text % {"sender": sender, "place": places[0] if places else ""})
    return sentences


def _called(trace):
    """Yield the names of signal, receiver and sender of each call."""
    for node, parent in trace.walk_with_parents():
        if (
            node.kind == RECEIVER and parent is not None and parent.kind == SIGNAL
        ):  # else it does what it left for later
            yield parent.name, node.name, parent.sender


def _is_among(key, called):
    """Tell whether a key of ``Changes.receivers`` is about one of the calls: without a sender it is about all."""
    return any(key == each[: len(key)] for each in called)


def _words(signal, receiver, sender=""):
    name = signal.rpartition(".")[2]
    if sender:
        name = _("%(signal)s of %(sender)s") % {"signal": name, "sender": sender}
    return {"receiver": readable(receiver)[1], "signal": name}


def _place(trace, signal, name, *sender):
    """Return the place of a receiver among those of the first signal that it heard, from 1, and how many there are."""
    for node, _depth in trace.walk():
        is_it = node.name == signal and sender in ((), (node.sender,))
        names = [each.name for each in node.children] if is_it else ()
        if name in names:
            return names.index(name) + 1, len(names)
    return None


def _makers(trace, model):
    """Return who inserted rows of a model: the name of a receiver, "" for none, and the first place in the code."""
    found = {}
    nodes = [("", trace.statements)]
    for node, parent in trace.walk_with_parents():
        owner = node if node.kind != SIGNAL else parent
        nodes.append((owner.name if owner is not None else "", node.more.statements))
    for name, statements in nodes:
        for each in statements:
            verb = VERB.match(each.sql)
            if verb and verb[1].upper() in MADE and written_model(each) is model:
                found.setdefault(name, each.place)
    return found


def _maker(name, place):
    if name:
        return readable(name)[1]
    return _("other code (%(place)s)") % {"place": place} if place is not None else _("other code")
