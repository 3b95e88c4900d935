"""
The pages of errors. They read nothing of the request: it may be what is wrong.

Django's own handlers look for the token against forged requests once more, and so read the form again: where that is
what failed, they fail in turn, and the server answers with a line of text. These pages have no form, and need none.
"""

from django.core.exceptions import RequestDataTooBig
from django.shortcuts import render


def bad_request(request, exception=None):
    """Answer 400 to what can't be understood, 413 to what is larger than the site takes."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(None, f"{status}.html", status=status)


def permission_denied(request, exception=None):
    """Answer 403 to somebody who may not see a page."""
    return render(None, "403.html", status=403)


def forged_request(request, reason=""):
    """Answer 403 to a form that may come from another site. Django's log has the reason."""
    return render(None, "403_csrf.html", status=403)


def page_not_found(request, exception=None):
    """Answer 404."""
    return render(None, "404.html", status=404)


def server_error(request):
    """Answer 500."""
    return render(None, "500.html", status=500)
