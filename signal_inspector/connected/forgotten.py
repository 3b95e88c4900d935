"""Modules of receivers that nobody has imported, found without importing them."""

import re
import sys
from importlib.machinery import PathFinder

from signal_inspector.reading.naming import module_attributes

# Where people keep receivers. events.py is left out: it holds signals, and who needs one imports it.
NAMES = ("signals", "receivers", "handlers", "signal_handlers", "signals_handlers", "signal_receivers")
CONNECTS = re.compile(r"@(\w+\.)*\w*receiver\b|@\w+(\.\w+)*\.connect\b|\.connect\(")


def forgotten_modules(app_config):
    """Return the names of modules in an app that connect receivers when they are imported, and were not."""
    package, found = app_config.name, []
    folders = list(module_attributes(app_config.module).get("__path__") or ())
    for name in NAMES:
        found += _forgotten(f"{package}.{name}", folders)
    return found


def _forgotten(name, folders):
    # With the folders given, the parent need not be imported either.
    spec = PathFinder.find_spec(name, folders)
    if spec is None or spec.origin is None:
        return []
    found = [name] if name not in sys.modules and connects(spec) else []
    for folder in spec.submodule_search_locations or ():
        for inner in NAMES:
            found += _forgotten(f"{name}.{inner}", [folder])
    return found


def connects(spec):
    """Tell whether the source of a module connects receivers; a module without a source counts as connecting none."""
    try:
        return CONNECTS.search(spec.loader.get_source(spec.name) or "") is not None
    except Exception:  # unreadable, not Python, no such method: nothing to complain about
        return False
