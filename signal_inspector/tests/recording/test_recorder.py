"""The recorder: what a trace tells, and that nothing is other than without it."""

import asyncio
import gc
import json
import threading
from contextvars import ContextVar, copy_context
from functools import partial
from itertools import pairwise
from unittest import mock
from weakref import ref

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from signal_inspector import record
from signal_inspector.reading import naming
from signal_inspector.reading.private import waiting
from signal_inspector.recording.recorder import METHODS, begin, finish
from signal_inspector.recording.rows import current
from signal_inspector.recording.trace import Trace

told = Signal()
asked = Signal()


class Unheard:
    """A sender that nobody listens to."""


def names(trace):
    """Return the tree of a trace as nested lists of short names."""

    def of(node):
        return [node.short_name, *map(of, node.children)] if node.children else node.short_name

    return [of(root) for root in trace.roots]


def text(trace):
    return trace.as_text(times=False, keys=False)


class Connected:
    """Connects receivers for one test."""

    def connect(self, signal, receiver, **options):
        signal.connect(receiver, weak=False, **options)
        self.addCleanup(signal.disconnect, receiver, options.get("sender"), options.get("dispatch_uid"))
        return receiver


def first(sender, **kwargs):
    """Answer with a number."""
    return 1


def second(sender, **kwargs):
    """Answer with nothing."""


def failing(sender, **kwargs):
    """Fail."""
    raise ZeroDivisionError("a secret")


def sending(sender, **kwargs):
    """Send another signal."""
    return asked.send(sender)


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
        self.assertEqual((node.kind, node.name, node.how), ("signal", f"{__name__}.told", "send"))
        self.assertEqual((node.sender, node.instance, node.details), ("somebody", "", {}))
        self.assertEqual(node.children[1].name, f"{__name__}.first")
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
        self.assertEqual(trace.not_heard, {f"{__name__}.told": 3, f"{__name__}.asked": 2})
        self.assertEqual(trace.unheard[f"{__name__}.asked", "auth.Group"], 1)

    def test_what_was_saved_unheard_is_told_of_the_receiver_that_saved_it(self):
        log = f"{__name__}.Unheard"

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
        self.assertEqual(trace.not_heard, {f"{__name__}.told": 2_000})

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


