"""What is told of a signal and its receivers."""

import json
from functools import partial
from itertools import pairwise

from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.core.signals import request_started
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import Signal
from django.test import Client, SimpleTestCase, TestCase

from signal_inspector import Trace, record
from signal_inspector.tests.recording.support import (
    Connected,
    Unheard,
    asked,
    failing,
    first,
    names,
    second,
    sending,
    text,
    told,
)


class TreeTests(Connected, SimpleTestCase):
    """What is told of a signal and its receivers."""

    def test_receivers_in_their_order_under_their_signal(self):
        for receiver in (second, first):
            self.connect(told, receiver)
        with record() as trace:
            told.send("somebody")
            told.send("somebody")
        self.assertEqual(names(trace), [["told", "second", "first"]] * 2)
        node = trace.roots[0]
        self.assertEqual((node.kind, node.name, node.how), ("signal", f"{Connected.__module__}.told", "send"))
        self.assertEqual((node.sender, node.instance, node.details), ("somebody", "", {}))
        self.assertEqual(node.children[1].name, f"{Connected.__module__}.first")
        self.assertEqual([child.result for child in node.children], ["", "int"])

    def test_a_signal_stands_under_the_receiver_that_sent_it(self):
        self.connect(told, sending)
        self.connect(told, first)
        self.connect(asked, second)
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", ["sending", ["asked", "second"]], "first"]])

    def test_durations_hold_those_of_the_children(self):
        self.connect(told, sending)
        self.connect(asked, second)
        with record() as trace:
            told.send(None)
        chain = [node for node, _ in trace.walk()]
        starts = [node.start for node in chain]
        self.assertEqual(starts, sorted(starts))
        for outer, inner in pairwise(chain):
            self.assertGreaterEqual(outer.start + outer.duration, inner.start + inner.duration)
        self.assertGreater(chain[-1].duration, 0)
        self.assertGreaterEqual(trace.duration, chain[0].duration)

    def test_an_exception_is_told_by_its_type_alone(self):
        self.connect(told, failing)
        self.connect(told, first)
        with record() as trace, self.assertRaises(ZeroDivisionError):
            told.send(None)
        self.assertEqual(names(trace), [["told", "failing"]])
        self.assertEqual([node.error for node, _ in trace.walk()], ["ZeroDivisionError"] * 2)
        self.assertEqual(trace.counts()["errors"], 1)
        self.assertNotIn("secret", str(trace.as_data()))

    def test_the_four_ways_to_send(self):
        self.connect(told, first)
        with record() as trace:
            told.send(None)
            told.send_robust(None)
            async_to_sync(told.asend)(None)
            async_to_sync(told.asend_robust)(None)
        self.assertEqual([node.how for node in trace.roots], ["send", "send_robust", "asend", "asend_robust"])
        self.assertEqual(names(trace), [["told", "first"]] * 4)

    def test_what_nobody_hears_is_counted(self):
        self.connect(told, first, sender=Group)
        with record() as trace:
            for _ in range(3):
                told.send("nobody")
            asked.send_robust(None)
            async_to_sync(asked.asend)(Group)
        self.assertEqual(trace.roots, [])
        self.assertEqual(trace.not_heard, {f"{Connected.__module__}.told": 3, f"{Connected.__module__}.asked": 2})
        self.assertEqual(trace.unheard[f"{Connected.__module__}.asked", "auth.Group"], 1)

    def test_what_was_saved_unheard_is_told_of_the_receiver_that_saved_it(self):
        log = f"{Connected.__module__}.Unheard"

        @partial(self.connect, told)
        def save(sender, **kwargs):
            for created in (True, False, False):
                post_save.send(Unheard, created=created)
            pre_save.send(Unheard)
            post_delete.send(Unheard)

        with record() as trace:
            post_save.send(Unheard, created=True)  # by no receiver
            told.send(None)
        ((receiver,),) = (root.children for root in trace.roots)
        self.assertEqual(receiver.saved, [[log, True, 1], [log, False, 2]])
        self.assertEqual(trace.roots[0].saved, ())
        self.assertEqual(trace.unheard["django.db.models.signals.post_save", log], 4)
        again = Trace.from_data(json.loads(json.dumps(trace.as_data())))
        self.assertEqual([node.saved for node, _ in again.walk()], [node.saved for node, _ in trace.walk()])

    def test_kinds_of_rows_without_end_are_not_told_of_a_receiver(self):
        @partial(self.connect, told)
        def save(sender, **kwargs):
            for number in range(2_000):
                post_save.send(type(f"Model{number}", (), {}), created=True)

        with record() as trace:
            told.send(None)
        self.assertEqual(len(trace.roots[0].children[0].saved), 20)

    def test_senders_without_end_are_counted_as_one(self):
        with record() as trace:
            for number in range(2_000):
                told.send(f"sender {number}")
        self.assertLess(len(trace.unheard), 600)
        self.assertEqual(trace.not_heard, {f"{Connected.__module__}.told": 2_000})

    def test_only_the_named_arguments_are_told(self):
        self.connect(told, second)
        with record() as trace:
            told.send(None, created=True, raw=False, update_fields={"b", "a"}, action="post_add", token="secret", pk=7)
        expected = {"created": True, "update_fields": ["a", "b"], "action": "post_add"}
        self.assertEqual(trace.roots[0].details, expected)
        self.assertNotIn("secret", str(trace.as_data()))

    def test_arguments_of_another_kind_are_not_looked_at(self):
        class Odd:
            def __bool__(self):
                raise AssertionError

            __eq__ = __str__ = __repr__ = __iter__ = __len__ = __bool__
            __hash__ = object.__hash__  # Django asks for it

        self.connect(told, second)
        odd = Odd()
        with record() as trace:
            told.send(odd, created=odd, raw=odd, update_fields=odd, action=odd, instance=odd)
        self.assertEqual(trace.roots[0].details, {})
        self.assertTrue(trace.roots[0].sender.endswith("Odd object"), trace.roots[0].sender)

    def test_a_full_trace_counts_what_it_leaves_out(self):
        self.connect(told, sending)
        self.connect(told, first)
        self.connect(asked, second)
        with record(max_nodes=8) as trace:
            for _ in range(5):
                self.assertEqual(len(told.send(None)), 2)
        nodes = len(list(trace.walk()))
        self.assertLessEqual(nodes, 8)
        self.assertEqual(nodes + trace.left_out, 5 * 5)
        self.assertIn(f"({trace.left_out} more not recorded)", trace.as_text())

    def test_a_record_inside_a_record_is_in_both(self):
        self.connect(told, sending)
        self.connect(asked, second)
        with record() as outer:
            asked.send(None)
            with record() as inner:
                told.send(None)
            with record(max_nodes=0) as full:
                told.send(None)
            asked.send(None)
        self.assertEqual(names(inner), [["told", ["sending", ["asked", "second"]]]])
        self.assertEqual(names(outer), [["asked", "second"], *names(inner), ["asked", "second"]])
        self.assertEqual((full.roots, full.left_out, outer.left_out), ([], 4, 4))

    def test_a_record_inside_a_receiver_stands_under_it(self):
        def recording(sender, **kwargs):
            with record():
                asked.send(None)

        self.connect(told, recording)
        self.connect(told, first)
        self.connect(asked, second)
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", ["recording", ["asked", "second"]], "first"]])

    def test_a_trace_is_plain_data_and_back(self):
        self.connect(told, sending)
        self.connect(asked, failing)
        with record() as trace, self.assertLogs("django.dispatch"):
            told.send_robust("somebody", created=True)
            asked.send_robust(Group)
            Signal().send(None)
        again = type(trace).from_data(trace.as_data())
        self.assertEqual(again.as_data(), trace.as_data())
        self.assertEqual(text(again), text(trace))
        self.assertEqual(again.unheard, {("<unnamed Signal>", ""): 1})
        with self.assertRaisesMessage(ValueError, "version 99"):
            type(trace).from_data({"version": 99})


class OwnReceiversTests(Connected, TestCase):
    """The receivers that note when a request begins and ends are in no tree, unless somebody asks."""

    def test_they_are_left_out_with_what_they_alone_have_heard(self):
        self.connect(request_started, first)
        with record() as trace, record(everything=True) as whole:
            Client().get("/nowhere/")
        told = [node.name for node, _depth in trace.walk()]
        self.assertFalse([name for name in told if name.startswith("signal_inspector.signals.")])
        self.assertIn("django.core.signals.request_started", told)
        self.assertIn("signal_inspector.signals.store_record", [node.name for node, _depth in whole.walk()])

    def test_what_nobody_else_hears_counts_as_unheard(self):
        signal = Signal()
        from signal_inspector.signals import note_beginning

        self.connect(signal, note_beginning)
        with record() as trace:
            signal.send("somebody")
            signal.send_robust("somebody")
        self.assertEqual((trace.roots, list(trace.unheard.values())), ([], [2]))
