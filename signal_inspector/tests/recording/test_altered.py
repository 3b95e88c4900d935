"""Other receivers than are connected, in the context of a record alone."""

import threading

from asgiref.sync import async_to_sync
from django.dispatch import Signal
from django.test import SimpleTestCase

from signal_inspector.reading import private
from signal_inspector.recording.recorder import begin, finish, record

spoken = Signal()


def first(sender, **kwargs):
    return "first"


def second(sender, **kwargs):
    return "second"


async def third(sender, **kwargs):
    return "third"


class Reversing:
    """A director that reverses receivers, and sends robustly."""

    def plan(self, name, sender, receivers, async_receivers, how):
        pairs = [[(each, each) for each in reversed(group)] for group in (receivers, async_receivers)]
        return (f"a{'send_robust'}" if how.startswith("a") else "send_robust", *pairs)

    def before_statement(self, connection, sql):
        """Refuse nothing."""


class Deaf(Reversing):
    def plan(self, name, sender, receivers, async_receivers, how):
        return how, [], []


class AlteredTests(SimpleTestCase):
    def setUp(self):
        for receiver in (first, second, third):
            spoken.connect(receiver)
            self.addCleanup(spoken.disconnect, receiver)

    def directed(self, director, act=lambda: spoken.send("x"), max_nodes=2000):
        recording = begin(max_nodes)
        recording.director = director
        try:
            return act(), finish(recording)
        finally:
            finish(recording)

    def test_a_director_orders_receivers_and_chooses_the_method(self):
        answers, trace = self.directed(Reversing())
        self.assertEqual(answers, [(second, "second"), (first, "first"), (third, "third")])
        self.assertEqual(trace.roots[0].how, "send_robust")
        self.assertEqual([node.short_name for node in trace.roots[0].children], ["second", "first", "third"])

    def test_so_it_does_for_asynchronous_senders(self):
        answers, trace = self.directed(Reversing(), lambda: async_to_sync(spoken.asend)("x"))
        self.assertEqual([receiver for receiver, _answer in answers], [second, first, third])
        self.assertEqual(trace.roots[0].how, "asend_robust")

    def test_nobody_is_called_where_it_names_nobody(self):
        answers, trace = self.directed(Deaf())
        self.assertEqual((answers, trace.roots), ([], []))
        self.assertEqual(sum(trace.not_heard.values()), 1)

    def test_it_is_asked_also_when_the_record_is_full(self):
        answers, trace = self.directed(Reversing(), max_nodes=1)
        self.assertEqual([receiver for receiver, _answer in answers], [second, first, third])
        self.assertEqual(trace.left_out, 4)

    def test_a_record_inside_has_the_same_director(self):
        def act():
            with record():
                return spoken.send("x")

        answers, trace = self.directed(Reversing(), act)
        self.assertEqual(answers[0], (second, "second"))
        self.assertEqual(trace.roots[0].how, "send_robust")

    def test_a_thread_beside_it_notices_nothing(self):
        before, answers = list(private.entries_of(spoken)), []

        def act():
            beside = threading.Thread(target=lambda: answers.extend(spoken.send("x")))
            beside.start()
            beside.join()
            return spoken.send("x")

        altered, _trace = self.directed(Deaf(), act)
        self.assertEqual(altered, [])
        self.assertEqual([receiver for receiver, _answer in answers], [first, second, third])
        self.assertEqual(private.entries_of(spoken), before)
