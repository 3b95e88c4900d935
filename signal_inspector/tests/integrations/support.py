"""Other projects, each in a process of its own: what they install changes the whole process."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import signal_inspector

HERE = Path(__file__).resolve().parent
ABOVE = Path(signal_inspector.__file__).resolve().parent.parent  # where the package lies


def is_installed(name):
    """Tell whether a module (str) could be imported; a package above it is."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def run(*words, folder, settings="", **environment):
    """
    Run Python in a small project.

    Args:
        *words (str): the command line, without the name of the interpreter.
        folder (Path): of the project; Python imports from there.
        settings (str): the module of the settings.
        **environment (str): more variables.

    Returns:
        A ``CompletedProcess``.
    """
    values = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ABOVE)]), "PYTHONWARNINGS": "error"}
    for name in ("CI", "UPDATE_TRACES", "DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "DATABASE_URL"):
        values.pop(name, None)
    if settings:
        values["DJANGO_SETTINGS_MODULE"] = settings
    values |= environment
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=values, capture_output=True, text=True, timeout=300
    )


def answers_of(script, settings, **environment):
    """Run the script of a project in a folder beside this module, and return the JSON that it writes."""
    path = HERE / script
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "db.sqlite3"))
        result = run(str(path), folder=path.parent, settings=settings, SMALL_DATABASE=database, **environment)
    if result.returncode:
        raise AssertionError(f"{script} failed:\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}")
    return json.loads(result.stdout)
