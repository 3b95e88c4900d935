"""What is wrong with the sender that a receiver is connected to."""

from django.apps import apps
from django.utils.translation import gettext as _

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import NOBODY, UNKNOWN
from signal_inspector.why.answers import answer

M2M_CHANGED = f"{MODELS}m2m_changed"
NEVER = {"gone": "sender-gone", "between": "other-sender:through", "never": "never-sent"}


def unreachable(signal, receiver):
    """Return the answer where no sender can reach a receiver by its connection to a signal, else None."""
    values = {"signal": signal.short_name, "sender": receiver.sender, "reason": receiver.never}
    if receiver.sender_kind == NOBODY:
        return answer("muted", **values)
    if receiver.sender_kind == UNKNOWN and not receiver.never:
        return answer("sender-unknown", **values)
    if receiver.mismatch == "swapped":
        return answer("swapped-out", receiver.remedy, other=_model(receiver.sender)._meta.swapped, **values)
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
    values = {"signal": signal.short_name, "senders": _listed(others), "sender": _listed(ours)}
    hint = answer("other-sender:through", **values).hint if signal.name == M2M_CHANGED else ""
    found = answer("other-sender:asked" if call else "other-sender", hint, call=call, **values)
    return found.and_also(next(filter(None, (_relation(own, other) for own in ours for other in others)), ""))


def _listed(names):
    return ", ".join(name or _("no sender") for name in names[:5]) + (" …" if len(names) > 5 else "")


def _relation(connected, sent):
    """Return a sentence on what two models have to do with each other, "" if nothing."""
    ours, theirs = _model(connected), _model(sent)
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


def _model(label):
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None
