"""When signals are sent: Django's by our words, others' by their own."""

import sys
from types import ModuleType
from unittest import mock

from django.dispatch import Signal, receiver
from django.test import SimpleTestCase

from signal_inspector.connected import catalogue, registry
from signal_inspector.reading import contracts
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, node
from signal_inspector.traces.nodes import SIGNAL

described = Signal()
"""
Something came
to be.

More about it.

sender
    The class.
instance
    What came to be.
using
    The alias.
"""

plain = Signal()


class Holder:
    inside = Signal()
    """
    Told in a class.

    :param Order order: The order.
    :param when: The time.
    """


def event(function):
    return Signal()


@event
def declared(*, order: dict[str, int], when=None) -> None:
    """
    Something was
    declared.

    More about it.
    """


@receiver(plain)
def heard(*, order, **kwargs):
    """Hear."""


class CatalogueTests(SimpleTestCase):
    def test_each_of_djangos_signals_is_known(self):
        import django.utils.autoreload

        expected = set(catalogue.DJANGO)
        if django.VERSION >= (6, 0):
            import django.tasks.signals
        else:
            expected -= {name for name in expected if name.startswith("django.tasks.")}
        names = {name for name, _ in registry.find_signals() if name.startswith("django.")}
        self.assertEqual(names | {"django.test.signals.template_rendered"}, expected)
        for name in names:
            self.assertTrue(catalogue.known(name).when.endswith("."))
            self.assertTrue(catalogue.known(name).sender)

    def test_the_arguments_of_djangos_signals_are_those_sent(self):
        known = catalogue.known("django.db.models.signals.post_save")
        self.assertEqual(known.arguments, "instance, created, raw, using, update_fields")

    def test_the_text_below_a_signal(self):
        known = catalogue.known(f"{__name__}.described")
        self.assertEqual(known.when, "Something came to be.")
        self.assertEqual(known.arguments, "instance, using")
        self.assertIn("More about it.", known.text)

    def test_the_text_below_a_signal_in_a_class(self):
        known = catalogue.known(f"{__name__}.Holder.inside")
        self.assertEqual(known.when, "Told in a class.")
        self.assertEqual(known.arguments, "order, when")

    def test_a_declared_event_is_described_by_its_function(self):
        known = catalogue.known(f"{__name__}.declared")
        self.assertEqual(known.when, "Something was declared.")
        self.assertEqual(known.arguments, "order: dict[str, int], when")
        self.assertIn("More about it.", known.text)

    def test_nothing_is_made_up(self):
        for name in (
            f"{__name__}.plain",
            f"{__name__}.heard",
            "<unnamed Signal>",
            "no.such.module.signal",
            f"{__name__}.TABLE['a']",
        ):
            self.assertEqual(catalogue.known(name), catalogue.Known())

    def test_a_module_whose_source_is_not_python(self):
        module = ModuleType("broken")
        module.__file__ = "/nowhere/broken.py"
        with (
            mock.patch.dict(sys.modules, {"broken": module}),
            mock.patch.object(contracts, "module_source", return_value="signal = (\n"),
        ):
            self.assertEqual(catalogue.known("broken.signal"), catalogue.Known())


class SentenceTests(SimpleTestCase):
    def test_sentences(self):
        def sentence(name, **values):
            return catalogue.sentence(node(SIGNAL, name, **values))

        self.assertEqual(
            sentence(POST_SAVE, instance="sample_shop.Order:1", details={"created": False}),
            "sample_shop.Order:1 was saved",
        )
        many = "django.db.models.signals.m2m_changed"
        self.assertEqual(
            sentence(many, instance="a.B:1", details={"action": "post_add"}), "a.B:1 got members of a relation"
        )
        self.assertEqual(
            sentence(many, instance="a.B:1", details={"action": "odd"}), "The members of a relation of a.B:1 change"
        )
        self.assertEqual(sentence(PRE_SAVE, sender="{0.__class__}{it}"), "{0.__class__}{it} is about to be saved")
        self.assertEqual(sentence("sample_shop.events.ordered"), "")
        with mock.patch.object(catalogue, "known", return_value=catalogue.Known(when="A {x} of {it}. More.")):
            self.assertEqual(sentence("sample_shop.events.ordered", sender="a.B"), "A {x} of a.B")
