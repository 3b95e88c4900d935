"""Signals and receivers as text."""

from django.test import SimpleTestCase

from signal_inspector.connected import listing
from signal_inspector.connected.inventory import Receiver, SignalInfo


def receiver(name="app.signals.hear", **changes):
    values = {
        "name": name,
        "app": "app",
        "file": "/src/app/signals.py",
        "line": 4,
        "where": "app/signals.py:4",
        "sender": "auth.User",
        "sender_kind": "model",
        "dispatch_uid": "",
        "weak": True,
        "is_async": False,
        "doc": "",
        "dead": False,
    }
    return Receiver(**{**values, **changes})


def signal(*receivers, name="app.events.done", when="It is done.", arguments="instance"):
    return SignalInfo(name, "/src/app/events.py", 7, "app/events.py:7", when, arguments, "", "", False, [*receivers])


class TableTests(SimpleTestCase):
    def lines(self, *signals, width=100, **kwargs):
        return list(listing.table(signals, width, **kwargs))

    def test_columns(self):
        lines = self.lines(
            signal(
                receiver(),
                receiver("app.more.hear", sender="", sender_kind="all", weak=False, is_async=True),
                receiver("", where="", dead=True),
                receiver(sender="shop.order", sender_kind="pending"),
            )
        )
        self.assertEqual(
            lines,
            [
                "app.events.done  (app/events.py:7)",
                "    It is done. Arguments: sender, instance",
                "    1. app.signals.hear  auth.User             app/signals.py:4",
                "    2. app.more.hear     all                   app/signals.py:4  strong, async",
                "    3. (gone)            auth.User                               gone",
                "    4. app.signals.hear  shop.order (pending)  app/signals.py:4",
                "",
            ],
        )

    def test_what_does_not_fit_takes_another_line(self):
        lines = self.lines(signal(receiver()), width=50)
        self.assertEqual(lines[2:4], ["    1. app.signals.hear", "           auth.User  app/signals.py:4"])

    def test_no_line_is_wider_than_the_terminal(self):
        long = signal(receiver(doc="word " * 40), when="word " * 40)
        for width in (60, 80, 100):
            self.assertLessEqual(max(map(len, self.lines(long, width=width, details=True))), width)

    def test_details(self):
        lines = self.lines(signal(receiver(doc="Hear it.", dispatch_uid="app.hear")), details=True)
        self.assertEqual(lines[3:5], ["        Hear it.", "        dispatch_uid: app.hear"])

    def test_nobody_listens(self):
        self.assertIn("    no receivers", self.lines(signal()))


class MermaidTests(SimpleTestCase):
    def test_signals_receivers_and_arrows(self):
        lines = list(
            listing.mermaid(
                [signal(receiver(), receiver("app.b", sender_kind="all", is_async=True)), signal(receiver())]
            )
        )
        self.assertEqual(
            lines,
            [
                "flowchart LR",
                '  s0(["done"])',
                '  r0["app.signals.hear"]',
                '  s0 -->|"auth.User"| r0',
                '  r1["app.b"]',
                "  s0 -.-> r1",
                '  s1(["done"])',
                '  s1 -->|"auth.User"| r0',
            ],
        )

    def test_what_has_a_meaning_is_escaped(self):
        self.assertEqual(listing.escaped('f.<locals>."x"#|[]'), "f.#60;locals#62;.#34;x#34;#35;#124;#91;#93;")
        self.assertEqual(listing.escaped("functools.partial(a.b)"), "functools.partial(a.b)")


class NameTests(SimpleTestCase):
    def test_two_signals_of_one_short_name_are_told_in_full(self):
        signals = [signal(receiver()), signal(receiver(), name="shop.events.done")]
        self.assertEqual([each.shown_name for each in signals], ["done", "done"])
        for each in signals:
            each.told_in_full = True
        self.assertIn('(["shop.events.done"])', "\n".join(listing.mermaid(signals)))
        self.assertEqual(signals[0].shown_name, "app.events.done")
