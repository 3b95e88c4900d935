"""
A trace as it ran: what ran inside of what, in order, so that its times and statements add up.

The nodes of a trace stand under what caused them: a callback of ``on_commit()`` stands under who gave it. Here it
stands in what was running when it ran. The whole is a step, too: what ran outside of all receivers is its own.
"""

from operator import attrgetter

from signal_inspector.traces.nodes import CALLBACK, SIGNAL

BESIDE = 0.000001  # seconds: a difference that rounding explains tells nothing


class Step:
    """
    One line of a trace as it ran.

    ``own`` and ``queries`` of the whole and all steps below it add up to the duration of the whole, and to all of its
    statements. Where asynchronous receivers run at the same time, that time is counted once, for the one that began
    first.

    Attributes:
        node (Node): what it is about, None for the whole and for a moment.
        moment (Moment): what happened beside the signals, else None. It has no number, and its time and statements are
            those of the step that it stands in.
        parent (Step): what it ran in, None for the whole.
        cause (Step): what caused it: the one that gave a callback, else the parent.
        children (list): in the order in which they began.
        given (list): the callbacks that it gave and that ran elsewhere.
        number (int): nodes are counted from 1, in the order in which they ran; 0 is the whole.
        start (float), duration (float): seconds, the first from the beginning of the whole.
        counted (float): the part of the duration that is counted here and below; less where it ran beside another.
        own (float): seconds in which nothing that is told of ran inside of it.
        queries (int): the statements that it executed itself.
        size (int): how many numbered steps it is, with those below it.
        failed (int): how many of them, signals aside, raised something.
    """

    __slots__ = (
        *("cause", "children", "counted", "duration", "failed", "given", "moment", "node", "number", "own", "parent"),
        *("queries", "size", "start"),
    )

    def __init__(self, start, duration, node=None, moment=None):
        """Make a step of a node or a moment, without its place."""
        self.node, self.moment = node, moment
        self.start, self.duration = start, duration
        self.parent = self.cause = None
        self.children = self.given = ()
        self.number = 0
        self.counted = self.own = 0.0
        self.queries = node.queries if node is not None else 0
        self.size = 0 if moment is not None else 1
        self.failed = 0

    @property
    def end(self):
        """When it was over, in seconds from the beginning of the whole."""
        return self.start + self.duration

    @property
    def ran(self):
        """False for a callback that was not run."""
        return self.node is None or self.node.ran

    @property
    def is_beside(self):
        """Whether some of its time is counted elsewhere, since another ran at the same time."""
        return self.ran and self.duration - self.counted > BESIDE

    def put(self, step):
        """Let a step have run in this one."""
        step.parent = self
        if self.children:
            self.children.append(step)
        else:
            self.children = [step]

    def walk(self):
        """Yield this step and all below it, in the order in which they ran; each before those in it."""
        pending = [self]
        while pending:
            step = pending.pop()
            yield step
            pending.extend(reversed(step.children))


def as_run(trace, duration=0.0):
    """
    Return a trace as it ran.

    Args:
        trace (Trace): the trace.
        duration (float): seconds of what was recorded, where that began before the record did, as a request does. They
            ended together. By default the duration of the trace.

    Returns:
        The ``Step`` of the whole.
    """
    total = max(duration, trace.duration)
    whole, steps = Step(0.0, total), {}
    whole.queries = trace.queries
    _place(trace, whole, steps, total - trace.duration)
    for step in (whole, *steps.values()):
        if len(step.children) > 1:
            step.children.sort(key=attrgetter("start"))
    _measure(whole)
    _count(whole)
    return whole


def numbered(whole):
    """Return the steps of a trace that ran by their numbers, the whole first."""
    return [step for step in whole.walk() if step.moment is None]


def _place(trace, whole, steps, lead):
    """Make a step of each node and moment, each where it ran; fill ``steps`` with those of nodes, by their ids."""
    pairs = list(trace.walk_with_parents())
    for node, _parent in pairs:
        steps[id(node)] = Step(node.start + lead, node.duration, node)
    for node, parent in pairs:
        step = steps[id(node)]
        place = step.cause = whole if parent is None else steps[id(parent)]
        if node.kind == CALLBACK and node.ran:
            place = steps.get(id(node.more.ran_in), whole)
            if place is not step.cause:
                step.cause.given = [*step.cause.given, step]
        place.put(step)
    for moment in trace.moments:
        step = Step(moment.start + lead, moment.duration, moment=moment)
        step.cause = steps.get(id(moment.node), whole)
        step.cause.put(step)


def _measure(whole):
    """Divide the time of the whole among all steps, each moment of it once."""
    pending = [(whole, 0.0, whole.duration)]
    while pending:
        step, begin, end = pending.pop()
        step.counted, reached = end - begin, begin
        for child in step.children:
            if child.moment is None and child.ran:
                start = min(max(child.start, reached), end)
                stop = min(max(child.end, start), end)
                step.own += start - reached
                reached = stop
                pending.append((child, start, stop))
        step.own += end - reached


def _count(whole):
    """Number the steps, and count for each those in it."""
    steps = numbered(whole)
    for number, step in enumerate(steps):
        step.number = number
    for step in reversed(steps[1:]):
        step.failed += bool(step.node.error) and step.node.kind != SIGNAL
        step.parent.size += step.size
        step.parent.failed += step.failed
