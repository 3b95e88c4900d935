"""Spans of OpenTelemetry: received from the SDK's exporter in a project of its own, and here, in memory."""

import asyncio
import json
import re
import types
from contextlib import contextmanager
from unittest import skipUnless

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from signal_inspector import record
from signal_inspector.tests.integrations.support import answers_of, is_installed

INSTALLED = all(
    map(
        is_installed,
        (
            "opentelemetry.sdk",
            "opentelemetry.exporter.otlp.proto.http",
            "opentelemetry.instrumentation.asgi",
            "opentelemetry.instrumentation.django",
            "opentelemetry.instrumentation.sqlite3",
        ),
    )
)
if INSTALLED:
    from opentelemetry import context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
    from opentelemetry.trace import SpanKind, StatusCode

    from signal_inspector.integrations import spans, telemetry
    from signal_inspector.integrations.telemetry_work import tracer

ours = skipUnless(INSTALLED, "OpenTelemetry is not installed, with the instrumentations that the tests need.")

SAVE = """
GET save/
    post_save of auth.Group
        telemetry_urls.pack
            of_pack
            packed of a shop
                telemetry_urls.count
                    of_count
    after the commit: telemetry_urls.send_mail
        of_mail
        counted of a shop
            telemetry_urls.count_mail
                of_mails
    refused of a shop
        telemetry_urls.refuse
        telemetry_urls.hear_all_the_same
"""
RECEIVERS = """
telemetry_urls.before_all
    of_before
telemetry_urls.first
    after_end_0
    after_first_0
    after_first_1
    end 0
        end_0
    first 0
        first_0
    first 1
        first_1
    packed of first
        telemetry_urls.count
            of_count
telemetry_urls.second
    after_second_0
    after_second_1
    after_second_2
    second 0
        second_0
    second 1
        second_1
    second 2
        second_2
telemetry_urls.third
    after_third_0
    after_third_1
    packed of third
        telemetry_urls.count
            of_count
    third 0
        third_0
    third 1
        third_1
"""
LEFT_OUT = re.compile("BEGIN|COMMIT|INSERT|signal_inspector_storedtrace")  # beside the receivers


def indented(text, levels):
    return "\n".join("    " * levels + line for line in text.strip().splitlines())


ORDER = f"GET order/\n    the view\n        of_view\n        ordered of a shop\n{indented(RECEIVERS, 3)}"
FROM_SYNC = f"GET order-from-sync/\n    of_view\n    ordered of a shop\n{indented(RECEIVERS, 2)}"


def statement(span):
    return span["attributes"].get("db.statement", "")


def drawn(spans, key):
    """Return spans as an indented tree, statements by the name in them; what stands side by side sorted by a key."""
    below = {}
    for span in spans:
        if not LEFT_OUT.match(statement(span)) and "storedtrace" not in statement(span):
            below.setdefault(span["parent"], []).append(span)

    def lines(parent, depth):
        for span in sorted(below.get(parent, ()), key=key):
            yield "    " * depth + told(span)
            yield from lines(span["id"], depth + 1)

    return "\n".join(lines("", 0))


def told(span):
    found = re.search(r'AS "(\w+)"', statement(span))
    return found[1] if found else span["name"]


