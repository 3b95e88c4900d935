"""A signal that is declared by a function stays a signal, and knows what it is sent with."""

from django.dispatch import Signal
from django.test import SimpleTestCase

from listening.events import Event, event
from users import events


@event
def opened(*, door: str, using: str = "default") -> None:
    """A door was opened."""


class EventTests(SimpleTestCase):
    def setUp(self):
        self.heard = []
        opened.connect(self.hear)
        self.addCleanup(opened.disconnect, self.hear)

    def hear(self, sender, **kwargs):
        self.heard.append((sender, kwargs))
        return "heard"

    def test_it_is_connected_and_sent_as_any_signal(self):
        self.assertIsInstance(opened, Signal)
        self.assertEqual(opened.send(SimpleTestCase, door="front"), [(self.hear, "heard")])
        self.assertEqual(opened.send_robust(sender=SimpleTestCase, door="back"), [(self.hear, "heard")])
        expected = [(SimpleTestCase, {"signal": opened, "door": door}) for door in ("front", "back")]
        self.assertEqual(self.heard, expected)

    async def test_it_is_sent_from_asynchronous_code(self):
        self.assertEqual(await opened.asend(sender=None, door="front"), [(self.hear, "heard")])
        self.assertEqual(await opened.asend_robust(sender=None, door="front"), [(self.hear, "heard")])

    def test_an_error_is_returned_by_send_robust_and_raised_by_send(self):
        def fail(**kwargs):
            raise ZeroDivisionError

        opened.connect(fail)
        self.addCleanup(opened.disconnect, fail)
        with self.assertRaises(ZeroDivisionError):
            opened.send(sender=None, door="front")
        with self.assertLogs("django.dispatch", "ERROR"):
            (_, answer), (_, error) = opened.send_robust(sender=None, door="front")
        self.assertEqual((answer, type(error)), ("heard", ZeroDivisionError))

    def test_it_knows_its_arguments_and_its_contract(self):
        self.assertEqual(opened.arguments, {"door": str, "using": str})
        self.assertEqual(opened.__doc__, "A door was opened.")
        self.assertEqual(repr(opened), "<Event listening.tests.test_events.opened>")

    def test_two_events_share_nothing(self):
        other = Event(opened_again := lambda *, door: None)
        self.assertEqual(opened_again.__name__, other.__name__)
        self.assertEqual(other.send(sender=None, door="front"), [])

    def test_what_can_be_no_argument_is_refused(self):
        for declaration in (lambda door: None, lambda *doors: None, lambda **doors: None, lambda *, sender: None):
            with self.subTest(declaration), self.assertRaisesMessage(TypeError, "can't be an argument"):
                event(declaration)

    def test_it_knows_its_key_whether_that_ends_and_whether_answers_are_wanted(self):
        @event(key="door", closes=True)
        def closed(*, door: str) -> list: ...

        self.assertEqual((closed.key, closed.closes, closed.has_answers), ("door", True, True))
        self.assertEqual((opened.key, opened.closes, opened.has_answers), ("", False, False))
        with self.assertRaisesMessage(TypeError, "no argument 'gate'"):
            event(key="gate")(lambda *, door: None)

    def test_it_is_no_business_of_other_programs_unless_it_says_what_they_are_told(self):
        @event(public=lambda door, **kwargs: {"door": door})
        def unlocked(*, door: str, code: str) -> None: ...

        self.assertEqual(unlocked.public(sender=None, door="front", code="1234"), {"door": "front"})
        self.assertIsNone(opened.public)

    def test_each_event_of_the_project_says_what_each_argument_is(self):
        declared = [value for value in vars(events).values() if isinstance(value, Event)]
        self.assertGreater(len(declared), 7)
        for signal in declared:
            for name in ("sender", *signal.arguments):
                self.assertRegex(signal.__doc__, rf"(?m)^ *{name}\n +\S", f"{signal}: {name}")
