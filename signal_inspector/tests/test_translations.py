"""
German and French: complete, compiled, and shown.

Some of it needs GNU gettext, as Django's makemessages does. It is skipped where that is missing, and fails there if
REQUIRE_GETTEXT=1.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path
from unittest import SkipTest

import django
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import translation

from signal_inspector.checks import check_connections
from signal_inspector.models import StoredTrace
from signal_inspector.tests.support import sample, save, site

PACKAGE = Path(__file__).resolve().parent.parent
LANGUAGES = ("de", "fr")
LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d\]) )?(".*")')
TAG = re.compile(r"<[^>]+>")
SOURCE = re.compile(r"<(pre|style|svg)\b.*?</\1>", re.DOTALL)  # not our words


def entries(path):
    """Yield the entries of a .po file as dicts, the header and what is obsolete left out."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry, field = {"flags": ""}, ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry["flags"] = line
            elif found := LINE.fullmatch(line):
                field = found[1] or field
                entry[field] = entry.get(field, "") + ast.literal_eval(found[2])
        if entry.get("msgid"):
            yield entry


def translated(entry):
    """Return the translations of an entry: one, or one for each plural form."""
    return [text for field, text in entry.items() if field.startswith("msgstr")]


def _key(entry):
    return entry.get("msgctxt", ""), entry["msgid"]


def catalogue(language):
    """Return the path of a catalogue, without its suffix."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django"


class CatalogueTests(SimpleTestCase):
    def test_no_string_is_empty_or_fuzzy(self):
        for language in LANGUAGES:
            found = list(entries(catalogue(language).with_suffix(".po")))
            self.assertGreater(len(found), 700)
            for entry in found:
                self.assertTrue(all(translated(entry)), f"{language}: {entry['msgid']}")
                self.assertNotIn("fuzzy", entry["flags"], f"{language}: {entry['msgid']}")
                self.assertEqual(len(translated(entry)), 2 if "msgid_plural" in entry else 1)

    def test_blanks_around_a_string_and_tags_in_it_are_kept(self):
        for language in LANGUAGES:
            for entry in entries(catalogue(language).with_suffix(".po")):
                for text in translated(entry):
                    message = f"{language}: {entry['msgid']}"
                    self.assertEqual([text[:1] == " ", text[-1:] == " "], [entry["msgid"][i] == " " for i in (0, -1)])
                    self.assertEqual(sorted(TAG.findall(text)), sorted(TAG.findall(entry["msgid"])), message)

    def test_what_django_says_too_it_says_in_the_same_words(self):
        """One catalogue serves a whole project: another word of ours would appear in its forms and its admin."""
        for language in LANGUAGES:
            ours = {_key(entry): translated(entry) for entry in entries(catalogue(language).with_suffix(".po"))}
            shared = 0
            for path in Path(django.__file__).parent.glob(f"**/locale/{language}/LC_MESSAGES/django.po"):
                for entry in entries(path):
                    if _key(entry) in ours:
                        self.assertEqual(ours[_key(entry)][:1], translated(entry)[:1], f"{language}: {entry['msgid']}")
                        shared += 1
            self.assertGreater(shared, 3)


class GettextTests(SimpleTestCase):
    """What needs the tools of GNU gettext."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        missing = [name for name in ("xgettext", "msgfmt", "msgunfmt", "msguniq") if not shutil.which(name)]
        if missing:
            reason = f"GNU gettext is not installed: {', '.join(missing)} not found."
            if os.environ.get("REQUIRE_GETTEXT") == "1":
                raise AssertionError(f"{reason} REQUIRE_GETTEXT=1 makes that a failure.")
            raise SkipTest(reason)
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def run_tool(self, *command, **options):
        return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout

    def test_no_string_of_the_source_is_missing(self):
        copy = self.folder / "signal_inspector"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("tests", "locale", "__pycache__"))
        (copy / "locale").mkdir()
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "xx", "--no-location"]
        self.run_tool(*command, cwd=copy, env=environment)
        marked = {_key(entry) for entry in entries(copy / "locale" / "xx" / "LC_MESSAGES" / "django.po")}
        self.assertGreater(len(marked), 700)
        for language in LANGUAGES:
            known = {_key(entry) for entry in entries(catalogue(language).with_suffix(".po"))}
            self.assertEqual(sorted(marked - known), [], f"{language}: see CONTRIBUTING.md, Translations.")

    def test_the_compiled_file_is_that_of_the_source(self):
        for language in LANGUAGES:
            compiled = self.folder / f"{language}.mo"
            source = catalogue(language).with_suffix(".po")
            self.run_tool("msgfmt", "--check", "--check-format", "-o", str(compiled), str(source))
            there = self.run_tool("msgunfmt", str(catalogue(language).with_suffix(".mo")))
            self.assertEqual(there, self.run_tool("msgunfmt", str(compiled)), f"{language}: run compilemessages.")


