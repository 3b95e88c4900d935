from django.test import SimpleTestCase

from signal_inspector.exporting import mermaid
from signal_inspector.tests.exporting.test_formats import hostile
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.tests.traces.test_folding import nested
from signal_inspector.traces.nodes import RECEIVER, SIGNAL


class MermaidTests(SimpleTestCase):
    def lines(self, trace):
        return [line.strip() for line in mermaid.convert(trace, "POST /register/").splitlines()]

    def test_who_calls_whom_in_order(self):
        lines = self.lines(sample())
        self.assertEqual(lines[:3], ["sequenceDiagram", "autonumber", "participant p0 as POST /register/"])
        messages = [line for line in lines if ": " in line]
        self.assertIn("p0->>p1: post_save of auth.User:1 → update_last_login", " ".join(messages).replace("p2", "p1"))
        self.assertTrue(any(line.endswith("raised ValueError") for line in messages))
        self.assertTrue(any("not run, after the commit: tell" in line for line in messages))

    def test_names_are_those_of_one_line_without_signs_of_its_own(self):
        lines = self.lines(hostile())
        self.assertEqual(len(lines), len("sequenceDiagram autonumber p0 p1 called raised note".split()))
        text = " ".join(lines)
        for sign in ("<", "%", "\x00"):
            self.assertNotIn(sign, text)

    def test_asynchronous_receivers_are_not_waited_for(self):
        trace = make_trace(node(SIGNAL, "shop.told", node(RECEIVER, "shop.signals.f", asynchronous=True)))
        self.assertTrue(any(line.startswith("p0-)p1: ") for line in self.lines(trace)))

    def test_long_ones_are_cut(self):
        trace = make_trace(*(node(SIGNAL, "shop.told", node(RECEIVER, "shop.signals.f")) for _ in range(500)))
        text = mermaid.convert(trace, "all")
        self.assertIn("300 more are left out", text)
        self.assertLess(len(text), 50_000)

    def test_recursion_is_folded(self):
        lines = self.lines(nested(40, "again"))
        self.assertLess(len(lines), 10)
        self.assertIn("40 times inside itself", lines[-1])
