"""
Every signal of the process, and what it is called.

Signals are found in loaded modules, in classes and containers there, and among live objects. Looking changes nothing:
no module is imported, and no code of what is looked at runs (see holders.py). A signal is held by nobody here: it goes
when the program lets it go.
"""

import gc
import re
import sys
from typing import NamedTuple
from weakref import ref

from django.dispatch import Signal

from signal_inspector.connected.holders import Holders
from signal_inspector.reading.naming import module_attributes
from signal_inspector.reading.places import split_name
from signal_inspector.reading.source import module_source

IN_VAIN = 20  # searches; a program that makes nameless signals as it goes makes many

_known = {}  # id of a signal to what is remembered of it
_modules_seen = 0
_in_vain = 0  # how many signals in a row were looked for and not found


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
        found = Holders(kinds, thorough=True)
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
    try:
        return _look_for(signal)
    except Exception:  # whoever sends a signal while it is recorded must not fail for its name
        return "<unknown>"


def _look_for(signal):
    global _in_vain
    found = Holders({id(type(signal))}, thorough=False)
    if _in_vain < IN_VAIN or len(sys.modules) != _modules_seen:
        found.look_through_modules()
        _in_vain = 0 if id(signal) in found.places else _in_vain + 1
        if _in_vain and len(sys.modules) != _modules_seen:
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
