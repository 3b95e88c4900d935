"""
What a record with details notes beside the rows: places in the code, and statements.

A place is the nearest line that is not Django's, asgiref's, the standard library's or ours: the ``save()`` that nobody
sees. It is looked for up to the receiver that is running, and is that receiver where there is no other. A
module that defines ``__tracebackhide__``, which pytest knows too, is passed over where there is another line.
"""

import os
from functools import lru_cache
from inspect import currentframe

import asgiref
import django
from sqlparse import lexer, tokens

from signal_inspector.reading.naming import receiver_name
from signal_inspector.reading.places import STANDARD_LIBRARY
from signal_inspector.recording.rows import KEY, NAME, RECORDING, REST, now
from signal_inspector.traces.nodes import Place, Statement

MAX_STATEMENTS = 5000  # of a trace; the others are counted
MAX_SQL = 2000  # characters
MOST_CHANGES = 20  # names of fields
DEEPEST = 60  # frames that are looked at

OURS = os.path.dirname(os.path.dirname(__file__))
PASSED = tuple(os.path.join(os.path.dirname(package.__file__), "") for package in (django, asgiref))
# Our modules that call receivers and callbacks: what is above them is not what a receiver did. And the one that runs a
# trial: above it is the page, or the test, that asked for one.
CALLERS = {os.path.join(OURS, "recording", f"{name}.py") for name in ("sending", "altered", "wrappers", "database")}
CALLERS |= {os.path.join(OURS, "trials", "running.py")}
TESTS = os.path.join(OURS, "tests", "")

PLACEHOLDER = "%s"

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START TRANSACTION")


@lru_cache(maxsize=5000)
def is_passed_over(file):
    """Tell whether a file is none of those that a place is looked for in."""
    if file.startswith(OURS + os.sep):
        return not file.startswith(TESTS)
    if file.startswith(STANDARD_LIBRARY):
        return f"{os.sep}site-packages{os.sep}" not in file
    return file.startswith((*PASSED, "<frozen "))


def place_of(frame, row):
    """
    Return where something was asked for.

    Args:
        frame (frame): where to begin to look.
        row (list): the row of what is running.

    Returns:
        A pair: the ``Place``, or None; and the line at which the running receiver is, 0 if none runs.
    """
    place, hidden, inner, is_receiver = None, None, None, bool(row[NAME] or row[REST])
    while frame is not None and frame.f_code.co_filename in CALLERS:  # on the way to here
        frame = frame.f_back
    for _ in range(DEEPEST):
        if frame is None or frame.f_code.co_filename in CALLERS:
            break
        if place is None and not is_passed_over(frame.f_code.co_filename):
            if not frame.f_globals.get("__tracebackhide__"):
                place = _place(frame)
            elif hidden is None:
                hidden = _place(frame)
            if place is not None and not is_receiver:
                break
        inner, frame = frame, frame.f_back
    if not is_receiver or inner is None:
        return place or hidden, 0
    outermost = _place(inner)
    is_found = (outermost.module, outermost.name) == (row[NAME], row[REST])
    return place or (outermost if is_found else hidden), outermost.line if is_found else 0


def _place(frame):
    return Place(frame.f_globals.get("__name__") or "", frame.f_lineno, frame.f_code.co_qualname)


def note_origin(row, parent):
    """Note of the row of a signal, or of a callback, where it came from; two calls down from whoever sent it."""
    place, via = place_of(currentframe().f_back.f_back, parent)
    row[RECORDING].more_of(row[KEY]).update(origin=place, via=via)


def note_sending(row, parent, named):
    """Note where a signal was sent, and which fields its argument ``changes``, a dict by their names, says changed."""
    note_origin(row, parent)
    changes = named.get("changes")
    if type(changes) is dict:
        names = sorted(name for name in changes if type(name) is str)[:MOST_CHANGES]
        row[RECORDING].more_of(row[KEY])["changes"] = names


def note_missed(recording, key, receivers):
    """Note which receivers the signal of a key did not reach, since one before them raised."""
    recording.more_of(key)["missed"] = list(map(receiver_name, receivers))


def note_statement(row, sql, began, vendor):
    """Note a statement of a row, which has ended now."""
    ended = now()
    recording = row[RECORDING]
    if recording.statements >= MAX_STATEMENTS:
        return
    recording.statements += 1
    place, _via = place_of(currentframe().f_back.f_back, row)
    statements = recording.more_of(row[KEY]).setdefault("statements", [])
    statements.append((sql, vendor, began, ended - began, place))


def note_error(row, error):
    """Note where an exception came from: the innermost line of its traceback that is somebody's code."""
    found, trace = None, error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if found is None or not is_passed_over(code.co_filename):
            found = Place(trace.tb_frame.f_globals.get("__name__") or "", trace.tb_lineno, code.co_qualname)
        trace = trace.tb_next
    row[RECORDING].more_of(row[KEY])["raised_at"] = found


def statements(noted, began):
    """Return what was noted of a row as each ``Statement``; those of transactions are told as moments."""
    return [
        Statement(masked(sql, vendor), start - began, duration, place)
        for sql, vendor, start, duration, place in noted
        if not str(sql).lstrip().upper().startswith(CONTROL)
    ]


@lru_cache(maxsize=2000)
def masked(sql, vendor):
    """
    Return a statement as text without literals and comments: values that are written into it are secrets, too.

    Args:
        sql (str): the statement, as it was given to the cursor.
        vendor (str): of the database: in MySQL double quotes are strings, elsewhere names.
    """
    if type(sql) is not str:
        sql = str(sql)
    parts, pairs = [], [pair for pair in lexer.tokenize(sql[: 4 * MAX_SQL]) if pair[0] not in tokens.Comment]
    compared = among_values = False
    for place, (kind, text) in enumerate(pairs):
        if kind in tokens.Error:  # a literal that does not end: what follows can be anything
            parts.append("…")
            break
        if kind is tokens.String.Symbol and vendor != "mysql":
            # SQLite takes "…" for a string where no column has that name.
            is_part = place + 1 < len(pairs) and pairs[place + 1][1] == "."
            parts.append(PLACEHOLDER if among_values or (compared and not is_part) else text)
        else:
            parts.append(PLACEHOLDER if kind in tokens.Literal else " " if kind in tokens.Whitespace else text)
        if kind not in tokens.Whitespace:
            compared = kind in tokens.Comparison
            among_values = text.upper() == "VALUES" or (among_values and kind not in tokens.Keyword)
    told = " ".join("".join(parts).split())
    return told if len(told) <= MAX_SQL else f"{told[: MAX_SQL - 1]}…"
