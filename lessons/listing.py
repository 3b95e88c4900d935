"""The exhibits, in the order in which they are shown, and the code that each of them runs."""

from types import CodeType, FunctionType

from lessons.code import block_of
from lessons.exhibits import bulk, failing, itself, login, mail, spy, stale, together, uid, weak

EXHIBITS = {
    module.__name__.rpartition(".")[2]: module
    for module in (login, mail, failing, bulk, itself, stale, weak, uid, spy, together)
}

TOLD = ("holds", "sentence")  # what puts a result into words is no part of the lesson


def code_of(exhibit):
    """
    Return the code of an exhibit, from its file, by who uses it.

    Args:
        exhibit (module): one of ``lessons.exhibits``.

    Returns:
        A dict from "both", "naive" and "right" to safe HTML.
    """
    used = {side: _used(vars(exhibit)[side], exhibit) for side in ("naive", "right")}
    code = {"both": [], "naive": [], "right": []}
    for name, value in vars(exhibit).items():
        if name in TOLD or getattr(value, "__module__", "") != exhibit.__name__ or not _is_shown(value):
            continue
        sides = [side for side in used if name == side or name in used[side]]
        code[sides[0] if len(sides) == 1 else "both"].append(value)
    return {side: block_of(definitions) for side, definitions in code.items()}


def _is_shown(value):
    return type(value) is FunctionType or (isinstance(value, type) and value.__name__ != "Model")


def _used(function, module):
    """Return the names of the module that a function uses, itself or by what it calls."""
    found, waiting = set(), [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [each for each in code.co_consts if type(each) is CodeType]
        for name in set(code.co_names) - found:
            value = vars(module).get(name)
            if value is not None:
                found.add(name)
                if type(value) is FunctionType and value.__module__ == module.__name__:
                    waiting.append(value.__code__)
    return found


def after(name):
    """Return the name and the module of the exhibit that follows one, None after the last."""
    names = list(EXHIBITS)
    following = names[names.index(name) + 1 :][:1]
    return (following[0], EXHIBITS[following[0]]) if following else None
