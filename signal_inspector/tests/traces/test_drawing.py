"""A trace as it is drawn in a terminal."""

from contextlib import contextmanager

from django.contrib.auth.models import Group
from django.core import mail
from django.db import transaction
from django.db.models.signals import post_save
from django.test import TestCase
from django.utils import timezone

from signal_inspector.recording.recorder import record
from signal_inspector.traces.drawing import draw
from signal_inspector.traces.nodes import Node
from signal_inspector.traces.trace import Trace
from signal_inspector.work import tracer


@contextmanager
def connected(signal, receiver, **options):
    signal.connect(receiver, weak=False, **options)
    try:
        yield
    finally:
        signal.disconnect(receiver, **options)


def greet(sender, instance, **kwargs):
    mail.send_mail("Hello", "", "a@example.com", ["b@example.com"])
    transaction.on_commit(lambda: None, using=instance._state.db)


class Later:
    """A receiver that leaves its work for later."""

    def continues_as(self):
        return "key"

    def __call__(self, **kwargs):
        """Leave it."""


class DrawingTests(TestCase):
    def draw(self, details=False, **options):
        with connected(post_save, greet, sender=Group), record(details=details) as trace, transaction.atomic():
            Group.objects.create(name="x" * Group.objects.count())
        return draw(trace, **options)

    def test_a_terminal_without_box_drawing_gets_plain_branches(self):
        for encoding in ("ascii", "no-such-encoding"):
            told = self.draw(encoding=encoding)
            self.assertTrue(told.isascii())
            self.assertIn("`- ", told)
        self.assertIn("└─ ", self.draw(encoding="utf-8"))

    def test_what_left_before_the_commit_is_marked_and_what_a_rollback_makes_of_it(self):
        told = self.draw(details=True)
        self.assertRegex(told, r"test_drawing\.greet  mail sent before the commit\n")
        self.assertIn("\nMail sent before the commit. A rollback does not take the mail back.\n", told)
        self.assertNotIn("before the commit", self.draw())

    def test_work_that_was_done_in_the_record_is_told_beneath_its_receiver(self):
        with connected(post_save, Later(), sender=Group), record() as trace, transaction.atomic():
            Group.objects.create(name="x")
            with tracer.attempt(tracer.context(), "key", "shop.signals.tell", 1, timezone.now()) as tell:
                tell("done")
        self.assertRegex(draw(trace), r"Later\.__call__\n.* ms +└─ attempt 1, in this process, in “.*: done\n")
        with connected(post_save, Later(), sender=Group), record() as trace:
            Group.objects.create(name="y")
        self.assertRegex(draw(trace), r"Later\.__call__\n +└─ waiting\n")

    def test_where_it_came_from_is_told_if_asked(self):
        place = rf"post_save of auth\.Group:\d+ \(created\)  from {__name__}:\d+ in DrawingTests\.draw\n"
        self.assertRegex(self.draw(details=True, where=True), place)
        self.assertNotRegex(self.draw(details=True), place)
        self.assertNotIn("  from ", self.draw(where=True))  # nothing is known of it

    def test_totals_are_told(self):
        told = self.draw()
        self.assertRegex(told, r"Total: \d signals?, \d+ receivers?, \d+ callbacks? \(\d not run\), \d+ quer")
        self.assertIn("Not heard: ", told)

    def test_queries_are_told_where_they_were_waited_for(self):
        callback = Node("callback", "a.later", "on_commit", queries=4)
        heard = Node("receiver", "a.hear", queries=2, children=[callback])
        trace = Trace()
        trace.roots.append(Node("signal", "a.told", "send", queries=1, children=[heard]))
        self.assertRegex(draw(trace), r" 3  told\n.* 2  └─ a.hear\n.* 4     └─ after the commit: a.later\n")

    def test_a_signal_that_is_named_like_another_is_told_in_full(self):
        names = ("django.contrib.auth.signals.user_logged_in", "shop.signals.user_logged_in", "shop.signals.paid")
        trace = Trace()
        trace.roots.extend(Node("signal", name, "send", children=[Node("receiver", "a.hear")]) for name in names)
        for text in (draw(trace), trace.as_text()):
            self.assertIn(names[0], text)
            self.assertIn(names[1], text)
            self.assertNotIn(names[2], text)
        del trace.roots[1]
        self.assertNotIn(names[0], trace.as_text())
        trace.unheard = {(names[1], ""): 2}
        self.assertIn(f"{names[1]} 2 times", draw(trace))
        self.assertIn(names[0], trace.as_text())

    def test_one_that_is_named_like_one_of_djangos_is_told_in_full(self):
        trace = Trace()
        trace.roots.append(Node("signal", "shop.signals.post_save", "send"))
        self.assertIn("shop.signals.post_save", trace.as_text())

    def test_an_empty_trace_says_so(self):
        with record() as trace:
            pass
        self.assertTrue(draw(trace).startswith("No signal was sent that anybody hears."))
