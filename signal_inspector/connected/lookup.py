"""
Find what a name in a trace belongs to, without importing or running anything.

A trace holds names alone, maybe of a process that has ended. Only what is loaded is found: what is connected, and
functions and classes of the apps and of Django.
"""

import sys
from types import FunctionType

from django.apps import apps

from signal_inspector.connected import inventory
from signal_inspector.reading import naming, source
from signal_inspector.reading.places import split_name

MOST_SOURCES = 300  # on one page, which is half a megabyte then
WRAPPERS = ("functools.partial(", "functools.partialmethod(")


def function_named(name, anywhere=False):
    """
    Return the function or class of a name as ``naming.receiver_name`` gives it, None if it is not found.

    Args:
        name (str): the name.
        anywhere (bool): whether it may be in any module, for a name that is known to be a receiver's.
    """
    for wrapper in WRAPPERS:
        while name.startswith(wrapper) and name.endswith(")"):
            name = name[len(wrapper) : -1]
    name = name.removesuffix(".__call__")
    module, rest = split_name(name)
    if module not in sys.modules or not (anywhere or _is_open(module)):
        return None
    found, attributes = None, naming.module_attributes(sys.modules[module])
    for part in rest.split("."):
        if part == "<locals>":  # what is made in a function is shown with it
            break
        found = attributes.get(part)
        if type(found) in (staticmethod, classmethod):
            found = found.__func__
        if naming.is_class(found):
            attributes = naming.class_attributes(found)
        elif type(found) is not FunctionType:
            found = source.function_behind(found) if found is not None else None
            break
        else:
            attributes = {}
    return found if type(found) is FunctionType or naming.is_class(found) else None


def _is_open(module):
    return apps.get_containing_app_config(module) is not None or module.partition(".")[0] == "django"


def receiver_named(name):
    """Return the connected receiver of a name, else the function or class of that name, else None."""
    return inventory.receiver_named(name) or function_named(name)


def sources(names):
    """Return the ``Source`` of connected receivers by their names, where it is found; {} if there are too many."""
    if len(names) > MOST_SOURCES:
        return {}
    found = {name: function_named(name, anywhere=True) for name in names}
    return {name: source.source_of(function) for name, function in found.items() if function is not None}


def about(names):
    """
    Return what some receivers do: a dict from the name to the first line of the docstring.

    What is made inside a function is told by that function's docstring; with its name in front, but for a lambda,
    which goes by that name.
    """
    found = {}
    for name in names:
        function = function_named(name)
        line = "" if function is None else source.first_line(function)
        inner = ".<locals>" in name and not name.endswith(".<locals>.<lambda>")  # which has no name of its own
        outer = name.partition(".<locals>")[0].rpartition(".")[2] if inner else ""
        found[name] = f"{outer}(): {line}" if line and outer else line
    return found


def not_called(trace):
    """
    Return what is connected and was not called in a trace, as pairs of a ``SignalInfo`` and its receivers.

    It is this process that is asked now, whichever recorded the trace.
    """
    called = {(parent.name, node.name) for node, parent in trace.walk_with_parents() if parent}
    found = []
    for signal in inventory.without_own(inventory.all_signals()):
        receivers = [each for each in signal.receivers if not each.dead and (signal.name, each.name) not in called]
        if receivers:
            found.append((signal, receivers))
    return found
