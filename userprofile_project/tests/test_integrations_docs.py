"""docs/integrations.md shows what the small projects of the tests run, and names what there is."""

import inspect
import json
import re
from importlib.util import find_spec
from pathlib import Path
from unittest import skipUnless

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings

from signal_inspector.pages import json_views
from signal_inspector.tests.support import leaving, save, save_work, site

ROOT = Path(settings.BASE_DIR)
TEXT = ROOT.joinpath("docs", "integrations.md").read_text(encoding="utf-8")
PROJECTS = ROOT / "signal_inspector" / "tests" / "integrations"
MODULES = ROOT / "signal_inspector" / "integrations"
# By the number of the table, in the order of the page.
FIXTURES, ATTRIBUTES, LIST, TRACE, WORK, ATTEMPT = range(6)


def rows(number):
    """Return the first cells of a table of the page, without its head."""
    tables = re.findall(r"^\|.*\|\n\| ---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [line.split(" | ")[0] for line in tables[number].splitlines()]


def named(number):
    """Return what stands in backticks in the first column of a table."""
    return [name for cell in rows(number) for name in re.findall(r"`([\w.]+)`", cell)]


class BlockTests(SimpleTestCase):
    def test_each_block_is_in_a_project_that_the_tests_run(self):
        files = [
            path.read_text(encoding="utf-8") for path in sorted(PROJECTS.glob("*_project/**/*")) if path.is_file()
        ]
        blocks = re.findall(r"^```(?:python|ini)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
        self.assertEqual(len(blocks), TEXT.count("```") / 2)
        self.assertGreater(len(blocks), 6)
        for block in blocks:
            self.assertTrue(any(block in f"\n{text}" for text in files), f"No project has this block:\n{block}")

    def test_versions_are_those_that_the_tests_run_with(self):
        pins = dict(re.findall(r"^([\w-]+)(?:\[[\w,]+\])?==(\S+)$", self.requirements(), re.MULTILINE))
        for name, version in (
            ("pytest-django", r"pytest-django ([\d.]+\d)"),
            ("pytest-xdist", r"pytest-xdist ([\d.]+\d)"),
            ("django-debug-toolbar", r"django-debug-toolbar ([\d.]+\d)"),
            ("opentelemetry-sdk", r"version ([\d.]+\d) of the SDK"),
            ("opentelemetry-exporter-otlp-proto-http", r"version ([\d.]+\d) of the SDK"),
            ("opentelemetry-instrumentation-django", r"and (\S+) of the instrumentations"),
            ("opentelemetry-instrumentation-sqlite3", r"and (\S+) of the instrumentations"),
        ):
            self.assertEqual(re.findall(version, TEXT), [pins[name]], name)

    def requirements(self):
        return "".join(ROOT.joinpath(f"requirements{name}.txt").read_text() for name in ("", "-dev"))


class NameTests(SimpleTestCase):
    def test_fixtures_are_there_and_all_are_named(self):
        source = (MODULES / "pytest_plugin.py").read_text(encoding="utf-8")
        fixtures = re.findall(r"^@pytest\.fixture\ndef ([a-z]\w+)\(", source, re.MULTILINE)
        self.assertCountEqual(named(FIXTURES), fixtures)

    @skipUnless(find_spec("pytest"), "pytest is not installed.")
    def test_the_option_the_marker_and_the_methods_are_there(self):
        from signal_inspector.integrations import pytest_plugin

        self.assertIn(f"`pytest {pytest_plugin.OPTION}`", TEXT)
        self.assertIn(f"@pytest.mark.{pytest_plugin.MARKER}(", TEXT)
        self.assertIn(f"`{pytest_plugin.IGNORE}`", TEXT)
        public = {name for name, _ in inspect.getmembers(pytest_plugin.SignalTrace, inspect.isfunction)}
        for name in ("assert_sent", "assert_not_sent", "assert_trace", "assert_budget"):
            self.assertIn(name, public)
            self.assertIn(f"`{name}()`", TEXT)

    def test_attributes_of_spans_are_there_and_all_are_named(self):
        source = "".join((MODULES / f"{name}.py").read_text(encoding="utf-8") for name in ("telemetry", "spans"))
        details = re.search(r"^def _details.*?(?=^class )", source, re.MULTILINE | re.DOTALL)[0]
        written = set(re.findall(r'"((?:django|code|error)\.[\w.]+)"', source)) - {"django.signal.max_spans"}
        written |= {f"django.signal.{name}" for name in re.findall(r'found\["(\w+)"\] =', details)}
        written |= {f"django.signal.{name}" for name in ("created", "raw") if f'"{name}"' in details}
        self.assertEqual(set(named(ATTRIBUTES)), written)
        self.assertIn(f"most {self.constant(source, 'MAX_SPANS'):,} of ours", " ".join(TEXT.split()))
        self.assertIn(f"shows {self.constant((MODULES / 'toolbar.py').read_text(), 'MOST')} lines", TEXT)

    def constant(self, source, name):
        return int(re.search(rf"^{name} = (\d+)", source, re.MULTILINE)[1])


@override_settings(DEBUG=True)
@site
class JsonTests(TestCase):
    def test_keys_are_there_and_all_are_named(self):
        stored = save()
        answer = self.client.get("/signals/traces.json").json()
        self.assertEqual(named(LIST), list(answer))
        self.assertCountEqual(named(TRACE), answer["traces"][0])
        whole = self.client.get(f"/signals/traces/{stored.pk}.json").json()
        self.assertEqual(whole.keys() - answer["traces"][0].keys(), {"version", "request", "trace", "work"})
        self.assertIn(f"is **{json_views.VERSION}**", TEXT)
        for name in answer["filters"]:
            self.assertRegex(TEXT, rf"`{name}(=1)?`")
        self.assertLessEqual({key for each in json.loads(stored.summary)["fired"] for key in each}, set(self.fired()))

    def test_keys_of_work_and_of_attempts_are_there_and_all_are_named(self):
        whole = save(leaving())
        save_work(whole=whole)
        [work] = self.client.get(f"/signals/traces/{whole.pk}.json").json()["work"]
        self.assertEqual(named(WORK), list(work))
        self.assertCountEqual(named(ATTEMPT), work["attempts"][0])

    def fired(self):
        [row] = [line for line in TEXT.splitlines() if line.startswith("| `fired` |")]
        return re.findall(r"`(\w+)`", row)
