"""The source of modules and receivers, read without importing anything or running what is read."""

import linecache
import sys

from signal_inspector.naming import module_attributes


def module_source(name):
    """Return the text of a loaded module, "" if there is none to be had."""
    attributes = module_attributes(sys.modules.get(name))
    path = attributes.get("__file__")
    if type(path) is not str or not path.endswith((".py", ".pyw")):
        return ""
    try:
        # With the module's globals linecache asks its loader too, for what lies in a zip file.
        return "".join(linecache.getlines(path, attributes))
    except Exception:  # a loader may raise anything
        return ""
