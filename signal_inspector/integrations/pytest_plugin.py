"""
A plugin for pytest: what a test sends, and who hears it, without a ``TestCase``.

    def test_a_user_gets_a_profile(db, assert_trace):
        with assert_trace('''
            post_save auth.User created
                users.signals.create_profile
        '''):
            User.objects.create_user("ada")

The assertions are those of ``signal_inspector.testing``, under the names that pytest's users expect. Nothing here
needs pytest-django, nor a database; with it, ``db`` and its other fixtures are used as always. Each process of
pytest-xdist records for itself.
"""

import os
import re
from contextlib import contextmanager
from copy import copy
from functools import wraps
from inspect import iscoroutinefunction
from unittest import TestCase

import pytest

from signal_inspector.recording import Trace, begin, finish, record, tree
from signal_inspector.testing import SignalTestMixin, over_budget
from signal_inspector.traces import snapshots

OPTION = "--signal-traces-update"
MARKER = "signal_budget"
LIMITS = ("signals", "receivers", "callbacks", "queries")
IGNORE = "signal_traces_ignore"  # in the configuration file

__tracebackhide__ = True  # a failure shows the test

_files = pytest.StashKey[dict]()  # which test keeps its trace in which file


def pytest_addoption(parser):
    """Add the option that renews files of traces, and the list of signals that no trace tells of."""
    group = parser.getgroup("signals", "signals (signal_inspector)")
    group.addoption(OPTION, action="store_true", help="write the files of traces that assert_trace() compares with")
    parser.addini(IGNORE, "names of signals, or modules of them, that traces and budgets leave out", "linelist", [])


def pytest_configure(config):
    """Name the marker, and let files be renewed where that is asked for."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}({', '.join(f'{name}=None' for name in LIMITS)}): fail if the test has more of them",
    )
    config.stash[_files] = {}
    if config.getoption(OPTION):
        before = os.environ.get(snapshots.UPDATE)
        os.environ[snapshots.UPDATE] = "1"  # for test cases with the mixin, too
        config.add_cleanup(lambda: _put_back(before))
        if not snapshots.may_write():
            raise pytest.UsageError(f"{OPTION}: nothing is written where the environment has {snapshots.CI}.")


def _put_back(before):
    if before is None:
        os.environ.pop(snapshots.UPDATE, None)
    else:
        os.environ[snapshots.UPDATE] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Record a test that has the fixture or a budget while it runs; what fixtures do before and after is not in it."""
    limits = _limits(item)
    whole = getattr(item, "funcargs", {}).get("signal_trace")
    if whole is None and limits is None:
        return (yield)
    whole = whole or SignalTrace(Assertions(item))
    if iscoroutinefunction(getattr(item, "obj", None)) and not _is_of_a_test_case(item):
        item.obj = whole.around(item.obj)  # whoever awaits it may do so in another context
        result = yield
    else:
        with whole.recorded():
            result = yield
    if limits and (wrong := over_budget(whole.trace, limits, whole.ignored_signals)):
        pytest.fail(wrong, pytrace=False)
    return result


def _is_of_a_test_case(item):
    """Tell whether a test is a method of a ``TestCase``, which awaits it itself, in this context."""
    return isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, TestCase)