@ours
class ExporterTests(SimpleTestCase):
    """What arrives at a collector, without a record of the inspector's around it."""

    recorded = "0"
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answers = answers_of("telemetry_project/ask.py", "telemetry_settings", RECORDED=cls.recorded)
        cls.of_requests = {name: spans for name, spans in cls.answers.items() if name not in ("outside", "statuses")}

    def spans(self, answer, name):
        return [span for span in self.answers[answer] if span["name"] == name]

    def test_the_pages_answer(self):
        self.assertEqual(self.answers["statuses"], [200] * 4)

    def test_signals_receivers_callbacks_and_statements_lie_below_what_caused_them(self):
        for answer in ("save", "save asgi"):
            self.assertEqual(drawn(self.answers[answer], lambda span: span["start"]), SAVE.strip())

    def test_asynchronous_receivers_have_nothing_of_their_neighbours(self):
        self.assertEqual(drawn(self.answers["order"], told), ORDER)
        self.assertEqual(drawn(self.answers["order from sync"], told), FROM_SYNC)

    def test_they_did_run_side_by_side(self):
        for answer in ("order", "order from sync"):
            names = [f"telemetry_urls.{name}" for name in ("first", "second", "third")]
            times = [(span["start"], span["end"]) for name in names for span in self.spans(answer, name)]
            self.assertLess(max(start for start, _end in times), min(end for _start, end in times))

    def test_no_span_is_an_orphan_and_all_are_of_one_trace(self):
        for answer, spans in self.of_requests.items():
            with self.subTest(answer):
                ids = {span["id"] for span in spans}
                self.assertEqual([span["name"] for span in spans if span["parent"] and span["parent"] not in ids], [])
                mine = [span for span in spans if span["scope"] == "signal_inspector"]
                self.assertEqual(len({span["trace"] for span in mine}), 1)
                self.assertTrue(all(span["parent"] for span in mine))

    def test_the_times_are_those_of_what_ran(self):
        for answer, spans in self.of_requests.items():
            with self.subTest(answer):
                by_id = {span["id"]: span for span in spans}
                for span in spans:
                    self.assertLessEqual(span["start"], span["end"])
                    if above := by_id.get(span["parent"]):
                        self.assertLessEqual(above["start"], span["start"], span["name"])
                        self.assertLessEqual(span["end"], above["end"], span["name"])
                for span in self.spans(answer, "telemetry_urls.count"):
                    self.assertGreaterEqual(span["end"] - span["start"], 20_000_000)
        [pack] = self.spans("save", "telemetry_urls.pack")
        [callback] = self.spans("save", "after the commit: telemetry_urls.send_mail")
        self.assertLessEqual(pack["end"], callback["start"])

    def test_a_callback_has_a_link_to_what_gave_it(self):
        for answer in ("save", "save asgi"):
            [callback] = self.spans(answer, "after the commit: telemetry_urls.send_mail")
            [giver] = self.spans(answer, "telemetry_urls.pack")
            self.assertEqual(callback["links"], [giver["id"]])

    def test_what_is_known_of_them(self):
        [signal] = self.spans("save", "post_save of auth.Group")
        instance = signal["attributes"].pop("django.signal.instance")
        self.assertRegex(instance, r"auth\.Group:\d+")
        self.assertEqual(
            signal["attributes"],
            {
                "django.signal.name": "django.db.models.signals.post_save",
                "django.signal.sender": "auth.Group",
                "django.signal.method": "send",
                "django.signal.created": True,
                "django.signal.raw": False,
            },
        )
        [receiver] = self.spans("save", "telemetry_urls.pack")
        self.assertEqual(receiver["attributes"], {"code.function.name": "telemetry_urls.pack"})

    def test_an_error_is_told_by_its_type_alone(self):
        [receiver] = self.spans("save", "telemetry_urls.refuse")
        self.assertEqual((receiver["status"], receiver["attributes"]["error.type"]), (2, "builtins.LookupError"))
        self.assertEqual([span["status"] for span in self.spans("save", "refused of a shop")], [0])
        mine = [span for span in self.answers["save"] if span["scope"] == "signal_inspector"]
        self.assertNotIn("secret", json.dumps(mine))

    def test_outside_of_a_request_there_is_none(self):
        self.assertEqual([span["scope"] for span in self.answers["outside"] if "signal" in span["scope"]], [])


@ours
class RecordedTests(ExporterTests):
    """The same while the inspector's middleware records: it puts a stand-in in the place of a signal."""

    recorded = "1"


told_signal, other_signal = Signal(), Signal()


def answer(sender, signal, **kwargs):
    return signal


def fail(sender, **kwargs):
    raise LookupError


async def answer_later(sender, signal, **kwargs):
    return signal


async def give_up(sender, **kwargs):
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(60)
    except TimeoutError:
        return "gave up"


def send_another(sender, **kwargs):
    other_signal.send("another")


def wait_for_commit(sender, **kwargs):
    transaction.on_commit(run)


def run():
    other_signal.send("callback")


