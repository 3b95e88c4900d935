"""The exhibits, in the order in which they are shown, and the code that each of them runs."""

import ast
import inspect
from types import CodeType, FunctionType

from django.apps import apps

from lessons.code import block
from lessons.exhibits import bulk, failing, itself, login, mail, spy, stale, together, uid, weak
from signal_inspector.reading.parsing import parse

MODULES = (login, mail, failing, bulk, itself, stale, weak, uid, spy, together)
if apps.is_installed("delivery"):  # without it nobody keeps rows
    from lessons.exhibits import twice

    MODULES += (twice,)

# What puts an exhibit into words, or makes its models, is no part of the lesson.
TOLD = {"TITLE", "QUESTION", "SEE", "CHAPTER", "Model", "holds", "sentence"}
DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign)


class Exhibit:
    """
    An exhibit as the pages tell of it. Templates call what they find, so the module is out of their reach.

    Attributes:
        name (str): its name in the address.
        title (str), question (str), see (str): its texts.
        chapter (str), anchor (str): where the documentation tells of it.
        file (str): where its code is.
        has_given (bool): whether something is there before both sides.
        has_afterwards (bool): whether the database is asked after each side what is left.
    """

    def __init__(self, module):
        """Describe an exhibit by its module."""
        self.name = module.__name__.rpartition(".")[2]
        self.title, self.question, self.see = module.TITLE, module.QUESTION, module.SEE
        self.chapter, self.anchor = module.CHAPTER
        self.file = f"lessons/exhibits/{self.name}.py"
        self.has_given, self.has_afterwards = hasattr(module, "given"), hasattr(module, "afterwards")

    @property
    def following(self):
        """The exhibit after this one, None after the last."""
        names = list(EXHIBITS)
        return next((EXHIBITS[name] for name in names[names.index(self.name) + 1 :]), None)


def code_of(exhibit):
    """
    Return the code of an exhibit, as it stands in its file, by who uses it.

    Args:
        exhibit (module): one of ``lessons.exhibits``.

    Returns:
        A dict from "both", "naive" and "right" to safe HTML.
    """
    used = {side: _used(vars(exhibit)[side], exhibit) for side in ("naive", "right")}
    code = {"both": [], "naive": [], "right": []}
    for name, text in _definitions(exhibit):
        sides = [side for side in used if name == side or name in used[side]]
        code[sides[0] if len(sides) == 1 else "both"].append(text)
    return {side: block("\n\n".join(texts)) if texts else "" for side, texts in code.items()}


def _definitions(module):
    """Yield the name and the text of whatever a module gives a name to, in its order."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    for node in parse(source).body:
        if isinstance(node, DEFINES):
            name = node.targets[0].id if isinstance(node, ast.Assign) else node.name
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
            if name not in TOLD:
                yield name, "\n".join(lines[first - 1 : node.end_lineno])


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


EXHIBITS = {exhibit.name: exhibit for exhibit in map(Exhibit, MODULES)}
MODULE_OF = dict(zip(EXHIBITS, MODULES, strict=True))
