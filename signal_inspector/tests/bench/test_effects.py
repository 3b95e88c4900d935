"""What became of each change that was chosen."""

from unittest import mock

from django.contrib.auth.models import Group, Permission
from django.test import TestCase

from signal_inspector.bench.effects import of_unfinished
from signal_inspector.tests.bench.support import outcome, tell
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node
from signal_inspector.tests.trials.support import HERE as THERE
from signal_inspector.tests.trials.support import GroupReceivers, a_group, look_on, make_right
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.trials import changes

HERE = __name__
MAKE_RIGHT, LOOK_ON = (POST_SAVE, f"{THERE}.make_right"), (POST_SAVE, f"{THERE}.look_on")


def make_right_if_missing(sender, using, **kwargs):
    """Make what another should have made."""
    if not Permission.objects.using(using).filter(codename="Editors").exists():
        make_right(sender, Group(name="Editors"), True, using)


class EffectTests(GroupReceivers, TestCase):
    receivers = (make_right, look_on)

    def test_a_wait_is_told(self):
        with mock.patch.object(changes.time, "sleep"):
            self.assertEqual(
                tell(a_group, {LOOK_ON: "wait"})[0],
                "0.2 s longer: whoever saved or sent has waited for look_on.",
            )
            self.assertEqual(
                tell(a_group, {LOOK_ON: "wait", MAKE_RIGHT: "wait"})[0],
                "0.4 s longer, in 2 waits: whoever saved or sent has waited for look_on and make_right.",
            )

    def test_another_place_is_told(self):
        self.assertEqual(
            tell(a_group, {LOOK_ON: "earlier"}),
            [
                "look_on runs as number 1 of 2 in post_save, instead of number 2.",
                "The same rows are left, with and without your changes: auth.Group 1 created, auth.Permission 1 "
                "created.",
            ],
        )
        self.assertEqual(
            tell(a_group, {LOOK_ON: "later"})[0], "look_on runs as number 2 of 2 in post_save, as it did before."
        )

    def test_what_is_chosen_for_one_sender(self):
        self.hear(look_on, sender=Permission)
        of_groups, of_permissions = (*LOOK_ON, "auth.Group"), (*LOOK_ON, "auth.Permission")
        with mock.patch.object(changes.time, "sleep"):
            self.assertEqual(
                tell(a_group, {of_groups: "wait"})[0],
                "0.2 s longer: whoever saved or sent has waited for look_on.",
            )
            both = {LOOK_ON: "off", of_groups: "wait", of_permissions: "wait"}
            self.assertEqual(
                tell(a_group, both)[0], "0.4 s longer, in 2 waits: whoever saved or sent has waited for look_on."
            )
        self.assertEqual(
            tell(a_group, {of_groups: "earlier"})[0],
            "look_on runs as number 1 of 2 in post_save of auth.Group, instead of number 2.",
        )
        self.assertIn(
            "look_on was not called in post_save of auth.User, with or without your changes.",
            tell(a_group, {of_groups: "off", (*LOOK_ON, "auth.User"): "off"}),
        )

    def test_who_made_the_row_instead_is_told(self):
        self.hear(make_right_if_missing)
        self.assertEqual(
            tell(a_group, {MAKE_RIGHT: "off"})[0],
            "The permission is made by make_right_if_missing, instead of by make_right.",
        )

    def test_code_that_made_the_row_is_told_by_its_place(self):
        def story():
            group = a_group()()
            make_right_if_missing(Group, group._state.db)

        self.assertIn(
            f"The permission is made by other code ({THERE}:",
            tell(lambda: story, {MAKE_RIGHT: "off"})[0],
        )

    def test_a_change_that_reached_nothing_is_told(self):
        sentences = tell(a_group, {(PRE_SAVE, f"{THERE}.look_on"): "raise"}, {"shop.told": "send"})
        self.assertEqual(
            sentences[1:],
            [
                "look_on was not called in pre_save, with or without your changes.",
                "told was not sent to anybody, with or without your changes.",
            ],
        )


class UnfinishedTests(TestCase):
    def sent(self, *names, **values):
        return outcome(trace=make_trace(*(node(SIGNAL, name, sender="shop.Order") for name in names)), **values)

    def test_a_save_that_did_not_end(self):
        (sentence,) = of_unfinished(self.sent(PRE_SAVE, PRE_SAVE, POST_SAVE))
        self.assertIn("A save of shop.Order began (pre_save) and did not end", sentence)

    def test_saves_that_ended_or_raised_say_nothing(self):
        unheard = self.sent(PRE_SAVE)
        unheard.trace.unheard = {(POST_SAVE, "shop.Order"): 1}
        for each in (self.sent(PRE_SAVE, POST_SAVE), self.sent(PRE_SAVE, error=ValueError()), unheard):
            self.assertEqual(of_unfinished(each), [])
