"""
What a module says about its signals, read from the source.

A contract is the text under the assignment of a signal: it describes the arguments as in ":param instance: The user.",
or with each name on a line of its own. Or it is the docstring of a function that a decorator named ``event`` makes a
signal of: then the arguments are the keyword-only parameters.
"""

import ast
import re
from functools import lru_cache
from inspect import cleandoc

from signal_inspector.reading.parsing import parse
from signal_inspector.reading.replacing import last_name
from signal_inspector.reading.source import module_source

EVENT = "event"  # the decorator


def contract_of(name):
    """Return the text and a list of the arguments of the signal of this dotted name; ``("", [])`` if it has none."""
    module, _, path = name.rpartition(".")
    while module:
        source = module_source(module)
        if source:
            return _contracts(source).get(path, ("", []))
        module, _, last = module.rpartition(".")  # held in a class
        path = f"{last}.{path}"
    return "", []


@lru_cache(maxsize=64)
def _contracts(source):
    """Return a dict from path in the module (``"name"``, ``"Class.name"``) to text and arguments."""
    try:
        return dict(_read(parse(source).body, ""))
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _read(body, prefix):
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef):
            yield from _read(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            if any(last_name(decorator) == EVENT for decorator in node.decorator_list):
                arguments = [_parameter(argument) for argument in node.args.kwonlyargs]
                yield prefix + node.name, (ast.get_docstring(node) or "", arguments)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_text(following):
            text = cleandoc(following.value.value)
            for target in getattr(node, "targets", None) or [node.target]:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, (text, _described(text))


def _described(text):
    names = re.findall(r"^(?::param (?:\w+ )?)?([a-z_]\w*)(?::|(?=\n[ \t]+\S))", text, re.MULTILINE)
    return [name for name in names if name not in ("sender", "returns")]


def _parameter(argument):
    return argument.arg if argument.annotation is None else f"{argument.arg}: {ast.unparse(argument.annotation)}"


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
