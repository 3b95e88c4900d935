import json

from django.test import SimpleTestCase

from signal_inspector.exporting import chrome
from signal_inspector.tests.support import BEGAN, an_attempt, leaving, make_trace, sample
from signal_inspector.traces.later.following import Part


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

    def test_what_another_process_did_is_a_process_of_its_own_as_much_later(self):
        whole, later = leaving(), an_attempt(trace="a" * 32)  # begun a minute later
        whole.started = BEGAN
        parts = [Part("", later, make_trace(duration=0.1)), Part("", an_attempt(2, trace="b" * 32), None)]
        events = json.loads(chrome.convert(whole, "POST /register/", parts))["traceEvents"]
        names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
        self.assertEqual(names, {1: "POST /register/", 2: "worker 7 on web-2: shop.signals.send_receipt, attempt 1"})
        [event] = [event for event in events if event["ph"] == "X" and event["pid"] == 2]
        self.assertEqual((event["ts"], event["dur"]), (60_000_000, 100_000))
