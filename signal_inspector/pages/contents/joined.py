"""The list of stored traces with one line for each request: what was left for later by it stands in that."""

SHOWN = 4  # pieces of work of a request


def join(chosen, rows):
    """
    Return those of the chosen rows that get a line of their own.

    Work is told in the line of its request, if that is chosen, and has a line of its own if it isn't. Each line gets
    "parts": the last attempt at each piece of work that was left for later by it, the first few; "more_parts": how
    many others there are; "all_parts": the ids of all attempts; and "whole": of work the request, None if that is
    unknown.

    Args:
        chosen (list): stored traces that fit what was asked for.
        rows (list): all of them, the newest first.
    """
    known, lines = {row.pk: row for row in rows}, {row.pk: row for row in chosen}
    latest = {pk: {} for pk in lines}
    for row in chosen:
        row.all_parts, row.whole = set(), known.get(row.part_of)
    beneath = set()
    for row in reversed(rows):
        whole = _whole_of(row, known)
        if whole is not row and whole.pk in lines:
            latest[whole.pk][row.part_of, row.attempt.key] = row
            whole.all_parts.add(row.pk)
            beneath.add(row.pk)
    for pk, row in lines.items():
        parts = list(latest[pk].values())
        row.parts, row.more_parts = parts[:SHOWN], len(parts[SHOWN:])
    return [row for row in chosen if row.pk not in beneath]


def _whole_of(row, known):
    """Return the request that a row belongs to, as far up as that is known; a row that belongs to none itself."""
    met = set()
    while row.part_of in known and row.pk not in met:
        met.add(row.pk)
        row = known[row.part_of]
    return row
