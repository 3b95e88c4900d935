"""What a line of a trace unfolds to: its code, its statements, where it came from, what went wrong."""

from signal_inspector.connected import inventory, lookup, senders
from signal_inspector.connected.catalogue import sentence
from signal_inspector.pages.trace.spots import editor_address, marked, spot
from signal_inspector.pages.trace.timeline import milliseconds
from signal_inspector.reading import source
from signal_inspector.reading.places import short_path
from signal_inspector.traces.nodes import CALLBACK, SIGNAL, WORK

MOST_STATEMENTS = 100  # of one line


class Unfolded:
    """
    What is known of one step.

    Attributes:
        step (Step), node (Node): the step; the whole has no node.
        origin (Spot): where it was sent, or given; None where that is not known.
        raised_at (Spot): where its exception came from.
        statements (list): tuples of the text, the time in words, and the ``Spot`` that asked.
        not_told (int): statements that it executed and that are not among these: of transactions, and beyond a limit.
        work (list): pairs of what took time beside statements, and how long.
        missed (list): names of receivers that it did not reach, or that did not run after it since it raised.
        after (list): the steps of receivers that ran after it though it raised.
        listening (list): of a signal each ``Receiver`` that is connected now and hears its sender.
    """

    def __init__(self, trace, step):
        """Look at a step of a trace as it ran."""
        self.trace, self.step, self.node = trace, step, step.node
        more = step.node.more if step.node is not None else None
        statements = trace.statements if more is None else more.statements
        self.statements = [
            (each.sql, milliseconds(each.duration), spot(each.place)) for each in statements[:MOST_STATEMENTS]
        ]
        self.not_told = step.queries - len(self.statements) if trace.detailed else 0
        self.work = [
            (each.moment.name, milliseconds(each.duration))
            for each in step.children
            if each.moment is not None and each.moment.kind == WORK
        ]
        self.origin = self.raised_at = None
        self.missed, self.after, self.listening = [], [], []
        if more is not None:
            self.origin, self.raised_at = spot(more.origin), spot(more.raised_at)
            self._tell_of_error()

    def _tell_of_error(self):
        self.missed = list(self.node.more.missed)
        above = self.step.cause
        if self.node.error and self.node.kind != SIGNAL and above.node is not None:
            beside = [each for each in above.children if each.cause is above and each.moment is None]
            self.after = beside[beside.index(self.step) + 1 :] if self.step in beside else []
            if not self.after:
                self.missed = list(above.node.more.missed)

    @property
    def about(self):
        """What it means, or what it does."""
        if self.node is None:
            return ""
        return sentence(self.node) if self.node.kind == SIGNAL else lookup.about([self.node.name])[self.node.name]

    @property
    def is_signal(self):
        """Whether it is a signal."""
        return self.node is not None and self.node.kind == SIGNAL

    @property
    def is_callback(self):
        """Whether it is a callback."""
        return self.node is not None and self.node.kind == CALLBACK

    def look_up(self):
        """Read the code that ran, or who listens."""
        if self.is_signal:
            self.listening = _listening(self.node)
        elif self.node is not None:
            self._read_code()
        return self

    def _read_code(self):
        found = lookup.receiver_named(self.node.name)
        self.has_source = found is not None
        self.source = source.source_of(found) if found is not None else None
        if self.source is None or not self.source.lines:
            self.code = []
            return
        first = self.source.line
        self.where = f"{short_path(self.source.file)}:{first}"
        self.editor = editor_address(self.source.file, first)
        marks = self._marks(first, first + len(self.source.lines))
        self.code, self.has_marks = marked(self.source.lines, first, marks), bool(marks)

    def _marks(self, first, after):
        """Return the lines that led to something, by their numbers, with the numbers of the steps that came of it."""
        marks, more = {}, self.node.more
        for each in [*self.step.children, *self.step.given]:
            if each.node is not None and each.cause is self.step:
                marks.setdefault(each.node.more.via, []).append(each.number)
        here = [more.raised_at, *(each.place for each in more.statements)]
        if self.is_callback:  # made inside of the function that gave it, whose code this is
            here.append(more.origin)
        for place in here:
            if place is not None and self.node.name.startswith(f"{place.module}."):
                marks.setdefault(place.line, [])
        return {line: numbers for line, numbers in marks.items() if first <= line < after}


def _listening(node):
    """Return who hears a signal of this sender now, in this process."""
    signals = [each for each in inventory.without_own(inventory.all_signals()) if each.name == node.name]
    return [
        receiver
        for signal in signals
        for receiver in signal.receivers
        if not receiver.dead and (receiver.sender_kind == senders.ALL or receiver.sender == node.sender)
    ]
