"""
Every signal of the process, and what it is called.

Signals are found in loaded modules, in classes and containers there, and among live objects. Looking changes nothing:
no module is imported, and no code of what is looked at runs (see holders.py). A signal is held by nobody here: it goes
when the program lets it go.
"""

import gc
import sys
from typing import NamedTuple
from weakref import ref

from django.dispatch import Signal

from signal_inspector.connected.holders import Holders
from signal_inspector.reading.naming import module_attributes
from signal_inspector.reading.places import split_name
from signal_inspector.reading.private import StandIn
from signal_inspector.reading.source import definitions, module_source

IN_VAIN = 20  # searches; a program that makes nameless signals as it goes makes many

_known = {}  # id of a signal to what is remembered of it
_modules_seen = 0
_in_vain = 0  # how many searches in a row found no new signal


def find_signals():
    """Return ``(name, signal)`` for every signal in the process, sorted by name."""
    kinds = _signal_types()
    # An instance refers to its class, so its class leads to it: the quickest way through millions of objects.
    # What gc.freeze() set apart is not among these; whatever of it has a name is found in its module, once.
    signals = {id(value): value for value in gc.get_referrers(*kinds.values()) if id(type(value)) in kinds}
    unknown = signals.keys() - _known.keys()
    if _modules_changed() or (unknown and _in_vain < IN_VAIN):
        found = _search(kinds, unknown)
        signals.update((key, signal) for key, (signal, _) in found.places.items())
        named = [(_remember(signal, found), signal) for signal in signals.values()]
    else:
        signals.update((key, signal) for key, known in _known.copy().items() if (signal := known.reference()))
        named = [(_name_at_once(signal), signal) for signal in signals.values()]
    return sorted(named, key=lambda pair: pair[0])


def name_of(signal):
    """
    Return the dotted name of a signal by the module that defines it, ``"<unnamed Signal>"`` for one without.

    That of a stand-in, which other tools may hand to us, is the name of the signal.
    """
    # The first time this looks through the modules for all signals, afterwards it takes the time of two look-ups.
    known = _known.get(id(signal))
    if known is not None and known.reference() is signal:
        return known.name
    if type(signal) is StandIn:
        return name_of(signal.signal)
    try:
        if _modules_changed() or _in_vain < IN_VAIN:
            find_signals()
        return _name_at_once(signal)
    except Exception:  # whoever sends a signal while it is recorded must not fail for its name
        return "<unknown>"


def place_of(signal):
    """Return the file and the line of the assignment that gives a signal its name; ``("", 0)`` if unknown."""
    name_of(signal)
    known = _known.get(id(signal))
    return known.place if known is not None else ("", 0)


def _modules_changed():
    return len(sys.modules) != _modules_seen


def _search(kinds, unknown):
    """Look for the holders of all signals; remember whether any of the unknown (ids) was among those held."""
    global _modules_seen, _in_vain
    changed, _modules_seen = _modules_changed(), len(sys.modules)
    found = Holders(kinds)
    found.look_through_modules()
    _in_vain = 0 if changed or unknown & found.places.keys() else _in_vain + 1
    return found


def _name_at_once(signal):
    """Return the name of a signal, "<unnamed …>" for one that was not found anywhere."""
    known = _known.get(id(signal))
    return known.name if known is not None and known.reference() is signal else _remember(signal, Holders({}))


class _Known(NamedTuple):
    """What is remembered of a signal."""

    reference: ref
    name: str
    place: tuple  # file and line


def _remember(signal, found):
    key, name = id(signal), found.best_name(signal)
    known = _known.get(key)
    if known is not None and known.reference() is signal:
        reference = known.reference
    else:
        reference = ref(signal, lambda gone: _forget(key, gone))
    _known[key] = _Known(reference, name, _find_place(name))
    return name


def _find_place(name):
    module, path = split_name(name)
    file = module_attributes(sys.modules.get(module)).get("__file__")
    if type(file) is not str:
        return "", 0
    last = path.partition("[")[0].rpartition(".")[2]
    return file, next((line for line, *_ in definitions(module_source(module), last)), 0)


def _forget(key, reference):
    known = _known.get(key)
    if known is not None and known.reference is reference:  # the id may be another signal's by now
        del _known[key]


def _signal_types():
    """Return Signal and all classes made of it, by their ids, as a class may have an ``__eq__`` of its own."""
    kinds, waiting = {}, [Signal]
    while waiting:
        kind = waiting.pop()
        kinds[id(kind)] = kind
        waiting += [each for each in type.__subclasses__(kind) if id(each) not in kinds]
    return kinds
