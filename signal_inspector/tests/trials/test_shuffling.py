"""Is the order of receivers a secret contract?"""

from django.contrib.auth.models import Group
from django.db.models.signals import pre_save
from django.test import TestCase

from signal_inspector.tests.trials.support import (
    HERE,
    POST_SAVE,
    GroupReceivers,
    a_group,
    look_on,
    make_right,
    rename_right,
)
from signal_inspector.trials.shuffling import shuffle

counter = iter(range(1_000_000))


def add_a(sender, instance, **kwargs):
    instance.name += "A"


def add_b(sender, instance, **kwargs):
    instance.name += "B"


def idle(sender, **kwargs):
    """Do nothing."""


def idle_too(sender, **kwargs):
    """Do nothing."""


def count(sender, instance, **kwargs):
    instance.name += str(next(counter))


def only_if_all_others_ran(sender, instance, **kwargs):
    if instance.name == "EditorsBA":
        instance.name = "broken"


class ContractTests(GroupReceivers, TestCase):
    receivers = (look_on, make_right, rename_right)

    def test_the_pair_is_named_that_breaks(self):
        found = shuffle(a_group, tries=3, seed=1)
        (pair,) = found.pairs
        self.assertEqual((pair.signal, pair.sender, pair.alone), (POST_SAVE, "auth.Group", True))
        self.assertEqual((pair.first, pair.second), (f"{HERE}.make_right", f"{HERE}.rename_right"))
        self.assertEqual(pair.what[0], "It raises DoesNotExist, and nothing as it is.")

    def test_a_seed_gives_the_same_orders(self):
        self.assertEqual(shuffle(a_group, tries=3, seed=1), shuffle(a_group, tries=3, seed=1))

    def test_nothing_stays(self):
        shuffle(a_group, tries=1, seed=1)
        self.assertFalse(Group.objects.exists())


class ValueTests(GroupReceivers, TestCase):
    receivers = ()

    def shuffled(self, *receivers, tries=3):
        for receiver in receivers:
            self.hear(receiver, pre_save)
        return shuffle(a_group, tries=tries, seed=1)

    def test_other_values_break_it_too(self):
        found = self.shuffled(idle, add_a, idle_too, add_b)
        (pair,) = found.pairs
        self.assertEqual((pair.first, pair.second), (f"{__name__}.add_a", f"{__name__}.add_b"))
        self.assertEqual(pair.what, ["auth.Group: other values in what was created."])

    def test_an_order_that_does_not_matter_is_told_so(self):
        found = self.shuffled(idle, idle_too, add_a)
        self.assertEqual((found.pairs, found.unsteady, len(found.sites)), ([], "", 1))
        self.assertGreater(found.orders, 3)

    def test_columns_that_are_never_the_same_are_not_compared(self):
        found = self.shuffled(idle, count, tries=1)
        self.assertEqual((found.pairs, found.unsteady), ([], ""))

    def test_one_receiver_has_no_other_order(self):
        found = self.shuffled(add_a)
        self.assertEqual((found.sites, found.orders), ({}, 0))

    def test_what_is_not_the_same_twice_is_not_compared(self):
        def moody(sender, instance, **kwargs):
            if next(counter) % 2:
                raise ValueError

        found = self.shuffled(idle, moody)
        self.assertIn("ValueError", found.unsteady)

    def test_there_may_be_no_time(self):
        for receiver in (idle, add_a):
            self.hear(receiver, pre_save)
        found = shuffle(a_group, seconds=-1)
        self.assertEqual((found.orders, found.out_of_time), (0, True))
