#!/usr/bin/env bash
# Django's page for an address that is not there reads the form that was sent to it, and fails if it can't be read.
#
# Guess: a POST to an address without a view is answered with 404.html, whatever its body is: nobody has looked at it.
# What happens: Django's own handlers of errors look for the token against forged requests, so that a page of an error may
# hold a form. With the cookie of that token they read the body; where it can't be parsed, the handler raises, and the
# answer is 500.html, with two errors in the log. Without the cookie it is 404.
# Why it matters: the log of errors fills with what is no fault of the site, got_request_exception is sent for a missing
# page, and a handler400 that copies Django's decorator answers 500 to the very requests that it is for.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}"
cd "$folder"
venv/bin/python - <<'END'
import django
from django.conf import settings

PAGES = {"404.html": "not there", "500.html": "failed"}
settings.configure(
    SECRET_KEY="x" * 50,
    ROOT_URLCONF="__main__",
    ALLOWED_HOSTS=["testserver"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    LOGGING_CONFIG=None,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", PAGES)]},
        }
    ],
)
django.setup()

import logging

from django.core.signals import got_request_exception
from django.test import Client

logging.disable()
urlpatterns = []
failures = []
got_request_exception.connect(lambda **kwargs: failures.append(kwargs["request"].path), weak=False)


def answer(with_cookie):
    failures.clear()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if with_cookie:
        client.cookies["csrftoken"] = "x" * 32
    response = client.generic("POST", "/nowhere/", b"no boundary", "multipart/form-data")
    return response.status_code, response.content.decode(), len(failures)


without, with_cookie = answer(False), answer(True)
print("Django", django.get_version())
print("status, page, got_request_exception, without the cookie:", without)
print("the same with the cookie:                               ", with_cookie)
assert without == (404, "not there", 0)
assert with_cookie[:2] == (500, "failed") and with_cookie[2] >= 1
END