def _limits(item):
    """Return the limits that the nearest marker sets, None where there is none."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return None
    if marker.args or not marker.kwargs or marker.kwargs.keys() - set(LIMITS):
        pytest.fail(f"{MARKER} takes one or more of {', '.join(f'{name}=…' for name in LIMITS)}.", pytrace=False)
    return marker.kwargs


class Assertions(SignalTestMixin):
    """The assertions of ``SignalTestMixin`` for a test (an item of pytest) that may have no class."""

    def __init__(self, item):
        """Assert for a test."""
        self.item, self.names = item, set()
        self.ignored_signals = (*snapshots.IGNORED, *item.config.getini(IGNORE))

    def fail(self, message):
        """Fail as an ``assert`` does."""
        raise AssertionError(message)

    def _compare_with_file(self, name, found):
        if name in self.names:
            self.fail("This test compares two traces with one file. Give each a name: assert_trace(name=…).")
        self.names.add(name)
        path = self.file_of(name)
        other = self.item.config.stash[_files].setdefault(path, self.item.nodeid)
        if other != self.item.nodeid:
            self.fail(f"{other} keeps its trace in {path}, too. Give one of them a name: assert_trace(name=…).")
        return snapshots.compare_with_file(path, found, f"Run the test with {OPTION}")

    def file_of(self, name=""):
        """Return the path of the file: ``traces/<module>.<test>.txt`` beside the module, with the class if any."""
        item = self.item
        inside = [each.name for each in item.listchain() if isinstance(each, pytest.Class)]
        parts = [item.path.stem, *inside, item.name, *([name] if name else [])]
        return item.path.parent / "traces" / (re.sub(r"[^\w.-]", "_", ".".join(parts)) + ".txt")


class SignalTrace:
    """
    What a test has fired so far: the fixture ``signal_trace``.

    Called, it is a block that is recorded by itself: ``with signal_trace() as trace``. It takes the arguments of
    ``signal_inspector.record()``.
    """

    def __init__(self, assertions):
        """Make one that records nothing yet."""
        self._assertions, self._recording, self._trace = assertions, None, Trace()

    @property
    def trace(self):
        """The ``Trace``: of all that has fired until now, or, after the test, of all of it."""
        return self._trace if self._recording is None else so_far(self._recording)

    @property
    def ignored_signals(self):
        """Names of signals that are left out."""
        return self._assertions.ignored_signals

    def __call__(self, **options):
        """Return a block that yields a ``Trace``, empty until the block ends."""
        return record(**options)

    @contextmanager
    def recorded(self):
        """Record a block."""
        self._recording = begin()
        try:
            yield
        finally:
            self._trace, self._recording = finish(self._recording), None

    def around(self, function):
        """Return a coroutine function that is recorded while it is awaited."""

        @wraps(function)
        async def recorded(*args, **kwargs):
            with self.recorded():
                return await function(*args, **kwargs)

        return recorded

    def assert_sent(self, signal, sender=None, count=None, **details):
        """Fail unless a signal was sent until now: see ``SignalTestMixin.assertSent()``."""
        self._assertions.assertSent(signal, sender, count, trace=self.trace, **details)

    def assert_not_sent(self, signal, sender=None, **details):
        """Fail if a signal was sent until now."""
        self._assertions.assertNotSent(signal, sender, trace=self.trace, **details)

    def assert_trace(self, expected=None, *, name="", queries=False):
        """Fail unless what fired until now is this, or what the file beside the test's module holds."""
        self._assertions.assertTrace(expected, trace=self.trace, name=name, queries=queries)

    def assert_budget(self, **limits):
        """Fail if there were more signals, receivers, callbacks or queries until now."""
        self._assertions.assertSignalBudget(trace=self.trace, **limits)


def so_far(recording):
    """Return what a recording that goes on has noted until now (``Trace``)."""
    until_now = copy(recording)
    until_now.unheard = dict(recording.unheard)
    trace = Trace()
    tree.fill(trace, until_now)
    trace.roots  # noqa: B018 - made now: there will be more later
    return trace


@pytest.fixture
def signal_trace(_signal_assertions):
    """What the test has fired so far: a ``SignalTrace``, with a ``trace`` and assertions on it."""
    return SignalTrace(_signal_assertions)


@pytest.fixture
def assert_sent(_signal_assertions):
    """``with assert_sent(post_save, sender=User, count=1):`` fails unless the block sends that."""
    return _signal_assertions.assertSent


@pytest.fixture
def assert_not_sent(_signal_assertions):
    """``with assert_not_sent(post_save):`` fails if the block sends that."""
    return _signal_assertions.assertNotSent


@pytest.fixture
def assert_trace(_signal_assertions):
    """``with assert_trace(text):`` fails unless the block fires just that; without a text, what its file holds."""
    return _signal_assertions.assertTrace


@pytest.fixture
def assert_signal_budget(_signal_assertions):
    """``with assert_signal_budget(queries=5):`` fails if the block has more."""
    return _signal_assertions.assertSignalBudget


@pytest.fixture
def signal_capture_on_commit_callbacks():
    """
    Do what ``django_capture_on_commit_callbacks`` of pytest-django does; callbacks have their place in the tree.

    With ``execute=True`` what a callback sends stands under it in a trace, as after a real commit.
    """
    return SignalTestMixin.captureOnCommitCallbacks


@pytest.fixture
def _signal_assertions(request):
    return Assertions(request.node)