class SameAsWithoutTests(Connected, SimpleTestCase):
    """A record changes nothing that it watches."""

    def test_responses_hold_the_receivers_themselves(self):
        receivers = [first, partial(first), Callable(), Callable().method]
        for receiver in receivers:
            self.connect(told, receiver)
        self.connect(told, asking)
        for how in WAYS:
            without = send(told, how)
            with record() as trace:
                within = send(told, how)
            self.assertEqual(within, without)
            for (receiver, _), (expected, _) in zip(within, without, strict=True):
                if hasattr(expected, "__func__"):
                    self.assertEqual(receiver, expected)
                else:
                    self.assertIs(receiver, expected)
            self.assertEqual(len(trace.roots[0].children), 5)

    def test_receivers_get_the_signal_and_the_arguments_themselves(self):
        got = []

        def note(**kwargs):
            got.append(kwargs)

        async def note_later(**kwargs):
            got.append(kwargs)

        for receiver in (note, note_later):
            self.connect(told, receiver)
        marker = object()
        with record():
            told.send(marker, row=marker, trace=1, how=2)
            async_to_sync(told.asend_robust)(marker, row=marker, trace=1, how=2)
        self.assertEqual(got, [{"signal": told, "sender": marker, "row": marker, "trace": 1, "how": 2}] * 4)

    def test_nothing_is_installed_but_while_a_record_goes_on(self):
        def installed():
            return [vars(owner)[name] for owner, _, methods in METHODS for name in methods]

        before = installed()
        self.assertTrue(all(function.__module__.startswith("django.") for function in before))
        with record():
            within = installed()
            with record():
                self.assertEqual(installed(), within)
            self.assertEqual(installed(), within)
        self.assertEqual(list(map(id, installed())), list(map(id, before)))
        self.assertTrue(all(function.__module__.startswith("signal_inspector.") for function in within))
        with self.assertRaises(KeyError), record():
            raise KeyError
        self.assertEqual(list(map(id, installed())), list(map(id, before)))

    def test_the_stand_ins_are_of_the_same_kind(self):
        """Whoever asks whether a method is a coroutine function gets the same answer."""
        for name in ("send", "send_robust", "asend", "asend_robust"):
            without = asyncio.iscoroutinefunction(getattr(Signal, name))
            with record():
                self.assertEqual(asyncio.iscoroutinefunction(getattr(Signal, name)), without)

    def test_a_tool_that_came_later_stays(self):
        self.connect(told, first)
        with record():
            beneath = Signal.send
            Signal.send = lambda self, sender, **named: [*beneath(self, sender, **named), "another tool"]
            over = Signal.send
        self.assertIs(Signal.send, over)
        self.assertEqual(told.send(None)[1:], ["another tool"])
        with record() as trace:
            self.assertEqual(told.send(None)[1:], ["another tool"])
        self.assertEqual(names(trace), [["told", "first"]])
        Signal.send = beneath  # it takes its own out again
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", "first"]])
        self.assertEqual(Signal.send.__module__, "django.dispatch.dispatcher")

    def test_a_tool_that_puts_djangos_own_back_leaves_the_recorder_at_work(self):
        self.connect(told, first)
        without = Signal.send
        with record():
            Signal.send = lambda self, sender, **named: without(self, sender, **named)
        Signal.send = without
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", "first"]])
        self.assertIs(Signal.send, without)

    def test_a_tool_that_came_before_is_called_as_ever(self):
        calls = []

        def tool(self, sender, beneath=Signal.send, **named):
            calls.append(sender)
            return beneath(self, sender, **named)

        self.connect(told, first, sender=Group)
        with mock.patch.object(Signal, "send", tool), record() as trace:
            self.assertEqual(told.send(Group), [(first, 1)])
            self.assertEqual(told.send("nobody"), [])
        self.assertEqual(calls, [Group, "nobody"])
        self.assertEqual(names(trace), [["told", "first"]])

    def test_a_function_without_a_module_is_named(self):
        made = {}
        exec("def made(**kwargs): pass", {"__builtins__": {}}, made)
        self.connect(told, made["made"])
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", "made"]])
        self.assertEqual(trace.roots[0].children[0].name, naming.receiver_name(made["made"]))

    def test_unhashable_senders(self):
        caching = Signal(use_caching=True)
        for signal in (told, caching):
            self.connect(signal, first)
            for sender in ([], {}, 5, None):
                without = outcome(signal.send, sender)
                with record():
                    self.assertEqual(outcome(signal.send, sender), without)

    def test_disconnecting_while_sending(self):
        def leaving(sender, **kwargs):
            told.disconnect(first)
            told.disconnect(leaving)

        for receiver in (leaving, first):
            self.connect(told, receiver)
        with record() as trace:
            self.assertEqual(len(told.send(None)), 2)
            self.assertEqual(told.send(None), [])
        self.assertEqual(names(trace), [["told", "leaving", "first"]])

    def test_weak_receivers_die(self):
        signal = Signal()

        def make():
            def short_lived(sender, **kwargs):
                return "alive"

            signal.connect(short_lived)
            return short_lived

        receiver = make()
        with record() as trace:
            self.assertEqual(len(signal.send(None)), 1)
            gone = ref(receiver)
            del receiver
            gc.collect()
            self.assertIsNone(gone())
            self.assertFalse(signal.has_listeners())
            self.assertEqual(signal.send(None), [])
        self.assertEqual(len(trace.roots), 1)

    def test_a_trace_keeps_nothing_alive(self):
        class Sender:
            pass

        self.connect(told, first)
        sender = Sender()
        with record() as trace:
            told.send_robust(sender, instance=sender)
            gone = ref(sender)
            del sender
            gc.collect()
            self.assertIsNone(gone())
        self.assertEqual(len(trace.roots), 1)

    def test_what_is_logged(self):
        for receiver in (failing, afailing):
            self.connect(told, receiver)
        for how in ("send_robust", "asend_robust"):
            with self.assertLogs("django.dispatch") as without:
                send(told, how)
            with self.assertLogs("django.dispatch") as within, record() as trace:
                responses = send(told, how)
            self.assertEqual(
                [line.split("\n")[0] for line in within.output], [line.split("\n")[0] for line in without.output]
            )
            self.assertEqual([type(response) for _, response in responses], [ZeroDivisionError, KeyError])
            self.assertEqual({node.error for node in trace.roots[0].children}, {"ZeroDivisionError", "KeyError"})
            self.assertEqual(trace.roots[0].error, "")

    def test_a_failing_partial_fails_in_djangos_log_as_ever(self):
        self.connect(told, partial(failing))
        without = outcome(told.send_robust, None)
        with record():
            self.assertEqual(outcome(told.send_robust, None), without)

    def test_what_is_no_exception_goes_through_send_robust(self):
        def stopping(sender, **kwargs):
            raise KeyboardInterrupt

        self.connect(told, stopping)
        with record() as trace, self.assertRaises(KeyboardInterrupt):
            told.send_robust(None)
        self.assertEqual(trace.roots[0].children[0].error, "KeyboardInterrupt")

    def test_endless_recursion(self):
        def again(sender, **kwargs):
            told.send(None)

        self.connect(told, again)
        with record(max_nodes=5_000) as trace, self.assertRaises(RecursionError):
            told.send(None)
        deepest = max(depth for _, depth in trace.walk())
        self.assertGreater(deepest, 200)
        self.assertEqual(text(type(trace).from_data(trace.as_data())), text(trace))
        self.assertIsNone(current.get())

    def test_subclasses_of_signal_keep_their_own(self):
        class Loud(Signal):
            def send(self, sender, **named):
                return [*super().send(sender, **named), "loud"]

        signal = Loud()
        self.connect(signal, first)
        with record() as trace:
            self.assertEqual(signal.send(None), [(first, 1), "loud"])
        self.assertEqual(len(trace.roots), 1)

    def test_an_error_in_naming_is_no_error_of_the_program(self):
        class Meta(type):
            @property
            def __module__(cls):
                raise AssertionError

        odd = Meta("Odd", (), {})
        self.connect(told, first)
        with record() as trace:
            self.assertEqual(told.send(odd), [(first, 1)])
            self.assertEqual(asked.send(odd), [])
        self.assertEqual(len(trace.roots), 1)


