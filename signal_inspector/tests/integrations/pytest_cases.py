"""
The plugin for pytest in projects of its own, by pytester. ``test_pytest_plugin.py`` runs these in a process.

They are functions with fixtures, which Django's runner would leave out without a word.
"""

import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent / "pytest_project"
OPTION = "--signal-traces-update"
FILE = "traces/test_people.test_the_tree_is_the_one_in_the_file.txt"


@pytest.fixture(autouse=True)
def quick(pytester, monkeypatch):
    """Leave out a plugin that no case needs, and that takes longer to load than all others together."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")


@pytest.fixture
def people(pytester):
    """Run the project of the documentation. Its tests have a name here that nobody else's pytest looks for."""
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    pytester.path.joinpath("people_example.py").rename(pytester.path / "test_people.py")
    return pytester


@pytest.fixture
def plain(pytester):
    """Run a project that has no settings of Django."""
    pytester.makeini(
        """
        [pytest]
        addopts = -p signal_inspector.integrations.pytest_plugin -p no:django
        signal_traces_ignore =
            test_plain.ignored
        """
    )
    return pytester


def test_the_example_with_its_file_renewed_by_several_processes(people, monkeypatch):
    path = people.path.joinpath(FILE)
    before = path.read_text()
    path.write_text("post_save auth.User created\n")
    result = people.runpytest_subprocess("-k", "in_the_file")
    result.stdout.fnmatch_lines([f"*Run the test with {OPTION} to write it*", "*+    people.signals.join_newcomers*"])
    monkeypatch.setenv("CI", "true")
    refused = people.runpytest_subprocess("-k", "in_the_file", OPTION)
    refused.stderr.fnmatch_lines([f"*{OPTION}: nothing is written where the environment has CI.*"])
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    monkeypatch.delenv("CI")
    assert path.read_text() == "post_save auth.User created\n"
    people.runpytest_subprocess("-n", "2", OPTION).assert_outcomes(passed=7)
    assert path.read_text() == before
    people.runpytest_subprocess("-W", "error").assert_outcomes(passed=7)


def test_each_test_has_a_file_of_its_own(people):
    people.makepyfile(
        test_files="""
        import pytest
        from django.contrib.auth.models import Group, User
        from django.test import TestCase
        from signal_inspector.testing import SignalTestMixin

        @pytest.mark.parametrize("name", ["a", "b"])
        def test_each(db, assert_trace, name):
            with assert_trace(), assert_trace(name="inner"):
                User.objects.create_user(name)

        class TestIn:
            class TestInner:
                def test_it(self, db, assert_trace):
                    with assert_trace():
                        User.objects.create_user("a")

        def test_twice(db, assert_trace, signal_trace):
            with assert_trace():
                User.objects.create_user("a")
            signal_trace.assert_trace()

        @pytest.mark.parametrize("name", ["a/b", "a_b"])
        def test_alike(db, assert_trace, name):
            with assert_trace():
                pass

        class MixedTests(SignalTestMixin, TestCase):
            def test_the_mixin_too(self):
                with self.assertTrace():
                    User.objects.create_user("a")
        """
    )
    result = people.runpytest_subprocess("test_files.py", OPTION, "-rf")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["*This test compares two traces with one file*", "*keeps its trace in*, too.*"])
    assert {path.name for path in people.path.joinpath("traces").iterdir()} == {
        Path(FILE).name,
        "test_files.test_each_a_.txt",
        "test_files.test_each_a_.inner.txt",
        "test_files.test_each_b_.txt",
        "test_files.test_each_b_.inner.txt",
        "test_files.TestIn.TestInner.test_it.txt",
        "test_files.test_twice.txt",
        "test_files.test_alike_a_b_.txt",
        "MixedTests.test_the_mixin_too.txt",
    }


