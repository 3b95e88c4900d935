"""The context of a trace that travels from process to process: W3C Trace Context, level 1."""

import re

# Version, trace-id, parent-id, flags. https://www.w3.org/TR/trace-context-1/#traceparent-header
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def story_in(traceparent):
    """Return the trace-id in a ``traceparent`` (str), the id of the whole story; "" where it is not valid."""
    found = TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else ""


def traceparent_of(story, trace):
    """Return the ``traceparent`` of what is recorded as a trace, by the ids of the story and of that trace."""
    return f"00-{story}-{trace[16:]}-01"  # the second half of a UUID of version 4 is never all zeros
