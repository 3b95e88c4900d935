"""A Content-Type that Django can't read is answered like any other request that is wrong, by either server."""

import io

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.servers.basehttp import get_internal_wsgi_application
from django.test import RequestFactory, SimpleTestCase, TestCase
from django.test.client import AsyncRequestFactory

from userprofile_project.handlers import ASGIHandler, WSGIHandler

UNREADABLE = (
    "text/plain; charset*=nope''x",
    "text/plain; charset*=utf-8''%00",
    "text/plain; charset*=utf-8''a%00b",
    "text/plain; charset*=%00''x",
    "multipart/form-data; boundary*=nope''x",
    "multipart/form-data; boundary=x; charset*=\0''x",
)
READABLE = ("", "text/plain", "text/plain; charset=utf-8", "text/plain; charset*=utf-8''utf-8", "\0;;=", ";", "x; y*=")


class ContentTypeMixin:
    def assertRefused(self, status, headers, body):
        self.assertEqual(status, 400)
        self.assertIn("The request could not be read", body)
        for name in ("content-security-policy", "x-content-type-options", "x-frame-options"):
            self.assertIn(name, headers)


class WSGITests(ContentTypeMixin, TestCase):
    """With the database: the signal that a request begins has Django look at its connections."""

    def answer(self, content_type, method="POST", path="/"):
        """Return status, headers and body, as the server gets them."""
        environ = RequestFactory()._base_environ(
            REQUEST_METHOD=method, PATH_INFO=path, CONTENT_TYPE=content_type, CONTENT_LENGTH="1"
        )
        environ["wsgi.input"] = io.BytesIO(b"x")
        started = []
        response = WSGIHandler()(environ, lambda status, headers: started.append((status, headers)))
        ((status, headers),) = started
        body = b"".join(response).decode()
        response.close()
        return int(status.split()[0]), {name.lower(): value for name, value in headers}, body

    def test_one_that_can_not_be_read_is_refused_with_the_page_and_the_headers_of_the_site(self):
        for content_type in UNREADABLE:
            for method, path in (("POST", "/login/"), ("GET", "/"), ("PUT", "/nowhere/")):
                with self.subTest(content_type, method=method), self.assertLogs("django.request", "WARNING"):
                    self.assertRefused(*self.answer(content_type, method, path))

    def test_any_other_is_none_of_its_business(self):
        for content_type in READABLE:
            with self.subTest(content_type):
                self.assertEqual(self.answer(content_type, "GET")[0], 200)

    def test_the_development_server_serves_it_too(self):
        self.assertIs(type(get_internal_wsgi_application()), WSGIHandler)
        self.assertEqual(settings.WSGI_APPLICATION, "userprofile_project.wsgi.application")


class ASGITests(ContentTypeMixin, SimpleTestCase):
    async def answer(self, content_type):
        scope = AsyncRequestFactory()._base_scope(path="/", method="GET")
        scope["headers"] = [(b"host", b"testserver"), (b"content-type", content_type.encode("latin-1"))]
        server = ApplicationCommunicator(ASGIHandler(), scope)
        await server.send_input({"type": "http.request", "body": b""})
        start = await server.receive_output(10)
        body = await server.receive_output(10)
        await server.wait()
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, body["body"].decode()

    async def test_one_that_can_not_be_read_is_refused_with_the_page_and_the_headers_of_the_site(self):
        for content_type in UNREADABLE:
            with self.subTest(content_type), self.assertLogs("django.request", "WARNING"):
                self.assertRefused(*await self.answer(content_type))

    async def test_any_other_is_none_of_its_business(self):
        self.assertEqual((await self.answer("text/plain; charset*=utf-8''utf-8"))[0], 200)
