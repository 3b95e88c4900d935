"""docs/signals/ runs: each block of Python is a test, and what its chapters name is there."""

import logging
import re
import traceback
from pathlib import Path

import axes.signals
import django
import django.contrib.auth.signals
import django.core.signals
import django.db.backends.signals
import django.db.models.signals
import django.test.signals
import django.utils.autoreload
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase, TransactionTestCase

import users.events
from listening.testing import restored
from userprofile_project.tests.page import Page, anchor, names_defined, slug

FOLDER = Path(settings.BASE_DIR, "docs", "signals")
INDEX = Page(FOLDER / "README.md")
VERSIONS = {"5.2": lambda version: version < (6, 0), "6.1": lambda version: version >= (6, 1)}
NAMES = "lesson order models requests databases working durable pitfalls".split()
CHAPTERS = tuple(Page(FOLDER / f"{name}.md") for name in NAMES)
PAGES = (INDEX, *CHAPTERS)
[FIRST] = [
    snippet for snippet in INDEX.snippets if "first" in snippet.markers
]  # before every block; see run_snippet()

DJANGO_MODULES = (
    django.contrib.auth.signals,
    django.core.signals,
    django.db.backends.signals,
    django.db.models.signals,
    django.test.signals,
    django.utils.autoreload,
)

WAYS = (
    "`@receiver`",
    "Several signals in one `@receiver`",
    "`connect()`",
    "`disconnect()`",
    "`dispatch_uid`",
    "Weak and strong references",
    "`sender` filters",
    "Lazy senders",
    "`send()`",
    "`send_robust()`",
    "`asend()` and `asend_robust()`",
    "Asynchronous receivers",
    "Order",
    "Return values",
    "Custom signals",
    "Mixins",
    "Muting and recording",
    "Testing with Django alone",
    "`@family_receiver`",
    "`@watch`",
    "`@receiver(fields_changed)`",
    "`@after_commit` and `announce()`",
    "`@durable`",
    "What a receiver costs a login",
)

QUESTIONS = ("Nothing happens", "Too much happens", "When, and in which order", "Doing the work", "Tests and cost")


def signals_in(modules):
    """Return name to signal for what modules define."""
    return {name: value for m in modules for name, value in vars(m).items() if isinstance(value, Signal)}


DJANGO_SIGNALS = signals_in(DJANGO_MODULES)
ALL_SIGNALS = [*signals_in((*DJANGO_MODULES, users.events, axes.signals)).values()]


class SnippetMixin:
    """Run blocks of the page, each with fresh names, and put all receivers back afterwards."""

    databases = "__all__"

    def setUp(self):
        super().setUp()
        cache.clear()  # failed logins are counted there
        self.addCleanup(cache.clear)
        axes = logging.getLogger("axes")
        self.addCleanup(axes.setLevel, axes.level)
        axes.setLevel(logging.CRITICAL)
        self.enterContext(restored(*ALL_SIGNALS))

    def run_snippet(self, page, snippet):
        """Run the lines that come first, those of the index and of the chapter, then a block of it."""
        if "postgresql" in snippet.markers and connection.vendor != "postgresql":
            self.skipTest("This one needs PostgreSQL.")
        for version, holds in VERSIONS.items():
            if version in snippet.markers and not holds(django.VERSION):
                self.skipTest(f"This one is about Django {version}.")
        names = {"__name__": "docs.signals", "self": self}
        self.addCleanup(names.clear)
        exec(INDEX.compile(FIRST), names)
        self.check_arguments(page, snippet)
        for first in page.snippets:
            if "first" in first.markers and first not in (FIRST, snippet):
                exec(page.compile(first), names)
        if snippet is not FIRST:
            exec(page.compile(snippet), names)

    def check_arguments(self, page, snippet):
        """Compare what the signal of a section is sent with to the list of arguments there."""
        signal = DJANGO_SIGNALS.get(snippet.heading.strip("`"))
        if signal is None:
            return
        listed, seen = page.arguments(snippet.heading), []

        def send(sender, **named):
            seen.append({"sender", *named})
            return type(signal).send(signal, sender, **named)

        def compare():
            del signal.send
            self.assertLessEqual(set().union(*seen), listed)
            if snippet == next(s for s in page.snippets if s.heading == snippet.heading):
                self.assertEqual(set().union(*seen), listed, "The first block of a section shows all arguments.")

        signal.send = send
        self.addCleanup(compare)


class SnippetTests(SnippetMixin, TestCase):
    """The blocks of all chapters."""


class CommittingSnippetTests(SnippetMixin, TransactionTestCase):
    """The blocks that commit. Each is followed by emptying the database, so it is one database only."""

    databases = {"default"}


def add_tests():
    """Make a test method of each block, named for its chapter and its heading."""
    counts = {}
    for page, snippet in [(chapter, snippet) for chapter in PAGES for snippet in chapter.snippets]:
        name = f"test_{'index' if page is INDEX else page.path.stem}_{slug(snippet.heading)}"
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1:
            name += f"_{counts[name]}"
        commits = "transaction" in snippet.markers
        case = CommittingSnippetTests if commits else SnippetTests

        def test(self, page=page, snippet=snippet):
            self.run_snippet(page, snippet)

        test.__name__ = name
        test.__doc__ = f"docs/signals/{page.path.name}, line {snippet.line}: {snippet.heading}"
        setattr(case, name, test)


add_tests()


