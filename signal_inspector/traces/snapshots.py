"""
Traces as text that a test holds: cut to what is the same every time, compared, and kept in files.

A file is beside the module of its test: ``traces/<TestClass>.<test>.txt``.
"""

import os
import re
from difflib import unified_diff
from pathlib import Path
from sys import modules
from textwrap import dedent

from signal_inspector.traces.stored import OUTSIDE
from signal_inspector.traces.trace import Trace

UPDATE, CI = "UPDATE_TRACES", "CI"  # variables of the environment
BY_VARIABLE = f"Run the test with {UPDATE}=1 in the environment"
NO = {"", "0", "false", "no", "off"}

# What the test runner and the state of the connection bring in, and no other program sees.
IGNORED = (
    "django.test.signals.template_rendered",
    "django.core.signals.setting_changed",
    "django.db.backends.signals.connection_created",
)


def text_of(trace, ignored=IGNORED, queries=False):
    """
    Return the text of a trace without times and primary keys.

    Args:
        trace (Trace): the trace.
        ignored (iterable): dotted names of signals, or of their modules, that are left out, with all beneath them.
        queries (bool): tell how many statements each executed itself; databases differ there.
    """
    return without(trace, ignored).as_text(times=False, keys=False, queries=queries)


def without(trace, ignored):
    """Return a trace that lacks signals of these names, and all beneath them. The trace itself stays as it is."""
    data, kept, places = trace.as_data(), [], {}
    for place, node in enumerate(data["nodes"]):
        parent = node.get("parent")
        if _is_in(node["name"], ignored) or (parent is not None and parent not in places):
            continue
        places[place] = len(kept)
        kept.append(node if parent is None else {**node, "parent": places[parent]})
    for node in kept:
        if "ran_in" in node:
            node["ran_in"] = places.get(node["ran_in"], OUTSIDE)
    moments = [[*each[:5], places.get(each[5], OUTSIDE), *each[6:]] for each in data["moments"]]
    unheard = [each for each in data["unheard"] if not _is_in(each[0], ignored)]
    attempts = [{**each, "ran_in": places.get(each["ran_in"], OUTSIDE)} for each in data["attempts"]]
    return Trace.from_data({**data, "nodes": kept, "unheard": unheard, "moments": moments, "attempts": attempts})


def _is_in(name, names):
    return any(f"{name}.".startswith(f"{each}.") for each in names)


def tidy(text):
    """Return a text as it is compared: without the indentation of the test, empty lines around, and blanks at ends."""
    lines = dedent(text.expandtabs(4)).strip("\n").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def difference(expected, found, name="expected"):
    """Return what is different between two texts, as a unified diff; "" where nothing is."""
    if expected == found:
        return ""
    return "\n".join(unified_diff(expected.splitlines(), found.splitlines(), name, "sent", lineterm="", n=4))


def file_of(test, name=""):
    """Return the path of the file that a test keeps a trace in."""
    module = Path(modules[type(test).__module__].__file__)
    parts = [type(test).__qualname__, test.id().rpartition(".")[2], *([name] if name else [])]
    return module.parent / "traces" / (re.sub(r"[^\w.-]", "_", ".".join(parts)) + ".txt")


def may_write():
    """Tell whether files are renewed now: where the environment says so, and never in continuous integration."""
    return _is_set(UPDATE) and not _is_set(CI)


def compare_with_file(path: Path, found: str, how: str = BY_VARIABLE) -> str:
    """
    Return what is wrong with a text, compared with its file; or renew the file, where that is asked for.

    Args:
        path (Path): of the file.
        found (str): the text.
        how (str): what one does to renew it, as the beginning of a sentence.
    """
    if may_write():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{found}\n", encoding="utf-8")
        return ""
    renewal = f"{how} to write it, read it, and commit it."
    try:
        expected = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"There is no trace at {path}. {renewal}\n\n{found}"
    changed = difference(tidy(expected), tidy(found), path.name)
    return f"What was sent is not what {path} holds. If it is right now: {renewal}\n\n{changed}" if changed else ""


def _is_set(variable):
    return os.environ.get(variable, "").lower() not in NO
