"""What a trial has come to, in sentences: what is there, what is missing, who never ran."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from signal_inspector.bench import counting, effects, raised
from signal_inspector.bench.differing import only_in
from signal_inspector.reading.places import readable
from signal_inspector.trials.changes import EARLIER, LATER, OFF, RAISE, WAIT

MOST_NAMES = 6  # in one sentence
ACTION_WORDS = {
    OFF: gettext_lazy("off"),
    RAISE: gettext_lazy("raises"),
    WAIT: gettext_lazy("waits 200 ms"),
    EARLIER: gettext_lazy("earlier: before all others"),
    LATER: gettext_lazy("later: after all others"),
}


def verdict(as_it_is, changed, changes, again=None):
    """
    Return sentences on what the changes make of it, the most important first.

    Args:
        as_it_is (Outcome), changed (Outcome): what has come of it without the changes and with them.
        changes (Changes): the changes.
        again (Outcome): as it is, a second time, where values differ; None where they don't.
    """
    of_rows = counting.differences(as_it_is, changed) + counting.other_values(as_it_is, changed, again)
    sentences = [
        *of_rows,
        *effects.of_makers(as_it_is, changed),
        *raised.of_error(as_it_is, changed),
        *raised.of_caught(as_it_is, changed),
        *_of_receivers(as_it_is, changed, changes),
        *effects.of_waits(changed, changes),
        *effects.of_places(as_it_is, changed, changes),
        *_of_mails_and_files(as_it_is, changed),
    ]
    unreached = effects.of_unreached(as_it_is, changed, changes)
    if not sentences:
        told = _("No difference: the same receivers ran, and the same is left in the database.")
        if OFF in changes.receivers.values():
            told = _("No difference beside that: all others ran, and the same is left in the database.")
        return [told, *unreached]
    return [*sentences, *unreached] if of_rows else [*sentences, counting.the_same(as_it_is), *unreached]


def changed_in_words(changes):
    """Return each change in words: "create_profile (auth.User): off"."""
    told = []
    for (_signal, name, *sender), action in changes.receivers.items():
        of_one = f" ({sender[0]})" if any(sender) else ""
        told.append(f"{readable(name)[1]}{of_one}: {ACTION_WORDS[action]}")
    return told + [f"{signal.rpartition('.')[2]}: {method}()" for signal, method in changes.methods.items()]


def _of_receivers(as_it_is, changed, changes):
    behind = raised.missed(as_it_is, changed)
    sentences = [sentence for sentence, _names in behind]
    told = {name for _sentence, names in behind for name in names}
    told |= {name for (_signal, name, *_sender), action in changes.receivers.items() if action == OFF}
    never = [readable(name)[1] for name in only_in(as_it_is.trace, changed.trace) if name not in told]
    more = [readable(name)[1] for name in only_in(changed.trace, as_it_is.trace)]
    if never:
        sentences.append(_("Never ran: %(names)s.") % {"names": _cut(never, 2 * MOST_NAMES)})
    if more:
        sentences.append(_("Ran only with the changes: %(names)s.") % {"names": _cut(more)})
    return sentences


def _of_mails_and_files(as_it_is, changed):
    sentences = []
    if changed.mails != as_it_is.mails:
        text = ngettext("%(number)d mail would be sent", "%(number)d mails would be sent", changed.mails)
        sentences.append(f"{text % {'number': changed.mails}} {_('(as it is: %d).') % as_it_is.mails}")
    if changed.files != as_it_is.files:
        text = ngettext(
            "%(number)d file would be written or removed",
            "%(number)d files would be written or removed",
            changed.files,
        )
        sentences.append(f"{text % {'number': changed.files}} {_('(as it is: %d).') % as_it_is.files}")
    return sentences


def _cut(names, most=MOST_NAMES):
    more = len(names) - most
    return ", ".join(names[:most]) + (_(" and %d more") % more if more > 0 else "")
