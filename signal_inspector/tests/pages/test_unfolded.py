"""What a line unfolds to."""

import inspect

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import post_save
from django.test import TestCase

from signal_inspector import record
from signal_inspector.pages.trace.unfolded import Unfolded
from signal_inspector.tests.recording.support import Connected, asked, failing, first, told
from signal_inspector.traces.running import as_run, numbered

HERE = __name__


def ask(sender, **kwargs):
    """Ask, and look something up."""
    Group.objects.filter(name="a").exists()  # looks
    asked.send(sender)  # asks


def give(sender, **kwargs):
    """Leave something to do."""
    transaction.on_commit(lambda: None)  # gives


def fail(sender, **kwargs):
    """Fail."""
    raise ValueError("a secret")  # fails


def line_of(function, text):
    """Return the number of the line of a function that holds a text."""
    lines, start = inspect.getsourcelines(function)
    return next(number for number, line in enumerate(lines, start) if text in line)


class UnfoldedTests(Connected, TestCase):
    def unfold(self, name, details=True, how="send", sender=None):
        """Send a signal and return what a line of the trace unfolds to."""
        with record(details=details) as trace:
            try:
                getattr(told, how)(sender)
            except ValueError:
                pass
        return self.unfolded(trace, name)

    def unfolded(self, trace, name):
        steps = numbered(as_run(trace))
        step = next((each for each in steps[1:] if each.node.name.endswith(name)), steps[0])
        return Unfolded(trace, step).look_up()

    def test_the_code_of_a_receiver_has_the_lines_marked_that_led_to_something(self):
        self.connect(told, ask)
        self.connect(asked, first)
        line = self.unfold(".ask")
        self.assertEqual(
            [(number, led_to) for number, _pieces, is_meant, led_to in line.code if is_meant],
            [(line_of(ask, "# looks"), []), (line_of(ask, "# asks"), [3])],
        )
        self.assertEqual(line.code[0][0], inspect.getsourcelines(ask)[1])
        [(sql, _time, spot)] = line.statements
        self.assertIn("auth_group", sql)
        self.assertIn(f"tests/pages/test_unfolded.py:{line_of(ask, '# looks')}", spot.where)
        self.assertEqual((line.about, line.not_told), ("Ask, and look something up.", 0))

    def test_a_signal_tells_where_it_came_from_with_the_lines_around(self):
        self.connect(told, ask)
        self.connect(asked, first)
        line = self.unfold(".asked")
        self.assertEqual(line.origin.place.line, line_of(ask, "# asks"))
        marked = [number for number, _pieces, is_meant, _led_to in line.origin.excerpt() if is_meant]
        self.assertEqual(marked, [line.origin.place.line])
        self.assertEqual(line.origin.source, f"{HERE}.ask")

    def test_who_listens_are_those_who_hear_this_sender(self):
        self.connect(told, first)
        self.connect(told, ask, sender=Group)
        self.connect(told, give, sender=TestCase)
        names = [each.name.rpartition(".")[2] for each in self.unfold(".told", sender=Group).listening]
        self.assertEqual(names, ["first", "ask"])

    def test_an_error_tells_its_place_and_who_did_not_run(self):
        for receiver in (first, fail, ask):
            self.connect(told, receiver)
        line = self.unfold(".fail")
        self.assertEqual((line.raised_at.place.line, line.node.error), (line_of(fail, "# fails"), "ValueError"))
        self.assertEqual((line.missed, line.after), ([f"{HERE}.ask"], []))
        self.assertEqual(
            [number for number, _pieces, is_meant, _led in line.code if is_meant], [line_of(fail, "# fails")]
        )
        self.assertEqual(self.unfold(".told").missed, [f"{HERE}.ask"])
        with self.assertLogs("django.dispatch"):
            line = self.unfold(".fail", how="send_robust")
        self.assertEqual((line.missed, [each.node.short_name for each in line.after]), ([], ["ask"]))

    def test_a_callback_shows_the_function_that_gave_it(self):
        self.connect(told, give)
        line = self.unfold(".<lambda>")
        self.assertEqual([number for number, _p, is_meant, _l in line.code if is_meant], [line_of(give, "# gives")])

    def test_the_whole_tells_what_ran_outside_of_receivers(self):
        with record(details=True) as trace:
            Group.objects.count()
        line = self.unfolded(trace, "nothing")
        self.assertIsNone(line.node)
        self.assertEqual((len(line.statements), line.not_told, line.about), (1, 0, ""))

    def test_statements_of_transactions_are_told_by_their_number(self):
        def save(sender, **kwargs):
            with transaction.atomic():
                Group.objects.create(name="within")

        self.connect(told, save)
        line = self.unfold(".save")
        self.assertEqual((len(line.statements), line.not_told), (1, 2))

    def test_without_details_it_tells_what_it_knows(self):
        self.connect(told, failing)
        with record() as trace:
            try:
                told.send(None)
            except ZeroDivisionError:
                pass
        line = self.unfolded(trace, ".failing")
        self.assertEqual((line.origin, line.raised_at, line.statements, line.not_told), (None, None, [], 0))
        self.assertEqual(line.node.error, "ZeroDivisionError")
        self.assertTrue(line.code)

    def test_code_that_is_not_loaded_here_is_missing_and_breaks_nothing(self):
        self.connect(post_save, first, sender=Group)
        with record() as trace:
            Group.objects.create(name="x")
        trace.roots[0].children[0].name = "gone.signals.receive"
        line = self.unfolded(trace, ".receive")
        self.assertEqual((line.code, line.has_source), ([], False))
