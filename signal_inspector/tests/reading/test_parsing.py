import ast
from unittest import mock

from django.test import SimpleTestCase

from signal_inspector.reading.parsing import parse, tried


class ParsingTests(SimpleTestCase):
    def test_it_is_read_again_where_another_thread_came_between(self):
        tree = ast.parse("x = 1")
        with mock.patch("ast.parse", side_effect=[SystemError("AST constructor recursion depth mismatch"), tree]):
            self.assertIs(parse("x = 1"), tree)

    def test_what_is_no_source_is_told_at_once(self):
        for text, error in (("x = ", SyntaxError), ("x\0", (SyntaxError, ValueError))):
            with self.assertRaises(error):
                parse(text)

    def test_an_error_that_stays_is_raised(self):
        fails = mock.Mock(side_effect=SystemError)
        with self.assertRaises(SystemError):
            tried(fails)
