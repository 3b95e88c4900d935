"""The plugin for pytest: the cases are pytest's own kind of tests, and run in a process of theirs."""

import re
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.test import SimpleTestCase

from signal_inspector.tests.integrations.support import HERE, is_installed, run

CASES = HERE / "pytest_cases.py"
INSTALLED = all(map(is_installed, ("pytest", "pytest_django", "xdist")))


@skipUnless(INSTALLED, "pytest, pytest-django and pytest-xdist are not all installed.")
class PluginTests(SimpleTestCase):
    def test_all_cases_pass(self):
        expected = len(re.findall("^def test_", CASES.read_text(encoding="utf-8"), re.MULTILINE))
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "pytest.ini").write_text("[pytest]\n")
            words = ("-q", "-p", "pytester", "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:hypothesispytest")
            places = ("--rootdir", str(folder), "-c", str(folder / "pytest.ini"), "--basetemp", str(folder / "made"))
            result = run("-m", "pytest", *words, *places, str(CASES), folder=folder)
        self.assertEqual(result.returncode, 0, result.stdout[-8000:] + result.stderr[-2000:])
        self.assertIn(f"{expected} passed", result.stdout)
