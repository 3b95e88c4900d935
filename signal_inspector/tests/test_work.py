"""Work that a receiver leaves for later is followed: from the record of a request to the process that does it."""

import json
from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import Group
from django.db.models.signals import post_save
from django.http import HttpResponse
from django.test import RequestFactory, TestCase, override_settings
from django.utils import timezone

from signal_inspector import record
from signal_inspector.middleware import SignalInspectorMiddleware
from signal_inspector.models import StoredTrace
from signal_inspector.recording.recorder import ALWAYS
from signal_inspector.recording.rows import current
from signal_inspector.requests import store
from signal_inspector.requests.context import TRACEPARENT
from signal_inspector.tests.recording.support import Connected, names, second, told
from signal_inspector.tests.support import site
from signal_inspector.traces.trace import Trace
from signal_inspector.traces.work import AGAIN, DONE, GIVEN_UP, LOST, works
from signal_inspector.work import Context, tracer

NAME = "shop.signals.print_invoice"
STORY, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Outbox:
    """A receiver that leaves its work for later."""

    def __init__(self, key="one"):
        self.key = key

    def continues_as(self):
        if isinstance(self.key, Exception):
            raise self.key
        return self.key

    def __call__(self, sender, **kwargs):
        """Note what is to be done."""


def attempt(context, key="one", number=1, waited=0.0):
    """Begin an attempt that could have begun some seconds ago."""
    return tracer.attempt(context, key, NAME, number, timezone.now() - timedelta(seconds=waited))


def answer(view, **headers):
    """Have a request answered, and return the id of its trace."""

    def respond(request):
        view()
        return HttpResponse()

    with mock.patch("django.db.connection.close_if_unusable_or_obsolete"):
        response = SignalInspectorMiddleware(respond)(RequestFactory().get("/", headers=headers))
        response.close()
    store_closed()
    return response.headers["X-Signal-Trace"]


def store_closed():
    from signal_inspector.signals import store_record

    store_record(None)


