"""What the README and the pages beside it name is there: files, sections, commands, settings from the environment."""

import re
from pathlib import Path
from pkgutil import resolve_name

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import SimpleTestCase

from userprofile_project.tests.page import Page, anchor, names_defined

ROOT = Path(settings.BASE_DIR)
MAP = Page(ROOT / "docs/map.md")
PAGES = tuple(Page(path) for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))))

ELSEWHERE = re.compile(r"https?:")
OF_OTHERS = {"db_worker", "prune_db_task_results"}  # commands of django-tasks-db, a library of production
MADE = {".venv/", "db.sqlite3", "dist/", "media/"}  # what commands make, so a fresh clone has none of it


def path_names(text):
    """Return what a text has in backticks, and not in a link, that looks like a path: `users/signals.py`, `docs/`."""
    text = re.sub(r"\[`[^`]*`\]\([^)]*\)", "", text)
    return [name for name in re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text) if looks_like_a_path(name)]


def looks_like_a_path(name):
    """Tell a path from a dotted name, a version or an address: it ends in a slash, or in the suffix of a file."""
    return bool(re.search(r"/$|/[\w-]+\.\w+$|^[\w-]+\.(?:py|md|txt|toml|ini|svg|sqlite3)$|^Makefile$", name))


def commands_in(text):
    """Return name and options of each ``manage.py`` command that a text names."""
    found = re.findall(r"manage\.py ([a-z_]+)([^\n`]*)", text)
    return [(name, re.findall(r"(?<!\S)--[a-z][a-z-]*", rest.partition(" # ")[0])) for name, rest in found]


def without_old_paths(page):
    """Return the text of a page; of the changelog without the left column of its tables, which names what was."""
    return re.sub(r"^\|[^|]*\|", "|", page.text, flags=re.MULTILINE) if page.path.name == "CHANGELOG.md" else page.text


class PagesTests(SimpleTestCase):
    def test_every_file_that_is_linked_is_there(self):
        for page in PAGES:
            for link in page.links:
                file = link.partition("#")[0]
                if file and not ELSEWHERE.match(link):
                    self.assertTrue(page.path.parent.joinpath(file).exists(), f"{page.path.name}: {link}")

    def test_every_section_that_is_linked_is_there(self):
        for page in PAGES:
            for link in page.links:
                file, _, section = link.partition("#")
                if section and not ELSEWHERE.match(link):
                    other = Page(page.path.parent / file) if file else page
                    self.assertIn(
                        section, [anchor(heading) for _, heading in other.headings], f"{page.path.name}: {link}"
                    )

    def test_every_path_in_backticks_is_there(self):
        """From the root, or from the page's own folder."""
        found = 0
        for page in PAGES:
            for name in path_names(without_old_paths(page)):
                found += 1
                there = name in MADE or (ROOT / name).exists() or (page.path.parent / name).exists()
                self.assertTrue(there, f"{page.path.name}: {name}")
        self.assertGreater(found, 20)

    def test_every_link_that_shows_a_path_leads_to_it(self):
        for page in PAGES:
            for shown, link in re.findall(r"\[`([\w/.-]+)`\]\(([^)#\s]+)\)", page.text):
                if looks_like_a_path(shown):
                    self.assertIn(f"/{shown}".rstrip("/"), str(page.path.parent.joinpath(link).resolve()), link)

    def test_every_command_of_the_project_that_is_named_is_there_with_its_options(self):
        commands, found = get_commands(), 0
        for page in PAGES:
            for name, options in commands_in(page.text):
                if name in OF_OTHERS:
                    continue
                self.assertIn(name, commands, page.path.name)
                app = commands[name]
                command = load_command_class(app, name) if isinstance(app, str) else app
                known = command.create_parser("manage.py", name)._option_string_actions
                for option in options:
                    found += 1
                    self.assertIn(option, known, f"{page.path.name}: manage.py {name}")
        self.assertGreater(found, 10)

    def test_every_target_of_make_that_is_named_is_there(self):
        targets = re.findall(r"^(\w+):", ROOT.joinpath("Makefile").read_text(), re.MULTILINE)
        for page in PAGES:
            for name in re.findall(r"(?:`|^ {4})make (\w+)", page.text, re.MULTILINE):
                self.assertIn(name, targets, page.path.name)

    def test_every_variable_that_is_named_is_read_and_the_other_way_round(self):
        source = ROOT.joinpath("userprofile_project/settings.py").read_text()
        read = set(re.findall(r'\benv\["([A-Z_]+)"\]', source))
        table = re.findall(r"^\| `([A-Z_]+)` \|", ROOT.joinpath("docs/deployment.md").read_text(), re.MULTILINE)
        self.assertEqual(set(table), read)


class MapTests(SimpleTestCase):
    """The tables that lead from what the project does to the file that does it."""

    def rows(self):
        """Yield both cells of each row."""
        text = "".join(text for heading, text in MAP.sections.items() if heading != "What a page costs")
        for line in text.splitlines():
            if line.startswith("| ") and "---" not in line and line != "| what | where |":
                yield [cell.strip() for cell in line.strip("|").split(" | ")]

    def test_each_row_leads_to_a_file(self):
        rows = list(self.rows())
        self.assertGreater(len(rows), 25)
        for what, where in rows:
            self.assertRegex(where, r"\]\([\w/.]+\)", what)

    def test_each_function_that_is_named_is_in_the_file_beside_it(self):
        found = 0
        for what, where in self.rows():
            files = re.findall(r"\[`([\w/.]+\.py)`\]", where)
            defined = set().union(*(names_defined(ROOT / file) for file in files))
            for name in re.findall(r"`(create_\w+|save_\w+|include_\w+|add_\w+|muted|sent)(?:\(\))?`", what + where):
                found += 1
                self.assertIn(name, defined, what)
        self.assertGreater(found, 6)

    def test_each_module_of_a_receiver_is_named(self):
        """An app's receivers, events and configuration are the first thing that a reader looks for."""
        text = MAP.text
        for app in ("users", "activity", "notifications"):
            self.assertIn(f"(../{app}/signals.py)", text)
        self.assertIn("(../users/events.py)", text)


class MovedTests(SimpleTestCase):
    """The changelog's table of import paths."""

    def test_the_new_paths_are_there_and_the_old_ones_are_not(self):
        rows = re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
        self.assertGreater(len(rows), 10)
        for old, new in rows:
            resolve_name(new)
            with self.assertRaises((ImportError, AttributeError), msg=old):
                resolve_name(old)
