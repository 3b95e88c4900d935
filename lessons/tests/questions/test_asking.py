from django.test import TestCase

from lessons.questions.asking import Question, body_of, run


def fails(print):
    print("before")
    raise ValueError("no paper")


def decorated(print):
    @staticmethod
    def inner():
        """Do nothing."""

    print("done")


class AskingTests(TestCase):
    def test_the_code_is_the_body_alone_with_its_decorators(self):
        self.assertEqual(body_of(fails), 'print("before")\nraise ValueError("no paper")\n')
        self.assertTrue(body_of(decorated).startswith("@staticmethod\ndef inner():"))

    def test_an_error_is_told_with_what_was_printed(self):
        self.assertEqual(run(Question("", "", (), fails), []), "before\nValueError: no paper")
