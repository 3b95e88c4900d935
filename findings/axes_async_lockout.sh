#!/usr/bin/env bash
# Under ASGI, django-axes hands its lockout function the credentials in the place of the response.
#
# Guess: AXES_LOCKOUT_CALLABLE, called as (request, original_response, credentials), gets the same under ASGI as under WSGI.
# What happens: the asynchronous half of AxesMiddleware calls it without the response. What arrives as the second argument
# is the dict of credentials, and the third is None.
# Why it matters: a function that returns the response that it was given, or reads the name of the locked account, works
# in every test with Client and under gunicorn, and fails under uvicorn. And the backend has no aauthenticate(): a view
# that awaits aauthenticate() ends in AttributeError before anything is counted.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" django-axes==8.3.1
cd "$folder"
venv/bin/python - <<'END'
import asyncio
import sys

import axes
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x" * 50,
    ROOT_URLCONF="__main__",
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "axes"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "axes.middleware.AxesMiddleware"],
    AUTHENTICATION_BACKENDS=["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"],
    AXES_FAILURE_LIMIT=1,
    AXES_LOCKOUT_CALLABLE="__main__.locked",
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib.auth import aauthenticate, authenticate
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

seen = []


def locked(request, original_response=None, credentials=None):
    seen.append((type(original_response).__name__, type(credentials).__name__))
    return HttpResponse(status=429)


def login(request):
    authenticate(request, username="ada", password="a guess")
    return HttpResponse("wrong")


urlpatterns = [path("login/", login)]
call_command("migrate", verbosity=0)
sys.stderr = open("log.txt", "w")  # axes tells of each failure
Client().post("/login/")
asyncio.run(AsyncClient().post("/login/"))
try:
    asyncio.run(aauthenticate(HttpRequest(), username="ada", password="a guess"))
    outcome = "answered"
except AttributeError as error:
    outcome = str(error)
print("Django", django.get_version(), "django-axes 8.3.1")
print("response and credentials, WSGI:", seen[0])
print("response and credentials, ASGI:", seen[1])
print("await aauthenticate(...):      ", outcome)
assert seen == [("HttpResponse", "dict"), ("dict", "NoneType")]
assert "aauthenticate" in outcome
END
