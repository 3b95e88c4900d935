import json

from django.test import SimpleTestCase

from signal_inspector.exporting import speedscope
from signal_inspector.tests.support import sample


class SpeedscopeTests(SimpleTestCase):
    """By https://www.speedscope.app/file-format-schema.json: what is opened is closed, in order of time."""

    def test_events_are_those_of_the_trace(self):
        data = json.loads(speedscope.convert(sample(), "POST /register/"))
        self.assertEqual(data["$schema"], speedscope.SCHEMA)
        (profile,), names = data["profiles"], [frame["name"] for frame in data["shared"]["frames"]]
        self.assertEqual((profile["type"], profile["unit"]), ("evented", "microseconds"))
        self.assertEqual((profile["startValue"], profile["endValue"]), (0, 100_000))
        events = [(event["type"], names[event["frame"]], event["at"]) for event in profile["events"]]
        self.assertEqual(events[:2], [("O", "POST /register/", 0), ("O", "post_save of auth.User:1", 5000)])
        self.assertEqual(events[-2:], [("C", "post_save of auth.User:1", 65_000), ("C", "POST /register/", 100_000)])
        self.assertEqual([at for _type, _name, at in events], sorted(at for _type, _name, at in events))
