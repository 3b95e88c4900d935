"""
Receivers whose name is given to something else, found in the source.

A signal holds a function weakly, and the module holds it by its name. Where a second ``def`` takes the name, nobody
holds the first, and its connection ends. With ``DEBUG=True`` a cache of Django's hides that.
"""

import ast
import re
from typing import NamedTuple

from signal_inspector.reading.parsing import parse

CONNECTS = re.compile(r"@[\w.]*(receiver\(|\.connect\b)|\.connect\(")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Replaced(NamedTuple):
    """
    A receiver that was replaced.

    Attributes:
        name (str): the name, after that of the class it is in, if it is.
        line (int), first_line (int): the line of its ``def``, and of its first decorator.
        signal (str): what it is connected to, as it is written.
        again (int): the line that gives the name to something else; the same line in a loop.
    """

    name: str
    line: int
    first_line: int
    signal: str
    again: int


def replaced(text):
    """Return a list of each ``Replaced`` in the source of a module, [] for what is not Python."""
    if not CONNECTS.search(text):
        return []
    try:
        return list(_in_bodies(parse(text), ""))
    except (SyntaxError, ValueError, RecursionError):
        return []


def connection(decorator):
    """Return the call of a decorator that connects a function, ``@receiver(signal)`` and the like, else None."""
    if isinstance(decorator, ast.Call) and decorator.args and last_name(decorator).endswith("receiver"):
        return decorator
    return None


def is_weak(call):
    """Tell whether a call connects by a weak reference, as far as it says."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "weak"), None)
    return not (isinstance(given, ast.Constant) and given.value is False)


def last_name(node):
    """Return the last part of what a node of a syntax tree names or calls: "receiver" of ``dispatch.receiver()``."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _in_bodies(node, prefix):
    """Look at each list of statements in a module or a class; what is defined in a function is gone with it."""
    for _field, value in ast.iter_fields(node):
        if not isinstance(value, list) or not value or isinstance(value[0], ast.expr):
            continue
        if isinstance(value[0], ast.stmt):
            yield from _in_statements(value, prefix, isinstance(node, LOOPS))
        for each in value:
            if not isinstance(each, FUNCTIONS):
                yield from _in_bodies(each, f"{prefix}{each.name}." if isinstance(each, ast.ClassDef) else prefix)


def _in_statements(statements, prefix, in_loop):
    bound = [_bound_by(statement) for statement in statements]
    for place, statement in enumerate(statements):
        for name in bound[place] if isinstance(statement, (*FUNCTIONS, ast.Assign)) else ():
            end = next((later for later in range(place + 1, len(bound)) if name in bound[later]), None)
            if end is None and not in_loop:
                continue
            call = _connected(name, statement, statements[place + 1 : end])
            if call is not None and is_weak(call):
                first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
                again = statement.lineno if end is None else statements[end].lineno
                yield Replaced(prefix + name, statement.lineno, first, _signal(call), again)


def _connected(name, definition, others):
    """Return the call that connects a name, None if there is none, or if a statement may give it to somebody else."""
    calls = list(filter(connection, getattr(definition, "decorator_list", ())))
    for statement in others:
        connects = _connects(statement, name)
        if connects is not None:
            calls.append(connects)
        elif any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(statement)):
            return None
    return calls[0] if calls else None


def _connects(statement, name):
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
        given = call.args[:1] + [keyword.value for keyword in call.keywords if keyword.arg == "receiver"]
        return call if given and isinstance(given[0], ast.Name) and given[0].id == name else None
    return None


def _bound_by(statement):
    """Return the names that a statement binds or deletes."""
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {each.asname or each.name.partition(".")[0] for each in statement.names}
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _signal(call):
    signal = call.func.value if last_name(call) == "connect" else call.args[0]
    return ast.unparse(signal)
