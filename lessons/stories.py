"""Stories for the bench of the inspector: what people do on the pages, done by the pages' own code."""

from io import BytesIO
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve, reverse

NAME, PASSWORD = "newcomer-on-the-bench", "correct-horse-7"


def register():
    """Prepare to register somebody."""
    email = f"{NAME}@example.com"
    return _posting("register", username=NAME, email=email, password1=PASSWORD, password2=PASSWORD)


def log_in():
    """Prepare to log somebody in, who has registered before."""
    get_user_model().objects.create_user(NAME, f"{NAME}@example.com", PASSWORD)
    return _posting("login", username=NAME, password=PASSWORD)


def _posting(name, **fields):
    """Return a function that posts a form to the page of a name, with a session and messages around its view."""
    path, body = reverse(name), urlencode(fields).encode()
    match = resolve(path)

    def view(request):
        request.resolver_match = match
        return match.func(request, *match.args, **match.kwargs)

    def post():
        request = WSGIRequest(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": path,
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_ADDR": "127.0.0.1",
                "SERVER_NAME": _host(),
                "SERVER_PORT": "80",
                "wsgi.input": BytesIO(body),
            }
        )
        request._dont_enforce_csrf_checks = True  # as Django's test client has it: nobody can forge this request
        response = SessionMiddleware(AuthenticationMiddleware(MessageMiddleware(view)))(request)
        if response.status_code != 302:
            raise RuntimeError(
                f"The page answered {response.status_code}, and not with a redirect: it refused the form."
            )

    return post


def _host():
    """Return a host that the site answers to."""
    host = next(iter(settings.ALLOWED_HOSTS), "localhost").lstrip(".")
    return "localhost" if host == "*" else host
