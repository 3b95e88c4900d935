import asyncio
import gc
from unittest import mock

from django.contrib.auth.models import Group
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, SimpleTestCase, TestCase, TransactionTestCase, override_settings

from signal_inspector import record
from signal_inspector.logs import trace_id
from signal_inspector.middleware import SignalInspectorMiddleware
from signal_inspector.models import StoredTrace
from signal_inspector.recording import recorder
from signal_inspector.recording.rows import current
from signal_inspector.requests import records, store
from signal_inspector.requests.records import STARTED
from signal_inspector.tests.support import Site, listen, site
from signal_inspector.tests.urls import told

SEND = Signal.send


class Clean:
    """After each test nothing is recorded any more, and Django's own functions are back."""

    def tearDown(self):
        super().tearDown()
        while records._orphans:
            recorder.finish(records._orphans.popleft())
        self.assertIs(Signal.send, SEND)
        self.assertIsNone(current.get())


class InTransaction:
    """A response that is closed by hand leaves the connection alone, which Django closes though a test is using it."""

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(connection, "close_if_unusable_or_obsolete"))


@site
class RequestTests(Site, Clean, InTransaction, TestCase):
    def test_whoever_asks_is_told_the_id_while_it_is_recorded(self):
        asked = []

        def view(request):
            asked.append(trace_id(request))
            return HttpResponse()

        response = SignalInspectorMiddleware(view)(RequestFactory().get("/"))
        response.close()
        self.assertEqual(asked, [response.headers["X-Signal-Trace"]])
        SignalInspectorMiddleware(view)(RequestFactory().get("/static/x.css"))
        self.assertIsNone(asked[1])

    def test_a_request_is_stored_under_the_name_in_the_header(self):
        response = self.client.get("/page/?secret=1")
        stored = self.stored()
        self.assertEqual(response.headers["X-Signal-Trace"], stored.pk)
        self.assertEqual((stored.label, stored.status), ("GET /page/", 200))
        [signal] = stored.trace.roots
        self.assertEqual(signal.name, "signal_inspector.tests.urls.told")
        self.assertEqual([node.name for node in signal.children], ["signal_inspector.tests.support.listen"])
        self.assertGreater(stored.duration, stored.trace.duration)  # it began at request_started

    def test_it_begins_when_the_request_began(self):
        request = RequestFactory().get("/")
        request_started.send(None, environ=request.environ)
        request.environ[STARTED] -= 100
        SignalInspectorMiddleware(lambda request: HttpResponse())(request).close()
        self.assertGreater(self.stored().duration, 100)

    def test_storing_is_one_statement_after_the_answer(self):
        with mock.patch.object(store, "_stores", iter([1])), self.assertNumQueries(1):
            self.client.get("/page/")

    def test_what_waited_for_the_commit_is_in_it(self):
        post_save.connect(listen, sender=Group)
        self.addCleanup(post_save.disconnect, listen, sender=Group)
        with self.captureOnCommitCallbacks(execute=True):
            self.client.get("/group/")
        kinds = [(node.kind, node.ran) for node, _ in self.stored().trace.walk()]
        self.assertIn(("callback", False), kinds)  # inside the test's own transaction it was not committed

    def test_a_failure_is_recorded_and_answered_as_without(self):
        self.client.raise_request_exception = False
        with self.assertLogs("django.request"):
            response = self.client.get("/fails/")
        self.assertEqual((response.status_code, self.stored().status), (500, 500))
        self.assertEqual(self.names()[0], "told")

    def test_a_page_that_is_not_there(self):
        with self.assertLogs("django.request"):
            self.client.get("/nowhere/")
        self.assertEqual(self.stored().status, 404)

    def test_other_methods(self):
        for method in ("head", "options", "put", "delete"):
            getattr(self.client, method)("/page/")
        self.assertEqual({row.method for row in StoredTrace.objects.all()}, {"HEAD", "OPTIONS", "PUT", "DELETE"})

    def test_a_stream_is_recorded_to_its_end(self):
        response = self.client.get("/stream/")
        self.assertFalse(StoredTrace.objects.exists())
        self.assertEqual(b"".join(response.streaming_content), b"<body></body>")
        response.close()
        self.assertEqual(self.names(), ["told"])
        self.assertEqual(response.headers["X-Signal-Trace"], self.stored().pk)

    def test_a_stream_that_nobody_closes_does_not_reach_into_the_next_request(self):
        middleware = SignalInspectorMiddleware(lambda request: StreamingHttpResponse([b"x"]))
        middleware(RequestFactory().get("/"))
        gc.collect()
        self.client.get("/page/")
        self.assertEqual(self.names(), ["told"])

    def test_a_response_that_nobody_closes_is_forgotten(self):
        SignalInspectorMiddleware(lambda request: HttpResponse())(RequestFactory().get("/"))
        self.client.get("/page/")
        self.assertEqual(self.stored().path, "/page/")

    def test_files_and_paths_of_ones_choice_are_not_recorded(self):
        with override_settings(SIGNAL_INSPECTOR_IGNORE=["/health/"]):
            for path in ("/static/x.css", "/health/"):
                self.assertNotIn("X-Signal-Trace", self.client.get(path).headers)
        self.assertFalse(StoredTrace.objects.exists())

    def test_the_pages_of_the_inspector_are_not_recorded(self):
        with override_settings(DEBUG=True):
            response = self.client.get("/signals/traces/")
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("X-Signal-Trace", response.headers)
        self.assertNotContains(response, "signal-inspector-strip")
        self.assertFalse(StoredTrace.objects.exists())

    def test_a_record_around_it_sees_what_it_sees(self):
        with record() as trace:
            self.client.get("/page/")
        self.assertIn("told", [node.short_name for node in trace.roots])
        self.assertEqual(self.names(), ["told"])
        self.assertEqual(trace.queries, 0)  # its own storing is none of it

    def test_a_request_inside_a_request(self):
        outer = SignalInspectorMiddleware(lambda request: (told.send("outer"), self.client.get("/page/"))[1])
        outer(RequestFactory().get("/outer/")).close()
        names = {row.path: self.names(row) for row in StoredTrace.objects.all()}
        self.assertEqual(names["/page/"], ["told"])
        self.assertEqual(names["/outer/"].count("told"), 2)

    def test_odd_paths_and_methods_can_be_stored(self):
        with self.assertLogs("django.request"):
            self.client.generic("G" * 40, "/%00%ED%A0%80\N{SNOWMAN}" + "/x" * 300)
        self.assertEqual(self.stored().method, "G" * 16)
        self.assertEqual(len(self.stored().path), 200)

    def test_signals_sent_without_a_request_harm_nobody(self):
        request_started.send(None)
        request_finished.send(None)
        self.assertFalse(StoredTrace.objects.exists())


