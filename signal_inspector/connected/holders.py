"""What holds a signal: modules, classes and containers in them. No code of theirs is run (see naming.py)."""

import sys
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType

from signal_inspector.reading.naming import (
    HEAP_TYPE,
    class_attributes,
    class_flags,
    class_module,
    class_qualname,
    instance_dict,
    is_class,
    module_attributes,
)
from signal_inspector.reading.source import definitions, module_source

LARGEST = 500  # elements of a container; the tables of encodings and the like are larger
DEEPEST = 2  # containers in containers, classes in classes

# Types of most of what lies in modules and classes; nothing of theirs holds a signal.
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
_VALUES = (ModuleType, str, int, float, bool, bytes, type(None), property, classmethod, staticmethod)
_PLAIN = {id(kind) for kind in (*_FUNCTIONS, *_VALUES)}


class Holders:
    """
    Finds what holds a signal: modules, classes and containers in them.

    Attributes:
        places (dict): id of a signal to ``(signal, [(rank, module name, path)])``.
    """

    DIRECT, IN_CLASS, IN_CONTAINER = range(3)

    def __init__(self, kinds):
        """Look for instances of some classes, given by their ids."""
        self.kinds = kinds
        self.places = {}
        self.classes_seen = set()

    def look_through_modules(self):
        """Look for signals in all loaded modules."""
        kinds = self.kinds
        for name, module in sys.modules.copy().items():
            if type(name) is not str:
                continue
            attributes = module_attributes(module)
            for attribute, value in attributes.items():
                kind = id(type(value))
                if kind in _PLAIN:
                    continue
                if kind in kinds:
                    self._add(value, self.DIRECT, _own_name(attributes, module, name), attribute)
                else:
                    self._look_into(value, self.IN_CONTAINER, name, attribute, 1)

    def _look_into(self, value, rank, module, path, depth):
        """Look for signals in a class, a plain container, or what an object keeps in its own dictionary."""
        kind = type(value)
        if kind is dict:
            if 0 < len(value) <= LARGEST and path != "__builtins__":
                self._look_at(value.copy().items(), rank, module, path, depth)
        elif kind is list or kind is tuple:
            if 0 < len(value) <= LARGEST:
                self._look_at(enumerate(value.copy() if kind is list else value), rank, module, path, depth)
        elif is_class(value):
            name = class_module(value)
            if id(value) not in self.classes_seen and type(name) is str and name == module:
                self.classes_seen.add(id(value))
                self._look_at_class(value, module, path, depth)
        elif depth == 1 and class_flags(kind) & HEAP_TYPE:
            self._look_at_instance(value, module, path)

    def _look_at(self, items, rank, module, path, depth):
        kinds = self.kinds
        for key, value in items:
            kind = type(value)
            if id(kind) in kinds:
                self._add(value, rank, module, f"{path}[{_key(key)}]")
            elif depth < DEEPEST and (kind is dict or kind is list or kind is tuple):
                self._look_into(value, rank, module, f"{path}[{_key(key)}]", depth + 1)

    def _look_at_class(self, cls, module, path, depth):
        kinds = self.kinds
        try:
            items = list(class_attributes(cls).items())
        except RuntimeError:  # another thread is changing the class
            return
        for name, value in items:
            kind = type(value)
            if id(kind) in _PLAIN:
                continue
            if id(kind) in kinds:
                self._add(value, self.IN_CLASS, module, f"{path}.{name}")
            elif kind is dict or kind is list or kind is tuple:
                self._look_into(value, self.IN_CONTAINER, module, f"{path}.{name}", depth)
            elif depth < DEEPEST and is_class(value):
                self._look_into(value, self.IN_CLASS, module, f"{path}.{name}", depth + 1)

    def _look_at_instance(self, value, module, path):
        kinds = self.kinds
        for name, inner in instance_dict(value).copy().items():
            if id(type(inner)) in kinds and type(name) is str:
                self._add(inner, self.IN_CONTAINER, module, f"{path}.{name}")

    def _add(self, signal, rank, module, path):
        self.places.setdefault(id(signal), (signal, []))[1].append((rank, module, path))

    def best_name(self, signal):
        """Return the name of a signal by the place that defines it; others only import it from there."""
        places = self.places.get(id(signal), (signal, ()))[1]
        if not places:
            return f"<unnamed {class_qualname(type(signal))}>"
        places = sorted(places, key=_likelihood)
        direct = [place for place in places if place[0] == self.DIRECT]
        defining = [place for place in direct if _assigns(*place[1:])] if len(places) > 1 else ()
        in_class = [place for place in places if place[0] == self.IN_CLASS]
        _, module, path = (*defining, *in_class, *places)[0]
        return f"{module}.{path}"


def _own_name(attributes, module, name):
    """Return the name that a module gives itself, if it is loaded by that, and else the one it was found by."""
    own = attributes.get("__name__")
    return own if type(own) is str and sys.modules.get(own) is module else name


def _likelihood(place):
    """Order places by how likely they define the signal: modules for signals first, then short names."""
    rank, module, path = place
    last = module.rpartition(".")[2]
    return (rank, module == "__main__", last not in ("signals", "events"), module.count("."), len(module), path)


def _assigns(module, name):
    """Tell whether the source of a module makes an object and gives it this name at the top level."""
    return any(made and not indent for _line, indent, made in definitions(module_source(module), name))


def _key(key):
    return repr(key) if type(key) in (str, int) else "…"