@site
@override_settings(DEBUG=True)
class PageTests(TestCase):
    """The pages, in each of the languages: nothing that is translated stands there in English."""

    @classmethod
    def setUpTestData(cls):
        User.objects.create_user("ada")

    def test_nothing_is_left_in_english(self):
        first, second = save(sample()), save(sample())
        pages = [
            *("", "?model=auth.User", "traces/", "traces/?quiet=1", "graph/", "compare/", "try/?model=auth.User"),
            "receiver/?name=django.contrib.auth.models.update_last_login",
            "why/?receiver=django.contrib.auth.models.update_last_login&operation=bulk_create:auth.User",
            f"compare/?before={first.pk}&after={second.pk}",
            *(
                f"traces/{first.pk}/{path}"
                for path in ("", "?view=not-called", "?view=not-heard", "line/1/", "graph/")
            ),
            f"traces/{first.pk}/as/html/",
        ]
        for language in LANGUAGES:
            english = [
                entry["msgid"]
                for entry in entries(catalogue(language).with_suffix(".po"))
                if "%" not in entry["msgid"] and "{" not in entry["msgid"] and " " in entry["msgid"].strip()
                if entry["msgid"] not in translated(entry)
            ]
            self.assertGreater(len(english), 300)
            for page in pages:
                with self.subTest(page, language=language), translation.override(language):
                    response = self.client.get(f"/signals/{page}")
                    self.assertEqual(response.status_code, 200)
                    self.assertContains(response, f'lang="{language}"')
                    text = unescape(TAG.sub("|", SOURCE.sub("", response.text)))
                    pieces = {" ".join(piece.split()) for piece in text.split("|")}
                    left = [each for each in english if each in pieces]
                    self.assertEqual(left, [])

    def test_what_a_page_says_of_a_wrong_choice_too(self):
        words = {"de": "Das Modell 'Nowhere' gibt es nicht.", "fr": "Le modèle 'Nowhere' n’existe pas."}
        for language, sentence in words.items():
            with translation.override(language):
                asked = {"receiver": "update_last_login", "operation": "update", "model": "Nowhere"}
                self.assertIn(sentence, unescape(self.client.get("/signals/why/", asked).text))

    def test_a_number_has_its_plural(self):
        StoredTrace.objects.all().delete()
        with translation.override("fr"):
            self.assertEqual(translation.ngettext("%d signal", "%d signals", 0) % 0, "0 signal")
            self.assertEqual(translation.ngettext("%d signal", "%d signals", 2) % 2, "2 signaux")
        with translation.override("de"):
            self.assertEqual(translation.ngettext("%d signal", "%d signals", 0) % 0, "0 Signale")


class TerminalTests(TestCase):
    """Commands and checks speak English, as Django's own do."""

    def printed(self, *words):
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file, translation.override("de"):
            call_command(*words, stdout=file)
            self.assertEqual(translation.get_language(), "de")
            file.seek(0)
            return file.read()

    def test_the_commands(self):
        self.assertIn("signals, ", self.printed("signals"))
        self.assertIn(" was called", self.printed("trace_signals", "--why", "update_last_login", "--code", LOG_IN))

    def test_the_checks(self):
        with translation.override("de"):
            english = [str(message.msg) for message in check_connections()]
            self.assertEqual(translation.get_language(), "de")
        with translation.override("en"):
            self.assertEqual([str(message.msg) for message in check_connections()], english)

    def test_what_is_traced_runs_in_the_language_of_the_project(self):
        code = f"import {__name__} as here; here.asked.append(here.translation.get_language())"
        for more in ((), ("--shuffle", "0")):
            asked.clear()
            self.printed("trace_signals", "--code", code, *more)
            self.assertEqual(set(asked), {"de"})


LOG_IN = "User.objects.create_user('bob'); from django.test import Client; Client().force_login(User.objects.first())"
asked = []  # the languages in which something ran
