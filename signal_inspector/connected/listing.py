"""The list of signals and receivers as text: a table for a terminal, Mermaid for documents."""

from textwrap import wrap

from signal_inspector.connected import senders

INDENT = "    "


def table(signals, width, *, details=False):
    """
    Return the lines of a table.

    Args:
        signals (list): each ``SignalInfo``.
        width (int): of the terminal. Nothing is cut: what does not fit takes another line.
        details (bool): whether to show dispatch_uid and docstring of each receiver as well.
    """
    for signal in signals:
        yield f"{signal.name}  ({signal.where})" if signal.where else signal.name
        if signal.when:
            arguments = f"Arguments: sender, {signal.arguments}" if signal.arguments else ""
            yield from _wrapped(f"{signal.when} {arguments}".strip(), width)
        if not signal.receivers:
            yield "    no receivers"
        for row in _rows(signal.receivers, width - 4):
            yield from ("    " + line for line in _with_details(row, details, width - 4))
        yield ""


def mermaid(signals):
    """Return the lines of a Mermaid flowchart: signals to receivers, the sender on the arrow."""
    yield "flowchart LR"
    names = {}
    for number, signal in enumerate(signals):
        yield f'  s{number}(["{escaped(signal.shown_name)}"])'
        for receiver in signal.receivers:
            name = receiver.name or "gone"
            if name not in names:
                names[name] = f"r{len(names)}"
                yield f'  {names[name]}["{escaped(name)}"]'
            arrow = "-.->" if receiver.is_async else "-->"
            label = f'|"{escaped(sender_text(receiver))}"|' if receiver.sender_kind != senders.ALL else ""
            yield f"  s{number} {arrow}{label} {names[name]}"


def escaped(text):
    """Return text that Mermaid shows as it is: what has a meaning there as a numbered character."""
    return "".join(each if each.isalnum() or each in " ._-/:(),'" else f"#{ord(each)};" for each in text)


def sender_text(receiver):
    """Return the sender of a receiver for people: "every sender" has a word too."""
    if receiver.sender_kind == senders.ALL:
        return "all"
    if receiver.never:
        return f'"{receiver.sender}" (never sends it)'
    return f"{receiver.sender} (pending)" if receiver.pending else receiver.sender


def how(receiver):
    """Return how a receiver is held and called, where that is not the usual way."""
    words = ["gone"] if receiver.dead else []
    if not receiver.weak:
        words.append("strong")
    if receiver.is_async:
        words.append("async")
    return ", ".join(words)


def _rows(receivers, width):
    """Yield each receiver with its lines: in columns where they fit, on two lines where they don't."""
    cells = [(each.name or "(gone)", sender_text(each), each.where, how(each)) for each in receivers]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    digits = len(str(len(cells)))
    fits = digits + 2 + sum(widths) + 2 * len(widths) <= width
    for number, (receiver, row) in enumerate(zip(receivers, cells, strict=True), 1):
        number = f"{number:{digits}}. "
        if fits:
            columns = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True))
            yield receiver, [(number + columns).rstrip()]
        else:
            rest = "  ".join(cell for cell in row[1:] if cell)
            yield receiver, [number + row[0], " " * (digits + 6) + rest]


def _with_details(row, details, width):
    receiver, lines = row
    yield from lines
    if details and receiver.doc:
        yield from _wrapped(receiver.doc, width)
    if details and receiver.dispatch_uid:
        yield "    dispatch_uid: " + receiver.dispatch_uid


def _wrapped(text, width):
    return wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False)
