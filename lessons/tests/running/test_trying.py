import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connections
from django.db.models.signals import post_save
from django.test import TestCase

from lessons.exhibits import itself, mail, uid
from lessons.listing import MODULES
from lessons.running.trying import ROUNDS, run
from lessons.tests.exhibits.support import connected
from signal_inspector.recording import record


def told(trace):
    """Return each statement of a trace as text."""
    inside = (each for node, _depth in trace.walk() for each in node.more.statements)
    return [each.sql for each in (*trace.statements, *inside)]


class RunTests(TestCase):
    def test_both_sides_with_their_cost(self):
        sides, ratio = run(uid)
        self.assertEqual([side.name for side in sides], ["naive", "right"])
        self.assertEqual([side.cost.receivers for side in sides], [1, 2])
        self.assertIsNone(ratio)

    def test_times_are_compared_where_both_come_to_the_same(self):
        compared = {module.__name__.rpartition(".")[2] for module in MODULES if run(module)[1]}
        self.assertEqual(compared, {"spy"})  # elsewhere the naive side breaks off, or leaves something out

    @mock.patch("lessons.running.trying.LONGEST", 0)
    def test_nothing_is_left_of_any(self):
        for module in MODULES:
            with self.subTest(module.__name__):
                before, usual = connected(module), connections["default"]
                with self.assertNumQueries(0):
                    run(module)
                self.assertEqual(connected(module), before)
                self.assertIs(connections["default"], usual)

    def test_what_is_asked_afterwards_is_told_and_no_part_of_the_cost(self):
        for module in MODULES:
            counting = [sql for side in run(module)[0] for sql in told(side.trace) if "COUNT(" in sql]
            self.assertEqual(counting, [], module.__name__)
        [naive, right], _ratio = run(mail)
        self.assertEqual([naive.left["orders"], right.left["orders"]], [1, 1])

    def test_nothing_is_left_after_an_error(self):
        def fail():
            mail.naive()
            raise ZeroDivisionError

        before, usual = connected(mail), connections["default"]
        with mock.patch.object(mail, "right", fail), self.assertRaises(ZeroDivisionError):
            run(mail)
        self.assertEqual(connected(mail), before)
        self.assertIs(connections["default"], usual)
        self.assertEqual(run(mail)[0][1].sentence, "1 mail, 1 order.")

    def test_two_visitors_at_once_see_what_one_sees(self):
        def visit(module):
            try:
                return [side.sentence for side in run(module)[0]]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(visit, [mail, uid] * 4))
        self.assertEqual(told[::2], [["2 mails, 1 order.", "1 mail, 1 order."]] * 4)
        self.assertEqual(told[1::2], [["Called: write_log.", "Called: write_log, send_invoice."]] * 4)

    def test_what_the_site_sends_meanwhile_is_in_no_trace(self):
        heard, over = [], threading.Event()

        def listen(sender, **kwargs):
            heard.append(sender)

        def send():
            while not over.is_set():
                post_save.send(sender=Group, instance=None, created=True)

        post_save.connect(listen, sender=Group)
        self.addCleanup(post_save.disconnect, listen, sender=Group)
        thread = threading.Thread(target=send)
        thread.start()
        try:
            sides, _ratio = run(itself)
        finally:
            over.set()
            thread.join()
        senders = {node.sender for side in sides for node, _depth in side.trace.walk() if node.sender}
        self.assertEqual(senders, {"lessons.Article"})
        self.assertEqual(set(heard), {Group})

    def test_a_lesson_is_in_no_record_of_the_request(self):
        with record() as trace:
            sides, _ratio = run(uid)
        self.assertEqual(trace.roots, [])
        self.assertEqual([side.cost.signals for side in sides], [1, 1])

    def test_slow_ones_have_fewer_rounds(self):
        exhibit = SimpleNamespace(naive=dict, right=dict, holds=bool, sentence=str)
        with mock.patch("lessons.running.trying.LONGEST", 0):
            self.assertEqual(run(exhibit)[1].rounds, 1)
        self.assertEqual(run(exhibit)[1].rounds, ROUNDS)
