"""The distribution of the inspector: what is in its files, and what its metadata say."""

import shutil
import tempfile
import tomllib
import zipfile
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from unittest import skipUnless

from django.conf import settings
from django.test import SimpleTestCase

ROOT = Path(settings.BASE_DIR)
PACKAGE = ROOT / "signal_inspector"
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def script():
    """Return the module that builds the files: a script, which lies in no package."""
    spec = spec_from_file_location("distribution_build", ROOT / "distribution" / "build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class MetadataTests(SimpleTestCase):
    def test_the_licence_is_that_of_the_project(self):
        self.assertEqual((PACKAGE / "LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def test_the_changelog_has_the_version(self):
        self.assertIn(f"\n## {PROJECT['version']}\n", (PACKAGE / "CHANGELOG.md").read_text(encoding="utf-8"))

    def test_it_needs_django_alone(self):
        self.assertEqual(PROJECT["dependencies"], ["django>=5.2"])

    def test_an_old_name_works_for_two_more_minor_versions(self):
        minor = int(PROJECT["version"].split(".")[1])
        for page in ("README.md", "CHANGELOG.md", "setup_checks.py"):
            self.assertIn(f"works until version 0.{minor + 2}", (PACKAGE / page).read_text(encoding="utf-8"), page)


class ReadmeTests(SimpleTestCase):
    """The README on the page of an index, where no other file is."""

    def test_relative_links_lead_into_the_repository(self):
        build = script()
        text = "![A picture](../docs/x.png) and [the changelog](CHANGELOG.md), [it](https://example.com), [up](#a)."
        there = build.standing_alone(text, "https://example.org/r")
        self.assertIn("![A picture](https://example.org/r/raw/HEAD/docs/x.png)", there)
        self.assertIn("[the changelog](https://example.org/r/blob/HEAD/signal_inspector/CHANGELOG.md)", there)
        self.assertIn("[it](https://example.com), [up](#a).", there)
        alone = build.standing_alone(text, "")
        self.assertEqual(alone, " and the changelog, [it](https://example.com), [up](#a).")

    def test_nothing_relative_is_left(self):
        alone = script().standing_alone((PACKAGE / "README.md").read_text(encoding="utf-8"), "")
        self.assertNotIn("](", alone.replace("](http", "").replace("](#", ""))


@skipUnless(all(map(find_spec, ("build", "hatchling", "twine"))), "build, hatchling and twine are not all installed")
class ContentTests(SimpleTestCase):
    """The wheel and the sdist, really built."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.build = script()
        cls.before = {path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts}
        cls.wheel, cls.sdist = cls.build.build(cls.folder)

    def test_they_hold_what_they_should(self):
        self.assertEqual(list(self.build.faults(self.wheel, self.sdist)), [])

    def test_nothing_is_left_in_the_folder(self):
        self.assertEqual({path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts}, self.before)

    def test_what_does_not_belong_there_is_found(self):
        for name, text, words in (
            ("signal_inspector/tests/test_x.py", "", "more than it should have: signal_inspector/tests/test_x.py"),
            ("signal_inspector/more.py", "from users import events", "imports users"),
        ):
            wheel = self.folder / "changed.whl"
            shutil.copy(self.wheel, wheel)
            with zipfile.ZipFile(wheel, "a") as archive:
                archive.writestr(name, text)
            self.assertIn(words, "\n".join(self.build.faults(wheel, self.sdist)))

    def test_what_is_missing_is_found(self):
        wheel = self.folder / "less.whl"
        with zipfile.ZipFile(self.wheel) as whole, zipfile.ZipFile(wheel, "w") as archive:
            for name in whole.namelist():
                if not name.endswith("py.typed"):
                    archive.writestr(name, whole.read(name))
        found = list(self.build.faults(wheel, self.sdist))
        self.assertEqual(found, ["The wheel lacks signal_inspector/py.typed."])
