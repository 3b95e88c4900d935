"""Whatever is wrong with a request, it is answered with a page of the site, its headers, and one line in the log."""

import logging

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import path

from userprofile_project import errors, urls

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def refuse(request):
    raise PermissionDenied


def fail(request):
    raise ZeroDivisionError


urlpatterns = [path("refuses/", refuse), path("fails/", fail), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


class BrokenBody:
    """A body whose sender goes away in the middle of it."""

    def read(self, *args):
        raise OSError("The connection is gone.")

    readline = read


class Lines(logging.Handler):
    """What reaches the server's log."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record)


@override_settings(ROOT_URLCONF=__name__)
class ErrorTests(TestCase):
    """All with the protection against forged requests, and with a cookie that makes it look at the form."""

    def setUp(self):
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.client.cookies["csrftoken"] = "x" * 32
        self.lines = Lines()
        logging.getLogger().addHandler(self.lines)
        self.addCleanup(logging.getLogger().removeHandler, self.lines)

    def assertAnswered(self, response, status, words):
        self.assertContains(response, words, status_code=status, html=False)
        self.assertIn(b'<main class="site-width"', response.content)
        for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"):
            self.assertIn(name, response.headers)
        messages = [record.getMessage() for record in self.lines.records]
        self.assertEqual(len(messages), 1, messages)

    def post(self, body, content_type, path="/login/", **extra):
        self.lines.records.clear()
        headers = {"referer": "https://testserver/login/"}
        return self.client.generic("POST", path, body, content_type, headers=headers, **extra)

    def test_a_form_that_can_not_be_read(self):
        bodies = {
            f"{FORM}; charset=utf-7": b"username=ada",
            f"{FORM}; charset=utf-16": b"username=ada",
            FORM: b"a=1&" * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1),
            "multipart/form-data": b"no boundary",
            f"{MULTIPART}; charset=utf-7": b"--x--\r\n",
            MULTIPART: b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n=\r\n--x--\r\n",
        }
        for content_type, body in bodies.items():
            for where in ("/login/", "/nowhere/", "/fails/", "/admin/login/"):
                for secure in (False, True):
                    with self.subTest(content_type, path=where, secure=secure):
                        response = self.post(body, content_type, where, secure=secure)
                        if response.status_code == 404:  # no view, so nobody has looked at the form
                            self.assertAnswered(response, 404, "There is nothing at this address")
                        else:
                            self.assertAnswered(response, 400, "The request could not be read")

    def test_a_form_that_is_too_large(self):
        body = b"a=" + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.assertAnswered(self.post(body, FORM), 413, "That was more than this site takes")

    def test_a_form_whose_sender_goes_away(self):
        response = self.client.generic(
            "POST", "/login/", b"", FORM, CONTENT_LENGTH="10", **{"wsgi.input": BrokenBody()}
        )
        self.assertAnswered(response, 403, "The form was not accepted")

    def test_a_form_of_another_site(self):
        self.assertAnswered(self.post(b"username=ada", FORM), 403, "The form was not accepted")
        self.client.cookies.clear()
        self.assertAnswered(self.post(b"username=ada", FORM), 403, "The form was not accepted")

    def test_a_page_that_refuses_that_is_not_there_or_fails(self):
        pages = {
            "/refuses/": (403, "You may not see this page"),
            "/nowhere/": (404, "There is nothing at this address"),
            "/fails/": (500, "Something went wrong on our side"),
        }
        for where, (status, words) in pages.items():
            with self.subTest(where):
                self.lines.records.clear()
                self.assertAnswered(self.client.get(where), status, words)

    def test_a_host_that_is_not_ours(self):
        response = self.client.get("/", headers={"host": "evil.example"})
        self.assertAnswered(response, 400, "The request could not be read")


class NothingIsReadTests(SimpleTestCase):
    def test_a_page_of_an_error_is_made_without_the_request(self):
        for handler in ("bad_request", "permission_denied", "forged_request", "page_not_found", "server_error"):
            with self.subTest(handler):
                self.assertGreaterEqual(getattr(errors, handler)(None).status_code, 400)
