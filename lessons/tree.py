"""
A trace as lines in the order in which they ran: signals, receivers, statements, transactions.

A line is set in by what it ran in. What repeats itself is one line with a number.
"""

import re
from dataclasses import dataclass, replace

from signal_inspector.traces.nodes import CALLBACK, SIGNAL, TRANSACTION

STATEMENT = "statement"
COLUMNS = re.compile(r"^SELECT (?!COUNT)[^()]{40,}? FROM ")
PLACES = re.compile(r"\(%s(?:, %s)+\)")
LONGEST_SQL = 140  # characters
LONGEST_PERIOD = 6  # lines
DEEPEST = 6  # levels that are set in
MOST = 80  # lines


@dataclass(frozen=True)
class Line:
    """
    One line.

    Attributes:
        kind (str): "signal", "receiver", "callback", "statement" or "transaction".
        name (str): of the signal or the receiver, without its module; the SQL; the step of a transaction.
        about (str): whom a signal is about, or by which method it was sent.
        error (str): the name of the type of what was raised.
        level (int): how many others it ran in.
        times (int): how often a block of lines that begins with this one came in a row.
        block (int): how many lines that block has; 0 for none.
        deeper (bool): whether each of these blocks ran inside the one before.
    """

    kind: str
    name: str
    about: str = ""
    error: str = ""
    level: int = 0
    times: int = 1
    block: int = 0
    deeper: bool = False

    @property
    def indent(self):
        """The level, as far as a phone has room."""
        return min(self.level, DEEPEST)

    @property
    def key(self):
        """What makes two lines the same, wherever they stand."""
        return self.kind, self.name, self.error


def lines_of(trace, failures):
    """
    Return the lines of a trace, at most ``MOST``, and how many are left out.

    Args:
        trace (Trace): recorded with details.
        failures (dict): number of each statement that failed, from 0, to the name of the type of its error.
    """
    lines = [line for _start, line in sorted(_all(trace), key=lambda pair: pair[0])]
    statements = [place for place, line in enumerate(lines) if line.kind == STATEMENT]
    for number, error in failures.items():
        if number < len(statements):  # the record of a long trace leaves some out
            lines[statements[number]] = replace(lines[statements[number]], error=error)
    lines = _folded(lines)
    return lines[:MOST], len(lines[MOST:])


def _all(trace):
    """Yield pairs: when it began, and the line."""
    levels = _levels(trace)
    for node, _depth in trace.walk():
        if node.ran:
            level = levels[id(node)]
            yield node.start, _line(node, level)
            yield from _statements(node.more.statements, level + 1)
    yield from _statements(trace.statements, 0)
    for moment in trace.moments:
        if moment.kind == TRANSACTION:
            level = levels[id(moment.node)] + 1 if moment.node is not None else 0
            yield moment.start, Line(TRANSACTION, moment.name, level=level)


def _levels(trace):
    """Return how deep each node ran, by its id. A callback ran where the commit was, not where it was given."""
    levels = {}
    for node, parent in trace.walk_with_parents():
        ran_in = node.more.ran_in if node.kind == CALLBACK else parent
        levels[id(node)] = levels.get(id(ran_in), -1) + 1 if ran_in is not None else 0
    return levels


def _line(node, level):
    if node.kind == SIGNAL:
        about = " ".join([node.instance.rpartition(".")[2] or node.sender, "" if node.how == "send" else node.how])
        return Line(node.kind, node.short_name, about.strip(), "", level)  # what it raises is its receiver's
    return Line(node.kind, node.short_name, "", node.error, level)


def _statements(statements, level):
    for each in statements:
        yield each.start, Line(STATEMENT, shortened(each.sql), level=level)


def shortened(sql):
    """Return a statement with "…" in the place of lists of columns and of values."""
    sql = PLACES.sub("(%s, …)", COLUMNS.sub("SELECT … FROM ", sql))
    return sql if len(sql) <= LONGEST_SQL else f"{sql[: LONGEST_SQL - 1]}…"


def _folded(lines):
    """Return lines with each block that comes three times in a row, or more often, told once."""
    found, place = [], 0
    while place < len(lines):
        period, times = _repeated(lines, place)
        if times > 1:
            deeper = lines[place + period].level > lines[place].level
            found.append(replace(lines[place], times=times, block=period, deeper=deeper))
            found += lines[place + 1 : place + period]
        else:
            found.append(lines[place])
        place += period * times
    return found


def _repeated(lines, place):
    """Return how long the block is that begins here and repeats itself, and how often it comes; 1 and 1 for none."""
    for period in range(1, LONGEST_PERIOD + 1):
        block = [line.key for line in lines[place : place + period]]
        times = 1
        while [line.key for line in lines[place + period * times :][:period]] == block:
            times += 1
        if times >= 3:
            return period, times
    return 1, 1
