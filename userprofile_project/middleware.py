"""What every request passes before it reaches a page, and every answer after it."""

import codecs
from inspect import getclosurevars

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponseNotAllowed
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.html import format_html
from django.utils.translation import gettext as _

from userprofile_project.errors import bad_request

PAGE_METHODS = ["GET", "HEAD", "POST"]


class ReadableRequestMiddleware(MiddlewareMixin):
    """
    Answer 400 to a request that can't be read, where Django would fail in its own error page.

    Django decodes fields by the charset that the Content-Type names. UTF-7 makes halves of characters, which no
    database takes, and is refused once more by the error page of DEBUG, as are too many fields in the address. No
    browser names a charset other than that of the page, which is UTF-8. A NUL in the address's query ends in the
    database where a page looks for it (the lists of the admin do), and PostgreSQL raises DataError.
    """

    def process_request(self, request):
        """Return the answer to an unreadable request, None for any other."""
        if not getattr(request, "has_readable_type", True):  # see handlers.py
            return bad_request(request, None)
        if request.encoding:
            if codecs.lookup(request.encoding).name != "utf-8":
                return bad_request(request, None)
            request.encoding = "utf-8"  # of all its spellings, the one that Django knows
        try:
            request.GET  # noqa: B018 - reading it is what counts the fields
        except TooManyFieldsSent as error:
            return bad_request(request, error)
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            return bad_request(request, None)
        return None


class KnownMethodsMiddleware(MiddlewareMixin):
    """
    Answer 405 to a method that a page does not know, with those that it knows.

    Pages of the admin, and views that name no methods, answer any method as if it were GET. It stands before the
    protection against forged requests, whose 403 would be a riddle: what a page does not know it never does.
    """

    def process_view(self, request, view, args, kwargs):
        """Return the refusal, None for a method that the view knows."""
        known = known_methods(view)
        return None if request.method in known else HttpResponseNotAllowed(known)


def known_methods(view):
    """Return the methods that a view answers: those that it names, or those of a page."""
    if hasattr(view, "view_class"):
        names = view.view_initkwargs.get("http_method_names", view.view_class.http_method_names)
        known = [name.upper() for name in names if hasattr(view.view_class, name) or name == "head"]
        return known if "GET" in known else [name for name in known if name != "HEAD"]
    while hasattr(view, "__wrapped__"):
        if "request_method_list" in view.__code__.co_freevars:  # of Django's require_http_methods(), 5.2 to 6.1
            return getclosurevars(view).nonlocals["request_method_list"]
        view = view.__wrapped__
    return PAGE_METHODS


class WayHomeMiddleware(MiddlewareMixin):
    """
    Lead home from Django's own page for what isn't there, which DEBUG shows in the place of the site's.

    It stays, since it tells a developer which addresses there are. But somebody who looks around ends there, too.
    """

    def process_response(self, request, response):
        """Return the answer, with a link if it is that page."""
        if settings.DEBUG and response.status_code == 404 and not response.streaming:
            link = format_html('<body><p><a href="{}">{}</a></p>', reverse("home"), _("Go to the home page"))
            if b'<header id="summary">' in response.content:
                response.content = response.content.replace(b"<body>", link.encode(response.charset), 1)
        return response


class PrivateAnswerMiddleware(MiddlewareMixin):
    """
    Keep what is answered to somebody who is logged in out of every cache, the browser's too.

    Otherwise the Back button shows, after the logout, who was logged in. What a view says about caching stays. A page
    that never looked at the user shows nothing of that person, and is not asked to look now: it costs no query.
    """

    def process_response(self, request, response):
        """Return the answer, with headers if somebody is known to be logged in."""
        found = vars(request)
        user = found.get("_cached_user") or found.get("_acached_user")
        if user is not None and user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
