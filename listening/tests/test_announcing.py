"""An event is sent when its fact is committed, and who must note that with the fact hears of it before."""

from django.db import connection, transaction
from django.dispatch import Signal
from django.test import TransactionTestCase

from listening.announcing import announce, announcing
from listening.events import event
from listening.muting import sent


@event
def opened(*, door: str, using: str) -> None:
    """A door was opened."""


class AnnounceTests(TransactionTestCase):
    def setUp(self):
        self.heard = []
        opened.connect(self.hear)
        self.addCleanup(opened.disconnect, self.hear)

    def hear(self, signal, **kwargs):
        self.heard.append((connection.in_atomic_block, kwargs))

    def announce(self, door="front"):
        announce(opened, sender=TransactionTestCase, using="default", door=door)

    def test_it_waits_for_the_commit(self):
        with transaction.atomic():
            self.announce()
            self.assertEqual(self.heard, [])
        expected = {"sender": TransactionTestCase, "door": "front", "using": "default"}
        self.assertEqual(self.heard, [(False, expected)])

    def test_without_a_transaction_it_is_sent_at_once(self):
        self.announce()
        self.assertEqual(len(self.heard), 1)

    def test_what_is_rolled_back_is_not_announced(self):
        with transaction.atomic():
            self.announce("kept")
            with transaction.atomic():
                self.announce("lost")
                transaction.set_rollback(True)
        self.assertEqual([kwargs["door"] for _, kwargs in self.heard], ["kept"])

    def test_a_receiver_that_raises_harms_neither_the_fact_nor_the_next_one(self):
        def fail(**kwargs):
            raise ZeroDivisionError

        opened.disconnect(self.hear)
        opened.connect(fail)
        self.addCleanup(opened.disconnect, fail)
        opened.connect(self.hear)
        with self.assertLogs("django.dispatch", "ERROR"), transaction.atomic():
            self.announce()
        self.assertEqual(len(self.heard), 1)

    def test_inside_the_transaction_it_is_said_what_is_going_to_be_sent(self):
        with sent(announcing) as calls, transaction.atomic():
            self.announce()
            self.assertEqual(self.heard, [])
            ((sender, arguments),) = calls
        self.assertIs(sender, opened)
        self.assertEqual(arguments["event_sender"], TransactionTestCase)
        self.assertEqual((arguments["using"], arguments["arguments"]), ("default", {"door": "front"}))

    def test_who_cannot_note_it_fails_the_fact(self):
        def fail(**kwargs):
            raise ZeroDivisionError

        announcing.connect(fail, sender=opened)
        self.addCleanup(announcing.disconnect, fail, sender=opened)
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.announce()
        self.assertEqual(self.heard, [])

    def test_other_arguments_than_the_declared_ones_are_refused_where_it_is_announced(self):
        for arguments in ({}, {"gate": "front"}, {"door": "front", "gate": "front"}):
            with self.subTest(arguments), self.assertRaisesMessage(TypeError, "declares ['door', 'using']"):
                announce(opened, sender=None, using="default", **arguments)

    def test_an_argument_may_be_called_event(self):
        plain = Signal()
        with sent(plain) as calls:
            announce(plain, sender=None, using="default", event=1)
        self.assertEqual(calls[0].kwargs["event"], 1)

    def test_a_signal_without_a_declaration_can_be_announced_too(self):
        plain = Signal()
        with sent(plain) as calls:
            announce(plain, sender=None, using="default", anything=1)
        self.assertEqual(calls[0].kwargs, {"anything": 1, "using": "default"})