@ours
class InstrumentTests(TestCase):
    def setUp(self):
        self.exporter = InMemorySpanExporter()
        self.addCleanup(telemetry.uninstrument)
        self.before = [vars(owner)[name] for name, (owner, _method) in telemetry.METHODS.items()]

    @contextmanager
    def traced(self, sampler=None, **options):
        """Trace a block, in a span of somebody else's."""
        provider = TracerProvider(sampler=sampler or ALWAYS_ON, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        telemetry.instrument(provider, **options)
        with provider.get_tracer("somebody else").start_as_current_span("request"):
            yield

    def listen(self, *receivers, signal=None):
        for receiver in receivers:
            (signal or told_signal).connect(receiver)
            self.addCleanup((signal or told_signal).disconnect, receiver)

    def names(self):
        return [span.name for span in self.exporter.get_finished_spans()]

    def test_djangos_methods_are_back_afterwards_however_often_it_was_begun(self):
        with self.traced(), self.traced():
            self.assertNotEqual(self.methods(), self.before)
        telemetry.uninstrument()
        self.assertEqual(self.methods(), self.before)
        telemetry.uninstrument()
        self.assertEqual(self.methods(), self.before)

    def methods(self):
        return [vars(owner)[name] for name, (owner, _method) in telemetry.METHODS.items()]

    def test_what_a_worker_does_lies_below_the_span_of_the_request(self):
        self.listen(answer)
        with self.traced():
            noted = tracer.context()
        self.exporter.clear()
        provider = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        telemetry.instrument(provider)
        with (
            provider.get_tracer("a worker").start_as_current_span("task") as task,
            tracer.attempt(noted, "one", "shop.signals.print", 2, timezone.now()) as tell,
        ):
            told_signal.send("x")
            tell("again", "ConnectionError 111 (x.py, line 1)")
        _receiver, signal, attempt, _task = self.exporter.get_finished_spans()
        self.assertIn(f"{attempt.context.trace_id:032x}-{attempt.parent.span_id:016x}", noted.traceparent)
        self.assertEqual((attempt.name, attempt.kind), ("shop.signals.print", SpanKind.CONSUMER))
        self.assertEqual(signal.parent.span_id, attempt.context.span_id)
        self.assertEqual([link.context for link in attempt.links], [task.get_span_context()])
        self.assertEqual(
            dict(attempt.attributes),
            {
                "code.function.name": "shop.signals.print",
                "django.signal.attempt": 2,
                "django.signal.outcome": "again",
                "error.type": "ConnectionError",
            },
        )
        self.assertEqual(attempt.status.status_code, StatusCode.ERROR)

    def test_in_the_process_of_the_request_an_attempt_lies_below_what_is_current(self):
        with self.traced(), tracer.attempt(tracer.context(), "one", "print", 1, timezone.now()) as tell:
            tell("done")
        attempt, request = self.exporter.get_finished_spans()
        self.assertEqual((attempt.parent.span_id, attempt.links), (request.context.span_id, ()))

    def test_work_of_a_request_that_was_not_sampled_is_not_and_without_us_there_is_no_span(self):
        with self.traced(sampler=ALWAYS_OFF):
            noted = tracer.context()
        telemetry.instrument(TracerProvider(shutdown_on_exit=False))
        with tracer.attempt(noted, "one", "print", 1, timezone.now()) as tell:
            tell("done")
        telemetry.uninstrument()
        with self.assertRaises(LookupError), tracer.attempt(("", ""), "one", "print", 1, timezone.now()):
            raise LookupError
        self.assertEqual(tracer.context(), ("", ""))
        self.assertEqual(self.names(), [])

    async def test_answers_and_arguments_are_those_of_django(self):
        self.listen(answer, answer_later)
        with self.traced():
            for answers in (await told_signal.asend("x"), await told_signal.asend_robust("x")):
                self.assertEqual(answers, [(answer, told_signal), (answer_later, told_signal)])

    def test_errors_are_raised_or_logged_and_returned(self):
        self.listen(answer, fail)
        with self.traced():
            with self.assertRaises(LookupError):
                told_signal.send("x")
            with self.assertLogs("django.dispatch", "ERROR") as logs:
                answers = told_signal.send_robust("x")
        self.assertEqual([receiver for receiver, _response in answers], [answer, fail])
        self.assertIsInstance(answers[1][1], LookupError)
        self.assertIn("Error calling fail in Signal.send_robust()", logs.output[0])
        statuses = {span.name: span.status.is_ok for span in self.exporter.get_finished_spans()[:3]}
        module = __name__
        self.assertEqual(statuses, {f"{module}.answer": True, f"{module}.fail": False, "told_signal of x": False})

    def test_where_no_span_is_recorded_nothing_is_done(self):
        self.listen(answer)
        with self.traced(ALWAYS_OFF):
            self.assertEqual(told_signal.send("x"), [(answer, told_signal)])
        with self.traced():
            pass
        told_signal.send("x")
        with self.traced():
            other_signal.send("nobody hears it")
        self.assertEqual(self.names(), ["request", "request"])

    def test_a_signal_that_would_be_too_much_is_sent_without_spans(self):
        self.listen(send_another)
        self.listen(answer, signal=other_signal)
        with self.traced(max_spans=7):
            for _ in range(4):
                told_signal.send("x")
        names = self.names()
        self.assertEqual(
            (len(names), names.count("told_signal of x"), names.count("other_signal of another")), (7, 2, 1)
        )
        [request] = self.exporter.get_finished_spans()[-1:]
        self.assertEqual([event.name for event in request.events], ["signals are left out"])

    def test_a_callback_looks_like_the_function_that_waits(self):
        self.listen(wait_for_commit)
        self.listen(answer, signal=other_signal)
        with self.traced(), self.captureOnCommitCallbacks(execute=True) as callbacks:
            told_signal.send("x")
        self.assertEqual(callbacks, [run])
        self.assertEqual(
            (hash(callbacks[0]), callbacks[0].__name__, repr(callbacks[0])), (hash(run), "run", repr(run))
        )
        spans = {span.name: span for span in self.exporter.get_finished_spans()}
        callback, giver = spans[f"after the commit: {__name__}.run"], spans[f"{__name__}.wait_for_commit"]
        self.assertEqual([link.context.span_id for link in callback.links], [giver.context.span_id])
        self.assertEqual(spans["other_signal of callback"].parent.span_id, callback.context.span_id)

    def test_a_callback_of_the_view_itself_needs_no_link(self):
        with self.traced(), self.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(run)
        [callback] = [span for span in self.exporter.get_finished_spans() if span.name.startswith("after")]
        self.assertEqual(callback.links, ())
        self.assertIsNotNone(callback.parent)

    def test_one_that_runs_when_the_request_is_over_is_linked_and_no_orphan(self):
        with self.captureOnCommitCallbacks(execute=True), self.traced():
            transaction.on_commit(run)
        request, callback = self.exporter.get_finished_spans()
        self.assertIsNone(callback.parent)
        self.assertEqual([link.context.span_id for link in callback.links], [request.context.span_id])

    def test_a_record_names_what_is_traced_whichever_came_first(self):
        self.listen(send_another, answer_later)
        self.listen(answer, signal=other_signal)
        expected = (
            "told_signal x\n"
            f"    {__name__}.send_another\n"
            "        other_signal another\n"
            f"            {__name__}.answer  [returned Signal]\n"
            f"    {__name__}.answer_later  [returned Signal]"
        )
        with self.traced(), record() as inside:
            told_signal.send("x")
        telemetry.uninstrument()
        with record() as outside, self.traced():
            told_signal.send("x")
        for trace in (inside, outside):
            self.assertEqual(trace.as_text(times=False), expected)
        names = [name for name in self.names() if name != "request"]
        self.assertEqual(names[:5], names[5:])
        telemetry.uninstrument()
        with record():
            pass
        self.assertEqual(self.methods(), self.before)

    async def test_a_receiver_that_waits_too_long_may_go_on(self):
        self.listen(give_up)
        with self.traced():
            self.assertEqual(await told_signal.asend("x"), [(give_up, "gave up")])
        self.assertEqual(self.names(), [f"{__name__}.give_up", "told_signal of x", "request"])

    def test_one_that_is_abandoned_is_closed_and_leaves_nothing(self):
        closed = []

        @types.coroutine
        def wait():
            try:
                yield
            finally:
                closed.append(True)

        async def inner():
            await wait()

        async def outer():
            await spans.in_context(inner(), context.set_value("key", "value"))

        running, before = outer(), context.get_current()
        running.send(None)
        self.assertIs(context.get_current(), before)
        running.close()
        self.assertEqual(closed, [True])
        self.assertIs(context.get_current(), before)

    def test_what_a_signal_was_sent_with_is_told_if_a_trace_tells_it(self):
        self.listen(answer)
        with self.traced():
            told_signal.send("x", action="post_add", update_fields={"b", "a"}, secret="y", raw=None)
        attributes = dict(self.exporter.get_finished_spans()[1].attributes)
        self.assertEqual(attributes.pop("django.signal.update_fields"), ("a", "b"))
        self.assertEqual(
            attributes,
            {
                "django.signal.name": f"{__name__}.told_signal",
                "django.signal.sender": "x",
                "django.signal.method": "send",
                "django.signal.action": "post_add",
            },
        )

    def test_what_waits_for_a_commit_outside_of_all_spans_stays_as_it_is(self):
        with self.traced():
            pass
        with self.captureOnCommitCallbacks() as callbacks:
            transaction.on_commit(run)
        self.assertIs(callbacks[0], run)

    def test_a_model_is_saved_as_always(self):
        self.listen(answer, signal=post_save)
        with self.traced(), self.assertNumQueries(1):
            Group.objects.create(name="x")
        self.assertIn("post_save of auth.Group", self.names())
