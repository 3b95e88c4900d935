from django.test import TestCase

from lessons.questions import calling
from lessons.questions.asking import Question, body_of, imports_of, run


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

    def test_what_it_imports_is_told_but_for_the_models(self):
        self.assertEqual(
            imports_of(calling.was_it_called).splitlines(),
            [
                "from django.db.models.signals import post_save",
                "from django.dispatch import receiver",
                "from signal_inspector import record",
            ],
        )
        self.assertEqual(imports_of(decorated), "")

    def test_an_error_is_told_with_what_was_printed(self):
        self.assertEqual(run(Question("", "", (), fails), []), "before\nValueError: no paper")
