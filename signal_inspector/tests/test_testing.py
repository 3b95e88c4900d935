import asyncio
import logging
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase

from signal_inspector import record
from signal_inspector.reading import private
from signal_inspector.testing import SignalTestMixin, budget
from signal_inspector.traces import snapshots

greeted = Signal()


def greet(sender, instance, **kwargs):
    transaction.on_commit(announce)


def announce():
    greeted.send(Group)


def hear(sender, **kwargs):
    Permission.objects.exists()
    return "heard"


def fail():
    raise ValueError("refused")


@contextmanager
def heard():
    """Let Group be greeted after the commit, and somebody hear that."""
    greeted.connect(hear, weak=False)
    post_save.connect(greet, sender=Group, weak=False)
    try:
        yield
    finally:
        post_save.disconnect(greet, sender=Group)
        greeted.disconnect(hear)


# Other apps may listen to groups; what they do is not the matter here.
GREETED = "signal_inspector.tests.test_testing."


class FailingMixin(SignalTestMixin):
    @contextmanager
    def fails(self, *texts):
        with self.assertRaises(AssertionError) as caught:
            yield
        for text in texts:
            self.assertIn(text, str(caught.exception))


class SentTests(FailingMixin, TestCase):
    def test_it_is_sent_whether_anybody_hears_it_or_not(self):
        with self.assertSent(post_save, sender=Group, count=1), self.assertNotSent(post_save, sender=Permission):
            Group.objects.create(name="x")
        with heard(), self.assertSent(post_save, sender=Group, count=1):
            Group.objects.create(name="y")

    def test_it_fails_with_what_was_sent(self):
        with heard():
            with self.fails("post_save: sent never, expected at least once."), self.assertSent(post_save):
                Group.objects.update(name="x")
            wrong = self.fails("of auth.Group: sent once, expected never.", "post_save auth.Group")
            with wrong, self.assertNotSent(post_save, sender="auth.Group"):
                Group.objects.create(name="x")
            with self.fails("expected 2 times"), self.assertSent("django.db.models.signals.post_save", count=2):
                Group.objects.create(name="y")

    def test_details_are_compared(self):
        with heard(), record() as trace:
            group = Group.objects.create(name="x")
            group.save(update_fields=["name"])
        self.assertSent(post_save, Group, 1, trace=trace, created=True, instance=group)
        self.assertSent(post_save, Group, 1, trace=trace, update_fields={"name"}, raw=False)
        self.assertNotSent(post_save, Group, trace=trace, created=False, update_fields=None)
        with self.fails("created=True", "sent once"):
            self.assertNotSent(post_save, Group, trace=trace, created=True)
        with self.assertRaisesMessage(TypeError, "A trace does not tell using"):
            self.assertSent(post_save, trace=trace, using="default")

    def test_details_of_what_nobody_heard_are_not_guessed(self):
        greeted.disconnect(hear)
        with record() as trace:
            greeted.send(Group, created=True)
        for check in (self.assertSent, self.assertNotSent):
            with self.fails("with nobody to hear it"):
                check(greeted, trace=trace, created=True)

    def test_an_exception_in_the_block_is_not_hidden(self):
        with self.assertRaisesMessage(ValueError, "refused"), self.assertSent(post_save):
            fail()

    async def test_asynchronous_tests_use_the_same_block(self):
        async def hear_it(sender, **kwargs):
            await asyncio.sleep(0)

        signal = Signal()
        signal.connect(hear_it)
        with (
            self.assertSent(signal, count=1),
            self.assertTrace(f"""
            {"<unnamed Signal>"} asend
                {GREETED}SentTests.test_asynchronous_tests_use_the_same_block.<locals>.hear_it
        """),
        ):
            await signal.asend(None)


