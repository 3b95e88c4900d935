"""Who gets what a receiver raises: the caller, send_robust(), on_commit(robust=True), other code."""

from contextlib import suppress

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import TestCase

from signal_inspector.bench.raised import LONGEST, told
from signal_inspector.tests.bench.support import tell
from signal_inspector.tests.trials.support import HERE as THERE
from signal_inspector.tests.trials.support import POST_SAVE, GroupReceivers, a_group, look_on, make_right

HERE = __name__
asked = Signal()
MAKE_RIGHT, LOOK_ON = (POST_SAVE, f"{THERE}.make_right"), (POST_SAVE, f"{THERE}.look_on")


def ask(sender, **kwargs):
    asked.send_robust(sender)


def answer(sender, **kwargs):
    """Do nothing."""


async def listen(sender, **kwargs):
    """Do nothing."""


def ask_after_the_commit(sender, **kwargs):
    transaction.on_commit(lambda: asked.send(Group), robust=True)


def ask_after_the_commit_and_mean_it(sender, **kwargs):
    transaction.on_commit(lambda: asked.send(Group))


def ask_and_catch(sender, **kwargs):
    with suppress(Exception):
        asked.send(sender)


class RaisedTests(GroupReceivers, TestCase):
    receivers = (make_right, look_on)
    key = (f"{HERE}.asked", f"{HERE}.answer")

    def asking(self, receiver):
        self.hear(receiver)
        asked.connect(answer)
        self.addCleanup(asked.disconnect, answer)

    def test_who_stood_behind_it_is_named_though_it_ran_elsewhere(self):
        post_save.connect(look_on, sender=ContentType)
        self.addCleanup(post_save.disconnect, look_on, sender=ContentType)
        kind = ContentType.objects.get_for_model(Group)

        def story():
            kind.save()
            a_group()()

        sentences = tell(lambda: story, {MAKE_RIGHT: "raise"})
        self.assertIn("Behind make_right in post_save of auth.Group, not called: look_on.", sentences)
        self.assertFalse([each for each in sentences if each.startswith("Never ran")])

    def test_asynchronous_receivers_stand_behind_all_others(self):
        self.hear(listen)
        sentences = tell(a_group, {MAKE_RIGHT: "raise"})
        self.assertIn("Behind make_right in post_save of auth.Group, not called: look_on, listen.", sentences)
        told = " ".join(tell(a_group, {(POST_SAVE, f"{HERE}.listen"): "raise"}))
        self.assertIn("It ends with RaisedOnPurpose", told)
        self.assertNotIn("not called", told)

    def test_it_left_the_atomic_block_around_it_all(self):
        sentences = tell(a_group, {LOOK_ON: "raise"}, atomic=True)
        self.assertIn("On its way out it left the atomic() around it all", " ".join(sentences))

    def test_it_left_an_atomic_block_in_the_code(self):
        def story():
            with transaction.atomic():
                a_group()()

        sentences = tell(lambda: story, {LOOK_ON: "raise"})
        self.assertIn(f"left an atomic() in the code ({HERE}:", " ".join(sentences))

    def test_robust_sending_caught_it(self):
        self.asking(ask)
        with self.assertLogs("django.dispatch", "ERROR"):
            sentences = tell(a_group, {self.key: "raise"})
        self.assertEqual(
            sentences,
            [
                "answer raised RaisedOnPurpose in asked: send_robust() has caught and logged it, the other receivers "
                "run, and whoever sent the signal goes on.",
                "The same rows are left, with and without your changes: auth.Group 1 created, auth.Permission 1 "
                "created.",
            ],
        )

    def test_a_robust_callback_caught_it(self):
        self.asking(ask_after_the_commit)
        with self.assertLogs("django.db", "ERROR"):
            sentences = tell(a_group, {self.key: "raise"}, atomic=True)
        self.assertIn("after the commit: on_commit(robust=True) has caught and logged it", sentences[0])

    def test_a_callback_that_is_not_robust_raises_after_the_commit(self):
        self.asking(ask_after_the_commit_and_mean_it)
        sentences = tell(a_group, {self.key: "raise"}, atomic=True)
        self.assertIn("It came after the commit: what was written before stays.", sentences[0])
        self.assertIn("The same rows are left", sentences[-1])

    def test_another_receiver_caught_it(self):
        self.asking(ask_and_catch)
        self.assertEqual(
            tell(a_group, {self.key: "raise"})[0], "answer raised RaisedOnPurpose, which ask_and_catch has caught."
        )

    def test_the_code_around_it_caught_it(self):
        def story():
            with suppress(Exception):
                a_group()()

        self.assertIn(
            "look_on raised RaisedOnPurpose, which the code around it has caught.",
            tell(lambda: story, {LOOK_ON: "raise"}),
        )

    def test_a_long_message_is_cut(self):
        self.assertEqual(told(ValueError()), "ValueError")
        self.assertEqual(told(ValueError("x" * LONGEST)), f"ValueError: {'x' * LONGEST}")
        self.assertEqual(told(ValueError("x" * (LONGEST + 1))), f"ValueError: {'x' * LONGEST}…")
