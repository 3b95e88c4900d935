"""What is to be other than it is: who is called, in which order."""

from django.test import SimpleTestCase

from signal_inspector.trials.changes import Changes


def one(**kwargs): ...


def two(**kwargs): ...


def three(**kwargs): ...


async def four(**kwargs): ...


class PlanTests(SimpleTestCase):
    def names(self, receivers=None, **options):
        keyed = {("saved", f"{__name__}.{name}"): action for name, action in (receivers or {}).items()}
        _how, sync, async_ = Changes(keyed, **options).plan("saved", "sender", [one, two, three], [four], "send")
        return " ".join(receiver.__name__ for receiver, _call in (*sync, *async_))

    def test_earlier_and_later_are_before_and_after_all_others(self):
        self.assertEqual(self.names({"three": "earlier"}), "three one two four")
        self.assertEqual(self.names({"one": "later"}), "two three one four")

    def test_asynchronous_ones_stay_behind(self):
        self.assertEqual(self.names({"four": "earlier"}), "one two three four")
        order = {("saved", "sender"): [f"{__name__}.{name}" for name in ("four", "three", "one")]}
        self.assertEqual(self.names(orders=order), "three one two four")

    def test_off_is_left_out(self):
        self.assertEqual(self.names({"two": "off", "four": "off"}), "one three")

    def test_the_method_is_changed_for_asynchronous_senders_too(self):
        changes = Changes(methods={"saved": "send_robust"})
        self.assertEqual(changes.plan("saved", None, [], [], "asend")[0], "asend_robust")
        self.assertEqual(changes.plan("deleted", None, [], [], "asend")[0], "asend")

    def test_a_receiver_is_known_by_its_signal(self):
        changes = Changes({("deleted", f"{__name__}.one"): "off"})
        self.assertEqual(len(changes.plan("saved", None, [one], [], "send")[1]), 1)

    def test_nothing_is_changed_by_default(self):
        self.assertFalse(Changes())
        self.assertTrue(Changes(methods={"saved": "send"}))
