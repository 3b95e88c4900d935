"""What libjpeg will have to do for a JPEG, read from the markers that it will meet, before a pixel is decoded."""

import math
import re
from typing import NamedTuple

BLOCK = 64 * 1024  # bytes
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # 0xFF00 is a byte of pixels, the eight left out divide those
START, END, SCAN, TABLES = 0xD8, 0xD9, 0xDA, {0xC4, 0xC8, 0xCC}
FRAMES = {*range(0xC0, 0xD0)} - TABLES
SEQUENTIAL = {0xC0, 0xC1}
MARKERS = 1_500  # photographs have some dozen, progressive ones some more


class Scans(NamedTuple):
    """How often libjpeg goes over the pixels, and whether it passes them on as they come, and keeps none."""

    number: int
    streamed: bool


def count_scans(file):
    """
    Return the Scans of a JPEG: those of the picture, not of what follows its end or stands in its metadata.

    A phone puts a video behind the end, a second picture, a map of depths. None of it is met by libjpeg.

    Args:
        file (File): open for reading and seekable; where it stands is where it is left.
    """
    place = file.tell()
    try:
        return _count(file)
    finally:
        file.seek(place)


def _count(file):
    frame, components, number, at = None, 0, 0, 0
    for _ in range(MARKERS):
        marker, at = _next_marker(file, at)
        if marker is None or (marker == END and number):
            return Scans(number, streamed=False)
        if marker < 0xC0 or marker in (START, END):  # without a length; tables may come as a file of their own
            continue
        file.seek(at)
        head = file.read(8)
        if frame is None and marker in FRAMES:
            frame, components = marker, head[7]
        elif marker == SCAN:
            number += 1
            if number == 1 and frame in SEQUENTIAL and head[2] >= components:
                return Scans(1, streamed=True)  # all colours at once: libjpeg takes no second scan
        at += max(int.from_bytes(head[:2]), 2)
    return Scans(math.inf, streamed=False)  # nothing but markers is no photograph


def _next_marker(file, at):
    """Return the next marker from a place on, and the place behind it; None if there is none."""
    file.seek(at)
    last = b""
    while block := file.read(BLOCK):
        block = last + block
        if found := MARKER.search(block):
            return block[found.end() - 1], at + found.end()
        last = block[-1:]
        at += len(block) - 1
    return None, at
