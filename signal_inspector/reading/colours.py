"""Python source in colours: what each piece is, for a style sheet to colour."""

import keyword
import textwrap
import token
import tokenize

KINDS = {
    tokenize.COMMENT: "comment",
    token.STRING: "string",
    token.NUMBER: "number",
    token.OP: "operator",
    # f-strings are tokens of their own from Python 3.12 on.
    **{getattr(token, name): "string" for name in dir(token) if name.startswith(("FSTRING_", "TSTRING_"))},
}
DEFINES = {"def", "class"}


def coloured(lines):
    """
    Return the pieces of each line as ``(css class, text)``; together they are the line, without what all are indented.

    The classes are comment, string, number, operator, keyword, name (after def and class), decorator and "".
    """
    lines = textwrap.dedent("".join(lines)).splitlines(keepends=True)
    pieces = [[] for _ in lines]
    row, column = 1, 0
    for kind, start, end in _tokens(lines):
        _cut(lines, pieces, "", (row, column), start)
        _cut(lines, pieces, kind, start, end)
        row, column = end
    _cut(lines, pieces, "", (row, column), (len(lines) + 1, 0))
    return pieces


def _tokens(lines):
    """Yield kind, start and end of what has a colour, as far as Python understands the lines."""
    previous = ""
    try:
        for each in tokenize.generate_tokens(iter(lines).__next__):
            kind = KINDS.get(each.type, "")
            if each.type == token.NAME:
                kind = "name" if previous in DEFINES else "keyword" if keyword.iskeyword(each.string) else ""
            elif each.string == "@" and not each.line[: each.start[1]].strip():
                kind = "decorator"
            previous = each.string
            if kind:
                yield kind, each.start, each.end
    except (tokenize.TokenError, SyntaxError, StopIteration):
        return  # the end of a block that Python can't read has no colours


def _cut(lines, pieces, kind, start, end):
    """Add the text between two places (rows count from 1) to the pieces, line by line."""
    (row, column), (last, end_column) = start, end
    while row <= min(last, len(lines)):
        text = lines[row - 1][column : end_column if row == last else None].rstrip("\r\n")
        if text:
            pieces[row - 1].append((kind, text))
        row, column = row + 1, 0
