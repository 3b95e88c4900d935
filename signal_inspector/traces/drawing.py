"""
A trace as it is drawn in a terminal: two columns of numbers, then the tree.

``Trace.as_text()`` is for what compares texts, as tests do. This is for people who read them.
"""

from collections import Counter
from textwrap import wrap

from signal_inspector.connected import catalogue, registry
from signal_inspector.reading.places import without_locals
from signal_inspector.traces.later.attempts import Unrecorded, Waiting, outcome
from signal_inspector.traces.later.following import Followed
from signal_inspector.traces.nodes import CALLBACK, EARLY, SIGNAL, Node
from signal_inspector.traces.work import DONE, Attempt

LINES = {"between": "├─ ", "last": "└─ ", "passing": "│  ", "nothing": "   "}
ASCII_LINES = {"between": "|- ", "last": "`- ", "passing": "|  ", "nothing": "   "}

LEGEND = (
    "Beneath a signal stand the receivers that it called, in order; beneath a receiver what was sent while it ran.",
    "The time and queries of a line include those of the lines beneath it, except what runs after the commit.",
    "At the end of a line stands what it saved itself where nobody listens to that.",
)
LATER = (
    "Beneath a receiver that left its work for later stand the attempts at that. What another process did is in no "
    "number of another line."
)
EMPTY = "No signal was sent that anybody hears."


class Plain:
    """A style that colours nothing, with the names of Django's own."""

    def __getattr__(self, name):
        return str


def draw(trace, style=None, encoding="utf-8", width=None, where=False, parts=()):
    """
    Return a trace as text for a terminal, with a line of totals, and what nobody heard.

    Args:
        trace (Trace): the trace.
        style (object): Django's colours, as ``self.style`` of a command; none by default.
        encoding (str): the encoding of the terminal: one without box-drawing characters gets plain ones.
        width (int): of the terminal: what is longer takes another line. By default no line is broken.
        where (bool): whether to tell where in the code everything came from, as far as the trace knows.
        parts (iterable): each ``Part`` that other processes have recorded of what receivers left for later.
    """
    style = style or Plain()
    followed = Followed(trace, parts)
    in_full = followed.in_full | catalogue.told_in_full(name for name, _signal in registry.find_signals())
    legend = [*LEGEND, LATER] if followed.works else LEGEND
    lines = [*legend, "", f"{'time':>10}  {'queries':>7}"] if trace.roots else [EMPTY]
    lines = [part for line in lines for part in wrapped(line, width)]
    for entry, first, others, depth in _walk(trace.roots, followed, lines_for(encoding)):
        numbers = f"{_time(entry):>10}  {_count(followed.statements(entry)):>7}  "
        text, plain = (_text(entry, each, followed, in_full, where) for each in (style, Plain()))
        if width and len(numbers) + len(first) > width // 2:  # no room for the branches any more
            first, others = f"[{depth}] ", ""
        if not width or len(numbers) + len(first) + len(plain) <= width:
            lines.append(f"{numbers}{first}{text}")
            continue
        broken = wrap(plain, max(width - len(numbers) - len(first) - 2, 10), break_on_hyphens=False)
        blank = " " * len(numbers)
        lines += [f"{numbers}{first}{broken[0]}", *(f"{blank}{others}  {part}" for part in broken[1:])]
    return "\n".join([*lines, "", *(part for line in summary(trace, in_full) for part in wrapped(line, width))])