def test_what_is_wrong_fails_and_shows_the_tree(people):
    people.makepyfile(
        test_wrong="""
        import pytest
        from django.contrib.auth.models import User
        from django.db.models.signals import post_delete, post_save
        from django.test import TestCase

        def create():
            return User.objects.create_user("ada")

        def test_sent(db, assert_sent):
            with assert_sent(post_delete):
                create()

        def test_not_sent(db, signal_trace):
            create()
            signal_trace.assert_not_sent(post_save, sender=User)

        def test_trace(db, assert_trace):
            with assert_trace("post_save auth.User created"):
                create()

        @pytest.mark.signal_budget(receivers=0)
        def test_budget(db):
            create()

        @pytest.mark.signal_budget(callbacks=0)
        class BudgetTests(TestCase):
            def test_of_a_class(self):
                create()

            @pytest.mark.signal_budget(callbacks=1)
            def test_the_nearest_counts(self):
                create()

            async def test_an_asynchronous_one(self):
                await User.objects.acreate_user("ada")

        @pytest.mark.signal_budget(receivers=0)
        def test_its_own_failure_comes_first(db):
            create()
            raise LookupError

        @pytest.mark.signal_budget(recievers=0)
        def test_misspelt(db):
            pass

        @pytest.mark.signal_budget(receivers=0)
        def test_fixtures_are_not_in_it(made):
            pass

        @pytest.fixture
        def made(db):
            yield create()
            User.objects.create_user("bob")
        """
    )
    result = people.runpytest_subprocess("test_wrong.py", "-rf", "--strict-markers")
    result.assert_outcomes(passed=2, failed=8)
    result.stdout.fnmatch_lines(
        [
            "*post_delete: sent never, expected at least once.*",
            "*of auth.User: sent once, expected never.*",
            "*+    people.signals.join_newcomers*",
            "*Over the budget: 1 receivers (at most 0).*",
            "*LookupError*",
            "*signal_budget takes one or more of signals=*",
        ]
    )
    for name in ("test_an_asynchronous_one", "test_of_a_class"):
        result.stdout.fnmatch_lines([f"FAILED test_wrong.py::BudgetTests::{name} - Failed: Over*"])
    result.stdout.no_fnmatch_line("*contextmanager*")


def test_without_settings_and_without_pytest_django(plain):
    plain.makeconftest(
        """
        import asyncio
        import contextvars
        import inspect
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_pyfunc_call(pyfuncitem):
            if inspect.iscoroutinefunction(pyfuncitem.obj):
                arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
                contextvars.Context().run(asyncio.run, pyfuncitem.obj(**arguments))
                return True
        """
    )
    plain.makepyfile(
        test_plain="""
        import pytest
        from django.dispatch import Signal, receiver

        paid, ignored = Signal(), Signal()

        @receiver((paid, ignored))
        def write_invoice(sender, **kwargs):
            return "written"

        def test_a_signal_of_ones_own(signal_trace, assert_trace):
            with assert_trace("paid a shop\\n    test_plain.write_invoice  [returned str]"):
                paid.send("a shop")
                ignored.send("a shop")
            paid.send("another")
            signal_trace.assert_sent(paid, count=2)
            paid.send("another")
            signal_trace.assert_sent(paid, count=3)
            signal_trace.assert_sent(paid, "another", 2)
            signal_trace.assert_budget(receivers=3)
            signal_trace.assert_sent(ignored, count=1)

        def test_one_that_nobody_hears(signal_trace):
            unheard = Signal()
            for times in (1, 2, 3):
                unheard.send("a shop")
                assert sum(signal_trace.trace.unheard.values()) == times

        def test_nothing_is_patched_afterwards():
            assert Signal.send.__module__ == "django.dispatch.dispatcher"

        awaited = Signal()

        @receiver(awaited)
        async def write_it_later(sender, **kwargs):
            pass

        async def test_the_trace_in_another_context(signal_trace, assert_sent):
            with assert_sent(awaited, count=1):
                await awaited.asend("a shop")
            signal_trace.assert_sent(awaited, count=1)

        @pytest.mark.signal_budget(receivers=0)
        async def test_the_budget_in_another_context():
            await awaited.asend("a shop")
        """
    )
    result = plain.runpytest_subprocess("-W", "error")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*Over the budget: 1 receivers (at most 0).*"])
