"""Where code belongs."""

import os
import sys
from types import SimpleNamespace
from unittest import mock

from django.apps import apps
from django.test import SimpleTestCase

from signal_inspector.reading.places import app_of, short_path, split_name


class PlaceTests(SimpleTestCase):
    def test_the_app_of_a_module(self):
        self.assertEqual(app_of("django.contrib.auth.models"), "auth")
        self.assertEqual(app_of("signal_inspector"), "signal_inspector")
        self.assertEqual(app_of("signal_inspectors.models"), "")
        self.assertEqual(app_of("django.db"), "django")
        self.assertEqual(app_of(""), "")

    def test_an_app_inside_another(self):
        configs = {name: SimpleNamespace(name=name, label=name[-1]) for name in ("shop.a", "shop.a.b", "shop")}
        with mock.patch.object(apps, "app_configs", configs):
            self.assertEqual(app_of("shop.a.b.signals"), "b")
            self.assertEqual(app_of("shop.a.signals"), "a")
            self.assertEqual(app_of("shop.c"), "p")

    def test_the_path_below_the_folder_that_python_imports_from(self):
        with mock.patch.object(sys, "path", ["", "/a", "/a/lib", None]):
            self.assertEqual(short_path(os.path.join("/a", "shop", "signals.py")), "shop/signals.py")
            self.assertEqual(short_path(os.path.join("/a", "lib", "shop", "signals.py")), "shop/signals.py")
            self.assertEqual(short_path("/b/signals.py"), "/b/signals.py")
            self.assertEqual(short_path(""), "")

    def test_a_name_in_two_parts(self):
        for name, parts in {
            "django.db.models.signals.post_save": ("django.db.models.signals", "post_save"),
            "django.db.models.Model.save": ("django.db.models", "Model.save"),
            "django.db.models.f.<locals>.<lambda>": ("django.db.models", "f.<locals>.<lambda>"),
            "gone.app.signals.f": ("gone.app.signals", "f"),
            "functools.partial(django.db.models.f)": ("", "functools.partial(django.db.models.f)"),
            "plain": ("", "plain"),
            "": ("", ""),
        }.items():
            self.assertEqual(split_name(name), parts, name)
