import unittest
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connection
from django.test import TestCase

from signal_inspector import record
from signal_inspector.exporting import snippet
from signal_inspector.requests import finding
from signal_inspector.testing import SignalTestMixin
from signal_inspector.tests.exporting.test_formats import hostile
from signal_inspector.tests.support import Site, sample, site
from signal_inspector.traces import snapshots


def pasted(source):
    """Return the test case of a source, as if it had been pasted into a module."""
    module = {"__name__": __name__}
    exec(compile(source, "<pasted>", "exec"), module)
    return next(each for name, each in module.items() if name.endswith("Tests"))


def run(case):
    """Return the failures of a test case, as texts. It must not close the connection of the test that it runs in."""
    result = unittest.TestResult()
    with mock.patch.object(connection, "close"):
        unittest.TestSuite([case("test_what_it_sets_off")]).run(result)
    return [text for _test, text in result.failures + result.errors]


@site
class PastedTests(Site, SignalTestMixin, TestCase):
    """What is taken along as a test passes when it is pasted, and fails when the story is another."""

    def test_a_request(self):
        self.client.get("/page/")
        source = snippet.convert(self.stored().trace, finding.headline(self.stored()))
        self.assertIn("listen", source)
        self.assertEqual(run(pasted(source)), [])
        self.assertIn("Not the signals that were expected", run(pasted(source.replace("listen", "speak")))[0])

    def test_a_request_whose_callbacks_ran(self):
        with record() as trace, self.captureOnCommitCallbacks(execute=True):
            self.client.get("/group/")
        Group.objects.all().delete()
        source = snippet.convert(snapshots.without(trace, ("django.core.signals",)), "GET /group/, answered 302")
        self.assertIn("captureOnCommitCallbacks", source)
        self.assertEqual(run(pasted(source)), [])

    def test_a_request_whose_callbacks_did_not_run(self):
        self.client.get("/group/")
        Group.objects.all().delete()
        source = snippet.convert(self.stored().trace, finding.headline(self.stored()))
        self.assertIn("(not run)", source)
        self.assertEqual(run(pasted(source)), [])


class SourceTests(TestCase):
    def test_names_are_those_of_the_trace_whatever_they_hold(self):
        source = snippet.convert(hostile(), "hostile")
        text = source.partition('"""')[2].rpartition('"""')[0]
        found = eval(f'"""{text}"""')
        self.assertEqual(snapshots.tidy(found), snapshots.tidy(snapshots.text_of(hostile())))

    def test_what_is_not_in_the_trace_is_left_to_fill_in(self):
        source = snippet.convert(sample(), "POST /register/, answered 302")
        self.assertIn("class PostRegisterTests(", source)
        self.assertIn('self.client.post("/register/", {})', source)
        self.assertIn("No trace holds what was sent", source)
        self.assertIn("...  # do here what is to be tested", snippet.convert(sample(), "save auth.User:1"))
        self.assertTrue(pasted(snippet.convert(sample(), "1, 2")).__name__.isidentifier())
