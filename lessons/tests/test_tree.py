from contextlib import suppress

from django.db import IntegrityError, connection, transaction
from django.db.models.signals import post_save
from django.test import TestCase

from lessons.questions.shop import Bill, Order
from lessons.running.database import failures_noted
from lessons.running.turns import alone, set_up
from lessons.tree import MOST, lines_of, shortened
from signal_inspector.recording import record


def bill(sender, instance, **kwargs):
    Bill.objects.create(order=instance)
    transaction.on_commit(tell)


def tell():
    pass


class TreeTests(TestCase):
    def lines(self, function):
        with alone(), set_up([Order, Bill]):
            post_save.connect(bill, sender=Order)
            with record(details=True) as trace, failures_noted() as failures:
                function()
        return lines_of(trace, failures)

    def test_a_statement_that_failed_says_so(self):
        def insert_twice():
            with transaction.atomic():
                Order.objects.create(pk=1, item="lamp")
            with suppress(IntegrityError):
                Order.objects.create(pk=1, item="desk")
            Order.objects.count()

        lines, _left_out = self.lines(insert_twice)
        told = [(line.name.split()[0], line.error) for line in lines if line.kind == "statement"]
        self.assertIn(("INSERT", "IntegrityError"), told)
        self.assertEqual([error for _verb, error in told if error], ["IntegrityError"])
        self.assertEqual(told[-1], ("SELECT", ""))

    def test_lines_stand_in_the_order_in_which_they_ran(self):
        def buy():
            with transaction.atomic():
                Order.objects.create(item="lamp")

        lines, left_out = self.lines(buy)
        told = [(line.level, line.kind, line.name.partition(" (")[0]) for line in lines]
        self.assertEqual(
            told,
            [
                (0, "transaction", "BEGIN"),
                (0, "statement", 'INSERT INTO "lessons_order"'),
                (0, "signal", "post_save"),
                (1, "receiver", "bill"),
                (2, "statement", 'INSERT INTO "lessons_bill"'),
                (0, "transaction", "COMMIT"),
                (0, "callback", "tell"),
            ],
        )
        self.assertEqual((lines[2].about, left_out), ("Order:1", 0))

    def test_what_repeats_itself_is_told_once(self):
        lines, _left_out = self.lines(lambda: [Order.objects.update(item=str(number)) for number in range(5)])
        self.assertEqual([(line.times, line.block, line.deeper) for line in lines], [(5, 1, False)])

    def test_of_many_lines_some_are_left_out(self):
        def ask():
            with connection.cursor() as cursor:
                for number in range(MOST + 3):
                    cursor.execute(f'SELECT 1 AS "{number}"')

        lines, left_out = self.lines(ask)
        self.assertEqual((len(lines), left_out), (MOST, 3))

    def test_lists_of_columns_and_values_are_shortened(self):
        columns = ", ".join(f'"a_table"."column_{number}"' for number in range(5))
        self.assertEqual(shortened(f'SELECT {columns} FROM "a_table"'), 'SELECT … FROM "a_table"')
        self.assertEqual(shortened("DELETE FROM a WHERE id IN (%s, %s, %s)"), "DELETE FROM a WHERE id IN (%s, …)")
        self.assertEqual(shortened("SELECT id FROM a"), "SELECT id FROM a")
