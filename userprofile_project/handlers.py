"""
Django's handlers, with requests that can be made of any Content-Type.

Django decodes the parameters of a Content-Type while it makes the request, before any middleware could answer. A
parameter in the form of RFC 2231 that names an unknown encoding, or a charset with a NUL, fails there, and the server
answers by itself, without a page or a header of ours. Here such a request has no Content-Type, and
``ReadableRequestMiddleware`` refuses it.

``runserver`` serves what WSGI_APPLICATION names, and so uses this. The test client makes Django's own request,
whatever the project says: a test calls the application.
"""

import django
from django.core.exceptions import BadRequest
from django.core.handlers import asgi, wsgi


class AnyContentTypeMixin:
    """A request that notes a Content-Type which can't be read, where Django's fails."""

    has_readable_type = True

    def _set_content_type_params(self, meta):
        # Django's own step of both kinds of request. It has no public name, and __init__ has no other seam.
        try:
            super()._set_content_type_params(meta)
        except (BadRequest, LookupError, ValueError):  # Django 6.1 has the first for it, and answers no better
            self.content_type, self.content_params = "", {}
            self.has_readable_type = False


class WSGIRequest(AnyContentTypeMixin, wsgi.WSGIRequest):
    """A request of WSGI."""


class ASGIRequest(AnyContentTypeMixin, asgi.ASGIRequest):
    """A request of ASGI."""


class WSGIHandler(wsgi.WSGIHandler):
    """Django's handler for WSGI, with the request of this module."""

    request_class = WSGIRequest


class ASGIHandler(asgi.ASGIHandler):
    """Django's handler for ASGI, with the request of this module."""

    request_class = ASGIRequest


def get_application(handler):
    """Set Django up and return a handler of a class, as Django's ``get_wsgi_application`` does with its own."""
    django.setup(set_prefix=False)
    return handler()
