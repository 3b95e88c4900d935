"""Whoever records traces is asked for their context, and told of each attempt."""

from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.core.checks import run_checks
from django.test import TransactionTestCase, override_settings

from delivery.running import run
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, Trouble, heard, later, not_handed_over, trouble
from listening.durability import GiveUpError, work_key

CONTEXT = ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "b" * 32)


class Noting:
    """A tracer that notes what it is told."""

    def __init__(self):
        self.attempts = []

    def context(self):
        return CONTEXT

    @contextmanager
    def attempt(self, context, key, name, number, due_at):
        told = []
        yield lambda *outcome, **more: told.append((*outcome, more))
        self.attempts.append((context, key, name, number, due_at, told))

    def outcomes(self):
        return [told[0][0] for *_rest, told in self.attempts]


noting = Noting()


@override_settings(DELIVERY_TRACER=f"{__name__}.noting")
class TracingTests(ParcelMixin, TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(noting, "attempts", []))

    def test_each_row_bears_the_context_of_the_trace_in_which_its_event_was_announced(self):
        with not_handed_over():
            self.open()
        row = self.rows().get()
        self.assertEqual((row.traceparent, row.trace), CONTEXT)
        self.assertEqual(noting.attempts, [])

    def test_the_tracer_is_told_of_the_attempt_under_the_key_that_the_receiver_goes_on_as(self):
        keys = []

        def listen(sender, signal, **kwargs):
            keys.append(parcels.write_down.continues_as())

        parcels.opened.connect(listen)
        self.open()
        row = self.rows().get()
        ((context, key, name, number, due_at, told),) = noting.attempts
        self.assertEqual((context, name, number), (CONTEXT, row.receiver, 1))
        self.assertEqual([key], keys)
        self.assertEqual(key, work_key(row.event_id, row.receiver))
        self.assertLess(abs(due_at - row.created_at), timedelta(seconds=1))
        self.assertEqual(told, [("done", {"error": "", "next_at": None})])
        self.assertEqual(parcels.write_down.continues_as(), "")  # nobody keeps it now

    def test_what_failed_is_told_with_its_error_and_the_time_of_the_next_attempt(self):
        trouble.extend([Trouble(), None])
        self.open()
        row = self.rows().get()
        ((outcome, more),) = noting.attempts[0][-1]
        self.assertEqual((outcome, more["next_at"]), ("again", row.due_at))
        self.assertIn("Trouble", more["error"])
        with later(minutes=6):
            run([row])
        self.assertEqual(noting.outcomes(), ["again", "done"])
        self.assertEqual([each[3] for each in noting.attempts], [1, 2])

    def test_what_is_given_up_and_what_took_too_long_is_told_as_such(self):
        trouble.append(GiveUpError())
        self.open()
        self.assertEqual(noting.outcomes(), ["given up"])
        with mock.patch("delivery.models.Delivery.finish", return_value=False):
            self.open()
        self.assertEqual(noting.outcomes(), ["given up", "lost"])

    def test_a_last_attempt_that_was_killed_is_told_when_it_is_given_up(self):
        with not_handed_over():
            self.open()
        self.rows().update(attempts=7, state="taken")
        run([self.rows().get()])
        self.assertEqual((noting.outcomes(), heard), (["given up"], []))

    @override_settings(DELIVERY_TRACER=None)
    def test_without_a_tracer_nothing_is_followed(self):
        self.open()
        row = self.rows().get()
        self.assertEqual((row.traceparent, row.trace, row.state), ("", "", "done"))

    @override_settings(DELIVERY_TRACER="nowhere.tracer")
    def test_a_tracer_that_is_not_there_is_refused_at_the_start(self):
        (error,) = [each for each in run_checks(tags=["delivery"]) if each.id == "delivery.E008"]
        self.assertIn("DELIVERY_TRACER can't be imported", error.msg)
