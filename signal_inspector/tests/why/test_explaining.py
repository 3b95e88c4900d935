"""What a name means, and the answers for a receiver that stands in a trace; test_foreign.py asks about all others."""

from functools import partial

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models.signals import post_save
from django.test import SimpleTestCase, TestCase

from signal_inspector import record
from signal_inspector.trials.typed import Unclear
from signal_inspector.why import explain, find

HERE = __name__


def greet(sender, **kwargs):
    transaction.on_commit(wave)


def greet_again(sender, **kwargs):
    raise KeyError("a secret")


def wave():
    pass


class Connected:
    def setUp(self):
        super().setUp()
        self.bound = partial(greet)
        for number, receiver in enumerate((greet, greet_again, self.bound)):
            post_save.connect(receiver, sender=Group, dispatch_uid=f"{HERE}.{number}")
            self.addCleanup(post_save.disconnect, sender=Group, dispatch_uid=f"{HERE}.{number}")


class FindTests(Connected, SimpleTestCase):
    def test_a_whole_name_is_meant_though_others_begin_like_it(self):
        self.assertEqual(find(f"{HERE}.greet").name, f"{HERE}.greet")

    def test_the_end_of_a_name_will_do(self):
        self.assertEqual(find("test_explaining.greet_again").name, f"{HERE}.greet_again")

    def test_a_part_will_do_where_no_other_name_has_it(self):
        self.assertEqual(find("T_AGAIN").name, f"{HERE}.greet_again")

    def test_a_partial_goes_by_the_name_of_its_function(self):
        post_save.disconnect(sender=Group, dispatch_uid=f"{HERE}.0")
        self.assertEqual(find(f"{HERE}.greet").name, f"functools.partial({HERE}.greet)")

    def test_what_could_be_several_is_told_with_their_names(self):
        with self.assertRaisesMessage(Unclear, f"could be any of these: functools.partial({HERE}.greet), "):
            find("xplaining.gree")

    def test_what_is_nothing_is_said_to_be(self):
        for name, words in (("no_such_receiver", "No receiver is named"), ("  ", "Which receiver?")):
            with self.assertRaisesMessage(Unclear, words):
                find(name)


class CalledTests(Connected, TestCase):
    def ids(self, name, trace):
        return [answer.id for answer in explain(f"{HERE}.{name}", trace=trace)]

    def test_it_was_called_and_what_became_of_it_is_told(self):
        with record() as trace, self.assertRaises(KeyError):
            Group.objects.create(name="readers")
        self.assertEqual(self.ids("greet", trace), ["called", "waits-for-commit"])
        self.assertEqual(self.ids("greet_again", trace), ["called", "raised"])
        self.assertNotIn("a secret", str(explain(f"{HERE}.greet_again", trace=trace)))

    def test_one_that_comes_after_an_exception_was_not_called(self):
        with record() as trace, self.assertRaises(KeyError):
            Group.objects.create(name="readers")
        name = f"functools.partial({HERE}.greet)"
        answers = explain(name, trace=trace)
        self.assertEqual(answers[0].id, "earlier-exception")
        self.assertIn(f"{HERE}.greet_again, which runs before it, raised KeyError", answers[0].text)

    def test_another_sender_is_named(self):
        with record() as trace:
            User.objects.create(username="ada")
        self.assertEqual(self.ids("greet", trace), ["other-sender"])

    def test_a_full_trace_may_have_left_it_out(self):
        with record(max_nodes=1) as trace, self.assertRaises(KeyError):
            Group.objects.create(name="readers")
        self.assertIn("trace-full", self.ids("greet", trace))
