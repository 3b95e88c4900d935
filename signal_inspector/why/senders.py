"""What is wrong with the sender that a receiver is connected to."""

from django.utils.translation import gettext as _

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.matching import ROWS
from signal_inspector.connected.senders import NOBODY, UNKNOWN
from signal_inspector.reading.naming import HISTORICAL
from signal_inspector.trials.operations import silent_calls
from signal_inspector.why.answers import UNRELATED, answer
from signal_inspector.why.relations import model_of

M2M_CHANGED = f"{MODELS}m2m_changed"
NEVER = {"gone": "sender-gone", "between": "other-sender:through", "never": "never-sent"}


def unreachable(signal, receiver):
    """Return the answer where no sender can reach a receiver by its connection to a signal, else None."""
    values = {"signal": signal.shown_name, "sender": receiver.sender, "reason": receiver.never}
    if receiver.sender_kind == NOBODY:
        return answer("muted", **values)
    if receiver.sender_kind == UNKNOWN and not receiver.never:
        return answer("sender-unknown", **values)
    if receiver.mismatch == "swapped":
        return answer("swapped-out", receiver.remedy, other=model_of(receiver.sender)._meta.swapped, **values)
    # Django asks who hears the model between before it sends, so no trace shows what is never sent.
    return answer(NEVER[receiver.mismatch], receiver.remedy, **values) if receiver.never else None


def other_sender(signal, receivers, others, call=""):
    """
    Return the answer for a signal that others sent.

    Args:
        signal (SignalInfo): the signal.
        receivers (list): the connections to it.
        others (list): the names of those who sent it.
        call (str): the operation that is asked about, "" where it was recorded.
    """
    ours = [receiver.sender for receiver in receivers]
    values = {"signal": signal.shown_name, "senders": _listed(others), "sender": _listed(ours)}
    relation = next(filter(None, (_relation(own, other) for own in ours for other in others)), "")
    hint = UNRELATED % {**values, "silent": silent_calls()} if signal.name in ROWS and not (relation or call) else ""
    hint = answer("other-sender:through", **values).hint if signal.name == M2M_CHANGED else hint
    return answer("other-sender:asked" if call else "other-sender", hint, call=call, **values).and_also(relation)


def historical(connected, senders):
    """Return a sentence where one of some senders is what a migration has made of a model, "" where none is."""
    other = f"{connected} {HISTORICAL}"
    return (
        _("%s is the model of a migration: another class, though of the same label.") % other
        if other in senders
        else ""
    )


def _listed(names):
    return ", ".join(name or _("no sender") for name in names[:5]) + (" …" if len(names) > 5 else "")


def _relation(connected, sent):
    """Return a sentence on what two models have to do with each other, "" if nothing."""
    if sentence := historical(connected, [sent]):
        return sentence
    ours, theirs = model_of(connected), model_of(sent)
    if ours is None or theirs is None or ours is theirs:
        return ""
    text = ""
    if issubclass(theirs, ours) and theirs._meta.proxy:
        text = _("%(theirs)s is a proxy of %(ours)s; Django sends with the class that was saved.")
    elif issubclass(ours, theirs) and ours._meta.proxy:
        text = _("%(ours)s is a proxy of %(theirs)s; Django sends with the class that was saved.")
    elif issubclass(theirs, ours):
        text = _("%(theirs)s is a child of %(ours)s; saving a child sends nothing for its parent.")
    elif issubclass(ours, theirs):
        text = _("%(theirs)s is the parent of %(ours)s; saving the parent sends nothing for the child.")
    return text % {"ours": connected, "theirs": sent}
