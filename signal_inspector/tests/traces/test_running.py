"""A trace as it ran: what ran in what, and numbers that add up."""

import asyncio

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.test import SimpleTestCase, TransactionTestCase

from signal_inspector import Trace, record
from signal_inspector.tests.recording.support import WAYS, Connected, asked, first, send, told
from signal_inspector.tests.support import make_trace, node
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail
from signal_inspector.traces.running import as_run, numbered


def shape(step):
    """Return the steps in a step as nested lists of short names, moments by their own."""
    name = step.moment.name if step.moment is not None else step.node.short_name if step.node is not None else "all"
    return [name, *map(shape, step.children)] if step.children else name


class Sums:
    def assertAddsUp(self, trace, duration=0.0):
        """Check that the steps of a trace divide its time and its statements, and return the whole."""
        whole = as_run(trace, duration)
        steps = numbered(whole)
        self.assertAlmostEqual(sum(step.own for step in steps), max(duration, trace.duration), 12)
        self.assertEqual(sum(step.queries for step in steps), trace.counts()["queries"])
        self.assertGreaterEqual(min(step.own for step in steps), 0)
        self.assertEqual([step.number for step in steps], list(range(len(steps))))
        self.assertEqual(whole.size, len(steps))
        return whole


class MadeTests(Sums, SimpleTestCase):
    def test_own_time_is_what_ran_in_nothing_else(self):
        inner = node(SIGNAL, "a.inner", start=0.3, duration=0.2)
        outer = node(SIGNAL, "a.outer", node(RECEIVER, "a.hear", inner, start=0.25, duration=0.4), start=0.2)
        outer.duration = 0.5
        whole = self.assertAddsUp(make_trace(outer, duration=1.0))
        self.assertEqual([round(step.own, 9) for step in numbered(whole)], [0.5, 0.1, 0.2, 0.2])

    def test_a_request_begins_before_its_record_and_ends_with_it(self):
        whole = self.assertAddsUp(make_trace(node(SIGNAL, "a.x", start=0.1, duration=0.1), duration=0.5), duration=0.7)
        self.assertAlmostEqual(whole.children[0].start, 0.3)
        self.assertAlmostEqual(whole.own, 0.6)

    def test_what_ran_at_the_same_time_is_counted_once_for_what_began_first(self):
        one = node(RECEIVER, "a.one", start=0.1, duration=0.5)
        two = node(RECEIVER, "a.two", node(SIGNAL, "a.x", start=0.3, duration=0.4), start=0.2, duration=0.6)
        whole = self.assertAddsUp(make_trace(node(SIGNAL, "a.told", one, two, start=0.1, duration=0.7), duration=1.0))
        _whole, _told, first_step, second_step, inner = numbered(whole)
        self.assertEqual([round(each.counted, 9) for each in (first_step, second_step, inner)], [0.5, 0.2, 0.1])
        self.assertEqual([each.is_beside for each in (first_step, second_step, inner)], [False, True, True])

    def test_what_outlasts_what_it_ran_in_is_not_counted_twice(self):
        late = node(SIGNAL, "a.late", start=0.5, duration=0.9)
        self.assertAddsUp(make_trace(node(RECEIVER, "a.hear", late, start=0.1, duration=0.2), duration=1.0))

    def test_a_callback_stands_where_it_ran_and_is_known_where_it_was_given(self):
        later = node(CALLBACK, "a.later", start=0.6, duration=0.1)
        giver = node(RECEIVER, "a.give", later, start=0.1, duration=0.1)
        last = node(RECEIVER, "a.last", start=0.5, duration=0.3)
        trace = make_trace(node(SIGNAL, "a.told", giver, start=0.1, duration=0.1), last, duration=1.0)
        self.assertEqual(shape(self.assertAddsUp(trace)), ["all", ["told", "give"], "last", "later"])
        later.detail = Detail(ran_in=last)
        whole = self.assertAddsUp(trace)
        self.assertEqual(shape(whole), ["all", ["told", "give"], ["last", "later"]])
        step = numbered(whole)[4]
        self.assertEqual((step.node, step.parent.node, step.cause.node), (later, last, giver))
        self.assertEqual(step.cause.given, [step])

    def test_one_that_was_not_run_stands_where_it_was_given_and_took_no_time(self):
        later = node(CALLBACK, "a.later", start=0.15, ran=False)
        whole = self.assertAddsUp(make_trace(node(RECEIVER, "a.give", later, start=0.1, duration=0.1), duration=1.0))
        self.assertEqual((shape(whole), numbered(whole)[2].own), (["all", ["give", "later"]], 0))

    def test_in_a_trace_of_version_1_their_times_tell_where_they_ran(self):
        data = {"started": "2026-01-01T00:00:00+00:00", "duration": 1.0, "queries": 1, "query_seconds": 0.0}
        nodes = [
            {"kind": SIGNAL, "name": "a.told", "start": 0.1, "duration": 0.4},
            {"kind": RECEIVER, "name": "a.give", "start": 0.1, "duration": 0.3, "parent": 0},
            {"kind": CALLBACK, "name": "a.within", "start": 0.2, "duration": 0.1, "parent": 1},
            {"kind": CALLBACK, "name": "a.after", "start": 0.7, "duration": 0.1, "parent": 1},
        ]
        trace = Trace.from_data({"version": 1, **data, "left_out": 0, "unheard": [], "nodes": nodes})
        self.assertEqual(shape(self.assertAddsUp(trace)), ["all", ["told", ["give", "within"]], "after"])

    def test_errors_are_counted_upwards_without_those_of_signals(self):
        failing = node(RECEIVER, "a.fail", error="ValueError")
        whole = as_run(make_trace(node(SIGNAL, "a.told", failing, error="ValueError"), node(SIGNAL, "a.x")))
        self.assertEqual([step.failed for step in numbered(whole)], [1, 1, 1, 0])

    def test_a_thousand_levels(self):
        top = current = node(SIGNAL, "a.x", duration=1.0)
        for _ in range(2000):
            current.children.append(node(SIGNAL, "a.x", duration=1.0))
            current = current.children[0]
        self.assertAddsUp(make_trace(top, duration=1.0))


