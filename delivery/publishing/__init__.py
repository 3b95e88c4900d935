"""Events that are public reach other programs: as CloudEvents, at the topic exchange that ``EVENTS_URL`` names."""
