"""Modules of receivers that nobody has imported, found without importing them."""

import ast
import sys
from importlib.machinery import PathFinder

from signal_inspector.reading.naming import module_attributes
from signal_inspector.reading.parsing import parse
from signal_inspector.reading.replacing import CONNECTS, last_name

# Where people keep receivers. events.py is left out: it holds signals, and who needs one imports it.
NAMES = ("signals", "receivers", "handlers", "signal_handlers", "signals_handlers", "signal_receivers")


def forgotten_modules(app_config):
    """Return name and file of each module in an app that connects receivers, and that nobody has imported."""
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
    found = [(name, spec.origin)] if name not in sys.modules and connects(spec) else []
    for folder in spec.submodule_search_locations or ():
        for inner in NAMES:
            found += _forgotten(f"{name}.{inner}", [folder])
    return found


def connects(spec):
    """Tell whether the source of a module connects receivers; a module without a source counts as connecting none."""
    try:
        text = spec.loader.get_source(spec.name) or ""
        return CONNECTS.search(text) is not None and any(map(_connects, ast.walk(parse(text))))
    except Exception:  # unreadable, not Python, no such method: nothing to complain about
        return False


def _connects(node):
    """Tell of ``@receiver(…)`` above a function, and of ``post_save.connect(hear)``; not of ``connect("a.db")``."""
    for decorator in getattr(node, "decorator_list", ()):
        name = last_name(decorator)
        if name == "connect" or (isinstance(decorator, ast.Call) and name.endswith("receiver")):
            return True
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "connect":
        return False
    given = node.args[:1] + [keyword.value for keyword in node.keywords if keyword.arg == "receiver"]
    return bool(given) and not isinstance(given[0], (ast.Constant, ast.JoinedStr))
