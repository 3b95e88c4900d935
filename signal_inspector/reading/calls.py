"""Functions of one name in the source of a module, and the calls that connect them: parsed, and not run."""

import ast
import re
from dataclasses import dataclass, field
from itertools import chain

from django.conf import settings

from signal_inspector.reading import naming
from signal_inspector.reading.parsing import parse
from signal_inspector.reading.replacing import connection, is_weak, last_name

BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)
UNKNOWN = object()  # a value that only running the code would tell


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
        decorated (bool): whether another decorator than one that connects stands above it.
        connecting (list), disconnecting (list): each ``Call`` that names it.
    """

    name: str
    module: str
    path: str
    line: int
    local: bool
    method: bool
    decorated: bool = False
    connecting: list = field(default_factory=list)
    disconnecting: list = field(default_factory=list)

    @property
    def loaded(self):
        """Tell whether the module was imported."""
        return naming.loaded(self.module) is not None


@dataclass
class Call:
    """
    A call of ``connect()`` or ``disconnect()``, or a decorator.

    Attributes:
        module (str), path (str), line (int): where it is.
        signal (str): what the signal is called there.
        sender (str): what the sender is called there, "" for none.
        sender_given (bool): whether the sender is a parameter of the function that the call is in, or comes from one.
        sender_value (object): the sender, if it is written out: a text, or an empty container of its kind; else None.
        uid (object): the dispatch_uid, "" for none, ``UNKNOWN`` where only running the code would tell.
        weak (bool): whether the receiver is held weakly.
        made_there (bool): whether a partial, a lambda or the like is connected that is made of the function there.
        inside (str): the name of the function that the call is in, "" at the top of the module.
        owner (str): the name of the class that this function is a method of, "" for none.
        branch (str), branch_line (int): the beginning of the ``if``, loop or ``try`` that the call is in, "" for none.
    """

    module: str
    path: str
    line: int
    signal: str
    sender: str
    sender_given: bool
    sender_value: object
    uid: object
    weak: bool
    made_there: bool
    inside: str
    owner: str
    branch: str
    branch_line: int

    @property
    def signal_name(self):
        """Return the last part of what the signal is called."""
        return self.signal.rpartition(".")[2]


def read(module, path, text, last):
    """Return a ``Reader`` of what a module says of functions of one name, None for what is not Python."""
    reader = Reader(module, path, last)
    try:
        reader.visit(parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return reader


def classes_whose_ready_names(text, module, wanted):
    """Return the dotted names of classes in a source whose ready() names something, such as a module to import."""
    try:
        classes = [node for node in parse(text).body if isinstance(node, ast.ClassDef)]
    except (SyntaxError, ValueError, RecursionError):
        return []
    word = re.compile(rf"\b{re.escape(wanted)}\b")
    return [
        f"{module}.{each.name}"
        for each in classes
        for method in each.body
        if isinstance(method, ast.FunctionDef) and method.name == "ready" and word.search(ast.unparse(method))
    ]


class Reader(ast.NodeVisitor):
    """Collects the functions of one name in a module, and the calls that connect or disconnect what has the name."""

    def __init__(self, module, path, last):
        """Read a module for what is named ``last`` (str, without dots)."""
        self.module, self.path, self.last = module, path, last
        self.scopes = []  # ("class", "function" or "branch"; name; names of parameters, or the line)
        self.places, self.connecting, self.disconnecting = [], [], []

    def visit_ClassDef(self, node):
        """Go into a class."""
        self.descend(node, "class", node.name)

    def visit_FunctionDef(self, node):
        """Note a function of the name, and the decorators that connect it."""
        if node.name == self.last:
            self.places.append(self.place(node))
            for decorator in filter(connection, node.decorator_list):
                self.connecting.append(self.call(decorator, decorator.args[0], decorator.args[1:]))
        parameters = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        self.descend(node, "function", node.name, parameters)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node):
        """Note a call that connects or disconnects what has the name."""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in ("connect", "disconnect"):
            given = node.args[:1] + [keyword.value for keyword in node.keywords if keyword.arg == "receiver"]
            made = bool(given) and self.is_made_of_it(given[0])
            if made or (given and last_name(given[0]) == self.last and not isinstance(given[0], ast.Call)):
                calls = self.connecting if method == "connect" else self.disconnecting
                calls.append(self.call(node, node.func.value, node.args[1:], made))
        self.generic_visit(node)

    def is_made_of_it(self, node):
        """Tell whether a node makes something of what has the name, as ``partial(hear, 1)`` does."""
        parts = node.args if isinstance(node, ast.Call) else [node.body] if isinstance(node, ast.Lambda) else []
        return any(last_name(each) == self.last for each in parts)

    def generic_visit(self, node):
        """Go on, and remember the branches that are gone into."""
        if isinstance(node, BRANCHES):
            self.scopes.append(("branch", ast.unparse(node).partition("\n")[0].rstrip(":"), node.lineno))
            super().generic_visit(node)
            self.scopes.pop()
        else:
            super().generic_visit(node)

    def descend(self, node, kind, name, parameters=()):
        """Go into a class or a function."""
        self.scopes.append((kind, name, parameters))
        super().generic_visit(node)
        self.scopes.pop()

    def place(self, node):
        """Return the ``Place`` of a function."""
        scopes = [(kind, name) for kind, name, _ in self.scopes if kind != "branch"]
        parts = chain.from_iterable([name, "<locals>"] if kind == "function" else [name] for kind, name in scopes)
        return Place(
            name=".".join((self.module, *parts, node.name)),
            module=self.module,
            path=self.path,
            line=node.lineno,
            local=any(kind == "function" for kind, _ in scopes),
            method=bool(scopes) and scopes[-1][0] == "class",
            decorated=any(not connection(decorator) for decorator in node.decorator_list),
        )

    def call(self, node, signal, positional, made_there=False):
        """Return the ``Call`` of a node."""
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        uid, sender = named.get("dispatch_uid"), named.get("sender")
        if sender is None and positional:
            sender = positional[0]
        parameters = chain.from_iterable(each for kind, _, each in self.scopes if kind == "function")
        inside, owner, branch, branch_line = self.surroundings()
        return Call(
            module=self.module,
            path=self.path,
            line=node.lineno,
            signal=ast.unparse(signal),
            sender="" if sender is None else ast.unparse(sender),
            sender_given=_root(sender) in parameters,
            sender_value=_written_out(sender),
            uid="" if uid is None else value_of(uid, naming.loaded(self.module)),
            weak=is_weak(node),
            made_there=made_there,
            inside=inside,
            owner=owner,
            branch=branch,
            branch_line=branch_line,
        )

    def surroundings(self):
        """Return the function that is gone into, its class, and the innermost branch in it."""
        branch, line = "", 0
        for place, (kind, name, detail) in reversed(list(enumerate(self.scopes))):
            if kind == "branch" and not branch:
                branch, line = name, detail
            if kind == "function":
                above = [scope for scope in self.scopes[:place] if scope[0] != "branch"]
                return name, above[-1][1] if above and above[-1][0] == "class" else "", branch, line
        return "", "", branch, line


def value_of(node, attributes):
    """
    Return the value of an expression as far as it can be told without running it: texts and numbers, and their names.

    Args:
        node (ast.expr): the expression.
        attributes (dict): the names of its module, None if that is not loaded.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        found = (attributes or {}).get(node.id, UNKNOWN)
        return found if type(found) in (str, int, tuple) else UNKNOWN
    if isinstance(node, ast.FormattedValue):
        found = value_of(node.value, attributes)
        return str(found) if found is not UNKNOWN else UNKNOWN
    if isinstance(node, ast.JoinedStr):
        parts = [value_of(part, attributes) for part in node.values]
        return UNKNOWN if UNKNOWN in parts else "".join(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [value_of(part, attributes) for part in (node.left, node.right)]
        return "".join(parts) if all(type(part) is str for part in parts) else UNKNOWN
    return UNKNOWN


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
