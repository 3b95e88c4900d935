"""An app is taken out by its line in INSTALLED_APPS and its urls; the others then work unchanged."""

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import signals as auth_signals
from django.core import signals as core_signals
from django.db.models import signals as model_signals
from django.dispatch import Signal
from django.test import SimpleTestCase

from listening import announcing
from signal_inspector.reading.private import entries_of
from users import events

LISTENERS = ("activity", "delivery", "notifications")
SIGNALS = {
    f"{module.__name__}.{name}": value
    for module in (events, announcing, model_signals, auth_signals, core_signals)
    for name, value in vars(module).items()
    if isinstance(value, Signal)
}


class ApartTests(SimpleTestCase):
    """The account story runs in a process of its own, without the apps that listen."""

    def run_story(self, *without, label="users.tests.test_story"):
        source = f"""
            from userprofile_project import settings

            # What settings.py holds when the lines are taken out of it: it asks INSTALLED_APPS for the rest.
            without = {without!r}
            from userprofile_project.test_settings import *

            INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in without]
            MIDDLEWARE = [name for name in MIDDLEWARE if name.partition(".")[0] not in without]
            if "signal_inspector" in without:
                ACTIVITY_REQUEST_ID = DELIVERY_TRACER = None
            processors = TEMPLATES[0]["OPTIONS"]["context_processors"]
            processors[:] = [name for name in processors if name.partition(".")[0] not in without]
        """
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "apart_settings.py").write_text(textwrap.dedent(source))
            path = os.pathsep.join([folder, str(settings.BASE_DIR)])
            environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "apart_settings"}
            environment.pop("DATABASE_URL", None)  # the story is not about the database: the one in memory is quick
            command = [sys.executable, "-W", "error", "manage.py", "test", label]
            return subprocess.run(
                command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
            )

    def test_the_story_without_one_or_all(self):
        others = ("lessons", "signal_inspector")
        for without in (*((app,) for app in (*LISTENERS, *others)), (*LISTENERS, *others)):
            with self.subTest(without=without):
                result = self.run_story(*without)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("Ran 1 test", result.stderr)

    def test_durable_receivers_run_after_the_commit_where_nobody_delivers(self):
        result = self.run_story("delivery", label="notifications.tests.test_alone")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Ran 3 tests", result.stderr)

    def test_the_lessons_without_the_inspector_and_without_who_delivers(self):
        for app in ("signal_inspector", "delivery"):
            with self.subTest(app):
                result = self.run_story(app, label="lessons.tests.test_views")
                self.assertEqual(result.returncode, 0, result.stderr)


class ConnectedOnceTests(SimpleTestCase):
    """However often ready() runs, each receiver is connected once."""

    def test_ready_again_connects_nothing_twice(self):
        before = self.connected()
        for label in ("users", *LISTENERS, "signal_inspector"):
            apps.get_app_config(label).ready()
        self.assertEqual(self.connected(), before)

    def connected(self):
        """Return how many receivers each signal has that an app of the project listens to."""
        return {name: sum(not entry.dead for entry in entries_of(signal)) for name, signal in SIGNALS.items()}

    def test_each_app_is_connected(self):
        entries = [entry for signal in SIGNALS.values() for entry in entries_of(signal)]
        heard = {entry.receiver.__module__ for entry in entries if entry.weak and not entry.dead}
        apps_heard = {f"{app}.signals" for app in ("users", *LISTENERS, "signal_inspector")}
        self.assertLessEqual(apps_heard, heard)