class TraceTests(FailingMixin, TestCase):
    def setUp(self):
        self.enterContext(private.cleared(pre_save, post_save, m2m_changed))
        self.enterContext(heard())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch("signal_inspector.traces.snapshots.file_of", self.file_of))
        self.enterContext(mock.patch.dict(os.environ, {"UPDATE_TRACES": "", "CI": ""}))

    def file_of(self, test, name=""):
        return self.folder / "traces" / f"test{name}.txt"

    def create(self, name="x"):
        return Group.objects.create(name=name)

    def test_the_tree_may_be_indented_as_the_test_is(self):
        with self.assertTrace(f"""

            post_save auth.Group created
                {GREETED}greet
                    on_commit: {GREETED}announce (not run)
        """):
            self.create()

    def test_a_failure_shows_the_difference(self):
        with (
            self.fails("--- expected", f"-    {GREETED}hear", f"+    {GREETED}greet", " post_save auth.Group created"),
            self.assertTrace(f"post_save auth.Group created\n    {GREETED}hear"),
        ):
            self.create()

    def test_callbacks_that_the_test_case_runs_have_what_they_send_beneath_them(self):
        with record() as trace, self.captureOnCommitCallbacks(execute=True) as callbacks:
            self.create()
        tree = f"""
            post_save auth.Group created
                {GREETED}greet
                    on_commit: {GREETED}announce
                        greeted auth.Group
                            {GREETED}hear  [1 query, returned str]
        """
        self.assertTrace(tree, trace=trace, queries=True)
        self.assertEqual(callbacks, [announce])

    def test_capturing_does_what_djangos_does(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        for case in (type(self), TestCase):
            with self.subTest(case):
                with case.captureOnCommitCallbacks(execute=True) as callbacks:
                    transaction.on_commit(fail, robust=True)
                    transaction.on_commit(self.once)
                self.assertEqual(callbacks, [fail, self.once, announce])
                with case.captureOnCommitCallbacks() as callbacks:
                    transaction.on_commit(fail)
                self.assertEqual(callbacks, [fail])
                with self.assertRaises(ValueError), case.captureOnCommitCallbacks(execute=True):
                    transaction.on_commit(fail)

    def once(self):
        transaction.on_commit(announce)

    def test_a_file_is_written_read_and_compared(self):
        with self.fails("There is no trace at", "UPDATE_TRACES=1"), self.assertTrace():
            self.create("a")
        with mock.patch.dict(os.environ, {"UPDATE_TRACES": "1"}), self.assertTrace():
            self.create("b")
        with self.assertTrace():
            self.create("c")
        self.assertTrue(self.file_of(self).read_text().startswith("post_save auth.Group created\n    "))
        with self.fails("--- test.txt", "-post_save auth.Group created", "UPDATE_TRACES=1"), self.assertTrace():
            Group.objects.first()

    def test_a_continuous_integration_writes_nothing(self):
        self.enterContext(mock.patch.dict(os.environ, {"UPDATE_TRACES": "1", "CI": "true"}))
        with self.fails("There is no trace at"), self.assertTrace(name=".more"):
            self.create()
        self.assertFalse(self.file_of(self, ".more").exists())

    def test_signals_of_the_test_runner_are_left_out(self):
        with record() as trace, self.settings(X=1):
            self.create()
        self.assertNotIn("setting_changed", snapshots.text_of(trace))
        self.assertEqual(snapshots.text_of(trace, {"django", "signal_inspector"}), "")


class FileTests(SimpleTestCase):
    def test_it_is_beside_the_module_of_the_test(self):
        path = snapshots.file_of(self)
        self.assertEqual(path.parent, Path(__file__).parent / "traces")
        self.assertEqual(path.name, "FileTests.test_it_is_beside_the_module_of_the_test.txt")
        self.assertTrue(snapshots.file_of(self, "second").name.endswith("_test.second.txt"))


class BudgetTests(FailingMixin, TestCase):
    def test_what_is_over_is_named(self):
        with heard(), record() as trace:
            self.make()
        self.assertSignalBudget(receivers=100, queries=100, trace=trace)
        with self.fails("Over the budget: ", " receivers (at most 0)", "1 callbacks (at most 0)", "announce"):
            self.assertSignalBudget(receivers=0, callbacks=0, trace=trace)
        with self.fails("queries (at most 0)"), self.assertSignalBudget(queries=0):
            Group.objects.exists()

    def make(self):
        Group.objects.create(name="x")

    def test_a_function_will_do(self):
        with heard(), self.fails("queries (at most 0)"), budget(queries=0) as trace:
            self.make()
        with budget(queries=5):
            pass
        self.assertTrue(trace.roots)

    def test_a_full_trace_is_over_the_budget(self):
        with heard(), record(max_nodes=1) as trace:
            self.make()
        with self.fails("receivers (at most 1)"):
            self.assertSignalBudget(receivers=1, trace=trace)


def add_a(sender, instance, **kwargs):
    instance.name += "A"


def add_b(sender, instance, **kwargs):
    instance.name += "B"


class OrderTests(FailingMixin, TestCase):
    def setUp(self):
        for receiver in (add_a, add_b):
            pre_save.connect(receiver, sender=Group)
            self.addCleanup(pre_save.disconnect, receiver, sender=Group)

    def test_an_order_that_matters_fails_with_the_pair(self):
        here = "signal_inspector.tests.test_testing"
        with self.fails(f"pre_save of auth.Group: {here}.add_a has to run before {here}.add_b.", "the seed 0"):
            self.assertAnyOrder(lambda: Group.objects.create(name="x"), tries=2)
        self.assertFalse(Group.objects.exists())

    def test_one_that_does_not_matter_passes(self):
        def story():
            Group.objects.create(name="x")
            Group.objects.update(name="y")

        self.assertEqual(self.assertAnyOrder(story, tries=2), 1)  # of two there is one other order
