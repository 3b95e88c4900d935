"""docs/signal-inspector.md names the options, answers and checks that there are, and all of them."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import load_command_class
from django.test import SimpleTestCase

from signal_inspector import conf
from signal_inspector.why.answers import TEXTS

TEXT = Path(settings.BASE_DIR, "docs", "signal-inspector.md").read_text(encoding="utf-8")
README = Path(settings.BASE_DIR, "signal_inspector", "README.md").read_text(encoding="utf-8")
CODE = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted(Path(settings.BASE_DIR, "signal_inspector").rglob("*.py"))
)
OTHERS = {"--verbosity"}  # of a command that is traced
OF_EVERY_COMMAND = set(
    "--help --version --verbosity --settings --pythonpath --traceback --no-color --force-color --skip-checks".split()
)
# Beside the answers to why: said where a receiver was called, where nothing was done, or where nothing settles it.
REMARKS = {"raised", "waits-for-commit", "connected", "silent-operations", "trace-full", "elsewhere", "fragile"}
REMARKS |= {"not-connected-then"}


def options_of(name):
    parser = load_command_class("signal_inspector", name).create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings if option.startswith("--")}


class InspectorPageTests(SimpleTestCase):
    def test_options_are_there_and_all_are_named(self):
        named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", TEXT)) - OTHERS
        known = options_of("signals") | options_of("trace_signals")
        self.assertEqual(named, known - OF_EVERY_COMMAND)

    def test_answers_are_there_and_all_are_named(self):
        given = {key.partition(":")[0] for key in TEXTS}
        table = TEXT.partition("| answer | when |")[2].partition("\n\n")[0]
        named = {key for row in table.splitlines()[2:] for key in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
        self.assertEqual(named, given - REMARKS)

    def test_checks_are_there_and_all_are_named(self):
        pattern = r"signal_inspector\.[WEI]\d{3}"
        self.assertEqual(set(re.findall(pattern, TEXT)), set(re.findall(pattern, CODE)))

    def test_the_table_of_settings_is_that_of_the_code(self):
        pattern = r"^\| `(SIGNAL_INSPECTOR_[A-Z_]+)` \| `(.*?)` \| (.*) \|$"
        wanted = [
            (name, setting.default if setting.default == conf.FOLLOWS_DEBUG else repr(setting.default), setting.about)
            for name, setting in conf.SETTINGS.items()
        ]
        for page in (TEXT, README):
            found = re.findall(pattern, page, re.MULTILINE)
            self.assertEqual([(name, default.replace('""', "''"), what) for name, default, what in found], wanted)

    def test_settings_are_there_and_all_are_named(self):
        pattern = r"SIGNAL_INSPECTOR_[A-Z_]+"
        self.assertEqual(set(re.findall(pattern, TEXT)), set(re.findall(pattern, CODE)))
