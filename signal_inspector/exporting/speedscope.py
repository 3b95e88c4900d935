"""A trace for speedscope (https://www.speedscope.app), in its own format: "evented", times inside each other."""

import json

from signal_inspector.exporting.spans import lanes, spans_of, steps

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def convert(trace, title):
    """Return a trace (``Trace``), called ``title``, as the text of a file: a profile for each lane."""
    numbers, profiles = {}, []
    for place, lane in enumerate(lanes(spans_of(trace, title))):
        events = [
            {
                "type": "O" if begins else "C",
                "frame": numbers.setdefault(span.name, len(numbers)),
                "at": _microseconds(span.start if begins else span.end),
            }
            for span, begins in steps(lane)
        ]
        profiles.append(
            {
                "type": "evented",
                "name": f"{title} ({place + 1}, asynchronous)" if place else title,
                "unit": "microseconds",
                "startValue": events[0]["at"],
                "endValue": events[-1]["at"],
                "events": events,
            }
        )
    data = {
        "$schema": SCHEMA,
        "name": title,
        "exporter": "signal_inspector",
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": name} for name in numbers]},
        "profiles": profiles,
    }
    return json.dumps(data)


def _microseconds(seconds):
    return round(seconds * 1_000_000, 1)
