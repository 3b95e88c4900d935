import logging

from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase

from lessons.questions.shop import Bill, Order
from lessons.running.receivers import taken_away, without_log
from signal_inspector.reading.private import entries_of


def listen(sender, **kwargs):
    pass


class Listener:
    def listen(self, sender, **kwargs):
        pass


def everything():
    return [(entry.receiver, entry.sender_id) for signal in (pre_save, post_save) for entry in entries_of(signal)]


class TakenAwayTests(SimpleTestCase):
    def test_all_ways_to_connect(self):
        own, listener = Signal(), Listener()
        before = everything()
        with taken_away([Order, Bill], [own]):
            post_save.connect(listen, sender=Order)
            post_save.connect(listen, sender=Bill, dispatch_uid="a uid")
            pre_save.connect(listener.listen, sender=Order)
            post_save.connect(lambda **kwargs: None, sender=Order, weak=False)
            own.connect(listen)
            own.connect(listen, sender=Order)
            own.connect(listener.listen, dispatch_uid="another")
            self.assertEqual(len(everything()), len(before) + 4)
        self.assertEqual(everything(), before)
        self.assertEqual(entries_of(own), [])

    def test_after_an_error_too(self):
        before = everything()
        with self.assertRaises(ZeroDivisionError), taken_away([Order], []):
            post_save.connect(listen, sender=Order)
            1 / 0  # noqa: B018 - raises
        self.assertEqual(everything(), before)

    def test_those_of_others_stay(self):
        post_save.connect(listen)  # to every sender
        self.addCleanup(post_save.disconnect, listen)
        with taken_away([Order], []):
            pass
        self.assertIn(listen, [receiver for receiver, _sender in everything()])


class WithoutLogTests(SimpleTestCase):
    def test_only_what_a_lesson_raises_is_kept_out(self):
        from_lesson = compile("raise OSError('on purpose')", "a lesson", "exec")
        with self.assertLogs("django.dispatch") as logs, without_log():
            for name in ("lessons.exhibits.sample", "shop.signals"):
                try:
                    exec(from_lesson, {"__name__": name})
                except OSError:
                    logging.getLogger("django.dispatch").exception(name)
        self.assertEqual([record.getMessage() for record in logs.records], ["shop.signals"])
        self.assertEqual(logging.getLogger("django.dispatch").filters, [])
