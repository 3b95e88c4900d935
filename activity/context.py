"""The request that is being answered: its id, who sends it, and from where."""

import re
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.functional import LazyObject
from django.utils.module_loading import import_string

_current = ContextVar("activity.request", default=None)

ID = re.compile("[0-9a-f]{32}")


class RequestContext:
    """A request, the id that it was given, and the failures that wait to be written when it is over."""

    def __init__(self, request):
        self.request = request
        self.id = _given_id(request) or uuid4().hex
        self.failures = []


def _given_id(request):
    """
    Return the id that something else on this side has given a request, "" if nothing has.

    What the setting ACTIVITY_REQUEST_ID names, or is, knows it: so the log and what else is kept of a request have one
    name for it. It is never taken from what a client sends.
    """
    function = getattr(settings, "ACTIVITY_REQUEST_ID", None)
    if isinstance(function, str):
        function = import_string(function)
    given = function(request) if function else None
    return given if isinstance(given, str) and ID.fullmatch(given) else ""


@contextmanager
def following(request):
    """Make a request the current one inside a ``with`` block, and yield its context."""
    context = RequestContext(request)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def current():
    """Return the context of the current request, or None: a command, the shell, a request past the middleware."""
    return _current.get()


def circumstances(using, request=None, by=None):
    """
    Return by whom, when, from where and in which request something happens, as columns of an entry.

    It asks the database nothing.

    Args:
        using (str): alias of the database that the entry goes to.
        request (HttpRequest): the request, where none is current.
        by (User): who does it, where that is known better than from the request.
    """
    context = current()
    request = context.request if context else request
    by = by or (actor(request) if request else None)
    # The row of this number on another database is somebody else.
    known = by is not None and by.pk is not None and by._state.db == using
    return {
        "by": by.pk if known else None,
        "by_name": by.get_username() if by is not None else "",
        "at": timezone.now(),
        "address": client_address(request) if request else None,
        "request_id": context.id if context else "",
    }


def actor(request):
    """Return the user who is logged in with a request if that was found out already, else None: no query for it."""
    user = vars(request).get("user")
    if isinstance(user, LazyObject):
        user = vars(request).get("_cached_user") or vars(request).get("_acached_user")
    return user if user is not None and user.is_authenticated else None


def client_address(request):
    """
    Return the network address that a request comes from as text, None if there is none that makes sense.

    What the setting ACTIVITY_CLIENT_ADDRESS names, or is, knows how many proxies are ours. Without it the address is
    the other end of the connection.
    """
    function = getattr(settings, "ACTIVITY_CLIENT_ADDRESS", None)
    if isinstance(function, str):
        function = import_string(function)
    try:
        address = ip_address(function(request) if function else request.META.get("REMOTE_ADDR"))
    except ValueError:
        return None
    if getattr(address, "scope_id", None):  # "fe80::1%eth0": the part behind the sign means something here only
        address = ip_address(int(address))
    return str(getattr(address, "ipv4_mapped", None) or address)
