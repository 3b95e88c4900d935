"""What receivers write, whether they look at ``raw``, and whether they save the instance that they are told of."""

import ast
from typing import NamedTuple

from signal_inspector.reading.calls import BRANCHES
from signal_inspector.reading.replacing import connection, last_name
from signal_inspector.scanning import statements
from signal_inspector.scanning.files import FUNCTIONS, enclosing, file_of, node_of, shown
from signal_inspector.scanning.places import MEMBERS, QUERIES, SQL
from signal_inspector.scanning.resolving import binding
from signal_inspector.scanning.resolving.values import Live, Row, Rows, Written

OF_ROWS = {"create", "get_or_create", "update_or_create", "delete", *QUERIES, *MEMBERS}
OF_ROW = {"save", "delete"}
ASYNC = {f"a{name}": name for name in OF_ROWS | OF_ROW}
DEEPEST = 3  # functions that call one another
GUARDS = (*BRANCHES, ast.IfExp, ast.BoolOp)


class Evidence(NamedTuple):
    """A line that shows something: path, line, and the code there."""

    path: str
    line: int
    code: str

    def __str__(self):
        """Return it as ``shop/signals.py:12: order.save()``."""
        return f"{shown(self.path)}:{self.line}: {self.code}"


def evidence(node):
    """Return the ``Evidence`` that a node is."""
    code = " ".join(ast.unparse(node).split())
    return Evidence(file_of(node).path, node.lineno, code if len(code) <= 80 else f"{code[:79]}…")


def first_write(resolver, function, depth=0):
    """Return the ``Evidence`` of a write of rows in a function or in one that it calls, None if none is certain."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if _writes(resolver, node):
            return evidence(node)
        if depth < DEEPEST:
            for called, owner in _called(resolver, node):
                resolver.frames.append((called, resolver.given(called, node, owner)))
                try:
                    found = first_write(resolver, called, depth + 1)
                finally:
                    resolver.frames.pop()
                if found:
                    return found
    return None


def _writes(resolver, call):
    if not isinstance(call.func, ast.Attribute):
        return False
    name = ASYNC.get(call.func.attr, call.func.attr)
    if name in SQL:
        return bool(call.args and statements.written(resolver.text(call.args[0])))
    if name == "save" and is_instance(call.func.value):
        return True
    if name not in OF_ROWS | OF_ROW:
        return False
    owners = resolver.of(call.func.value)
    return bool(owners) and all(
        (type(each) is Row and name in OF_ROW)
        or (type(each) is Rows and name in OF_ROWS and (name not in MEMBERS or each.relation is not None))
        for each in owners
    )


def _called(resolver, call):
    """Yield the functions of the project that a call may call, each with what it is a method of, if it is."""
    if isinstance(call.func, ast.Attribute):
        owners = [(each, call.func.attr) for each in resolver.of(call.func.value) or ()]
        for owner, name in owners:
            if type(owner) is Row:
                method = resolver.method(owner, name)
                if method is not None:
                    yield method, (owner,)
    for value in resolver.of(call.func) or ():
        node = value.node if type(value) is Written else node_of(value.object) if type(value) is Live else None
        if isinstance(node, FUNCTIONS) and not file_of(node).name.startswith("django."):
            yield node, ()


def looks_at_raw(resolver, function):
    """Tell whether a receiver looks at ``raw``, or may: it hands all its arguments on, or a decorator may do it."""
    if _mentions_raw(function):
        return True
    for decorator in function.decorator_list:
        if connection(decorator) is None and not _is_without_raw(resolver, decorator):
            return True
    every = function.args.kwarg.arg if function.args.kwarg else ""
    return any(
        isinstance(node, ast.Name) and node.id == every and not _takes_one(node)
        for part in function.body
        for node in ast.walk(part)
    )


def _mentions_raw(node):
    return any(
        (isinstance(each, ast.Name) and each.id == "raw") or (isinstance(each, ast.Constant) and each.value == "raw")
        for each in ast.walk(node)
    )


def _is_without_raw(resolver, decorator):
    """Tell whether the source of a decorator is known, and says nothing of ``raw``."""
    found = resolver.of(decorator.func if isinstance(decorator, ast.Call) else decorator)
    nodes = [node_of(each.object) if type(each) is Live else None for each in found or (None,)]
    return all(node is not None and not _mentions_raw(node) for node in nodes)


def _takes_one(node):
    """Tell whether a name is used as ``kwargs["created"]`` or ``kwargs.get("created")``."""
    parent = node.parent
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.slice, ast.Constant)
    return isinstance(parent, ast.Attribute) and parent.attr in ("get", "pop") and isinstance(parent.parent, ast.Call)


def own_save(resolver, function):
    """
    Return the ``Evidence`` of a receiver that saves the instance that it is told of, and the guard before it.

    The guard is the code of the first condition, or the like, that stands in the way; "" for none. Return None if the
    receiver does not save it.
    """
    found = []
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not is_instance(node.func.value) or enclosing(node, FUNCTIONS) is not function:
            continue
        if node.func.attr in ("save", "asave"):
            found.append((evidence(node), guard(node, function)))
            continue
        for owner in resolver.of(node.func.value) or ():
            method = resolver.method(owner, node.func.attr) if type(owner) is Row else None
            inner = _saves_self(method) if method is not None else None
            if inner is not None:
                found.append((evidence(inner), guard(node, function) or guard(inner, method)))
    return min(found, key=lambda pair: pair[1] != "", default=None)


def _saves_self(method):
    name = method.args.args[0].arg if method.args.args else ""
    calls = [each for each in ast.walk(method) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)]
    saves = [each for each in calls if each.func.attr in ("save", "asave")]
    return next((each for each in saves if getattr(each.func.value, "id", "") == name), None)


def is_instance(node):
    """Tell whether an expression is the argument ``instance`` of the function that it is in."""
    function = enclosing(node, FUNCTIONS)
    if isinstance(node, ast.Subscript) and function is not None and function.args.kwarg is not None:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return key == "instance" and getattr(node.value, "id", "") == function.args.kwarg.arg
    if not isinstance(node, ast.Name) or function is None:
        return False
    found = binding.reaching(binding.bindings(function, node.id), node)
    return bool(found) and all(
        (each.kind == "parameter" and each.node.arg == "instance")
        or (each.kind == "value" and each.node is not node and is_instance(each.node))
        for each in found
    )


def guard(node, function):
    """Return the code of what may keep a function from coming to a node, "" for nothing."""
    child = node
    while child is not function:
        parent = child.parent
        tries = isinstance(parent, ast.Try) and child in parent.body
        if isinstance(parent, GUARDS) and not tries and not _is_atomic(parent):
            return ast.unparse(getattr(parent, "test", parent)).partition("\n")[0]
        for _name, block in ast.iter_fields(parent):
            if isinstance(block, list) and child in block and isinstance(child, ast.stmt):
                for before in block[: block.index(child)]:
                    leaves = any(isinstance(each, (ast.Return, ast.Raise)) for each in ast.walk(before))
                    if leaves or any(last_name(each) == "disconnect" for each in ast.walk(before) if _is_call(each)):
                        return ast.unparse(before).partition("\n")[0].removesuffix(":")
        child = parent
    return ""


def _is_call(node):
    return isinstance(node, ast.Call)


def _is_atomic(node):
    items = getattr(node, "items", ())
    return bool(items) and all(last_name(each.context_expr) == "atomic" for each in items)
