"""What ``trace_signals`` tells of traces that are there already: one of them, or two compared."""

from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError

from signal_inspector.requests import finding
from signal_inspector.traces.comparing import as_text, compare


def report(key):
    """Return what the command reports of a stored trace: see ``finding.stored()``."""
    with told_in_a_line():
        found = finding.stored(key)
        trace = finding.trace_of(found)
        return {"request": finding.headline(found), "trace": trace, "parts": finding.all_parts_of(found)}


def comparison(before, after, everything):
    """
    Return what is not the same in two traces, as text.

    Args:
        before (str), after (str): ids of stored traces, or files of JSON: see ``finding.stored_or_file()``.
        everything (bool): tell of rows that are as they were, too.
    """
    with told_in_a_line():
        (old, trace_before), (new, trace_after) = map(finding.stored_or_file, (before, after))
    return "\n".join([f"Before: {old}", f"After:  {new}", "", as_text(compare(trace_before, trace_after), everything)])


@contextmanager
def told_in_a_line():
    """Say in a line what was not found, or that there is no table of traces."""
    try:
        yield
    except finding.NotFoundError as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(f'{error}. Has "manage.py migrate signal_inspector" been run?') from error
