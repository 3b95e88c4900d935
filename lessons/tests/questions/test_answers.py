from django.test import TestCase

from lessons.chapters.library import chapter_named
from lessons.listing import EXHIBITS
from lessons.questions.answers import QUESTIONS, printed
from signal_inspector.connected import inventory


class AnswersTests(TestCase):
    """What is printed is what the answers say."""

    @classmethod
    def setUpTestData(cls):
        printed.cache_clear()
        cls.printed = printed()

    def test_there_are_fifteen_and_each_prints_something(self):
        self.assertEqual(len(QUESTIONS), 15)
        self.assertEqual([name for name, text in self.printed.items() if not text.strip()], [])

    def test_none_ends_with_an_error(self):
        self.assertEqual([text for text in self.printed.values() if "Error:" in text], [])

    def test_no_signal_of_a_snippet_is_left(self):
        with self.settings(DEBUG=True):  # then a cache of Django's keeps receivers, and they their signal
            printed.cache_clear()
            printed()
        signals = inventory.all_signals()
        self.assertEqual([each.name for each in signals if "unnamed" in each.name], [])
        named = [receiver.name for each in signals for receiver in each.receivers]
        self.assertEqual([name for name in named if name.startswith("lessons.questions")], [])

    def test_they_are_run_once(self):
        self.assertIs(printed(), printed())

    def test_the_doors_lead_somewhere(self):
        for question in QUESTIONS:
            name, anchor = question.chapter
            self.assertIn(anchor, [heading.anchor for heading in chapter_named(name).headings], question.name)
            self.assertIn(question.exhibit, ("", *EXHIBITS))

    def assertPrints(self, name, *lines):
        self.assertEqual(self.printed[name].splitlines(), list(lines))

    def test_who_is_called(self):
        called, trace, *_others = self.printed["was_it_called"].splitlines()
        self.assertEqual((called, trace), ("pack() was called", "post_save lessons.Order:1 created"))
        self.assertPrints("what_sender_means", "hears_orders: Order", "hears_bills: Bill")
        self.assertPrints("in_which_order", "bill", "pack")
        self.assertPrints("why_twice", "pack {}", "pack {}", "pack {'dispatch_uid': 'shop.pack'}")
        self.assertPrints("why_not_in_bulk", "pack: lamp", "orders: 3")
        self.assertPrints("turn_them_off", "pack: chair")

    def test_errors_threads_and_transactions(self):
        self.assertPrints("what_if_one_raises", "save() raised: no paper", "orders in the database: 1")
        self.assertPrints(
            "in_my_transaction",
            *("lamp in a transaction: False", "lamp mail", "chair in a transaction: True"),
            *("bills inside: 2", "bills after the rollback: 1"),
        )
        lines = ("in the thread of the caller: True", "the coroutine is done", "create() returns")
        self.assertPrints("are_they_asynchronous", *lines)
        self.assertPrints("send_my_own", "thank -> 'thanks for the lamp'", "fail -> OSError('no paper')")

    def test_instances_and_cost(self):
        self.assertPrints("change_the_instance", "in memory: 'LAMP'", "in the database: 'lamp'")
        self.assertPrints(
            "what_it_costs",
            "without: 1 statements; with update_fields: 1",
            "with it: 2 statements; with update_fields: 1",
        )
        self.assertPrints("when_not", "called by send", "called by sell")

    def test_what_this_project_says(self):
        self.assertIn("imported: True", self.printed["where_to_put_them"])
        self.assertIn("users.signals.create_profile", self.printed["who_listens"])
