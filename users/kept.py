"""
What was typed into a form that was sent after the session had ended.

The login page would lose it. So it waits in a cookie: for the browser that typed it, for the page that it was typed
into, for an hour, and only if it fits. Nothing is stored here for strangers. No password is kept, and no chosen
file can be. It is shown to whom the page belonged to, and to nobody else.
"""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext as _

COOKIE = "typed"
SALT = "users.kept"
SECONDS = 3600
MOST = 3800  # characters; browsers keep 4,096 bytes with name and attributes

NEVER = ("csrf", "password")  # no form of such a page has more secrets, and these it should not get


def keeps_typed(view):
    """Make a view that needs a login keep what was sent to it by somebody whose session has ended."""

    @wraps(view)
    def keeping(request, *args, **kwargs):
        is_lost = request.method == "POST" and not request.user.is_authenticated
        response = view(request, *args, **kwargs)
        if is_lost and _keep(request, response):
            messages.info(request, _("You were logged out. What you typed is there again when you have logged in."))
        return response

    return keeping


def _keep(request, response):
    typed = {name: values for name, values in request.POST.lists() if not any(word in name for word in NEVER)}
    value = signing.dumps(typed, salt=SALT, compress=True)
    if len(value) > MOST:
        return False
    response.set_cookie(
        COOKIE,
        value,
        max_age=SECONDS,
        path=request.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return True


def typed_before(request):
    """Return what was kept for a page as a ``QueryDict``, None if nothing was."""
    try:
        typed = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


def forget(request, response):
    """Keep nothing any more: it was shown, or was somebody else's."""
    if COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, path=request.path, samesite="Lax")
