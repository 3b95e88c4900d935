"""Paths as they may be kept: without what makes a link a secret, and without what has no place in a line."""

import re
from uuid import UUID

from django.urls import resolve

SECRET = re.compile("token|key|secret|code|hash|signature|password|nonce|otp", re.IGNORECASE)
LONGEST = 30  # characters of a value in a path; what is longer was not made for people


def kept_path(request):
    """
    Return the path of a request as text that may be stored and shown.

    A link that resets a password, or proves an address, is a secret until it is used. What a route captured under a
    name that says so, or at great length, is replaced by that name: ``/password-reset/Mg/<token>/``. The query is left
    out.
    """
    path, match = request.path, getattr(request, "resolver_match", None) or _resolve(request)
    captured = [*match.kwargs.items(), *(("…", value) for value in match.args)] if match else ()
    for name, value in captured:
        value = str(value) if type(value) in (str, UUID) else ""
        if value and (SECRET.search(name) or len(value) > LONGEST):
            path = _without(path, value, f"<{name}>")
    return printable("/".join(part if len(part) <= 2 * LONGEST else f"{part[:8]}…" for part in path.split("/")))


def _resolve(request):
    """Return the route of a request that was answered before Django looked for it: by a redirect to https, say."""
    try:
        return resolve(request.path_info)
    except Exception:  # there is none, or a converter of the project's own fails
        return None


def _without(path, value, name):
    if "/" in value or len(value) > LONGEST:
        return path.replace(value, name)
    return "/".join(name if part == value else part for part in path.split("/"))


def printable(text):
    """Return a text without what has no place in a line, or in a column: controls, halves of characters."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text or "")