class Callable:
    """A receiver without a name."""

    def __call__(self, sender, **kwargs):
        """Answer."""
        return "called"

    def method(self, sender, **kwargs):
        """Answer."""
        return "method"


async def asking(sender, **kwargs):
    """Answer asynchronously."""
    return "asked"


async def afailing(sender, **kwargs):
    """Fail asynchronously."""
    raise KeyError("a secret")


WAYS = ("send", "send_robust", "asend", "asend_robust")


def send(signal, how):
    """Send a signal by the method of a name."""
    method = getattr(signal, how)
    return async_to_sync(method)(None) if asyncio.iscoroutinefunction(method) else method(None)


def outcome(function, *args):
    """Return what a call gives, or the type and the words of what it raises."""
    try:
        return [response for _, response in function(*args)]
    except Exception as error:
        return type(error), str(error)


class ContextTests(Connected, SimpleTestCase):
    """Threads, tasks and asynchronous receivers."""

    def test_two_threads_do_not_mix(self):
        barrier = threading.Barrier(2, timeout=10)
        traces = {}

        def receiver(sender, **kwargs):
            barrier.wait()

        def work(name):
            with record() as traces[name]:
                barrier.wait()
                told.send(name)
                barrier.wait()

        self.connect(told, receiver)
        threads = [threading.Thread(target=work, args=[name]) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in "ab":
            self.assertEqual([node.sender for node in traces[name].roots], [name])

    def test_a_thread_beside_a_record_is_not_in_it(self):
        self.connect(told, first)
        with record() as trace:
            thread = threading.Thread(target=told.send, args=[None])
            thread.start()
            thread.join()
        self.assertEqual(trace.roots, [])

    def test_two_tasks_do_not_mix(self):
        async def receiver(sender, **kwargs):
            await asyncio.sleep(0)
            await asked.asend(sender)

        async def work(name):
            with record() as trace:
                await asyncio.sleep(0)
                await told.asend(name)
                await asyncio.sleep(0)
            return trace

        async def both():
            return await asyncio.gather(work("a"), work("b"))

        self.connect(told, receiver)
        self.connect(asked, asking)
        for name, trace in zip("ab", asyncio.run(both()), strict=True):
            self.assertEqual([node.sender for node, _ in trace.walk() if node.sender], [name, name])

    def test_asynchronous_receivers_keep_their_own_children(self):
        """They run in turns; from Django 6.0 on all in one context."""
        turns = []

        def turning(name):
            async def receiver(sender, **kwargs):
                for _ in range(3):
                    turns.append(name)
                    await asked.asend(name)
                    await asyncio.sleep(0)
                    await sync_to_async(asked.send)(name)

            return receiver

        for name in "abc":
            self.connect(told, turning(name))
        self.connect(asked, second)
        for how in WAYS:
            turns.clear()
            with record() as trace:
                send(told, how)
            self.assertEqual(turns[:3], ["a", "b", "c"], "The receivers did not run in turns.")
            receivers = trace.roots[0].children
            self.assertEqual([{child.sender for child in node.children} for node in receivers], [{"a"}, {"b"}, {"c"}])
            self.assertEqual([len(node.children) for node in receivers], [6, 6, 6])
            self.assertTrue(all(node.asynchronous for node in receivers))

    def test_what_a_receiver_sets_in_its_context_is_where_it_is_without(self):
        variable = ContextVar("variable", default="unset")

        async def setting(sender, **kwargs):
            variable.set("set")
            await asyncio.sleep(0)

        def setting_here(sender, **kwargs):
            variable.set("set here")

        async def seen():
            await told.asend(None)
            return variable.get()

        self.connect(told, setting)
        for extra in ([], [setting_here]):
            for receiver in extra:
                self.connect(told, receiver)
            without = copy_context().run(async_to_sync(seen))
            with record():
                self.assertEqual(copy_context().run(async_to_sync(seen)), without)

    def test_a_receiver_that_is_cancelled(self):
        cleaned = []

        async def waiting(sender, **kwargs):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                cleaned.append(True)
                raise

        async def cancel():
            with record() as trace:
                task = asyncio.ensure_future(told.asend(None))
                await asyncio.sleep(0.01)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
            return trace

        self.connect(told, waiting)
        trace = asyncio.run(cancel())
        self.assertEqual(cleaned, [True])
        self.assertEqual(trace.roots[0].children[0].error, "CancelledError")

    def test_a_coroutine_may_be_closed_in_another_context(self):
        async def asend(self, sender, **named):
            await asyncio.sleep(0)

        self.connect(told, first)
        with mock.patch.object(Signal, "asend", asend), record() as trace:
            sent = told.asend(None)
            copy_context().run(sent.send, None)
            sent.close()
        self.assertEqual(trace.roots[0].error, "GeneratorExit")
        self.assertIsNone(current.get())

    def test_a_receiver_that_swallows_an_exception_goes_on(self):
        async def stubborn(sender, **kwargs):
            try:
                await asyncio.wait_for(asyncio.sleep(30), 0.01)
            except TimeoutError:
                return await asyncio.sleep(0, "went on")

        self.connect(told, stubborn)
        with record() as trace:
            self.assertEqual(async_to_sync(told.asend)(None), [(stubborn, "went on")])
        self.assertEqual(trace.roots[0].children[0].result, "str")

    def test_a_task_belongs_to_the_receiver_that_started_it(self):
        async def starting(sender, **kwargs):
            await asyncio.create_task(asked.asend(None))

        async def other(sender, **kwargs):
            await asyncio.sleep(0)

        for receiver in (starting, other):
            self.connect(told, receiver)
        self.connect(asked, second)
        with record() as trace:
            async_to_sync(told.asend)(None)
        self.assertEqual(names(trace), [["told", ["starting", ["asked", "second"]], "other"]])

    def test_what_a_task_does_after_the_record_is_not_in_it(self):
        async def work():
            with record() as trace:
                task = asyncio.create_task(asyncio.sleep(0.01))
                task.add_done_callback(lambda task: told.send(None))
            await task
            return trace

        self.connect(told, first)
        self.assertEqual(asyncio.run(work()).roots, [])

    def test_begin_and_finish_in_different_contexts(self):
        self.connect(told, first)
        recording = begin()
        told.send(None)
        trace = copy_context().run(finish, recording)
        self.assertEqual(names(trace), [["told", "first"]])
        self.assertEqual(Signal.send.__module__, "django.dispatch.dispatcher")
        told.send(None)
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", "first"]])
        finish(recording)
        current.set(None)
        self.assertEqual(Signal.send.__module__, "django.dispatch.dispatcher")


class ModelTests(Connected, TestCase):
    """Model signals, and the statements of receivers."""

    def setUp(self):
        self.group = Group.objects.create(name="readers")

    def test_the_instance_by_model_and_key(self):
        self.connect(pre_save, second, sender=Group)
        self.connect(post_save, second, sender=Group)
        with record() as trace:
            group = Group.objects.create(name="writers")
            group.save(update_fields=["name"])
        told = [(node.short_name, node.instance, node.details) for node in trace.roots]
        key = f"auth.Group:{group.pk}"
        self.assertEqual(
            told,
            [
                ("pre_save", "auth.Group:new", {}),
                ("post_save", key, {"created": True}),
                ("pre_save", key, {"update_fields": ["name"]}),
                ("post_save", key, {"created": False, "update_fields": ["name"]}),
            ],
        )

    def test_instances_are_not_turned_into_strings(self):
        self.connect(post_save, second, sender=Group)
        with mock.patch.object(Group, "__str__", side_effect=AssertionError), record() as trace:
            Group.objects.create(name="a secret name")
        self.assertNotIn("secret", str(trace.as_data()))

    def test_each_receiver_has_its_own_statements(self):
        def counting(sender, **kwargs):
            Group.objects.count()
            told.send(None)

        def looking(sender, **kwargs):
            Group.objects.exists()
            with connection.cursor() as cursor:
                cursor.executemany("DELETE FROM auth_group WHERE id = %s", [[-1], [-2]])

        self.connect(post_save, counting, sender=Group)
        self.connect(told, looking)
        with record() as trace, self.assertNumQueries(4):
            self.group.save()
        counting_node = trace.roots[0].children[0]
        looking_node = counting_node.children[0].children[0]
        self.assertEqual((counting_node.queries, looking_node.queries), (1, 2))
        self.assertEqual((counting_node.total_queries, trace.queries, trace.counts()["queries"]), (3, 1, 4))
        self.assertGreater(looking_node.query_seconds, 0)
        self.assertGreaterEqual(counting_node.total_query_seconds, looking_node.query_seconds)

    def test_statements_that_fail_count_too(self):
        # SAVEPOINT, INSERT, ROLLBACK, RELEASE
        with self.assertNumQueries(4), record() as trace, self.assertRaises(IntegrityError), transaction.atomic():
            Group.objects.create(name="readers")
        self.assertEqual(trace.queries, 4)

    def test_fast_deletes_stay_fast(self):
        Group.objects.bulk_create(Group(name=f"group {number}") for number in range(10))
        self.assertFalse(pre_delete.has_listeners(Group) or post_delete.has_listeners(Group))
        with self.assertNumQueries(4):
            Group.objects.filter(name__lt="group 5").delete()
        with record(), self.assertNumQueries(4):
            self.assertFalse(post_delete.has_listeners(Group))
            Group.objects.filter(name__startswith="group").delete()

    def test_m2m_actions(self):
        self.connect(m2m_changed, second, sender=Group.permissions.through)
        with record() as trace:
            self.group.permissions.set([1])
        self.assertEqual([node.details["action"] for node in trace.roots], ["pre_add", "post_add"])
        self.assertEqual(trace.roots[0].sender, "auth.Group_permissions")
        self.assertEqual(trace.roots[0].instance, f"auth.Group:{self.group.pk}")

    def test_the_databases_own_wrappers_stay_as_they_are(self):
        with record():
            self.assertEqual(connection.execute_wrappers, [])

    def test_ten_thousand_saves(self):
        self.connect(post_save, second, sender=Group)
        with record() as trace:
            for _ in range(3_000):
                post_save.send(Group, instance=self.group, created=False)
        self.assertEqual(len(trace.roots), 1_000)
        self.assertEqual(trace.left_out, 2 * 2_000)


class CommitTests(Connected, TransactionTestCase):
    """Callbacks of ``transaction.on_commit()``."""

    available_apps = None

    def setUp(self):
        super().setUp()
        connection.ensure_connection()  # Django closes it after such a test; opening it sends a signal of its own

    def test_a_callback_stands_under_the_receiver_that_gave_it(self):
        def giving(sender, **kwargs):
            transaction.on_commit(callback)

        def callback():
            told.send(None)
            Group.objects.count()

        self.connect(post_save, giving, sender=Group)
        self.connect(told, first)
        with record() as trace:
            with transaction.atomic():
                Group.objects.create(name="readers")
                self.assertIs(next(waiting(connection)).function, callback)
            asked.send(None)
        self.assertEqual(names(trace), [["post_save", ["giving", ["callback", ["told", "first"]]]]])
        node = trace.roots[0].children[0].children[0]
        self.assertEqual((node.kind, node.how, node.ran, node.queries), ("callback", "on_commit", True, 1))
        self.assertTrue(node.name.endswith("test_a_callback_stands_under_the_receiver_that_gave_it.<locals>.callback"))
        self.assertGreater(node.start, trace.roots[0].start + trace.roots[0].duration)

    def test_one_that_is_rolled_back_did_not_run(self):
        def callback():
            told.send(None)

        with record() as trace:
            with self.assertRaises(KeyError), transaction.atomic():
                transaction.on_commit(callback)
                raise KeyError
            with transaction.atomic():
                transaction.on_commit(callback, robust=True)
                with self.assertRaises(KeyError), transaction.atomic():
                    transaction.on_commit(callback)
                    raise KeyError
        self.assertEqual([node.ran for node in trace.roots], [False, True, False])
        self.assertEqual([node.how for node in trace.roots], ["on_commit", "on_commit robust", "on_commit"])
        self.assertIn("callback (not run)", trace.as_text())

    def test_without_a_transaction_it_runs_at_once(self):
        ran = []
        with record() as trace:
            transaction.on_commit(lambda: ran.append(True))
        self.assertEqual((ran, trace.roots[0].ran), ([True], True))

    def test_one_that_outlives_the_record_did_not_run_in_it(self):
        ran = []
        with transaction.atomic(), record() as trace:
            transaction.on_commit(lambda: ran.append(True))
        self.assertEqual((ran, trace.roots[0].ran), ([True], False))

    def test_one_that_was_given_to_an_inner_record_runs_in_the_outer_one(self):
        with record() as outer, transaction.atomic(), record() as inner:
            transaction.on_commit(lambda: told.send(None))
        self.assertEqual((inner.roots[0].ran, outer.roots[0].ran), (False, True))

    def test_one_that_fails(self):
        def callback():
            raise ZeroDivisionError

        with record() as trace:
            with self.assertRaises(ZeroDivisionError), transaction.atomic():
                transaction.on_commit(callback)
            with self.assertLogs("django.db.backends.base") as within, transaction.atomic():
                transaction.on_commit(callback, robust=True)
            with self.assertLogs("django.db.backends.base") as at_once:
                transaction.on_commit(callback, robust=True)
        with self.assertLogs("django.db.backends.base") as without, transaction.atomic():
            transaction.on_commit(callback, robust=True)
        self.assertEqual(within.records[0].getMessage(), without.records[0].getMessage())
        self.assertIn("CommitTests.test_one_that_fails.<locals>.callback", at_once.records[0].getMessage())
        self.assertEqual([node.error for node in trace.roots], ["ZeroDivisionError"] * 3)

    def test_what_is_no_callback_is_refused_as_ever(self):
        with record() as trace, self.assertRaisesMessage(TypeError, "must be a callable"):
            transaction.on_commit("no callback")
        self.assertEqual(trace.roots, [])

    def test_a_full_trace_runs_them_all_the_same(self):
        ran = []
        with record(max_nodes=1) as trace, transaction.atomic():
            for number in range(3):
                transaction.on_commit(partial(ran.append, number))
        self.assertEqual((ran, len(trace.roots), trace.left_out), ([0, 1, 2], 1, 2))

    def test_methods_are_those_of_django_afterwards(self):
        for owner in (CursorWrapper, BaseDatabaseWrapper):
            self.assertFalse([f for f in vars(owner).values() if "signal_inspector" in getattr(f, "__module__", "")])
