"""Run tests of others in a process of their own, and compare the outcomes with a record around each and without."""

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
ROOT = CHILD.parents[3]
OUTCOMES = {"ok", "error", "failure", "skipped", "expected", "unexpected"}


@dataclass
class Run:
    """
    What came of some tests.

    Attributes:
        outcomes (list): pairs of a test's name and a word, sorted.
        seen (str): what the records have seen, or how many spans there were; "" where there was neither.
        cpu (float): seconds of the processor.
        log (str): what else was printed.
    """

    outcomes: list
    seen: str
    cpu: float
    log: str

    @property
    def failed(self):
        """How many did not pass."""
        return sum(word in ("error", "failure") for _name, word in self.outcomes)


def run(folder, mode, command, python=sys.executable, settings=None, paths=(), variables=None):
    """
    Run some tests.

    Args:
        folder (Path): where they are run.
        mode (str): "plain", "recorded" or "traced".
        command (tuple): "script", "module" or "pytest", then what is run, and its arguments.
        python (str): the interpreter.
        settings (str): the module of their settings, None where they say it themselves.
        paths (tuple): folders that are imported from, before that of the inspector.
        variables (dict): further variables of the environment.

    Returns:
        The ``Run``. Ends the program where none was run.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT))), "PYTHONWARNINGS": "ignore"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    environment.update(variables or {})
    if settings:
        environment["DJANGO_SETTINGS_MODULE"] = settings
    result = subprocess.run(
        [python, str(CHILD), mode, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    lines = result.stdout.splitlines()
    pairs = [tuple(line.rsplit(" ", 1)) for line in lines if line.rpartition(" ")[2] in OUTCOMES]
    said = dict(line.split(": ", 1) for line in lines if line.startswith(("seen: ", "cpu: ")))
    log = f"{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    if not pairs or "cpu" not in said:
        sys.exit(f"The tests did not run ({mode}):\n{log}")
    return Run(sorted(pairs), said.get("seen", ""), float(said["cpu"]), log)


def tell(name, mode, run):
    """Print what came of a run."""
    words = f"{len(run.outcomes)} outcomes, {run.failed} failed, {run.cpu:.1f} s of the processor"
    print(f"{name}, {mode}: {words}{f'; seen: {run.seen}' if run.seen else ''}", flush=True)


def differences(plain, other, mode="recorded"):
    """Print each outcome that is not in both runs; return how many there are."""
    different = sorted(set(plain.outcomes) ^ set(other.outcomes))
    for pair in different:
        print("differs:", *pair, "(plain)" if pair in plain.outcomes else f"({mode})")
    if different:
        print(other.log)
    return len(different)


def unpacked(folder, package, version):
    """Have pip bring the source distribution of a package; return the folder that was in it."""
    into = Path(folder, f"{package}-{version}")
    if not into.exists():
        into.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", package]
        subprocess.run([*command, "--dest", str(into), f"{package}=={version}"], check=True)
        with tarfile.open(next(into.glob("*.tar.gz"))) as tar:
            tar.extractall(into, filter="data")
    return next(path for path in into.iterdir() if path.is_dir())
