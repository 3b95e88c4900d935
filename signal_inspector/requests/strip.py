"""
The strip at the foot of a page: what fired in this request, and in the one before the redirect that led here.

It is put before the ``</body>`` of a page when that is ready, so that it needs no line in any template and knows what
the templates themselves set off. The request before is carried over by a cookie: signed, for a minute, for one page.
Of both the strip shows the one that sent more signals, in one line.
"""

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string

from signal_inspector.reading.private import known_user
from signal_inspector.requests import summary
from signal_inspector.requests.access import may_see

COOKIE = "signal_inspector_before"
SALT = "signal_inspector.requests.strip"
SECONDS = 60

REDIRECTS = (301, 302, 303, 307, 308)


def show(record, request, response):
    """
    Put the strip into a page, or the facts of a redirect into a cookie, for those who may see traces.

    Args:
        record (RequestRecord): what was recorded; over, but for a streaming answer.
        request (HttpRequest): the request.
        response (HttpResponse): its answer.
    """
    if COOKIE in request.COOKIES:
        record.before = before(request)
    if not may_see(known_user(request)):
        return
    if response.status_code in REDIRECTS and record.trace is not None:
        _remember(response, facts(record))
    elif is_page(response) and _insert(response, record) and COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Lax")


def facts(record):
    """Return what the strip tells of a request, as a dict: id, label, milliseconds, counts."""
    return {
        **summary.counts(record.trace),
        "id": record.id,
        "label": f"{record.method} {record.path[:100]}",
        "ms": round(record.duration * 1000),
    }


def most_telling(requests):
    """Return that of some requests (facts or rows, in order) which sent the most signals, the last one of several."""
    return max(reversed(requests), key=lambda each: each["signals"] if isinstance(each, dict) else each.signals)


def before(request):
    """Return the facts of the request before the redirect that led to this one, None if there was none."""
    return _read(request.COOKIES[COOKIE]) if COOKIE in request.COOKIES else None


def is_page(response):
    """Tell whether a response is a page that a strip can be put into."""
    return (
        not response.streaming
        and response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html"
        and not response.headers.get("Content-Encoding")
        and "attachment" not in response.headers.get("Content-Disposition", "")
    )


def _insert(response, record):
    content = response.content
    place = max(content.rfind(b"</body>"), content.rfind(b"</BODY>"))
    if place < 0:
        return False
    requests = [each for each in (record.before, facts(record)) if each]
    context = {"requests": requests, "shown": most_telling(requests), "this": requests[-1]}
    strip = render_to_string("signal_inspector/strip.html", context)
    strip = strip.encode(response.charset, "xmlcharrefreplace")
    response.content = b"".join((content[:place], strip, content[place:]))
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    del response.headers["ETag"]  # it was that of the page without the strip
    return True


def _remember(response, values):
    response.set_cookie(
        COOKIE,
        signing.dumps(values, salt=SALT),
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(cookie):
    """Return what a redirect has put into the cookie, None if it wasn't us, or too long ago."""
    try:
        return signing.loads(cookie, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
