"""
A club that has put the inspector in: its users are no staff, one of its databases takes no writes, no table is there.

It runs in a process of its own, as its user model is another one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase

FOREIGN = Path(__file__).resolve().parent / "foreign"


def visit():
    """Return what ``foreign/visit.py`` has seen."""
    path = os.pathsep.join([str(FOREIGN.parents[2]), str(FOREIGN)])
    environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "club_settings"}
    result = subprocess.run(
        [sys.executable, "-W", "error", str(FOREIGN / "visit.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if result.returncode:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)


class ClubTests(SimpleTestCase):
    def test_no_page_breaks(self):
        answers = visit()
        pages = 9
        self.assertEqual(answers["stranger"], [200] + [302] * pages)
        self.assertEqual(answers["member"], [200] + [403] * pages, "A user without is_staff is no staff.")
        without, found = answers["one who may, without a table"], answers["one who may"]
        self.assertEqual((without[0], set(without)), (200, {200, 404, 503}), "There is an answer to each.")
        self.assertEqual(found, [200, 200, 200, 204, 200, 200, 200, 200, 404, 200])  # nothing fired that would be news
        self.assertEqual(len(answers["log"]), 1, answers["log"])
        self.assertIn("run python manage.py migrate signal_inspector", answers["log"][0])
        self.assertTrue(answers["strip"])
        self.assertIn("Rolled back: default", answers["trial"])
