"""
What happens to the instances of a model, in the order of their life.

The order of Django's signals for rows is Django's own. Where the others stand among them nobody declares: a stored
trace knows what was sent by the model, and after what. A later save says nothing about that, as it may come at any
time; so of the saves only the one that made the row counts. What never shares a trace with another signal, as a
logout, stands behind what earlier traces have shown.
"""

from collections import Counter

from django.conf import settings

from signal_inspector.connected import inventory, senders
from signal_inspector.connected.catalogue import AUTH, MODELS

LOGIN = [f"{AUTH}.{name}" for name in ("user_login_failed", "user_logged_in", "user_logged_out")]
DELETED = f"{MODELS}.pre_delete"
SAVES = (f"{MODELS}.pre_save", f"{MODELS}.post_save")

BY_DJANGO, BY_TRACES, UNKNOWN = "django", "traces", "unknown"  # what tells where a signal stands


def life_of(model, signals, stories):
    """
    Return the signals of a model's life, and those whose place in it is not known.

    Args:
        model (type): the model class.
        signals (list): what ``inventory.all_signals`` returned.
        stories (list): of each stored trace, the newest first, what ``summary.fired`` says.

    Returns:
        A list of triples: the ``SignalInfo`` with those who hear this model; what tells its place, one of the words
        above; and in how many traces it was sent by the model. Those that are merely connected to it come last.
    """
    labels = {model._meta.label, *(each._meta.label for each in senders.through_models(model))}
    told = [[each for each in story if each["sender"] in labels] for story in reversed(stories)]
    seen = Counter(name for story in told for name in {each["name"] for each in story})
    names = [
        name for name in dict.fromkeys([*(LOGIN if _is_user(model) else ()), *seen]) if name not in inventory.LIFE
    ]
    heard = {each.name: each for each in inventory.for_model(model, signals, also=names)}
    lived = [(heard.pop(name), place, seen[name]) for name, place in _order(names, told) if name in heard]
    return lived + [(signal, UNKNOWN, 0) for signal in heard.values()]


def _is_user(model):
    return model._meta.concrete_model._meta.label_lower == settings.AUTH_USER_MODEL.lower()


def _order(names, told):
    """Return the signals of a row's life with some others among them, each where traces have shown it."""
    pairs = Counter(pair for story in told for pair in _pairs(story))
    order, unplaced = [(name, BY_DJANGO) for name in inventory.LIFE], []
    for name in sorted(names, key=lambda name: _first_seen(name, told)):
        place = _place(name, order, pairs)
        if place is None and any(each["name"] == name for story in told for each in story):
            place = _behind_the_last(order)
        if place is None:
            unplaced.append((name, UNKNOWN))
        else:
            order.insert(place, (name, BY_TRACES))
    end = order.index((DELETED, BY_DJANGO))
    return [*order[:end], *unplaced, *order[end:]]


def _place(name, order, pairs):
    """Return where a signal stands by what single traces have shown before and after it, None if nothing was."""
    before = [place for place, (other, _) in enumerate(order) if pairs[other, name] > pairs[name, other]]
    after = [place for place, (other, _) in enumerate(order) if pairs[name, other] > pairs[other, name]]
    return before[-1] + 1 if before else after[0] if after else None


def _behind_the_last(order):
    """Return the place behind what earlier traces have shown of a life that goes on, None if that is nothing."""
    shown = [place for place, (_, why) in enumerate(order) if why == BY_TRACES]
    shown = [place for place in shown if place < order.index((DELETED, BY_DJANGO))]
    return shown[-1] + 1 if shown else None


def _first_seen(name, told):
    """Return a key to sort by: the first trace that shows a signal, and the place in it."""
    for number, story in enumerate(told):
        for place, each in enumerate(story):
            if each["name"] == name:
                return number, place
    return len(told), 0


def _pairs(story):
    """Yield each pair of names of which the first was sent before the second, by its first time in a trace."""
    firsts = list(dict.fromkeys(each["name"] for each in story if each["name"] not in SAVES or each.get("created")))
    for place, first in enumerate(firsts):
        for second in firsts[place + 1 :]:
            yield first, second
