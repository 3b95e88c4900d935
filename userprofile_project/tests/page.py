"""
Read a page of the documentation: its sections, its Python blocks, its links.

A block of Python is the body of a test. A comment before it says what kind of test: ``<!-- transaction -->`` for one
that commits, ``<!-- postgresql -->`` for one that other databases skip, ``<!-- first -->`` for the lines that come
before each of the others, ``<!-- django 6.1 -->`` for one that needs that version or a later one,
``<!-- django 5.2 -->`` for one that is no longer true after it.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import django

FENCE = re.compile(r"\s*(?:```|~~~)\s*(\w*)")
HEADING = re.compile(r"(#+) (.+)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MARKERS = re.compile(r"<!-- ([a-z0-9. ]+) -->")
# `create_profile` in [`users/signals.py`](../users/signals.py); several names may stand before one file
PLACE = re.compile(r"((?:`\w+`(?:, | and )?)+)\s+in\s+\[`[\w/.]+`\]\(([\w/.]+)\)")
ARGUMENT = re.compile(r"^- ((?:`\w+`(?:, )?)+)(?: \(from Django (\d+)\.(\d+) on\))?:", re.MULTILINE)


class Snippet(NamedTuple):
    """A block of Python: the heading above it, the line of its fence, its text, and its markers."""

    heading: str
    line: int
    text: str
    markers: frozenset = frozenset()


class Page:
    """A page in Markdown: ``headings`` with their levels, ``sections`` (heading to text), ``snippets``."""

    def __init__(self, path, text=None):
        self.path = Path(path)
        self.text = self.path.read_text(encoding="utf-8") if text is None else text
        self.headings, self.sections, self.snippets = [], {}, []
        self._read()

    def _read(self):
        heading, language, start, previous = "", None, 0, ""
        lines = self.text.splitlines()
        for number, line in enumerate(lines, 1):
            fence = FENCE.match(line)
            if language is None and (match := HEADING.fullmatch(line)):
                heading = match[2]
                self.headings.append((len(match[1]), heading))
                self.sections[heading] = ""
            elif language is None and fence:
                markers = MARKERS.fullmatch(previous)
                language, start, words = fence[1], number, markers[1].split() if markers else ()
            elif fence:
                if language == "python":
                    text = "\n".join(lines[start : number - 1])
                    self.snippets.append(Snippet(heading, start, text, frozenset(words)))
                language = None
            elif language is None:
                self.sections[heading] = self.sections.get(heading, "") + line + "\n"
            previous = line

    @property
    def links(self):
        """The targets of all links."""
        return LINK.findall(self.text)

    @property
    def places(self):
        """Name and path of each thing that the page says to be in a file."""
        text = " ".join(self.text.split())
        return [
            (name, path) for names, path in PLACE.findall(text) for name in re.findall(r"\w+", names) if name != "and"
        ]

    def arguments(self, heading):
        """Return the names in the list of arguments of a section, without those of a later Django than this one."""
        found = ARGUMENT.findall(self.sections[heading])
        groups = [names for names, *since in found if tuple(int(part or 0) for part in since) <= django.VERSION[:2]]
        return {name for group in groups for name in re.findall(r"`(\w+)`", group)}

    def compile(self, snippet):
        """Compile a block, so that an error shows its line in the page, and a comparison shows both sides."""
        tree = ast.parse("\n" * snippet.line + snippet.text, filename=str(self.path))
        return compile(ast.fix_missing_locations(Comparison().visit(tree)), str(self.path), "exec")


class Comparison(ast.NodeTransformer):
    """Turn ``assert a == b`` into ``self.assertEqual(a, b)``: it shows the difference."""

    def visit_Assert(self, node):
        """Return the call instead of the statement."""
        match node.test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                method = ast.Attribute(ast.Name("self", ast.Load()), "assertEqual", ast.Load())
                call = ast.Expr(ast.Call(method, [left, right], []))
                return ast.copy_location(call, node)
        return node


def slug(heading):
    """Return a heading as the name of a method, and as the anchor that GitHub gives it but for its hyphens."""
    return re.sub(r"\W+", "_", heading.replace("`", "")).strip("_").lower()


def anchor(heading):
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def names_defined(path):
    """Return the functions, classes and values that a module defines, methods among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
