"""
A trace in time, as profilers want it: spans that lie inside each other, in lanes.

In a lane each span ends before the next one begins, or holds it whole. Asynchronous receivers run side by side, so
each further one takes a lane of its own, as threads do.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from signal_inspector.traces.nodes import CALLBACK, SIGNAL, TRANSACTION

REQUEST, STATEMENT = ("request", "statement")  # kinds beside those of nodes and moments
ROUNDED = 5e-7  # seconds: stored times are rounded, so that neighbours seem to overlap by less


@dataclass(eq=False)
class Span:
    """
    A time in which something ran.

    Attributes:
        name (str): what a profiler writes on it.
        kind (str): "request", a kind of a node or of a moment, or "statement".
        start (float), end (float): seconds from the beginning of the trace.
        parent (Span): what it lies in, None for the whole.
        about (dict): what else is known of it, plain values by their names.
    """

    name: str
    kind: str
    start: float
    end: float
    parent: "Span | None" = None
    about: dict = field(default_factory=dict)


def spans_of(trace, title):
    """
    Return each ``Span`` of a trace, by their beginnings; what lies in another comes after that.

    Args:
        trace (Trace): the trace.
        title (str): the name of the whole, which is the first one.
    """
    whole = Span(title, REQUEST, 0.0, trace.duration)
    nodes, found = {}, [whole]
    pairs = [(number, *pair) for number, pair in enumerate(trace.walk_with_parents()) if pair[0].ran]
    for number, node, _parent in pairs:
        nodes[id(node)] = Span(
            name_of(node), node.kind, node.start, node.start + node.duration, whole, _about(node, number)
        )
    for _number, node, parent in pairs:
        around = node.more.ran_in if node.kind == CALLBACK else parent
        nodes[id(node)].parent = nodes.get(id(around), whole)
    found += nodes.values()
    for around, statements in ((whole, trace.statements), *((nodes[id(n)], n.more.statements) for _k, n, _p in pairs)):
        found += [_statement(each, around) for each in statements]
    found += [_moment(each, nodes.get(id(each.node), whole)) for each in trace.moments]
    found.sort(key=lambda span: (span is not whole, span.start))  # stable: what lies in another was added after it
    return _after_parents(found)


def lanes(found):
    """Return spans as lanes, each a list of spans; those of a lane lie inside each other or one after the other."""
    stacks, result, lane_of = [], [], {}
    for span in found:
        if span.parent is not None:
            span.start = max(span.start, span.parent.start)
            span.end = min(max(span.end, span.start), span.parent.end)
            span.start = min(span.start, span.end)
        number = _free(span, stacks, lane_of)
        if number == len(stacks):
            stacks.append([])
            result.append([])
        stacks[number].append(span)
        result[number].append(span)
        lane_of[id(span)] = number
    return result


def steps(lane):
    """Yield what begins and ends in a lane, in order: pairs of a ``Span`` and whether it begins."""
    running = []
    for span in lane:
        while running and running[-1] is not span.parent:
            yield running.pop(), False
        running.append(span)
        yield span, True
    while running:
        yield running.pop(), False


def name_of(node):
    """Return the name of a node (``Node``) as one line tells it."""
    if node.kind == SIGNAL:
        about = node.instance or node.sender
        told = {"signal": node.short_name, "sender": about}
        return _("%(signal)s of %(sender)s") % told if about else node.short_name
    return _("after the commit: %s") % node.name if node.kind == CALLBACK else node.name


def _free(span, stacks, lane_of):
    """Return the number of the lane for a span: that of its parent, else the first in which nothing runs."""
    home = lane_of.get(id(span.parent), 0)
    for number in (home, *(other for other in range(len(stacks)) if other != home)):
        if number >= len(stacks):
            break
        stack = stacks[number]
        while stack and stack[-1] is not span.parent and stack[-1].end <= span.start + ROUNDED:
            last = stack.pop()
            span.start, span.end = max(span.start, last.end), max(span.end, last.end)
        if not stack or stack[-1] is span.parent:
            return number
    return len(stacks)


def _after_parents(found):
    """Return spans so that none comes before what it lies in, though by rounding it may begin earlier."""
    done, result = set(), []
    for span in found:
        chain = []
        while span is not None and id(span) not in done:
            chain.append(span)
            done.add(id(span))
            span = span.parent
        result += reversed(chain)
    return result


def _about(node, number):
    told = {"row": number, "statements": node.queries, "raised": node.error, "returned": node.result, "how": node.how}
    told |= {**node.details, "left for later as": node.more.work}
    if node.more.origin is not None:
        told["from"] = str(node.more.origin)
    return {name: value for name, value in told.items() if value or name == "row"}


def _statement(each, around):
    about = {"sql": each.sql} | ({"from": str(each.place)} if each.place else {})
    return Span(each.sql, STATEMENT, each.start, each.start + each.duration, around, about)


def _moment(each, around):
    name = f"{each.name} ({each.using})" if each.kind == TRANSACTION and each.using else each.name
    about = {"raised": each.error} if each.error else {}
    if each.in_a_rollback:
        about["in a rollback"] = each.in_a_rollback
    return Span(name, each.kind, each.start, each.start + each.duration, around, about)
