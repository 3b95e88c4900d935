"""The source of modules and receivers, read without importing anything or running what is read."""

import linecache
import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache, partial
from inspect import getblock
from types import FunctionType, MethodType

from django.utils.translation import gettext as _

from signal_inspector.reading import naming
from signal_inspector.reading.colours import coloured

LONGEST = 400  # lines shown of one receiver
MOST_HELD = 60  # objects looked at for functions that a callable holds
PARTIAL_ARGUMENTS, PARTIAL_KEYWORDS = (partial.__dict__[name].__get__ for name in ("args", "keywords"))
LONGEST_LINE = 300  # characters of what is said of one

# What follows the name in "name: Signal = other = make_signal()"; the group is there if something is called.
ASSIGNED = re.compile(r"[ \t]*(?::[^=\n]+)?=(?!=)\s*((?:\w+\s*=\s*)*[\w.]+\()?")


@dataclass(slots=True)
class Source:
    """
    The source of a receiver.

    Attributes:
        file (str): the path, "" if unknown.
        line (int): the number of the first line, 0 if unknown.
        lines (list): for each line a list of ``(css class, text)``.
        note (str): why there are no lines, or not all.
    """

    file: str = ""
    line: int = 0
    lines: list = field(default_factory=list)
    note: str = ""


def source_of(receiver):
    """Return the ``Source`` of a receiver. Never raises: what has none has a note that says so."""
    try:
        function = function_behind(receiver)
        file, line = location(function)
        if not file:
            return Source(note=_("There is no Python source: this is written in C, or was made without a file."))
        linecache.checkcache(file)
        lines = linecache.getlines(file, function.__globals__ if type(function) is FunctionType else None)
        if not lines:
            return Source(file, line, note=_("The file is not there any more, or can't be read."))
        block = getblock(lines[line - 1 :]) if line else []
        note = _("The rest is left out.") if len(block) > LONGEST else ""
        return Source(file, line, coloured(block[:LONGEST]), note)
    except Exception:  # a file that changed meanwhile, an odd object: the page goes on without
        return Source(note=_("The source can't be read."))


def function_behind(receiver, depth=0):
    """Return the function or class that runs when a receiver is called: through methods, partials and wrappers."""
    kind = type(receiver)
    if depth > 10:
        return receiver
    if kind is MethodType:
        return function_behind(receiver.__func__, depth + 1)
    if issubclass(kind, partial):
        return function_behind(naming.partial_function(receiver), depth + 1)
    if naming.is_class(receiver):
        return receiver
    _task, function = naming.task_behind(receiver)
    if function is not None:
        return function
    wrapped = naming.instance_dict(receiver).get("__wrapped__")
    if wrapped is not None:
        return function_behind(wrapped, depth + 1)
    if kind is FunctionType:
        return receiver
    call = naming.class_attribute(kind, "__call__")
    return call if type(call) is FunctionType else receiver


def held_by(receiver):
    """
    Return the functions that a callable keeps in itself: in its closure, its attributes, a partial's arguments.

    A decorator without ``functools.wraps`` keeps the function that it was given like that, and maybe others.
    """
    found, waiting, seen = [], [(receiver, 0)], set()
    while waiting and len(seen) < MOST_HELD:
        value, depth = waiting.pop()
        if id(value) in seen or depth > 3 or naming.is_class(value):
            continue
        seen.add(id(value))
        kind = type(value)
        if kind is FunctionType:
            found.append(value)
            inner = [*_cells(value), *value.__dict__.values()]
        elif kind is MethodType:
            inner = [value.__func__, value.__self__]
        elif issubclass(kind, partial):
            inner = [naming.partial_function(value), *PARTIAL_ARGUMENTS(value), *PARTIAL_KEYWORDS(value).values()]
        elif kind is tuple or kind is list:
            inner = value[:20]
        else:
            inner = [naming.task_behind(value)[1], *list(naming.instance_dict(value).values())[:20]]
        waiting += [(each, depth + 1) for each in inner]
    return [function for function in found if function is not receiver]


def _cells(function):
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty yet
            pass


def location(function):
    """Return the file and the first line of a function or class, decorators included; ``("", 0)`` if unknown."""
    if type(function) is FunctionType:
        return function.__code__.co_filename, function.__code__.co_firstlineno
    if naming.is_class(function):
        attributes = naming.class_attributes(function)
        line = attributes.get("__firstlineno__", 0)  # Python 3.13 and later
        init = attributes.get("__init__")
        file = naming.module_attributes(sys.modules.get(attributes.get("__module__"))).get("__file__")
        if not line and type(init) is FunctionType:
            line = init.__code__.co_firstlineno
        if type(file) is str and type(line) is int:
            return file, line
    return "", 0


def first_line(function):
    """
    Return the first line of the docstring of a function or class, "" if it has none.

    It may end in the middle of a sentence, as that of Django's ``update_last_login()`` does: then the lines up to the
    first empty one are joined. The marks round code are left out, for those who read it outside of the source.
    """
    if type(function) is FunctionType:
        text = function.__doc__
    elif naming.is_class(function):
        text = naming.class_attributes(function).get("__doc__")
    else:
        text = ""
    return _beginning(text) if type(text) is str else ""


@lru_cache(maxsize=1000)
def _beginning(text):
    first, *others = re.split(r"\n\s*\n", text.strip())[0].splitlines() or [""]
    line = first if first.rstrip().endswith((".", "!", "?", ":")) else " ".join([first, *others])
    return " ".join(line.split()).replace("``", "")[:LONGEST_LINE]


def module_source(name):
    """Return the text of a loaded module, "" if there is none to be had."""
    attributes = naming.module_attributes(sys.modules.get(name))
    path = attributes.get("__file__")
    if type(path) is not str or not path.endswith((".py", ".pyw")):
        return ""
    try:
        # With the module's globals linecache asks its loader too, for what lies in a zip file.
        return "".join(linecache.getlines(path, attributes))
    except Exception:  # a loader may raise anything
        return ""


def definitions(source, name):
    """
    Yield where a name is given to something in a source text, from the top.

    Args:
        source (str): the source of a module.
        name (str): the name, without dots.

    Yields:
        The number of the line, how far it is indented, and whether the line makes what it names: by a call, or as a
        function. What a decorator makes of a function has the function's name.
    """
    place = source.find(name) if name.isidentifier() else -1
    while place >= 0:
        start = source.rfind("\n", 0, place) + 1
        before, after = source[start:place], place + len(name)
        if not before.strip(" \t"):
            assigned = ASSIGNED.match(source, after)
            if assigned:
                yield source.count("\n", 0, start) + 1, len(before), assigned[1] is not None
        elif before.strip(" \t") == "def" and source.startswith("(", after):
            yield source.count("\n", 0, start) + 1, before.index("d"), True
        place = source.find(name, after)