def give(sender, **kwargs):
    transaction.on_commit(lambda: asked.send(sender))
    Group.objects.filter(name="nobody").exists()


async def rest(sender, **kwargs):
    await asyncio.sleep(0.005)


async def rest_and_ask(sender, **kwargs):
    await asyncio.sleep(0.003)
    await asked.asend(sender)


class RecordedTests(Sums, Connected, TransactionTestCase):
    def setUp(self):
        super().setUp()
        connection.ensure_connection()  # else connection_created may be in the record

    def both(self, trace):
        """Return the whole, of the trace and of what is stored of it."""
        self.assertAddsUp(Trace.from_data(trace.as_data()))
        return self.assertAddsUp(trace)

    def test_a_callback_after_the_commit_and_one_in_a_receiver(self):
        self.connect(post_save, give, sender=Group)
        self.connect(asked, first)
        for details in (True, False):
            with record(details=details) as trace:
                with transaction.atomic():
                    Group.objects.create(name=f"in a transaction {details}")
                Group.objects.create(name=f"out of one {details}")
            whole = self.both(trace)
            names = [step.node.short_name for step in whole.children if step.moment is None]
            self.assertEqual(names[:2], ["post_save", "give"])

    def test_transactions_and_passwords_stand_in_their_order_and_belong_to_what_they_ran_in(self):
        self.connect(post_save, give, sender=Group)
        self.connect(asked, first)
        with record(details=True) as trace, transaction.atomic():
            make_password("a-password")
            Group.objects.create(name="one")
        names = [
            each.moment.name if each.moment is not None else each.node.short_name for each in self.both(trace).children
        ]
        self.assertEqual(names, ["BEGIN", "password hashed", "post_save", "COMMIT", "give"])

    def test_asynchronous_receivers_at_the_same_time(self):
        for receiver in (rest, rest_and_ask):
            self.connect(told, receiver)
        self.connect(asked, first)
        for how in WAYS:
            with record(details=True) as trace:
                send(told, how)
            whole = self.both(trace)
            beside = [step.node.short_name for step in numbered(whole)[1:] if step.is_beside]
            # What it called took microseconds, which may be less than what is told.
            self.assertEqual([name for name in beside if name == "rest_and_ask"], ["rest_and_ask"])
            self.assertLessEqual(set(beside), {"rest_and_ask", "asked", "first"})
