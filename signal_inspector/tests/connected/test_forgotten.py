"""Modules of receivers that nobody has imported."""

import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from unittest import mock

from django.apps import AppConfig
from django.test import SimpleTestCase

from signal_inspector.connected import forgotten


class ShopOfTest:
    """An app whose modules a test writes."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        module = ModuleType("shop_of_test")
        module.__path__ = [str(self.folder)]
        self.config = AppConfig("shop_of_test", mock.Mock(__path__=[str(self.folder)], __file__="x"))
        self.config.module = module

    def write(
        self, path, text="@receiver(post_save)\ndef hear(sender, **kwargs):\n    raise SystemExit\nraise SystemExit\n"
    ):
        path = self.folder / path
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        importlib.invalidate_caches()


class ForgottenTests(ShopOfTest, SimpleTestCase):
    def assertForgotten(self, *names):
        found = [name for name, _file in forgotten.forgotten_modules(self.config)]
        self.assertEqual(found, [f"shop_of_test.{name}" for name in names])

    def test_a_module_that_nobody_imported(self):
        self.write("signals.py")
        self.write("handlers.py", "def ready():\n    post_save.connect(hear)\n")
        self.write("receivers.py", "@families.family_receiver(post_save)\ndef hear(sender, **kwargs):\n    pass\n")
        self.assertForgotten("signals", "receivers", "handlers")
        self.assertNotIn("shop_of_test.signals", sys.modules)

    def test_a_package(self):
        self.write("signals/__init__.py", "")
        self.write("signals/handlers.py")
        self.assertForgotten("signals.handlers")

    def test_one_that_was_imported(self):
        self.write("signals.py")
        with mock.patch.dict(sys.modules, {"shop_of_test.signals": ModuleType("shop_of_test.signals")}):
            self.assertForgotten()

    def test_one_that_connects_nothing(self):
        self.write("signals.py", "from django.dispatch import Signal\n\norder_placed = Signal()\n")
        self.assertForgotten()

    def test_one_that_only_looks_as_if_it_did(self):
        self.write("handlers.py", 'import sqlite3\n\nbase = sqlite3.connect("a.db")\n')
        self.write("receivers.py", '"""\n@receiver(post_save)\npost_save.connect(hear)\n"""\n# @receiver(post_save)\n')
        self.assertForgotten()

    def test_one_that_cannot_be_read(self):
        (self.folder / "signals.py").write_bytes(b"@receiver(\xff)\n")
        self.assertForgotten()

    def test_there_is_none(self):
        self.assertForgotten()
