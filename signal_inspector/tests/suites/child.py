"""
Run tests of others: python child.py plain|recorded|traced script|module|pytest TARGET …

Around each test is a record, or a span of OpenTelemetry's with spans for signals below it, or nothing. Runs in a
process of its own, in the folder of those tests. It prints the outcome of each test by its name, what the records have
seen or how many spans there were, and the time of the processor.
"""

import atexit
import os
import runpy
import sys
import time
import unittest
from collections import Counter
from contextlib import contextmanager, nullcontext

seen = Counter()


def told(*words):
    """Print a line that running.py reads."""
    print(*words, file=sys.__stdout__, flush=True)


@contextmanager
def recorded():
    """Record what a block does, and count it."""
    from signal_inspector import record

    with record() as trace:
        yield
    seen.update(trace.counts())
    seen["unheard signals"] += sum(trace.unheard.values())


def tracing():
    """Make spans for signals from now on; return a function that returns a block with a span around it."""
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

    from signal_inspector.integrations import telemetry

    class Counting(SpanProcessor):
        def on_end(self, span):
            seen["spans"] += 1

    provider = TracerProvider()
    provider.add_span_processor(Counting())
    telemetry.instrument(provider, max_spans=1_000_000)
    return lambda: provider.get_tracer("tests").start_as_current_span("test")


class Result(unittest.TextTestResult):
    """Tells the outcome of each test, too."""

    def addSuccess(self, test):
        super().addSuccess(test)
        told(test.id(), "ok")

    def addError(self, test, error):
        super().addError(test, error)
        told(test.id(), "error")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        told(test.id(), "failure")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        told(test.id(), "skipped")

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        told(test.id(), "expected")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        told(test.id(), "unexpected")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            told(subtest.id(), "failure")


def by_django(around, kind):
    """Have Django's test runner tell outcomes, with a block around each test; return what runs a script or module."""
    from django.test.runner import DiscoverRunner

    run = unittest.TestCase.run

    def run_around(self, result=None):
        with around():
            return run(self, result)

    unittest.TestCase.run = run_around
    DiscoverRunner.get_resultclass = lambda self: Result
    run_what = runpy.run_path if kind == "script" else runpy.run_module
    return lambda target: run_what(target, run_name="__main__")


def by_pytest(around):
    """Return what runs pytest, with a block around each test, and tells outcomes."""
    import pytest

    class Plugin:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(self, item):
            with around():
                return (yield)

        def pytest_runtest_logreport(self, report):
            if report.when == "call" or report.outcome != "passed":
                outcomes = {"passed": "ok", "failed": "failure" if report.when == "call" else "error"}
                told(f"\n{report.nodeid}", outcomes.get(report.outcome, "skipped"))

    return lambda target: sys.exit(pytest.main([target, *sys.argv[1:]], plugins=[Plugin()]))


def main():
    """Run what the arguments say."""
    _name, mode, kind, target, *rest = sys.argv
    sys.path[0] = os.getcwd()
    sys.argv = [target, *rest]
    around = nullcontext
    if mode == "recorded":
        from signal_inspector import begin

        begin()  # from now on Django's functions are replaced
        around = recorded
    elif mode == "traced":
        around = tracing()
    if mode != "plain":
        atexit.register(lambda: told("seen:", dict(seen)))
    began = time.process_time()  # the recorder is imported by now
    atexit.register(lambda: told("cpu:", round(time.process_time() - began, 2)))
    run = by_pytest(around) if kind == "pytest" else by_django(around, kind)
    run(target)


if __name__ == "__main__":
    main()
