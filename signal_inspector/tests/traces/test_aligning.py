import random
from unittest import mock

from django.test import SimpleTestCase

from signal_inspector.tests.support import POST_SAVE, chain, make_trace, node
from signal_inspector.traces.comparing import aligning
from signal_inspector.traces.comparing.aligning import OTHER_PARENT, OTHER_PLACE, Alignment, in_order
from signal_inspector.traces.nodes import RECEIVER, SIGNAL


def signal(sender, *children, **values):
    return node(SIGNAL, POST_SAVE, *children, sender=sender, **values)


def called(*names, **values):
    return [node(RECEIVER, name, **values) for name in names]


def grown(seed, size=300):
    """Return a trace that grew by chance, always the same for a seed."""
    chance, roots, receivers = random.Random(seed), [], []
    while len(receivers) < size:
        new = signal(f"shop.Model{chance.randrange(5)}", instance=f"shop.Model{chance.randrange(5)}:{len(receivers)}")
        (chance.choice(receivers).children if receivers and chance.random() < 0.7 else roots).append(new)
        new.children += called(*(f"shop.signals.r{chance.randrange(20)}" for _ in range(chance.randrange(1, 5))))
        receivers += new.children
    return make_trace(*roots)


def pairs(alignment):
    return [(one.name, other.name) for one, other in alignment.pairs]


class InOrderTests(SimpleTestCase):
    def common(self, before, after):
        found = in_order(before, after)
        self.assertTrue(all(before[one] == after[other] for one, other in found))
        self.assertEqual(found, sorted(found))
        self.assertEqual(len({other for _one, other in found}), len(found))
        return "".join(before[one] for one, _other in found)

    def test_as_much_as_can_be_found_in_the_same_order(self):
        for before, after, common in (
            ("", "", ""),
            ("abc", "abc", "abc"),
            ("abc", "xaybzc", "abc"),
            ("abc", "", ""),
            ("abcd", "bcda", "bcd"),
            ("aaab", "aab", "aab"),
            ("xyx", "yx", "yx"),
            ("aaaa", "aa", "aa"),
            ("abab", "baba", "aba"),
        ):
            with self.subTest(before=before, after=after):
                self.assertEqual(len(self.common(before, after)), len(common))

    def test_repetitions_far_apart_are_not_all_compared(self):
        compared = []
        search = aligning.bisect_left
        with mock.patch.object(aligning, "bisect_left", lambda *a: compared.append(1) or search(*a)):
            self.common("xa" * 500 + "y", "ab" * 500 + "z")
        self.assertLess(len(compared), 500 * (2 * aligning.NEAR + 2))


class AlignmentTests(SimpleTestCase):
    def test_other_keys_of_instances_are_the_same_row(self):
        one = make_trace(signal("auth.User", *called("a"), instance="auth.User:1"))
        other = make_trace(signal("auth.User", *called("a"), instance="auth.User:2"))
        alignment = Alignment(one, other)
        self.assertEqual(pairs(alignment), [(POST_SAVE, POST_SAVE), ("a", "a")])
        self.assertEqual(alignment.moved, {})

    def test_another_model_or_action_is_another_row(self):
        self.assertEqual(Alignment(make_trace(signal("auth.User")), make_trace(signal("auth.Group"))).pairs, [])
        one, other = (make_trace(signal("x", details={"action": action})) for action in ("pre_add", "post_add"))
        self.assertEqual(Alignment(one, other).pairs, [])

    def test_another_order(self):
        one, other = make_trace(signal("x", *called("a", "b", "c"))), make_trace(signal("x", *called("c", "a", "b")))
        alignment = Alignment(one, other)
        self.assertEqual(len(alignment.pairs), 4)
        self.assertEqual(alignment.moved, {id(other.roots[0].children[0]): OTHER_PLACE})

    def test_the_order_of_asynchronous_receivers_is_no_promise(self):
        one, other = (make_trace(signal("x", *called(*names, asynchronous=True))) for names in ("ab", "ba"))
        self.assertEqual(Alignment(one, other).moved, {})

    def test_another_parent_takes_along_what_stands_below(self):
        inner = lambda: signal("y", *called("inner"))  # noqa: E731
        one = make_trace(signal("x", node(RECEIVER, "a", inner()), *called("b")))
        other = make_trace(signal("x", *called("a"), node(RECEIVER, "b", inner())))
        alignment = Alignment(one, other)
        self.assertEqual(len(alignment.pairs), 5)
        self.assertEqual(alignment.moved, {id(other.roots[0].children[1].children[0]): OTHER_PARENT})

    def test_a_receiver_does_not_move_to_the_signal_of_another_sender(self):
        one, other = make_trace(signal("x", *called("a"))), make_trace(signal("y", *called("a")))
        self.assertEqual(Alignment(one, other).pairs, [])

    def test_of_repeated_siblings_those_with_the_same_below_them_are_the_same(self):
        plain, busy = (lambda: signal("x")), (lambda: signal("x", *called("a")))
        one, other = make_trace(plain(), busy(), plain()), make_trace(busy(), plain())
        alignment = Alignment(one, other)
        self.assertIs(alignment.before[id(other.roots[0])], one.roots[1])
        self.assertNotIn(id(one.roots[0]), alignment.after)

    def test_nobody_has_two_partners_whatever_the_traces(self):
        for seed in range(10):
            one, other = grown(seed), grown(seed + 1)
            alignment = Alignment(one, other)
            self.assertEqual(len({id(each) for each, _other in alignment.pairs}), len(alignment.pairs))
            self.assertEqual(len({id(each) for _one, each in alignment.pairs}), len(alignment.pairs))
            again = Alignment(one, other)
            self.assertEqual(
                [tuple(map(id, pair)) for pair in alignment.pairs], [tuple(map(id, p)) for p in again.pairs]
            )

    def test_a_trace_thousands_of_levels_deep(self):
        self.assertEqual(len(Alignment(chain(3000), chain(2500)).pairs), 2500)
