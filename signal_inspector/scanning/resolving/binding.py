"""Which statements may have given a name the value that it has at a place in the source."""

import ast
from typing import NamedTuple

from signal_inspector.scanning.files import FUNCTIONS, SCOPES

LOOPS = (ast.For, ast.AsyncFor, ast.While)
LEAVES = (ast.Return, ast.Raise)


class Binding(NamedTuple):
    """
    What gives a name a value.

    Attributes:
        kind (str): "value", "item" (of a tuple), "element" (of what is iterated), "import", "definition", "parameter",
            or "unknown".
        node (ast.AST): the value, what is iterated, the import, the definition, the argument.
        at (ast.AST): the node that binds.
        detail (object): the number of the item or element, None for the whole; of an import the alias.
        header (bool): whether it holds in the body of its own statement.
    """

    kind: str
    node: ast.AST
    at: ast.AST
    detail: object = None
    header: bool = False


def bindings(scope, name):
    """Return each ``Binding`` of a name in a function, class or module, not in what is defined in it."""
    if not hasattr(scope, "bindings"):
        scope.bindings = {}
        for each, binding in _all(scope):
            scope.bindings.setdefault(each, []).append(binding)
    return scope.bindings.get(name) or (scope.bindings.get("*", []) if isinstance(scope, ast.Module) else [])


def reaching(found, use):
    """
    Return those of some bindings whose value a name may have at a place in the same scope.

    Args:
        found (list): each ``Binding`` of the name.
        use (ast.AST): the place.
    """
    place, spot = _path(use), _position(use)
    certain = [each for each in found if _dominates(each, place) and _position(each.at) <= spot]
    last = max(certain, key=lambda each: _position(each.at), default=None)
    kept = [last] if last else []
    for each in found:
        if each is last or each in kept:
            continue
        start, path = _position(each.at), _path(each.at)
        later = start > (_position(last.at) if last else (0, 0))
        around = _common_loop(each.at, use)
        again = around is not None and (last is None or not _within(last.at, around))
        if (later and start < spot and not _is_apart(path, place) and not _leaves(each.at, use)) or again:
            kept.append(each)
    return kept


def _all(scope):
    if isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        arguments = scope.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            yield each.arg, Binding("parameter", each, scope, header=True)
        for each in filter(None, (arguments.vararg, arguments.kwarg)):
            yield each.arg, Binding("unknown", each, scope, header=True)
    waiting = list(getattr(scope, "body", ())) if not isinstance(scope, ast.Lambda) else []
    while waiting:
        node = waiting.pop()
        yield from _of(node)
        if isinstance(node, SCOPES):
            yield from _from_inside(node, scope)
        else:
            waiting += ast.iter_child_nodes(node)


def _from_inside(inner, scope):
    """Yield what functions in a scope do to its names, as ``nonlocal`` and ``global`` let them."""
    kind = ast.Global if isinstance(scope, ast.Module) else ast.Nonlocal
    for node in ast.walk(inner):
        for name in node.names if isinstance(node, kind) else ():
            yield name, Binding("unknown", node, inner)


def _of(node):
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name, Binding("definition", node, node)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], Binding("import", node, node, alias)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, "value", node.value, node)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _targets(node.target, "value", node.value, node)
    elif isinstance(node, ast.AugAssign):
        yield from _targets(node.target, "unknown", node.value, node)
    elif isinstance(node, ast.NamedExpr):
        yield from _targets(node.target, "value", node.value, node, header=True)
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from _targets(node.target, "element", node.iter, node, header=True)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            yield from _targets(item.optional_vars, "unknown", node, node, header=True)
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name, Binding("unknown", node, node, header=True)
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name, Binding("unknown", node, node)
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        for name in node.names:
            yield name, Binding("unknown", node, node)
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            yield from _targets(target, "unknown", node, node)


def _targets(target, kind, value, at, detail=None, header=False):
    if isinstance(target, ast.Name):
        yield target.id, Binding(kind, value, at, detail, header)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for number, each in enumerate(target.elts):
            known = kind != "unknown" and detail is None and not isinstance(each, ast.Starred)
            inner = "item" if kind == "value" else kind
            yield from _targets(each, inner if known else "unknown", value, at, number, header)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, "unknown", value, at, detail, header)


def _path(node):
    """Return the blocks that a node is in, from the outside: whose it is, which one, and the place in it."""
    found = []
    while not isinstance(node, ast.Module):
        parent = node.parent
        if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            for name, block in ast.iter_fields(parent):
                if isinstance(block, list) and node in block:
                    found.append((id(parent), name, block.index(node), parent))
        if isinstance(parent, SCOPES):
            break
        node = parent
    return found[::-1]


def _position(node):
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def _dominates(binding, place):
    """Tell whether a binding is always met before a place."""
    if binding.kind == "parameter" or (isinstance(binding.at, (*FUNCTIONS, ast.Lambda)) and binding.header):
        return True
    path = _path(binding.at)
    if binding.header and isinstance(binding.at, (ast.For, ast.AsyncFor, ast.ExceptHandler)):
        return [each[:3] for each in place[: len(path)]] == [each[:3] for each in path] and _in_body(place, path)
    if len(place) < len(path) or [each[:3] for each in place[: len(path) - 1]] != [each[:3] for each in path[:-1]]:
        return False
    (owner, block, number, _), (other, other_block, other_number, _) = path[-1], place[len(path) - 1]
    same = (owner, block) == (other, other_block)
    return same and (other_number > number or (binding.header and other_number == number))


def _in_body(place, path):
    return len(place) > len(path) and place[len(path)][1] == "body"


def _is_apart(path, place):
    """Tell whether two places are in branches of which only one runs."""
    for one, other in zip(path, place, strict=False):
        if one[:3] != other[:3]:
            return one[0] == other[0] and one[1] != other[1] and isinstance(one[3], ast.If)
    return False


def _leaves(node, use):
    """Tell whether the block of a node that a use is not in ends by leaving the function."""
    while (parent := getattr(node, "parent", None)) is not None and not isinstance(parent, SCOPES):
        for _name, block in ast.iter_fields(parent):
            if isinstance(block, list) and node in block and isinstance(block[-1], LEAVES):
                return not any(_within(use, each) for each in block)
        node = parent
    return False


def _common_loop(node, use):
    while (node := getattr(node, "parent", None)) is not None and not isinstance(node, SCOPES):
        if isinstance(node, LOOPS) and _within(use, node):
            return node
    return None


def _within(node, outer):
    while node is not None:
        if node is outer:
            return True
        node = getattr(node, "parent", None)
    return False
