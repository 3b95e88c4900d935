"""The lines of a trace's page, flat, each with what closes after it."""

from django.utils.html import format_html
from django.utils.safestring import mark_safe

from signal_inspector import conf
from signal_inspector.connected import lookup
from signal_inspector.connected.catalogue import sentence
from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.reading.places import readable
from signal_inspector.traces.nodes import CALLBACK, SIGNAL, TRANSACTION, WORK

INDENTED = 8  # levels that are set in; a phone has room for no more
TOLD = 5  # callbacks of one line that it names
LIST, FLUSH = mark_safe("<ol>"), mark_safe('<ol class="flush">')
UNDONE = {"ROLLBACK", "ROLLBACK TO SAVEPOINT"}
CLOSED = mark_safe("</ol></details></li>")

LINE, ACROSS, REPEATED, REST = ("line", "across", "repeated", "rest")


class Line:
    """
    One line, as the template takes it.

    Attributes:
        kind (str): "line" for a step with a number, "across" for a moment, "repeated", "rest".
        step (Step): what it is about; of a repetition the first one.
        depth (int): 0 for what stands in no open branch of this answer.
        branch (str): "open", "closed", or "" where nothing ran in it.
        begin (int), end (int): of a closed repetition or rest, the places of the children of ``parent`` (int).
        item (str), list (str), after (str): the tags that open it and the list of its branch, and close after it.
    """

    fold = ""

    def __init__(self, kind, step, depth, level):
        """Describe a step in a branch."""
        self.kind, self.step, self.depth, self.level = kind, step, depth, level
        self.node = step.node if step is not None else None
        self.branch, self.after = "", mark_safe("</li>")
        self.is_flush = level >= INDENTED
        self.list = LIST if level + 1 < INDENTED else FLUSH
        self.item = format_html('<li class="{}">', kind)

    def place(self, timeline, start, end):
        """Give it its bar, from ``start`` to ``end`` in seconds."""
        self.x, self.width = timeline.bar(start, end)


class Whole:
    """The line of the whole: what ran outside of all receivers."""

    def __init__(self, step, timeline):
        """Describe a whole as it ran."""
        self.step = step
        self.own, self.in_all = milliseconds(step.own), milliseconds(step.duration)
        self.queries = sum(each.queries for each in step.walk())
        self.work = [
            (each.moment.name, milliseconds(each.duration))
            for each in step.children
            if each.moment is not None and each.moment.kind == WORK
        ]
        self.x, self.width = timeline.bar(0, step.duration)


class Page:
    """
    What the lines of one trace have in common.

    Args:
        whole (Step): the trace as it ran.
        timeline (Timeline): its bars.
        folds (dict): sentences for what repeats inside itself, by the ids of nodes.
        in_full (set): names of signals that are told in full.
        later (dict): what receivers have left for later (``Later``), by its keys.
        anchor (str): what the id of a line begins with.
    """

    def __init__(self, whole, timeline, folds, in_full, later, anchor):
        self.whole, self.timeline, self.folds, self.in_full = whole, timeline, folds, in_full
        self.later, self.anchor = later, anchor
        self.slow = conf.slow(whole.duration)

    def lines(self, entries, parent):
        """Return the lines of some entries (see branches.py) that ran in a step, flat."""
        found, pending = [], [(entry, 0, parent) for entry in reversed(entries)]
        level = level_of(parent) + 1
        while pending:
            entry, depth, inside = pending.pop()
            line = self._line(entry, depth, level + depth, inside)
            found.append(line)
            if entry.children:
                pending += [(child, depth + 1, entry.step) for child in reversed(entry.children)]
        depths = [line.depth for line in found[1:]] + [0]
        for line, following in zip(found, depths, strict=False):
            if line.branch == "open":
                line.after = ""
            else:
                line.after = mark_safe("</li>" + CLOSED * (line.depth - following))  # noqa: S308 - constants
        self._tell(found)
        return found

    def _line(self, entry, depth, level, inside):
        step = entry.step
        if step is None:
            return self._several(entry, depth, level, inside)
        if step.moment is not None:
            line = Line(ACROSS, step, depth, level)
            line.moment, line.time = step.moment, milliseconds(step.duration)
            line.is_transaction = step.moment.kind == TRANSACTION
            if step.moment.name in UNDONE or step.moment.error or step.moment.in_a_rollback:
                line.item = mark_safe('<li class="across undone">')
        else:
            line = Line(LINE, step, depth, level)
            self._describe(line, step)
            if entry.has_branch:
                line.branch = "closed" if entry.children is None else "open"
        line.place(self.timeline, step.start, step.end)
        return line

    def _several(self, entry, depth, level, inside):
        line = Line(REPEATED if entry.steps else REST, entry.steps[0] if entry.steps else None, depth, level)
        line.parent, line.begin, line.end = inside.number, entry.begin, entry.end
        steps = [step for step in entry.steps or inside.children[entry.begin : entry.end] if step.moment is None]
        line.size = sum(step.size for step in steps)
        line.branch = "closed"
        if not entry.steps:
            return line
        line.times = len(entry.steps) // entry.period
        line.names = [
            (self.name_of(step.node), step.node.sender) for step in entry.steps[: entry.period] if step.moment is None
        ]
        line.first, line.last = (steps[0].number, steps[-1].number + steps[-1].size - 1) if steps else ("", "")
        line.in_all = milliseconds(sum(step.counted for step in steps))
        line.queries = sum(each.queries for step in steps for each in step.walk())
        line.failed = sum(step.failed for step in steps)
        line.place(self.timeline, entry.steps[0].start, entry.steps[-1].end)
        return line

    def name_of(self, node):
        """Return what a node is called: a signal by its last part where that tells, all others by their functions."""
        if node.kind == SIGNAL:
            return node.name if node.name in self.in_full else node.short_name
        return readable(node.name)[1]

    def _describe(self, line, step):
        node = step.node
        line.number, line.item = step.number, format_html('<li id="{}{}">', self.anchor, step.number)
        line.is_signal, line.is_callback = node.kind == SIGNAL, node.kind == CALLBACK
        line.name, line.module = self.name_of(node), readable(node.name)[0]
        line.fold = self.folds.get(id(node), "")
        line.own, line.in_all = milliseconds(step.own), milliseconds(step.duration)
        line.is_slow = not line.is_signal and step.own >= self.slow
        line.how = "" if node.how in ("send", "on_commit") else node.how.replace("on_commit ", "")
        line.update_fields, line.raw = node.details.get("update_fields"), node.details.get("raw")
        line.cause = step.cause.number if step.cause is not step.parent else None
        if line.cause:
            line.thread_x = self.timeline.place(min(step.cause.end, step.start))
        line.given = [each.number for each in step.given[:TOLD]]
        line.missed = len(node.more.missed)
        line.later = self.later.get(node.more.work)

    def _tell(self, lines):
        """Say of each line what it means: a signal by its sentence, all others by their docstrings."""
        told = [line for line in lines if line.kind == LINE]
        about = lookup.about({line.node.name for line in told if not line.is_signal})
        here = {line.number for line in told}
        for line in told:
            line.about = sentence(line.node) if line.is_signal else about[line.node.name]
            line.cause_is_here = line.cause in here
            line.given = [(number, number in here) for number in line.given]


def level_of(step):
    """Return how many steps a step ran in, the whole not counted; -1 for the whole."""
    level = -1
    while step.parent is not None:
        step, level = step.parent, level + 1
    return level