def wrapped(text, width, indent=""):
    """Return a text as lines that are no wider than a terminal, which is of no known width if that is 0 or None."""
    if not width or len(text) <= width:
        return [text]
    return wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def lines_for(encoding):
    """Return the pieces that branches are drawn with, in what an encoding (str) can tell."""
    try:
        "".join(LINES.values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII_LINES
    return LINES


def summary(trace, in_full=()):
    """Return lines that tell how much there was of everything, and what nobody heard."""
    counts = trace.counts()
    waiting = sum(node.kind == CALLBACK and not node.ran for node, _ in trace.walk())
    told = [
        _number(counts["signals"], "signal"),
        _number(counts["receivers"], "receiver"),
        _number(counts["callbacks"], "callback") + (f" ({waiting} not run)" if waiting else ""),
        _number(counts["queries"], "query", "queries")
        + (f" ({trace.queries} outside of receivers)" if trace.queries else ""),
        _number(counts["errors"], "error"),
    ]
    lines = [f"Total: {', '.join(told)}; {_milliseconds(trace.duration)}."]
    early = Counter((each.name, each.in_a_rollback) for each in trace.moments if each.kind == EARLY)
    for (name, sentence), times in early.items():
        lines.append(f"{name[0].upper()}{name[1:]}{f', {times} times' if times > 1 else ''}. {sentence}")
    if trace.left_out:
        lines.append(f"The trace is full: {trace.left_out} more were not recorded.")
    if trace.not_heard:
        names = [
            f"{name if name in in_full else name.rpartition('.')[2]} {times} time{'s' if times > 1 else ''}"
            for name, times in list(trace.not_heard.items())[:8]
        ]
        more = len(trace.not_heard) - len(names)
        lines.append(f"Not heard: {', '.join(names)}{f', and {more} other signals' if more else ''}.")
    return lines


def _walk(roots, followed, pieces):
    """Yield each entry of a tree (``Followed``), the branches before its lines, and its depth."""
    pending = [(root, "", "", 0) for root in reversed(roots)]
    while pending:  # not by recursion: a receiver that saves its own instance goes deep
        entry, first, others, depth = pending.pop()
        yield entry, first, others, depth
        beneath = followed.beneath(entry)
        children = [(child, others + pieces["between"], others + pieces["passing"], depth + 1) for child in beneath]
        if children:
            children[-1] = (beneath[-1], others + pieces["last"], others + pieces["nothing"], depth + 1)
        pending += reversed(children)


def _text(entry, style, followed, in_full, where):
    """Return the line of an entry, without its numbers and branches."""
    if not isinstance(entry, Node):
        return _told(entry, followed.told_of(entry), style)
    fold = followed.folds.get(id(entry))
    marks = "".join(f"  {each}" for each in followed.early.get(id(entry), ()))
    place = f"  from {entry.more.origin}" if where and entry.more.origin else ""
    title = f"{_title(entry, style, in_full)}{_outcome(entry, style)}"
    return f"{title}{style.ERROR(marks)}{f'  {fold}' if fold else ''}{place}"


def _told(entry, told, style):
    """Return what is told of an attempt at what a receiver left for later, and of a wait for one, in colours."""
    if isinstance(entry, Waiting):
        return style.WARNING(told)
    if isinstance(entry, Unrecorded):
        return style.ERROR(told)
    ended = outcome(entry)
    return told.removesuffix(ended) + (style.SUCCESS if entry.outcome == DONE else style.ERROR)(ended)


def _title(node, style, in_full):
    if node.kind == SIGNAL:
        about = node.instance or node.sender
        notes = [_detail(name, value) for name, value in node.details.items()]
        notes = [note for note in [*notes, "" if node.how == "send" else node.how] if note]
        title = style.MIGRATE_HEADING(node.name if node.name in in_full else node.short_name) + (
            f" of {about}" if about else ""
        )
        return title + (f" ({', '.join(notes)})" if notes else "")
    if node.kind == CALLBACK:
        robust = ", robust" if node.how.endswith("robust") else ""
        return f"after the commit{robust}: {style.SQL_FIELD(without_locals(node.name))}"
    return style.SQL_FIELD(node.name) + (" (asynchronous)" if node.asynchronous else "")


def _detail(name, value):
    if value is True or value is False:
        return name if value else ""
    return f"{name}: {', '.join(value) or 'none'}" if isinstance(value, list) else value


def _outcome(node, style):
    if not node.ran:
        return style.WARNING("  not run")
    if node.error:
        return style.ERROR(f"  {'stopped by' if node.kind == SIGNAL else 'raised'} {node.error}")
    return (f"  returned {node.result}" if node.result else "") + _saved(node)


def _saved(node):
    told = [
        f"{'created' if created else 'saved'} {model}{f' {times} times' if times > 1 else ''}"
        for model, created, times in node.saved
    ]
    return f"  {', '.join(told)}" if told else ""


def _time(entry):
    if isinstance(entry, Node):
        return _milliseconds(entry.duration) if entry.ran else ""
    return _milliseconds(entry.duration) if isinstance(entry, Attempt) else ""


def _milliseconds(seconds):
    return f"{seconds:.2f} s" if seconds >= 10 else f"{seconds * 1000:.2f} ms"


def _count(number):
    return str(number) if number else ""


def _number(number, one, many=None):
    return f"{number} {one if number == 1 else many or one + 's'}"
