"""An app with models that tests scan, installed while a test runs, and what its lines say must be found."""

import importlib
import re
import sys
from pathlib import Path
from unittest import mock

from django.apps import apps
from django.test import SimpleTestCase, modify_settings

from signal_inspector.scanning import places

NAME = "signal_inspector.tests.scanning.shop"
FOLDER = Path(__file__).parent / "shop"
EXPECTED = re.compile(r"# -> (.*)$")


@modify_settings(INSTALLED_APPS={"append": f"{NAME}.apps.ShopConfig"})
class ShopTestCase(SimpleTestCase):
    """Has the models of the shop."""

    def model(self, name):
        return apps.get_model("scanned_shop", name)

    def load(self, *names):
        """Import modules of the shop until the test is over."""
        patch = mock.patch.dict(sys.modules)
        patch.start()
        self.addCleanup(patch.stop)
        return [importlib.import_module(f"{NAME}.{name}") for name in names]

    def found(self, name, heard=None):
        """Return what is found in a module of the shop, as ``{line: "update Order"}``."""
        path = FOLDER / f"{name}.py"
        found = places.find(heard or {}, [(str(path), f"{NAME}.{name}")])
        return {
            each.line: " ".join([each.operation, *(model._meta.object_name for model, _ in each.writes if model)])
            for each in found
        }

    def expected(self, name):
        """Return what the comments at the ends of lines say."""
        lines = (FOLDER / f"{name}.py").read_text().splitlines()
        marks = {number: EXPECTED.search(line) for number, line in enumerate(lines, 1)}
        return {number: mark[1] for number, mark in marks.items() if mark}