@site
class RobustTests(Site, Clean, TestCase):
    """Whatever goes wrong, the answer is the same."""

    def assertAnswers(self, path="/page/"):
        with self.assertLogs("signal_inspector.requests.store", "WARNING"):
            response = self.client.get(path)
        self.assertEqual(response.status_code, 200)
        self.assertIn("Grüße", response.text if hasattr(response, "text") else response.content.decode())
        with self.assertNoLogs("signal_inspector.requests.store"):
            self.client.get(path)

    @override_settings(DEBUG=True)
    def test_each_step_may_fail(self):
        for step in (
            "signal_inspector.recording.recorder.begin",
            "signal_inspector.middleware.strip.show",
            "signal_inspector.requests.strip.render_to_string",
            "signal_inspector.requests.store._insert",
            "signal_inspector.requests.store.prune",
            "signal_inspector.requests.summary.edges",
            "signal_inspector.requests.records.kept_path",
        ):
            with self.subTest(step=step):
                store._reported.clear()
                with mock.patch(step, side_effect=LookupError), mock.patch.object(store, "_stores", iter([0, 0])):
                    self.assertAnswers()

    @override_settings(DEBUG=True)
    def test_the_end_of_a_record_may_fail(self):
        def fail_late(recording, finish=recorder.finish):
            finish(recording)
            raise LookupError

        with mock.patch("signal_inspector.recording.recorder.finish", side_effect=fail_late):
            self.assertAnswers()

    def test_the_process_is_told_to_stop(self):
        middleware = SignalInspectorMiddleware(mock.Mock(side_effect=SystemExit))
        with self.assertRaises(SystemExit):
            middleware(RequestFactory().get("/"))
        self.assertIs(Signal.send, SEND)


class SwitchTests(SimpleTestCase):
    def test_disabled_it_is_not_in_use(self):
        with override_settings(SIGNAL_INSPECTOR_ENABLED=False, DEBUG=True), self.assertRaises(MiddlewareNotUsed):
            SignalInspectorMiddleware(None)

    def test_the_default_is_debug(self):
        with override_settings(DEBUG=True):
            from django.conf import settings

            del settings.SIGNAL_INSPECTOR_ENABLED
            SignalInspectorMiddleware(lambda request: None)
        with override_settings(DEBUG=False), self.assertRaises(MiddlewareNotUsed):
            del settings.SIGNAL_INSPECTOR_ENABLED
            SignalInspectorMiddleware(None)


@site
class AsyncTests(Site, Clean, TransactionTestCase):
    """The asynchronous client, and the handler of a real server."""

    available_apps = None

    async def ask(self, path, disconnect_after=None):
        """Ask the handler as a server does; return what it sent."""
        sent, asked = [], False
        gone = asyncio.Event()

        async def receive():
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request"}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if disconnect_after is not None and len(sent) >= disconnect_after:
                gone.set()
                await asyncio.sleep(0.05)

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await ASGIHandler()(scope, receive, send)
        return sent

    async def test_the_client(self):
        response = await self.async_client.get("/async/")
        stored = await StoredTrace.objects.aget()
        self.assertEqual(response.headers["X-Signal-Trace"], stored.pk)
        self.assertEqual(self.names(stored), ["told"])

    async def test_a_server(self):
        for path in ("/async/", "/page/"):
            sent = await self.ask(path)
            stored = await StoredTrace.objects.aget()
            self.assertIn((b"X-Signal-Trace", stored.pk.encode()), sent[0]["headers"])
            self.assertEqual(self.names(stored), ["told"])
            self.assertGreater(stored.duration, stored.trace.duration)
            await StoredTrace.objects.all().adelete()

    async def test_a_stream_from_a_server(self):
        sent = await self.ask("/async-stream/")
        self.assertEqual(b"".join(message.get("body", b"") for message in sent), b"<body></body>")
        self.assertEqual(self.names(await StoredTrace.objects.aget()), ["told"])

    async def test_a_visitor_who_leaves_leaves_nothing_recorded(self):
        await self.ask("/async-stream/", disconnect_after=2)
        gc.collect()
        await self.ask("/async/")
        self.assertIs(Signal.send, SEND)


@site
class ServerTests(Site, Clean, TransactionTestCase):
    """The handler of a real server, which is no test client."""

    available_apps = None

    def test_requests_in_one_thread_do_not_mix(self):
        handler = WSGIHandler()
        for _ in range(2):
            headers = []
            environ = RequestFactory().get("/page/").environ
            response = handler(environ, lambda status, found, headers=headers: headers.extend(found))
            b"".join(response)
            response.close()
            stored = StoredTrace.objects.get(pk=dict(headers)["X-Signal-Trace"])
            self.assertEqual(self.names(stored), ["told"])
