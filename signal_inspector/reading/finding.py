"""
Find functions in the source of the installed apps, also in modules that nobody imports.

The files are read and parsed. Nothing is imported and nothing is run.
"""

import ast
import os
import sys
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import FunctionType

from django.apps import apps
from django.conf import settings

from signal_inspector.reading import naming, source
from signal_inspector.reading.replacing import connection, is_weak, last_name

MOST_FILES = 20_000
LEFT_OUT = {"migrations", "node_modules", "site-packages", "tests", "__pycache__"}


@dataclass
class Place:
    """
    A function in a file.

    Attributes:
        name (str): its dotted name.
        module (str): the module that it is in.
        path (str), line (int): the file and the line.
        local (bool): whether it is defined inside another function.
        method (bool): whether it is defined in a class.
        connecting (list), disconnecting (list): each ``Call`` in the same module that names it.
    """

    name: str
    module: str
    path: str
    line: int
    local: bool
    method: bool
    connecting: list = field(default_factory=list)
    disconnecting: list = field(default_factory=list)

    @property
    def loaded(self):
        """Tell whether the module was imported."""
        return self.module in sys.modules


@dataclass
class Call:
    """
    A call of ``connect()`` or ``disconnect()``, or a decorator.

    Attributes:
        line (int): the line.
        signal (str): what the signal is called there.
        sender (str): what the sender is called there, "" for none.
        sender_given (bool): whether the sender is a parameter of the function that the call is in, or comes from one.
        sender_value (object): the sender, if it is written out: a text, or an empty container of its kind; else None.
        uid (str): the dispatch_uid, if it is written out, else "".
        weak (bool): whether the receiver is held weakly.
        inside (str): the name of the function that the call is in, "" at the top of the module.
    """

    line: int
    signal: str
    sender: str
    sender_given: bool
    sender_value: object
    uid: str
    weak: bool
    inside: str


def find(name):
    """Return a list of ``Place`` for each function whose dotted name is this, or ends with it."""
    last = name.rpartition(".")[2]
    if not last.isidentifier():
        return []
    found = []
    for module, path in modules():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if last in text:
            found += [place for place in _places(module, path, text, last) if _is(place.name, name)]
    return found


def calls_connecting(receiver, modules=()):
    """Return a list of each ``Call`` that connects a function, in the module that it comes from, and in others."""
    function = source.function_behind(receiver)
    if type(function) is not FunctionType:
        return []
    found, last = [], function.__name__
    for module in {naming.module_of(function), *modules}:
        text = source.module_source(module)
        reader = _read(module, "", text, last) if last in text else None
        found += reader.connecting if reader is not None else []
    return found


def modules():
    """Yield name and path of each module of the installed apps, and of the package that the urls are in."""
    folders = {app.name: app.path for app in apps.get_app_configs()}
    project = sys.modules.get((getattr(settings, "ROOT_URLCONF", None) or "").partition(".")[0])
    for folder in getattr(project, "__path__", ()):
        folders.setdefault(project.__name__, folder)
    seen = set()
    # The longest paths first: an app inside another's folder names its modules itself.
    for package, folder in sorted(folders.items(), key=lambda item: -len(item[1])):
        for path in _files(folder):
            if path in seen or len(seen) > MOST_FILES:
                continue
            seen.add(path)
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *parts)).removesuffix(".__init__"), path


def _files(folder):
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFT_OUT and name[0] != "." and not Path(parent, name, "pyvenv.cfg").exists()
        )
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(".py"))


def _is(name, wanted):
    return f".{name.replace('.<locals>', '')}".endswith(f".{wanted.replace('.<locals>', '')}")


def _places(module, path, text, last):
    reader = _read(module, str(path), text, last)
    for place in reader.places if reader is not None else ():
        place.connecting += reader.connecting
        place.disconnecting += reader.disconnecting
    return reader.places if reader is not None else []


def _read(module, path, text, last):
    reader = _Reader(module, path, last)
    try:
        reader.visit(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return reader


class _Reader(ast.NodeVisitor):
    """Collects the functions of one name in a module, and the calls that connect them."""

    def __init__(self, module, path, last):
        self.module, self.path, self.last = module, path, last
        self.scopes = []  # ("class" or "function", name, names of parameters)
        self.places, self.connecting, self.disconnecting = [], [], []

    def visit_ClassDef(self, node):
        self.descend(node, "class")

    def visit_FunctionDef(self, node):
        if node.name == self.last:
            self.places.append(self.place(node))
            for decorator in filter(connection, node.decorator_list):
                self.connecting.append(self.call(decorator, decorator.args[0], decorator.args[1:]))
        self.descend(node, "function")

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in ("connect", "disconnect"):
            given = node.args[:1] + [keyword.value for keyword in node.keywords if keyword.arg == "receiver"]
            if given and last_name(given[0]) == self.last:
                calls = self.connecting if method == "connect" else self.disconnecting
                calls.append(self.call(node, node.func.value, node.args[1:]))
        self.generic_visit(node)

    def descend(self, node, kind):
        given = node.args if kind == "function" else None
        parameters = {each.arg for each in ast.walk(given) if isinstance(each, ast.arg)} if given else ()
        self.scopes.append((kind, node.name, parameters))
        self.generic_visit(node)
        self.scopes.pop()

    def place(self, node):
        parts = []
        for kind, name, _parameters in self.scopes:
            parts += [name, "<locals>"] if kind == "function" else [name]
        return Place(
            name=".".join((self.module, *parts, node.name)),
            module=self.module,
            path=self.path,
            line=node.lineno,
            local=any(kind == "function" for kind, *_ in self.scopes),
            method=bool(self.scopes) and self.scopes[-1][0] == "class",
        )

    def call(self, node, signal, positional):
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        uid, sender = named.get("dispatch_uid"), named.get("sender")
        if sender is None and positional:
            sender = positional[0]
        return Call(
            line=node.lineno,
            signal=ast.unparse(signal),
            sender="" if sender is None else ast.unparse(sender),
            sender_given=_root(sender) in chain.from_iterable(parameters for *_, parameters in self.scopes),
            sender_value=_written_out(sender),
            uid=uid.value if isinstance(uid, ast.Constant) and isinstance(uid.value, str) else "",
            weak=is_weak(node),
            inside=next((name for kind, name, _parameters in reversed(self.scopes) if kind == "function"), ""),
        )


def _root(node):
    """Return the name that a node begins with: "self" of ``self.model``, "" if it is another kind of node."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")


def _written_out(node):
    """Return the sender that is written where it is connected; an empty container stands for any of its kind."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute) and node.attr == "AUTH_USER_MODEL":
        return settings.AUTH_USER_MODEL
    kinds = {ast.Tuple: (), ast.List: [], ast.Set: set(), ast.Dict: {}}
    return kinds.get(type(node))
