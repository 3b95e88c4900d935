"""The project's own files, parsed: which there are, and what of Python's own names belongs to them."""

import ast
import os
import sys
import warnings
from functools import cached_property, lru_cache
from pathlib import Path
from types import FunctionType

from django.apps import apps
from django.conf import settings

from signal_inspector.reading import naming, source
from signal_inspector.reading.places import is_projects_own

LEFT_OUT = {"migrations", "node_modules", "site-packages", "dist-packages", "__pycache__"}
MOST_FILES = 20_000
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class File:
    """
    A parsed module.

    Attributes:
        path (str): where it is.
        name (str): its dotted name.
        tree (ast.Module): its syntax tree, an empty one for what is not Python; each node has a ``parent``.
        nodes (list): its calls, functions and classes.
    """

    def __init__(self, path, name):
        """Parse the file at a path."""
        self.path, self.name = path, name
        try:
            with warnings.catch_warnings(action="ignore"):  # on escapes and the like: it is not ours to tell of them
                self.tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError, RecursionError):
            self.tree = ast.Module([], [])
        self.tree.file, self.nodes = self, []
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Call, ast.ClassDef, *FUNCTIONS)):
                self.nodes.append(node)
            for child in ast.iter_child_nodes(node):
                child.parent = node

    @property
    def live(self):
        """Return the names of the module as the process has them, {} if it was not imported, or is another file."""
        attributes = naming.loaded(self.name) or {}
        return attributes if attributes.get("__file__") == self.path else {}

    @cached_property
    def definitions(self):
        """Return the functions and classes, by their qualified names and functions also by their first lines."""
        found = {}
        for node in self.nodes:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                found.setdefault(qualified_name(node), node)
            if isinstance(node, FUNCTIONS):
                found[min([node.lineno, *(each.lineno for each in node.decorator_list)])] = node
        return found

    @property
    def package(self):
        """Return the name of the package that relative imports start from."""
        return self.name if Path(self.path).name == "__init__.py" else self.name.rpartition(".")[0]


@lru_cache(maxsize=5000)
def parsed(path, name):
    """Return the ``File`` of a path."""
    return File(path, name)


def shown(path):
    """Return a path as a person or a tool in the current directory finds it: below that, else whole."""
    try:
        return Path(path).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def file_of(node):
    """Return the ``File`` that a node is in."""
    while not isinstance(node, ast.Module):
        node = node.parent
    return node.file


def loaded_file(name):
    """Return the ``File`` of a loaded module, else of one of the project's own that nobody has imported, else None."""
    path = (naming.loaded(name) or {}).get("__file__")
    if type(path) is not str or not path.endswith(".py"):
        path = next((str(path) for path in _candidates(name) if path.is_file()), None)
    return parsed(path, name) if path else None


def _candidates(name):
    for folder in sys.path if name else ():
        base = Path(folder or ".").absolute().joinpath(*name.split("."))
        if is_projects_own(str(base)):
            yield from (base.with_suffix(".py"), base / "__init__.py")


def qualified_name(node):
    """Return the name of a function or class as Python says it, without ``<locals>``: "Order.save"."""
    names = []
    while not isinstance(node, ast.Module):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.append(node.name)
        node = node.parent
    return ".".join(reversed(names))


def enclosing(node, kinds):
    """Return the nearest node of some kinds that a node is in, None if it is in none."""
    while (node := getattr(node, "parent", None)) is not None:
        if isinstance(node, kinds):
            return node
    return None


def own_files():
    """
    Yield path and dotted name of each file of the project's own code: outside of site-packages and Python's library.

    They are the files below each folder of ``sys.path`` that has an app of the project or the package of its settings,
    and single modules that the process has loaded. Migrations are left out: theirs are historical models.
    """
    names = [config.name for config in apps.get_app_configs()]
    names += [str(getattr(settings, "ROOT_URLCONF", "")), os.environ.get("DJANGO_SETTINGS_MODULE", "")]
    seen = set()
    for root in dict.fromkeys(filter(None, map(_root_of, names))):
        for path in _below(root):
            if path not in seen and len(seen) < MOST_FILES:
                seen.add(path)
                parts = path.relative_to(root).with_suffix("").parts
                yield str(path), ".".join(parts).removesuffix(".__init__")
    for name in sorted(sys.modules.copy()):
        path = (naming.loaded(name) or {}).get("__file__")
        if type(path) is str and path.endswith(".py") and _is_other(path, seen):
            seen.add(Path(path))
            yield path, name


def _is_other(path, seen):
    return is_projects_own(path) and Path(path) not in seen and LEFT_OUT.isdisjoint(Path(path).parts)


def _root_of(name):
    """Return the folder that the package of a module lies in, if it is the project's own, else None."""
    top = name.partition(".")[0]
    for folder in list((naming.loaded(top) or {}).get("__path__") or ()):
        if is_projects_own(os.path.join(folder, "")):
            return Path(folder).parent
    return None


def _below(root):
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFT_OUT and name[0] != "." and not Path(parent, name, "pyvenv.cfg").exists()
        )
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(".py"))


def node_of(function):
    """Return the syntax tree of a function of the process, None if there is none to be had."""
    function = source.function_behind(function)
    if type(function) is not FunctionType:
        return None
    path, line = source.location(function)
    file = loaded_file(naming.module_of(function))
    found = file.definitions.get(line) if file and file.path == path else None
    return found if isinstance(found, FUNCTIONS) and found.name == function.__name__ else None