@site
class WorkTests(Connected, TestCase):
    def parts(self, pk):
        return list(StoredTrace.objects.filter(part_of=pk).order_by("stored_at"))

    def test_without_a_record_there_is_no_context(self):
        self.assertEqual(tracer.context(), ("", ""))
        with record():
            self.assertEqual(tracer.context(), ("", ""))

    def test_a_request_has_one_that_leads_to_its_trace(self):
        contexts = []

        def view():
            with record():
                contexts.append(tracer.context())

        pk = answer(view)
        (context,) = contexts
        self.assertEqual(context.trace, pk)
        self.assertRegex(context.traceparent, TRACEPARENT)
        self.assertIn(pk, context.traceparent)
        self.assertLessEqual(len(context.traceparent), 55)

    def test_a_story_that_began_elsewhere_goes_on(self):
        contexts = []
        for header in (f"00-{STORY}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"ff-{STORY}-{SPAN}-01", "nonsense"):
            answer(lambda: contexts.append(tracer.context()), traceparent=header)
        self.assertEqual([STORY in context.traceparent for context in contexts], [True, False, False, False])
        self.assertNotIn(SPAN, contexts[0].traceparent)
        self.assertNotIn(STORY, contexts[0].trace)

    def test_what_a_worker_does_is_a_trace_of_its_own_that_belongs_to_the_request(self):
        contexts = []
        pk = answer(lambda: contexts.append(tracer.context()))
        self.connect(told, second)
        with attempt(contexts[0], waited=90) as tell:
            told.send(None)
            Group.objects.create(name="invoices")
            inner = tracer.context()
            tell(DONE)
        (row,) = self.parts(pk)
        self.assertEqual((row.method, row.path, row.label), ("WORK", NAME, f"WORK {NAME}"))
        self.assertEqual(names(row.trace), [["print_invoice", ["told", "second"]]])
        self.assertEqual((row.receivers, row.queries), (2, 1))
        self.assertEqual((row.attempt.key, row.attempt.number, row.attempt.outcome), ("one", 1, DONE))
        self.assertAlmostEqual(row.attempt.waited, 90, delta=10)
        self.assertRegex(row.attempt.process, r"^\S+ \d+ on \S+$")
        self.assertEqual(row.attempt.trace, row.pk)
        self.assertEqual(inner.trace, row.pk)
        self.assertIn(pk, inner.traceparent)  # the whole story has one id

    def test_an_attempt_tells_its_error_and_when_it_is_tried_again(self):
        soon = timezone.now() + timedelta(minutes=5)
        for number, told_of in enumerate(((AGAIN, "ConnectionError 111 (x.py, line 1)", soon), (GIVEN_UP, "Trouble"))):
            with attempt(Context("", STORY), number=number + 1) as tell:
                tell(*told_of)
        first, second = self.parts(STORY)
        self.assertEqual((first.attempt.error, first.attempt.next_at), ("ConnectionError 111 (x.py, line 1)", soon))
        self.assertEqual((first.trace.roots[0].error, first.errors), ("ConnectionError", 1))
        self.assertEqual((second.attempt.outcome, second.attempt.next_at), (GIVEN_UP, None))
        work = works(Trace(), [first.attempt, second.attempt])
        self.assertEqual(work, {})  # no receiver of that trace has left it

    def test_what_is_stopped_in_the_middle_is_lost(self):
        with self.assertRaises(KeyboardInterrupt), attempt(Context("", STORY)):
            raise KeyboardInterrupt
        (row,) = self.parts(STORY)
        self.assertEqual(row.attempt.outcome, LOST)
        self.assertIsNone(current.get())
        self.assertNotEqual({vars(owner)[name].__module__ for owner, _, name in ALWAYS.methods}, {"signal_inspector"})

    def test_in_the_process_of_the_request_it_is_noted_in_its_record(self):
        self.connect(told, Outbox())

        def view():
            told.send(None)
            with attempt(tracer.context(), waited=0.5) as tell:
                Group.objects.create(name="invoices")
                tell(DONE)
            post_save.send(Group, instance=None)  # what follows is no part of it

        pk = answer(view)
        self.assertEqual(StoredTrace.objects.count(), 1)
        trace = StoredTrace.objects.get(pk=pk).trace
        self.assertEqual(names(trace), [["told", "__call__"], "print_invoice"])
        (noted,) = trace.attempts
        self.assertIs(noted.node, trace.roots[1])
        self.assertEqual((noted.node.queries, noted.outcome, noted.trace), (1, DONE, ""))
        work = works(trace)["one"]
        self.assertEqual((work.is_open, [each.number for each in work.attempts]), (False, [1]))

    def test_of_a_retry_in_another_request_only_what_is_its_own_is_told_there(self):
        def view():
            with attempt(Context("", STORY)) as tell:
                tell(DONE)

        pk = answer(view)
        self.assertEqual(len(self.parts(STORY)), 1)
        self.assertEqual(self.parts(pk), [])
        trace = StoredTrace.objects.get(pk=pk).trace
        self.assertEqual((names(trace), trace.attempts), (["print_invoice"], []))

    def test_work_that_came_from_no_request_is_recorded_as_often_as_requests(self):
        for sample, times in ((1.0, 1), (0.0, 0), (lambda request: request.path == "/", 0)):
            StoredTrace.objects.all().delete()
            with override_settings(SIGNAL_INSPECTOR_SAMPLE=sample), attempt(Context()) as tell:
                tell(DONE)
            with self.subTest(sample):
                self.assertEqual(StoredTrace.objects.count(), times)

    @override_settings(SIGNAL_INSPECTOR_ENABLED=False)
    def test_where_nothing_is_recorded_no_work_is(self):
        with attempt(Context("", STORY)) as tell:
            tell(DONE)
        self.assertEqual(StoredTrace.objects.count(), 0)

    def test_a_fault_of_ours_is_logged_and_the_work_goes_on(self):
        done = []
        for broken in ("signal_inspector.recording.recorder.begin", "signal_inspector.requests.store.save"):
            store._reported.clear()
            with (
                self.subTest(broken),
                mock.patch(broken, side_effect=ZeroDivisionError),
                self.assertLogs("signal_inspector", "WARNING"),
                attempt(Context("", STORY)) as tell,
            ):
                tell(DONE)
                done.append(broken)
        self.assertEqual(len(done), 2)
        self.assertIsNone(current.get())

    def test_a_full_record_still_tells_of_the_attempt(self):
        with override_settings(SIGNAL_INSPECTOR_MAX_NODES=1), attempt(Context("", STORY)) as tell:
            tell(DONE)
        with mock.patch("signal_inspector.conf.max_nodes", return_value=0), attempt(Context("", STORY)) as tell:
            tell(DONE)
        self.assertEqual([row.attempt.outcome for row in self.parts(STORY)], [DONE, DONE])
        self.assertEqual(self.parts(STORY)[1].trace.left_out, 1)


@site
class RecordTests(Connected, TestCase):
    def test_a_record_that_no_request_has_tells_of_its_attempts_too(self):
        self.connect(told, Outbox())
        with record() as outer, record() as trace:
            told.send(None)
            with attempt(tracer.context()) as tell:
                Group.objects.create(name="invoices")
                tell(DONE)
        for each in (outer, trace):
            self.assertEqual(names(each), [["told", "__call__"], "print_invoice"])
            self.assertFalse(works(each)["one"].is_open)
            self.assertIs(each.attempts[0].node, each.roots[1])
        self.assertEqual(StoredTrace.objects.count(), 0)

    def test_a_record_in_a_request_passes_it_on(self):
        def view():
            with record(), attempt(tracer.context()) as tell:
                tell(DONE)

        trace = StoredTrace.objects.get(pk=answer(view)).trace
        self.assertIs(trace.attempts[0].node, trace.roots[0])


class KeyTests(Connected, TestCase):
    def test_a_receiver_says_what_its_work_goes_on_as(self):
        self.connect(told, Outbox("one"))
        for method in ("send", "send_robust"):
            with self.subTest(method), record() as trace:
                getattr(told, method)(None)
            self.assertEqual(trace.roots[0].children[0].more.work, "one")
            again = Trace.from_data(json.loads(json.dumps(trace.as_data())))
            self.assertEqual(again.roots[0].children[0].more.work, "one")
            self.assertTrue(works(trace)["one"].is_open)

    async def test_where_django_itself_calls_it_too(self):
        self.connect(told, Outbox("one"))
        with record() as trace:
            await told.asend(None)
        self.assertEqual(trace.roots[0].children[0].more.work, "one")

    def test_one_that_does_its_work_at_once_or_says_nonsense_has_none(self):
        for key in ("", None, 7, ZeroDivisionError()):
            receiver = self.connect(told, Outbox(key))
            with self.subTest(key), record() as trace:
                told.send(None)
            self.assertEqual(trace.roots[0].children[0].more.work, "")
            told.disconnect(receiver)

    def test_a_record_within_a_record_passes_it_on(self):
        self.connect(told, Outbox("one"))
        with record() as outer, record():
            told.send(None)
        self.assertEqual(list(works(outer)), ["one"])
