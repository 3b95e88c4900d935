"""Places that write without signals: each line of the shop that says so, and no other."""

from pathlib import Path

import django
from django.contrib.admin import AdminSite

from signal_inspector.scanning import places
from signal_inspector.scanning.files import own_files
from signal_inspector.tests.scanning.support import FOLDER, NAME, ShopTestCase


class PlacesTests(ShopTestCase):
    maxDiff = None

    def test_what_nobody_has_imported(self):
        for name in ("writes", "statements", "guesses"):
            with self.subTest(name):
                self.assertEqual(self.found(name), self.expected(name))

    def test_what_the_process_has_imported(self):
        self.load("writes", "statements")
        for name in ("models", "writes", "statements"):
            with self.subTest(name):
                self.assertEqual(self.found(name), self.expected(name))

    def test_class_based_views_and_forms(self):
        expected = {line: what for line, what in self.expected("views").items() if "admin" not in what}
        self.assertEqual(self.found("views"), expected)
        self.load("views")
        self.assertEqual(self.found("views"), expected)

    def test_the_admin(self):
        (views,) = self.load("views")
        site = AdminSite()
        site.register(self.model("Order"), views.OrderAdmin)
        expected = {line: what.removesuffix(" in the admin") for line, what in self.expected("views").items()}
        self.assertEqual(self.found("views"), expected)

    def test_receivers_know_their_senders(self):
        (receivers,) = self.load("receivers")
        order, line = self.model("Order"), self.model("Line")
        heard = {"hear_order": {order}, "hear_line": {line}, "hear_both": {order, line}}
        code = {name: getattr(receivers, name).__code__ for name in heard}
        given = {(code[name].co_filename, code[name].co_firstlineno): models for name, models in heard.items()}
        found, expected = self.found("receivers", given), self.expected("receivers")
        both = receivers.hear_both.__code__.co_firstlineno + 1
        self.assertEqual({key: found[key] for key in found if key != both}, expected)
        self.assertEqual([what for what in self.found("receivers").values() if what != "update"], [])


class PlaceTests(ShopTestCase):
    def place(self, name, line):
        path = str(FOLDER / f"{name}.py")
        return next(each for each in places.find({}, [(path, f"{NAME}.{name}")]) if each.line == line)

    def line_of(self, name, text):
        lines = (FOLDER / f"{name}.py").read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def test_it_says_where_it_is(self):
        line = self.line_of("models", "return self.update(is_open=False)")
        place = self.place("models", line)
        self.assertEqual(place.inside, "OrderQuerySet.close")
        self.assertEqual(place.code, "self.update(is_open=False)")
        self.assertTrue(place.where.endswith(f"shop/models.py:{line}"))
        self.assertEqual(place.column, 16)

    def test_it_says_which_signals_are_not_sent(self):
        for text, signals in {
            ".update(is_open=False)  # -> update Order": ("pre_save", "post_save"),
            "_raw_delete": ("pre_delete", "post_delete"),
            "delete()  # -> delete": ("m2m_changed",),
            "update(label=1)  # -> update": ("m2m_changed",),
        }.items():
            with self.subTest(text):
                self.assertEqual(self.place("writes", self.line_of("writes", text)).writes[0][1], signals)

    def test_a_rule_of_the_database(self):
        cascades = django.VERSION >= (6, 1)
        line = self.line_of("cascading", "on_delete=RULE")
        self.load("cascading")
        found = self.found("cascading")
        self.assertEqual(found, {line: "DB_CASCADE Dependent"} if cascades else {})


class OwnFilesTests(ShopTestCase):
    def test_the_projects_own_code_and_its_tests(self):
        found = dict(own_files())
        self.assertEqual(found[str(FOLDER / "writes.py")], f"{NAME}.writes")
        self.assertFalse([path for path in found if "site-packages" in path or "/migrations/" in path])
        self.assertEqual(len({Path(path) for path in found}), len(found))
