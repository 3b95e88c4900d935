"""
The code of a recording, read from the files of today.

A recording notes of each function in it the first line and a digest. So a page can mark the line that ran, wherever
the function stands by now; of a function that was changed since, it can tell that.
"""

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

from signal_inspector.reading.colours import coloured
from signal_inspector.reading.parsing import parse
from signal_inspector.reading.places import is_projects_own, short_path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Excerpt:
    """
    A function as it stands in its file.

    Attributes:
        name (str): the qualified name: "UserRegisterForm.save".
        file (str): the path of the file, below the folder that Python imports from.
        module (str): the dotted name of its module.
        first (int): the number of the first line, decorators included.
        start (int): the number of the line with ``def``.
        text (str): the lines, without what all are indented.
        summary (str): the first sentence of the docstring, "" if it has none.
        lines (list): for each line the pieces in colours, as ``(css class, text)``.
    """

    name: str
    file: str
    module: str
    first: int
    start: int
    text: str
    summary: str
    lines: list = field(repr=False)

    @property
    def digest(self):
        """What tells whether the function is still the same."""
        return sha256(self.text.encode()).hexdigest()[:16]


def is_own(module):
    """Tell whether a module, given by its name, is the project's own code."""
    return is_projects_own(_file_of(module))


def excerpt(module, name):
    """
    Return a function or class of a module of the project (``Excerpt``), None if there is none of this name.

    Args:
        module (str): the dotted name of the module.
        name (str): the qualified name in it: "post.<locals>.hand_over".
    """
    file = _file_of(module)
    if not is_projects_own(file):
        return None
    try:
        return _excerpt(file, Path(file).stat().st_mtime_ns, module, name)
    except (OSError, SyntaxError, ValueError):  # it is gone, or somebody is writing at it
        return None


@lru_cache(maxsize=500)
def _file_of(module):
    """Return the file of a module, also of one that nobody in this process has imported yet; "" if there is none."""
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        return ""
    return (found.origin or "") if found else ""


@lru_cache(maxsize=200)
def _excerpt(file, _changed, module, name):
    source = Path(file).read_text(encoding="utf-8")
    node = parse(source)
    for part in name.split("."):
        if part != "<locals>":
            node = next((each for each in _inside(node) if getattr(each, "name", "") == part), None)
            if node is None:
                return None
    if not isinstance(node, DEFINITIONS):
        return None
    first = min((each.lineno for each in node.decorator_list), default=node.lineno)
    lines = source.splitlines(keepends=True)[first - 1 : node.end_lineno]
    summary = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split()).replace("``", "")
    text = dedent("".join(lines))
    return Excerpt(name, short_path(file), module, first, node.lineno, text, summary, coloured(lines))


def _inside(node):
    """Yield what is defined in a module, a class or a function: also under an if, but not in another function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, DEFINITIONS):
            yield child
        else:
            yield from _inside(child)
