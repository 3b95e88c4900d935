"""What the scan has found, as text and as JSON."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.scanning.files import shown
from signal_inspector.scanning.findings import KNOWN

MOST_MODELS = 3  # named above their places; of an abstract model there may be many


def lines(found, width):
    """
    Yield the lines of a text: by models and what is skipped, then each place.

    Args:
        found (list): each ``Bypassed``.
        width (int): of the terminal; the code of a place is cut there.
    """
    groups = {}
    for each in found:
        groups.setdefault((tuple(each.models), tuple(each.skipped)), []).append(each.place)
    for (models, skipped), places in sorted(groups.items(), key=lambda pair: pair[0][0]):
        yield _models(models)
        for each in skipped:
            signal = each.signal or _("method")
            every = f"  {_('(every model)')}" if each.every else ""
            yield f"    {_('skips')} {signal:11} {each.name}  {each.where}{every}"
        size = max(len(place.where) for place in places)
        kinds = max(len(place.operation) for place in places)
        for place in places:
            yield f"  {place.where:{size}}  {place.operation:{kinds}}  {place.code}"[: max(width, size + kinds + 20)]
        yield ""


def _models(models):
    if not models:
        return _("A model that the source does not tell")
    more = len(models) - MOST_MODELS
    return ", ".join(models[:MOST_MODELS]) + (" " + _("and %d more") % more if more > 0 else "")


def summary(found):
    """Return a sentence that counts the places."""
    receivers = {each.name for one in found for each in one.skipped}
    places = ngettext("%d place writes without signals", "%d places write without signals", len(found)) % len(found)
    return f"{places}, {ngettext('%d receiver is skipped', '%d are skipped', len(receivers)) % len(receivers)}."


def compared(findings, gone):
    """Return a sentence on findings against a baseline."""
    known = sum(each.state == KNOWN for each in findings)
    return _("%(new)d new, %(known)d known, %(gone)d of the baseline gone.") % {
        "new": len(findings) - known,
        "known": known,
        "gone": gone,
    }


def as_data(found, finding):
    """Return a ``Bypassed`` and its ``Finding`` as plain data."""
    place = found.place
    return {
        "path": shown(place.path),
        "line": place.line,
        "column": place.column,
        "inside": place.inside,
        "code": place.code,
        "operation": place.operation,
        "models": found.models,
        "skipped": [
            {"signal": each.signal, "name": each.name, "where": each.where, "every_model": each.every}
            for each in found.skipped
        ],
        **({"state": finding.state} if finding.state else {}),
    }


def of_check(finding):
    """Return the ``Finding`` of a check as plain data."""
    return {
        "id": finding.rule,
        "path": shown(finding.path) if finding.path else "",
        "line": finding.line,
        "subject": finding.subject,
        "text": finding.text,
        **({"state": finding.state} if finding.state else {}),
    }
