"""What can be said of an error without saying what it says: its words may hold an address, or a link."""

import traceback
from pathlib import Path


def describe(error):
    """Return what kind of error it was, with its number if it has one, and where it was raised."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    kind = f"{type(error).__name__} {code}" if code else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return kind
    path = Path(frames[-1].filename)
    return f"{kind} ({path.parent.name}/{path.name}, line {frames[-1].lineno})"
