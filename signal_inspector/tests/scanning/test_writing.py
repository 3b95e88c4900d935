"""What receivers write, whether they look at raw, and whether they save their own instance."""

from pathlib import Path

from signal_inspector.scanning import writing
from signal_inspector.scanning.files import node_of
from signal_inspector.scanning.resolving import Resolver
from signal_inspector.tests.scanning.support import FOLDER, ShopTestCase


class ListenersTestCase(ShopTestCase):
    def setUp(self):
        (self.module,) = self.load("listeners")

    def read(self, name):
        """Return the syntax tree of a receiver that hears orders, and what reads it."""
        node = node_of(getattr(self.module, name))
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        return Resolver({(str(FOLDER / "listeners.py"), first): {self.model("Order")}}), node

    def code_at(self, evidence):
        path = Path(evidence.path)
        return path.name, path.read_text().splitlines()[evidence.line - 1].strip()


class WriteTests(ListenersTestCase):
    def test_the_line_that_writes(self):
        for name in (
            *("creates", "saves_another", "adds_later", "decorated_without_a_look", "saves", "saves_an_alias"),
            *("saves_when_created", "saves_later", "saves_a_new_one"),
        ):
            with self.subTest(name):
                _file, code = self.code_at(writing.first_write(*self.read(name)))
                self.assertTrue(code.endswith("# writes"), code)

    def test_the_line_in_a_function_or_a_method_that_is_called(self):
        for name, expected in {
            "creates_in_a_function": ("listeners.py", "Line.objects.get_or_create(order=order)"),
            "creates_by_a_method": ("models.py", "type(self).objects.filter(pk=self.pk).update(is_open=True)"),
            "saves_by_a_method": ("models.py", "self.save()"),
        }.items():
            with self.subTest(name):
                file, code = self.code_at(writing.first_write(*self.read(name)))
                self.assertEqual((file, code.partition("  #")[0]), expected)

    def test_one_that_writes_nothing(self):
        self.assertIsNone(writing.first_write(*self.read("reads")))

    def test_evidence_as_a_text(self):
        evidence = writing.first_write(*self.read("creates"))
        self.assertRegex(str(evidence), r"shop/listeners\.py:\d+: Line\.objects\.create\(order=instance\)$")


class RawTests(ListenersTestCase):
    def test_those_that_look_or_may(self):
        for name in ("looks", "looks_into_kwargs", "gets", "hands_on", "decorated"):
            with self.subTest(name):
                self.assertTrue(writing.looks_at_raw(*self.read(name)))

    def test_those_that_do_not(self):
        for name in ("creates", "creates_in_a_function", "reads", "decorated_without_a_look"):
            with self.subTest(name):
                self.assertFalse(writing.looks_at_raw(*self.read(name)))


class OwnSaveTests(ListenersTestCase):
    def told(self, name):
        found = writing.own_save(*self.read(name))
        return found and (found[0].code, found[1])

    def test_without_end(self):
        self.assertEqual(self.told("saves"), ("instance.save()", ""))
        self.assertEqual(self.told("saves_an_alias"), ("order.save()", ""))
        self.assertEqual(self.told("saves_by_a_method"), ("self.save()", ""))

    def test_until_a_condition_stops_it(self):
        self.assertEqual(self.told("saves_when_created"), ("instance.save()", "created"))
        self.assertEqual(self.told("saves_unless_left"), ("instance.save()", "if not created"))

    def test_those_that_do_not(self):
        for name in ("creates", "saves_another", "saves_a_new_one", "reads"):
            with self.subTest(name):
                self.assertIsNone(self.told(name))
