"""A trace that repeats itself, as where a receiver saves the instance that it is called for."""

import re

from django.contrib.auth.models import Group
from django.db.models.signals import post_save
from django.test import SimpleTestCase, TestCase

from signal_inspector import record
from signal_inspector.tests.recording.support import Connected
from signal_inspector.traces.drawing import draw
from signal_inspector.traces.folding import folds, repetitions
from signal_inspector.traces.nodes import Node
from signal_inspector.traces.trace import Trace

HERE = __name__


def save_again(sender, instance, **kwargs):
    instance.depth = getattr(instance, "depth", 0) + 1
    if instance.depth < Group.deepest:
        instance.save()


def save_once_more(sender, instance, created, **kwargs):
    if created:
        instance.save()


def nested(levels, *names):
    """Return a trace in which receivers of some names call each other in turn."""
    trace = Trace()
    nodes = trace.roots
    for level in range(levels):
        receiver = Node("receiver", names[level % len(names)], children=[])
        nodes.append(Node("signal", "shop.signals.asked", "send", "shop.Order", children=[receiver]))
        nodes = receiver.children
    return trace


class FoldTests(Connected, TestCase):
    def recorded(self, receiver, deepest):
        Group.deepest = deepest
        self.addCleanup(delattr, Group, "deepest")
        self.connect(post_save, receiver, sender=Group)
        with record() as trace:
            Group.objects.create(name="readers")
        return trace

    def test_a_receiver_that_saves_its_own_instance_is_told_once_with_the_reason(self):
        text = draw(self.recorded(save_again, 40))
        self.assertIn(
            f"and so on, 40 times inside itself: {HERE}.save_again saves the instance that it is called for", text
        )
        self.assertEqual(len(re.findall("post_save of", text)), 3)
        self.assertIn("Total: 40 signals", text)

    def test_one_that_saves_once_more_is_shown_whole(self):
        text = draw(self.recorded(save_once_more, 0))
        self.assertNotIn("and so on", text)
        self.assertEqual(len(re.findall("post_save of", text)), 2)

    def test_two_that_call_each_other_are_named_both(self):
        ((sentence,), hidden) = (list(folds(nested(9, "a.one", "a.two"))[0].values()), folds(nested(9, "a.one"))[1])
        self.assertEqual(sentence, "and so on, 9 times inside itself: a.two sends it again")
        self.assertEqual(len(hidden), 13)

    def test_other_instances_are_no_repetition(self):
        trace = nested(3, "a.one")
        for number, (node, _depth) in enumerate(trace.walk()):
            node.instance = f"shop.Order:{number}"
        self.assertEqual(folds(trace), ({}, set()))

    def test_no_line_is_wider_than_the_terminal(self):
        deep = nested(60, "a_package.a_module_with_a_long_name.a_receiver_with_a_longer_name")
        for number, (node, _depth) in enumerate(deep.walk()):
            node.instance = f"shop.Order:{number}"
        for trace in (deep, self.recorded(save_again, 40)):
            for width in (60, 80, 100):
                with self.subTest(width):
                    lines = draw(trace, width=width).splitlines()
                    self.assertLessEqual(max(map(len, lines)), width)
                    whole = re.sub(r"[\s│]", "", "".join(lines))
                    left_out = [f"Order:{number}" for number in range(0, 120, 2) if f"Order:{number}" not in whole]
                    self.assertEqual(left_out if trace is deep else [], [])


class RepetitionTests(SimpleTestCase):
    def test_what_repeats_is_found_by_its_turns(self):
        for text, found in (
            ("", []),
            ("abcd", []),
            ("aaaa", []),
            ("aaaaa", [(0, 5, 1)]),
            ("xababababababy", [(1, 13, 2)]),
            ("abcabcabcabcabcab", [(0, 15, 3)]),
            ("aaaaabbbbbb", [(0, 5, 1), (5, 11, 1)]),
            ("abcdefabcdefabcdefabcdefabcdef", [(0, 30, 6)]),
        ):
            self.assertEqual(repetitions(list(text)), found, text)

    def test_a_long_loop_takes_one_look(self):
        self.assertEqual(repetitions([0, 1] * 5000), [(0, 10_000, 2)])
