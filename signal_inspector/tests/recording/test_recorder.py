"""Nothing is other than without a record, and records don't mix."""

import asyncio
import gc
import logging
import threading
from contextlib import nullcontext, suppress
from contextvars import ContextVar, copy_context
from functools import partial
from unittest import mock
from weakref import ref

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Group
from django.dispatch import Signal
from django.test import SimpleTestCase

from signal_inspector import begin, finish, record
from signal_inspector.reading import naming
from signal_inspector.recording.recorder import ALWAYS, WITH_DETAILS
from signal_inspector.recording.rows import current
from signal_inspector.tests.recording.support import (
    WAYS,
    Callable,
    Connected,
    afailing,
    asked,
    asking,
    failing,
    first,
    names,
    outcome,
    second,
    send,
    text,
    told,
)


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

    def test_a_receiver_that_calls_itself_goes_as_deep(self):
        depths = []

        def again(sender, **kwargs):
            depths[-1] += 1
            told.send(sender)

        self.connect(told, again)
        for block in (nullcontext(), record(max_nodes=10**6)):
            depths.append(0)
            with block, suppress(RecursionError):
                told.send(self)
        without, within = depths
        self.assertGreater(within, without - 10)

    def test_so_it_does_beside_an_asynchronous_receiver(self):
        depths = []

        def again(sender, **kwargs):
            depths[-1] += 1
            told.send(sender)

        self.connect(told, again)
        self.connect(told, asking)
        for block in (nullcontext(), record(max_nodes=10**6)):
            depths.append(0)
            with block, suppress(RecursionError):
                told.send(self)
        without, within = depths
        self.assertGreater(within, without - 10)

    def test_nothing_is_installed_but_while_a_record_goes_on(self):
        def installed():
            return [vars(owner)[name] for owner, _, name in ALWAYS.methods]

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

    def test_transactions_cost_nothing_but_while_details_are_noted(self):
        def modules():
            return {vars(owner)[name].__module__.partition(".")[0] for owner, _, name in WITH_DETAILS.methods}

        with record():
            self.assertEqual(modules(), {"django"})
            with record(details=True):
                self.assertEqual(modules(), {"signal_inspector"})
            self.assertEqual(modules(), {"django"})

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

    def test_what_a_copy_of_the_context_does_belongs_to_who_runs_it(self):
        copies = []

        def copying(sender, **kwargs):
            copies.append(copy_context())
            copies[0].run(asked.send, "at once")

        def running(sender, **kwargs):
            copies[0].run(asked.send, "later")

        for receiver in (copying, running):
            self.connect(told, receiver)
        self.connect(asked, second)
        with record() as trace:
            told.send(None)
            copies[0].run(asked.send, "afterwards")
        signal, afterwards = trace.roots
        self.assertEqual(
            [(node.short_name, [child.sender for child in node.children]) for node in signal.children],
            [("copying", ["at once"]), ("running", ["later"])],
        )
        self.assertEqual(afterwards.sender, "afterwards")

    def test_what_a_task_sends_beside_code_that_runs_in_the_first_thread(self):
        begun, sent = threading.Event(), threading.Event()

        def slow(sender, **kwargs):
            begun.set()
            self.assertTrue(sent.wait(5))

        async def send_other():
            while not begun.is_set():
                await asyncio.sleep(0.001)
            await asked.asend("a task")
            sent.set()

        async def both():
            await asyncio.gather(sync_to_async(told.send)("this thread"), send_other())

        self.connect(told, slow)
        self.connect(asked, asking)
        with record() as trace:
            async_to_sync(both)()
        self.assertCountEqual(names(trace), [["told", "slow"], ["asked", "asking"]])

    def test_a_thread_with_a_copy_of_the_context_belongs_to_the_receiver_that_waits_for_it(self):
        def waiting(sender, **kwargs):
            thread = threading.Thread(target=copy_context().run, args=[asked.send, sender])
            thread.start()
            thread.join()

        self.connect(told, waiting)
        self.connect(told, first)
        self.connect(asked, second)
        with record() as trace:
            told.send(None)
        self.assertEqual(names(trace), [["told", ["waiting", ["asked", "second"]], "first"]])

    def test_robust_failures_leave_no_receiver_running(self):
        def logged(sender, **kwargs):
            """What a handler of the log sets off belongs to no receiver."""

        class Handler(logging.Handler):
            def emit(self, record):
                asked.send("the log")

        for receiver in (failing, first):
            self.connect(told, receiver)
        self.connect(asked, logged)
        with self.assertLogs("django.dispatch"), record() as trace:
            logging.getLogger("django.dispatch").addHandler(Handler())  # assertLogs() puts back those before it
            told.send_robust(None)
        self.assertEqual(names(trace), [["told", "failing", ["asked", "logged"], "first"]])

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
