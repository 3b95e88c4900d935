"""What has come of other orders of the receivers, in sentences: for the page, the command and tests."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

COMPARED = gettext_lazy(
    "Compared are the exception that comes out, and the rows that are left; not times, mails or the order of rows."
)


def sentences(found, by_seed=True):
    """
    Return sentences on what has come of it, the first one the answer.

    Args:
        found (Shuffled): what has come of it.
        by_seed (bool): whether the random orders can be chosen by a seed; else they are the same each time.
    """
    told = _answer(found, by_seed)
    if found.changed:
        told.append(_("What you chose held in each of these runs: “as it is” means with it."))
    if found.moved:
        told.append(_("“Earlier” and “later” were left aside, since all places are tried here."))
    return told


def _answer(found, by_seed):
    if found.unsteady:
        text = _("Nothing can be compared, since the same order does not do the same twice: %(what)s")
        return [text % {"what": found.unsteady}]
    if not found.sites:
        return [_("No signal was sent that two receivers hear, so there is no other order.")]
    told = [pair_in_words(pair) for pair in found.pairs] or [_("The order does not matter here.")]
    tried = ngettext("%(number)d other order was run", "%(number)d other orders were run", found.orders)
    tried %= {"number": found.orders}
    signals = ngettext(
        "of the receivers of %(number)d signal", "of the receivers of %(number)d signals", len(found.sites)
    )
    signals %= {"number": len(found.sites)}
    ending = _("those at random are the same ones each time.")
    if by_seed:
        ending = _("the random ones have the seed %(seed)d.") % {"seed": found.seed}
    if found.out_of_time:
        ending = _("then the time was over: there are more.")
        if by_seed:
            ending = _("then the time was over: there are more. The seed is %(seed)d.") % {"seed": found.seed}
    return [*told, f"{tried}, {signals}; {ending}", str(COMPARED)]


def pair_in_words(pair):
    """Return a sentence that names a ``Pair`` and what breaks."""
    text = _("%(signal)s of %(sender)s: %(first)s has to run before %(second)s. The other way round: %(what)s")
    if not pair.alone:
        text = _(
            "%(signal)s of %(sender)s: in some orders of the others, %(first)s has to run before %(second)s. "
            "The other way round: %(what)s"
        )
    return text % {
        "signal": pair.signal.rpartition(".")[2],
        "sender": pair.sender or _("any sender"),
        "first": pair.first,
        "second": pair.second,
        "what": " ".join(pair.what),
    }
