"""
What an entry says to a reader.

The words are found when an entry is read, in the reader's language; the row holds the facts alone. What strangers
wrote is quoted by ``printable``, and escaped as HTML where it is shown.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activity.text import printable

PLAIN = {
    "registered": gettext_lazy("The account was registered."),
    "created": gettext_lazy("The account was created."),
    "verified": gettext_lazy("The email address was verified."),
    "logged_in": gettext_lazy("Logged in."),
    "logged_out": gettext_lazy("Logged out."),
    "login_failed": gettext_lazy("Somebody tried to log in and failed."),
    "locked_out": gettext_lazy("A login was refused after too many failed ones."),
    "closed": gettext_lazy("The account was closed."),
}

# Taken, given.
RIGHTS = {
    "is_active": (gettext_lazy("The account was deactivated."), gettext_lazy("The account was activated.")),
    "is_staff": (gettext_lazy("Staff status was taken away."), gettext_lazy("Staff status was given.")),
    "is_superuser": (gettext_lazy("Superuser status was taken away."), gettext_lazy("Superuser status was given.")),
}

FIELDS = {
    "username": gettext_lazy("user name"),
    "email": gettext_lazy("email address"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
}


def sentence(what, details):
    """
    Return what happened, in a sentence or a few.

    Args:
        what (str): one of ``Entry.What``.
        details (dict): the entry's details.
    """
    if what in PLAIN:
        return str(PLAIN[what])
    if what == "request_failed":
        return _request(details)
    if what in ("groups", "permissions"):
        return _relations(what, details)
    return " ".join(_change(name, *pair) for name, pair in details.items())


def _change(name, old, new):
    if name in RIGHTS:
        return str(RIGHTS[name][bool(new)])
    if name == "password":
        return _("The password was changed.")
    if name == "image":
        return _picture(old, new)
    if name == "interests":
        return _interests(old, new)
    words = {"field": FIELDS.get(name, printable(name)), "old": printable(old), "new": printable(new)}
    if not old:
        return _("The %(field)s was set to “%(new)s”.") % words
    if not new:
        return _("The %(field)s “%(old)s” was removed.") % words
    return _("The %(field)s was changed from “%(old)s” to “%(new)s”.") % words


def _picture(old, new):
    if not old:
        return _("A picture was added.")
    return _("The picture was replaced.") if new else _("The picture was removed.")


def _interests(old, new):
    added, removed = [name for name in new if name not in old], [name for name in old if name not in new]
    parts = []
    if added:
        words = ngettext("Interest added: %(names)s.", "Interests added: %(names)s.", len(added))
        parts.append(words % {"names": _names(added)})
    if removed:
        words = ngettext("Interest removed: %(names)s.", "Interests removed: %(names)s.", len(removed))
        parts.append(words % {"names": _names(removed)})
    return " ".join(parts)


def _relations(what, details):
    given = "added" in details
    names = details["added"] if given else details["removed"]
    if what == "groups":
        if given:
            words = ngettext("Added to the group %(names)s.", "Added to the groups %(names)s.", len(names))
        else:
            words = ngettext("Removed from the group %(names)s.", "Removed from the groups %(names)s.", len(names))
    elif "group" in details:
        if given:
            words = _("Permissions given to the group %(group)s: %(names)s.")
        else:
            words = _("Permissions taken from the group %(group)s: %(names)s.")
    else:
        words = _("Permissions given: %(names)s.") if given else _("Permissions taken away: %(names)s.")
    return words % {"names": _names(names), "group": printable(details.get("group", ""))}


def _request(details):
    words = {name: printable(details.get(name, "")) for name in ("method", "route", "error")}
    return _("A request failed: %(method)s /%(route)s (%(error)s).") % words


def _names(names):
    return ", ".join(sorted(map(printable, names)))
