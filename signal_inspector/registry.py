"""
Every signal of the process, and what it is called.

Signals are found in loaded modules, in classes and containers there, and among live objects. Looking changes nothing:
no module is imported, and no code of what is looked at runs (see naming.py). A signal is held by nobody here: it goes
when the program lets it go.
"""

import gc
import re
import sys
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import NamedTuple
from weakref import ref

from django.dispatch import Signal

from signal_inspector.naming import (
    HEAP_TYPE,
    class_attributes,
    class_flags,
    class_module,
    class_qualname,
    instance_dict,
    is_class,
    module_attributes,
)
from signal_inspector.places import split_name
from signal_inspector.source import module_source

LARGEST = 500  # elements of a container; the tables of encodings and the like are larger
DEEPEST = 2  # containers in containers, classes in classes

# Types of most of what lies in modules and classes; nothing of theirs holds a signal.
_PLAIN = {
    id(kind)
    for kind in (
        FunctionType,
        BuiltinFunctionType,
        MethodDescriptorType,
        WrapperDescriptorType,
        ModuleType,
        str,
        int,
        float,
        bool,
        bytes,
        type(None),
        property,
        classmethod,
        staticmethod,
    )
}

_known = {}  # id of a signal to what is remembered of it
_modules_seen = 0


def find_signals():
    """Return ``(name, signal)`` for every signal in the process, sorted by name."""
    global _modules_seen
    kinds = _signal_types()
    # What gc.freeze() set apart is not among these; whatever of it has a name is found in its module, once.
    signals = {id(value): value for value in gc.get_objects() if id(type(value)) in kinds}
    if len(sys.modules) == _modules_seen and all(key in _known and _known[key].has_place for key in signals):
        signals.update((key, signal) for key, known in _known.copy().items() if (signal := known.reference()))
        named = [(_known[key].name, signal) for key, signal in signals.items()]
    else:
        _modules_seen = len(sys.modules)
        found = _Places(kinds, thorough=True)
        found.look_through_modules()
        signals.update((key, signal) for key, (signal, _) in found.places.items())
        named = [(_remember(signal, found), signal) for signal in signals.values()]
    return sorted(named, key=lambda pair: pair[0])


def name_of(signal):
    """Return the dotted name of a signal by the module that defines it, ``"<unnamed Signal>"`` for one without."""
    # The first time this takes some milliseconds, afterwards the time of two look-ups.
    known = _known.get(id(signal))
    if known is not None and known.reference() is signal:
        return known.name
    found = _Places({id(type(signal))}, thorough=False)
    found.look_through_modules()
    if id(signal) not in found.places and len(sys.modules) != _modules_seen:
        find_signals()  # held in a class or a container, or nowhere
        return name_of(signal)
    return _remember(signal, found)


def place_of(name):
    """Return the file and the line of the assignment that gives a signal this dotted name; ``("", 0)`` if unknown."""
    module, path = split_name(name)
    file = module_attributes(sys.modules.get(module)).get("__file__")
    if type(file) is not str:
        return "", 0
    last = re.match(r"\w*", path.partition("[")[0].rpartition(".")[2])[0]
    source = module_source(module)
    assigned = re.search(rf"^[ \t]*{last}\b\s*(:[^=\n]+)?=", source, re.MULTILINE) if last else None
    return file, source.count("\n", 0, assigned.start()) + 1 if assigned else 0


class _Known(NamedTuple):
    """What is remembered of a signal: a weak reference, its name, and whether that was found somewhere."""

    reference: ref
    name: str
    has_place: bool


def _remember(signal, found):
    key, name = id(signal), found.best_name(signal)
    known = _known.get(key)
    if known is not None and known.reference() is signal:
        reference = known.reference
    else:
        reference = ref(signal, lambda gone: _forget(key, gone))
    _known[key] = _Known(reference, name, key in found.places)
    return name


def _forget(key, reference):
    known = _known.get(key)
    if known is not None and known.reference is reference:  # the id may be another signal's by now
        del _known[key]


def _signal_types():
    """Return the ids of Signal and of all classes made of it: ids, as a class may have an ``__eq__`` of its own."""
    kinds, waiting = set(), [Signal]
    while waiting:
        kind = waiting.pop()
        kinds.add(id(kind))
        waiting += [each for each in type.__subclasses__(kind) if id(each) not in kinds]
    return kinds


class _Places:
    """Where signals are held: id to ``(signal, [(rank, module name, path)])``."""

    DIRECT, IN_CLASS, IN_CONTAINER = range(3)

    def __init__(self, kinds, thorough):
        self.kinds, self.thorough = kinds, thorough
        self.places = {}
        self.classes_seen = set()

    def look_through_modules(self):
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
                    self.add(value, self.DIRECT, _own_name(attributes, module, name), attribute)
                elif self.thorough:
                    self.look_into(value, self.IN_CONTAINER, name, attribute, 1)

    def look_into(self, value, rank, module, path, depth):
        """Look for signals in a class, a plain container, or what an object keeps in its own dictionary."""
        kind = type(value)
        if kind is dict:
            if 0 < len(value) <= LARGEST and path != "__builtins__":
                self.look_at(value.copy().items(), rank, module, path, depth)
        elif kind is list or kind is tuple:
            if 0 < len(value) <= LARGEST:
                self.look_at(enumerate(value.copy() if kind is list else value), rank, module, path, depth)
        elif is_class(value):
            name = class_module(value)
            if id(value) not in self.classes_seen and type(name) is str and name == module:
                self.classes_seen.add(id(value))
                self.look_at_class(value, module, path, depth)
        elif depth == 1 and class_flags(kind) & HEAP_TYPE:
            self.look_at_instance(value, module, path)

    def look_at(self, items, rank, module, path, depth):
        kinds = self.kinds
        for key, value in items:
            kind = type(value)
            if id(kind) in kinds:
                self.add(value, rank, module, f"{path}[{_key(key)}]")
            elif depth < DEEPEST and (kind is dict or kind is list or kind is tuple):
                self.look_into(value, rank, module, f"{path}[{_key(key)}]", depth + 1)

    def look_at_class(self, cls, module, path, depth):
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
                self.add(value, self.IN_CLASS, module, f"{path}.{name}")
            elif kind is dict or kind is list or kind is tuple:
                self.look_into(value, self.IN_CONTAINER, module, f"{path}.{name}", depth)
            elif depth < DEEPEST and is_class(value):
                self.look_into(value, self.IN_CLASS, module, f"{path}.{name}", depth + 1)

    def look_at_instance(self, value, module, path):
        kinds = self.kinds
        for name, inner in instance_dict(value).copy().items():
            if id(type(inner)) in kinds and type(name) is str:
                self.add(inner, self.IN_CONTAINER, module, f"{path}.{name}")

    def add(self, signal, rank, module, path):
        self.places.setdefault(id(signal), (signal, []))[1].append((rank, module, path))

    def best_name(self, signal):
        """Return the name of a signal by the place that defines it, others only import it from there."""
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
    pattern = rf"^{re.escape(name)}\b\s*(:[^=\n]+)?=\s*(\w+\s*=\s*)*[\w.]+\("
    return re.search(pattern, module_source(module), re.MULTILINE) is not None


def _key(key):
    return repr(key) if type(key) in (str, int) else "…"
