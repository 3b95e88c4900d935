"""
Find functions in the source of the installed apps, also in modules that nobody imports.

The files are read and parsed. Nothing is imported and nothing is run.
"""

import os
import re
import sys
from pathlib import Path
from types import FunctionType

from django.apps import apps
from django.conf import settings

from signal_inspector.reading import naming, source
from signal_inspector.reading.calls import read

MOST_FILES = 20_000
TAKES_SENDER = re.compile(r"\bdef (\w+)\(\s*(?:self,\s*)?sender\b")
LEFT_OUT = {"migrations", "node_modules", "site-packages", "tests", "__pycache__"}


def find(name):
    """Return a list of ``Place`` for each function whose dotted name is this, or ends with it."""
    last = name.rpartition(".")[2]
    if not last.isidentifier():
        return []
    found, elsewhere = [], []
    for module, path in modules():
        text = _text(path)
        reader = read(module, str(path), text, last) if last in text else None
        if reader is None:
            continue
        for place in reader.places:
            place.connecting += reader.connecting
            place.disconnecting += reader.disconnecting
        found += [place for place in reader.places if _is(place.name, name)]
        if not reader.places and (reader.connecting or reader.disconnecting):  # it has imported the function
            elsewhere.append((text, reader))
    for text, reader in elsewhere:
        for place in found:
            if place.module.rpartition(".")[2] in text:
                place.connecting += reader.connecting
                place.disconnecting += reader.disconnecting
    return found


def receivers_in_source():
    """Return the dotted names of functions of the apps that look like receivers: a sender is their first argument."""
    return {f"{module}.{name}" for module, path in modules() for name in TAKES_SENDER.findall(_text(path)) if module}


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def calls_connecting(receiver, modules=()):
    """Return a list of each ``Call`` that connects a function, in the module that it comes from, and in others."""
    function = source.function_behind(receiver)
    if type(function) is not FunctionType:
        return []
    found, last = [], function.__name__
    for module in {naming.module_of(function), *modules}:
        text = source.module_source(module)
        reader = read(module, "", text, last) if last in text else None
        found += reader.connecting if reader is not None else []
    return found


def modules():
    """Yield name and path of each module of the installed apps, and of the package that the urls are in."""
    folders = {app.name: app.path for app in apps.get_app_configs()}
    project = sys.modules.get((getattr(settings, "ROOT_URLCONF", None) or "").partition(".")[0])
    for folder in getattr(project, "__path__", ()):
        folders.setdefault(project.__name__, folder)
    seen = set()
    # The longest paths first: an app inside another's folder names its modules itself.
    for package, folder in sorted(folders.items(), key=lambda item: -len(item[1])):
        for path in _files(folder):
            if path in seen or len(seen) > MOST_FILES:
                continue
            seen.add(path)
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *parts)).removesuffix(".__init__"), path


def _files(folder):
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFT_OUT and name[0] != "." and not Path(parent, name, "pyvenv.cfg").exists()
        )
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(".py"))


def _is(name, wanted):
    return f".{name.replace('.<locals>', '')}".endswith(f".{wanted.replace('.<locals>', '')}")
