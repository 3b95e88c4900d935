"""What the README and the pages beside it name is there: files, sections, commands, settings from the environment."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands
from django.test import SimpleTestCase

from userprofile_project.tests.page import Page, anchor, names_defined

ROOT = Path(settings.BASE_DIR)
README = Page(ROOT / "README.md")
PAGES = (README, *(Page(path) for path in sorted(ROOT.glob("docs/**/*.md"))))

ELSEWHERE = re.compile(r"https?:")


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

    def test_every_command_of_the_project_that_is_named_is_there(self):
        commands = get_commands()
        for page in PAGES:
            for name in re.findall(r"manage\.py (\w+)", page.text):
                if name not in ("db_worker", "prune_db_task_results"):  # of django-tasks-db, a library of production
                    self.assertIn(name, commands, page.path.name)

    def test_every_target_of_make_that_is_named_is_there(self):
        targets = re.findall(r"^(\w+):", ROOT.joinpath("Makefile").read_text(), re.MULTILINE)
        for page in PAGES:
            for name in re.findall(r"\bmake (run|test|lint|format)\b", page.text):
                self.assertIn(name, targets, page.path.name)

    def test_every_variable_that_is_named_is_read_and_the_other_way_round(self):
        source = ROOT.joinpath("userprofile_project/settings.py").read_text()
        read = set(re.findall(r'\benv\["([A-Z_]+)"\]', source))
        table = re.findall(r"^\| `([A-Z_]+)` \|", ROOT.joinpath("docs/deployment.md").read_text(), re.MULTILINE)
        self.assertEqual(set(table), read)


class MapTests(SimpleTestCase):
    """The table that leads from what the project does to the file that does it."""

    def rows(self):
        """Yield both cells of each row."""
        for line in README.sections["Where to look"].splitlines():
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
        text = README.sections["Where to look"]
        for app in ("users", "activity", "notifications"):
            self.assertIn(f"({app}/signals.py)", text)
        self.assertIn("(users/events.py)", text)
