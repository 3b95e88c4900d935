"""Where code belongs: in which module, to which app, and in which file below the folders Python imports from."""

import os
import sys
from functools import lru_cache
from pathlib import Path

from django.apps import apps

INSTALLED = {"site-packages", "dist-packages"}  # folders of what pip and Debian have installed
STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")


def split_name(name):
    """
    Return a dotted name as a pair: the module, if it is loaded, and the rest.

    ``"users.signals.Cards.drop"`` gives ``("users.signals", "Cards.drop")``.
    """
    module, rest = name, ""
    while "." in module and not module.endswith(")"):
        module, _dot, last = module.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
        if module in sys.modules:
            return module, rest
    head, local, tail = name.partition(".<locals>")
    module, _dot, last = head.rpartition(".")
    return ("", name) if name.endswith(")") else (module, f"{last}{local}{tail}")


def without_locals(name: str) -> str:
    """
    Return a name without what Python calls the inside of a function; a lambda there goes by that function's name.

    ``"shop.log.<locals>.<lambda>"`` gives ``"shop.log"``, ``"shop.log.<locals>.later"`` gives ``"shop.log.later"``.
    """
    return name.replace(".<locals>.<lambda>", "").replace(".<locals>", "")


def readable(name):
    """Return a dotted name as people read it, as a pair: the module, and the rest without the insides of functions."""
    return split_name(without_locals(name))


def app_of(module):
    """Return the label of the app that a module belongs to, "django" for Django itself, else ""."""
    config = apps.get_containing_app_config(module)
    if config is not None:
        return config.label
    return "django" if module.partition(".")[0] == "django" else ""


def is_projects_own(file):
    """Tell whether a file holds the project's own code: outside of site-packages and of the standard library."""
    if not file or INSTALLED.intersection(Path(file).parts):
        return False
    return not file.startswith((STANDARD_LIBRARY, "<frozen "))


def short_path(file):
    """Return a path below the folder that Python imports from, as ``users/signals.py``."""
    return _below(file, tuple(folder for folder in sys.path if type(folder) is str and folder))


@lru_cache(maxsize=1000)
def _below(file, folders):
    fitting = [folder for folder in folders if file.startswith(os.path.join(folder, ""))]
    return file[len(os.path.join(max(fitting, key=len), "")) :] if fitting else file
