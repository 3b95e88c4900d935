import json

from django.test import SimpleTestCase

from signal_inspector.exporting import chrome
from signal_inspector.tests.support import sample


class ChromeTests(SimpleTestCase):
    def setUp(self):
        self.events = json.loads(chrome.convert(sample(), "POST /register/"))["traceEvents"]

    def test_a_complete_event_for_each_that_ran(self):
        found = {event["name"]: event for event in self.events if event["ph"] == "X"}
        self.assertEqual(len(found), 6)
        event = found["django.contrib.auth.models.update_last_login"]
        self.assertEqual((event["ts"], event["dur"], event["cat"]), (10_000, 50_000, "receiver"))
        self.assertEqual(event["args"], {"row": 1, "statements": 2})
        self.assertEqual(found["sample_shop.signals.fail"]["args"]["raised"], "ValueError")

    def test_an_instant_for_a_callback_that_was_not_run(self):
        (event,) = [event for event in self.events if event["ph"] == "i"]
        self.assertTrue(event["name"].startswith("not run, after the commit: sample_shop.signals.tell"))
