"""A stored trace in a few words, for the list: what fired, and how long ago."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from signal_inspector.connected.catalogue import MODELS

SHOWN = 4
CONNECTED = "django.db.backends.signals.connection_created"
DONE = {
    f"{MODELS}.post_save": gettext_lazy("saved"),
    f"{MODELS}.post_delete": gettext_lazy("deleted"),
    f"{MODELS}.m2m_changed": gettext_lazy("changed"),
}
PAIRS = {f"{MODELS}.pre_{what}": f"{MODELS}.post_{what}" for what in ("save", "delete")}


def tell(rows):
    """Return the same stored traces, each with "fired", "more" and "ago": see the two functions below."""
    now = timezone.now()
    for row in rows:
        # An earlier version stored the names of the signals alone.
        story = row.names.get("fired") or [{"name": name, "sender": ""} for name in row.names["signals"]]
        row.fired, row.more = words(story)
        row.ago = ago(row.stored_at, now)
    return rows


def words(story):
    """
    Return what fired, as pairs of a name in code and a word about it.

    Args:
        story (list): what ``summary.fired`` returned.

    Returns:
        A pair: the first few, and whether there is more. What came before a row was written is left out where the
        row was written.
    """
    sent = {(each["name"], each["sender"]) for each in story}
    told = [each for each in story if (PAIRS.get(each["name"]), each["sender"]) not in sent]
    told.sort(key=lambda each: each["name"] == CONNECTED)  # the first request of a process opens one: no news
    return [_word(each) for each in told[:SHOWN]], len(told) > SHOWN


def _word(each):
    done = _("created") if each.get("created") and each["name"] in DONE else DONE.get(each["name"], "")
    times = f"×{each['times']}" if "times" in each else ""
    subject = each.get("instance") or each["sender"]
    if done and subject:
        return subject, f"{done} {times}".strip()
    name = each["name"].rpartition(".")[2]
    about = _("of %s") % each["sender"] if each["name"] in PAIRS and each["sender"] else ""
    return name, f"{about} {times}".strip()


def ago(moment, now):
    """Return how long ago a moment was, in words."""
    seconds = max(0, round((now - moment).total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d second ago", "%(n)d seconds ago", seconds) % {"n": seconds}
    if seconds < 3600:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)d day ago", "%(n)d days ago", seconds // 86400) % {"n": seconds // 86400}
