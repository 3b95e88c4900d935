"""What is wrong with the sender that a receiver is connected to."""

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import GONE, MODEL, NOBODY, UNKNOWN, is_through_model
from signal_inspector.why.answers import Answer

M2M_CHANGED = f"{MODELS}m2m_changed"
THROUGH_HINT = gettext_lazy("The through model sends it: connect with sender=Model.field.through.")


def nobody(signal, receiver):
    """Return an answer where nobody can be the sender, else []."""
    values = {"signal": signal.short_name, "sender": receiver.sender}
    if receiver.sender_kind == NOBODY:
        return [
            Answer(
                "muted",
                _("Its connection to %(signal)s is muted now.") % values,
                _("Look for a block or a decorator that mutes receivers, in this thread or in another."),
            )
        ]
    if receiver.sender_kind in (GONE, UNKNOWN):
        return [
            Answer(
                "sender-gone",
                _("The sender that it is connected to for %(signal)s is gone: no class or object has this id.")
                % values,
                _("Keep the sender alive, and connect to the class itself."),
            )
        ]
    model = _model(receiver.sender) if receiver.sender_kind == MODEL else None
    if model is not None and signal.name == M2M_CHANGED and not is_through_model(model):
        # Django asks who hears the model between before it sends, so no trace shows this one.
        return [Answer("other-sender", _("m2m_changed is never sent by %(sender)s.") % values, str(THROUGH_HINT))]
    if model is not None and model._meta.swapped:
        return [
            Answer(
                "swapped-out",
                _("It is connected to %(sender)s, which this project has swapped for %(other)s.")
                % {**values, "other": model._meta.swapped},
                _("Connect with sender=settings.AUTH_USER_MODEL, or the setting of that model."),
            )
        ]
    return []


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
    values = {"call": call, "signal": signal.short_name, "senders": _listed(others), "sender": _listed(ours)}
    text = (
        _("%(call)s sends %(signal)s by %(senders)s; the receiver is connected to %(sender)s.")
        if call
        else _("%(signal)s was sent by %(senders)s; the receiver is connected to %(sender)s.")
    ) % values
    relation = next(filter(None, (_relation(own, other) for own in ours for other in others)), "")
    hint = _("Connect it to the class that is saved, too; or to every sender, and look at the sender in the receiver.")
    if signal.name == M2M_CHANGED:
        hint = str(THROUGH_HINT)
    return Answer("other-sender", f"{text} {relation}".strip(), hint)


def _listed(names):
    return ", ".join(name or _("no sender") for name in names[:5]) + (" …" if len(names) > 5 else "")


def _relation(connected, sent):
    """Return a sentence on what two models have to do with each other, "" if nothing."""
    ours, theirs = _model(connected), _model(sent)
    if ours is None or theirs is None or ours is theirs:
        return ""
    values = {"ours": connected, "theirs": sent}
    if issubclass(theirs, ours) and theirs._meta.proxy:
        return _("%(theirs)s is a proxy of %(ours)s; Django sends with the class that was saved.") % values
    if issubclass(ours, theirs) and ours._meta.proxy:
        return _("%(ours)s is a proxy of %(theirs)s; Django sends with the class that was saved.") % values
    if issubclass(theirs, ours):
        return _("%(theirs)s is a child of %(ours)s; saving a child sends nothing for its parent.") % values
    if issubclass(ours, theirs):
        return _("%(theirs)s is the parent of %(ours)s; saving the parent sends nothing for the child.") % values
    return ""


def _model(label):
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None