class ReadingTests(SimpleTestCase):
    """A block that is wrong fails."""

    def page(self, text):
        return Page("page.md", text)

    def test_blocks_are_found_with_their_headings_and_markers(self):
        page = self.page(
            "# A\n\n```\n# no\n```\n## B\n<!-- transaction postgresql -->\n```python\n# x\n```\n```python\ny\n```\n"
        )
        self.assertEqual(page.headings, [(1, "A"), (2, "B")])
        first, second = page.snippets
        self.assertEqual(first, ("B", 8, "# x", {"transaction", "postgresql"}))
        self.assertEqual(second, ("B", 11, "y", set()))

    def test_a_false_assert_fails_and_shows_line_and_values(self):
        page = self.page("# A\n\n```python\nx = [1]\nassert x == [2]\n```\n")
        try:
            exec(page.compile(page.snippets[0]), {"self": self})
        except AssertionError as error:
            self.assertIn("Lists differ: [1] != [2]", str(error))
            lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
            self.assertIn(("page.md", 5), lines)
        else:
            self.fail("A false assert passes.")
        page = self.page("# A\n\n```python\nassert 1 > 2\n```\n")
        with self.assertRaises(AssertionError):
            exec(page.compile(page.snippets[0]), {"self": self})

    def test_names_and_their_files_are_found(self):
        page = self.page(
            "The `a`, `b` and `c` in\n[`d/e.py`](../d/e.py), not `f`, nor `g` in [`h`](h.md#i).\n\n- `j`, `k`: both.\n"
        )
        self.assertEqual(page.places, [("a", "../d/e.py"), ("b", "../d/e.py"), ("c", "../d/e.py")])
        self.assertEqual(page.arguments(""), {"j", "k"})


class ChapterTests(SimpleTestCase):
    """What the chapters have to have, and what they say to be elsewhere."""

    def sections(self):
        """Return heading to text, of all chapters."""
        return {heading: text for page in CHAPTERS for heading, text in page.sections.items()}

    def test_every_chapter_is_read(self):
        self.assertEqual({page.path for page in PAGES}, set(FOLDER.glob("**/*.md")))

    def test_every_block_of_python_is_run(self):
        found = [name for case in (SnippetTests, CommittingSnippetTests) for name in dir(case) if name[:5] == "test_"]
        fences = 0
        for page in PAGES:
            pattern = r"^\s*(?:```|~~~)\s*\{?\.?py"
            of_page = re.findall(pattern, page.text, re.MULTILINE | re.IGNORECASE)
            self.assertEqual(len(page.snippets), len(of_page), page.path.name)
            fences += len(of_page)
        self.assertEqual(len(found), fences)

    def test_every_marker_means_something(self):
        for page in PAGES:
            for snippet in page.snippets:
                words = snippet.markers
                self.assertLessEqual(words, {"first", "transaction", "postgresql", "django", *VERSIONS})
                self.assertEqual("django" in words, bool(words & {*VERSIONS}))
            comments = len(re.findall("<!--", page.text))
            self.assertEqual(comments, sum(bool(snippet.markers) for snippet in page.snippets))

    def test_every_signal_of_django_has_its_section_and_a_link_to_it(self):
        self.assertEqual(len(DJANGO_SIGNALS), 21)
        self.assertLessEqual({f"`{name}`" for name in DJANGO_SIGNALS}, set(self.sections()))
        listed = re.findall(r"\[`(\w+)`\]\(\w+\.md#\1\)", INDEX.sections["By signal"])
        self.assertCountEqual(listed, DJANGO_SIGNALS)

    def test_every_way_of_working_has_its_section(self):
        [working] = [page for page in CHAPTERS if page.path.stem == "working"]
        self.assertLessEqual(set(WAYS), set(working.sections))

    def test_every_section_has_a_block_that_runs(self):
        for page in CHAPTERS:
            shown = {snippet.heading for snippet in page.snippets}
            for level, heading in page.headings:
                if level > 1:
                    self.assertIn(heading, shown)

    def test_every_section_of_a_signal_says_when_who_and_what_for(self):
        sections = self.sections()
        for name in DJANGO_SIGNALS:
            for word in ("**When.**", "**Here.**", "**What goes wrong.**", "- `sender`"):
                self.assertIn(word, sections[f"`{name}`"], name)

    def test_every_question_leads_to_a_section(self):
        text = "".join(text for heading, text in INDEX.sections.items() if heading in QUESTIONS)
        answers = re.split(r"^\*\*", text, flags=re.MULTILINE)[1:]
        self.assertGreaterEqual(len(answers), 20)
        for answer in answers:
            self.assertRegex(" ".join(answer.split()), r"^[^*]+[.?]\*\* .*\]\([\w./-]+\.md(#[\w-]+)?\)")

    def test_every_chapter_is_in_the_list_of_chapters(self):
        listed = re.findall(r"^- \[[^\]]+\]\((\w+)\.md\)", INDEX.sections["Signals"], re.MULTILINE)
        self.assertEqual(listed, [page.path.stem for page in CHAPTERS])

    def test_headings_are_unique_and_in_the_table_of_contents(self):
        seen = [heading for page in PAGES for level, heading in page.headings]
        self.assertCountEqual(seen, set(seen))
        for page in CHAPTERS:
            links = [link[1:] for link in page.links if link.startswith("#")]
            anchors = [anchor(heading) for level, heading in page.headings if level > 1]
            self.assertEqual(links[: len(anchors)], anchors, page.path.name)

    def test_every_function_that_is_named_with_its_file_is_in_it(self):
        places = [(name, page.path.parent / file) for page in PAGES for name, file in page.places]
        self.assertGreater(len(places), 20)
        for name, file in places:
            self.assertIn(name, names_defined(file), file)

    def test_lines_are_not_longer_than_those_of_the_code(self):
        for page in PAGES:
            for number, line in enumerate(page.text.splitlines(), 1):
                self.assertLessEqual(len(line), 119, f"{page.path.name}, line {number}")
