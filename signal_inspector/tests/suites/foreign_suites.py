"""
Run the tests of packages that live by signals, with a record around each test and without, and compare.

    python signal_inspector/tests/suites/foreign_suites.py [--keep FOLDER] [--rounds 3] [--checkout NAME=FOLDER] [NAME]

Each package is installed in an environment of its own, in the version named below, beside the Django that is installed
here. Its tests come from its source distribution. Where that has none, they need a checkout of the package; without
one they are left out, and that is said. An outcome that differs ends the program with 1. What a record costs is the
time of the processor, in turns, the least of the rounds of each kind.
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from running import differences, run, tell, unpacked


@dataclass(frozen=True)
class Suite:
    """
    The tests of a package.

    Attributes:
        version (str): of the package.
        command (tuple): as running.py takes it.
        folder (str): where they are run, in what was unpacked.
        settings (str): the module of their settings, "" where they say it themselves.
        paths (tuple): folders in what was unpacked that are imported from.
        needs (tuple): what pip installs for them.
        environment (dict): variables that their settings read.
        packed (bool): whether the source distribution has them.
    """

    version: str
    command: tuple
    folder: str = "."
    settings: str = ""
    paths: tuple = (".",)
    needs: tuple = ()
    environment: dict = field(default_factory=dict)
    packed: bool = True


SUITES = {
    "django-auditlog": Suite(
        "3.4.1",
        ("module", "django", "test", "--noinput"),
        folder="auditlog_tests",
        settings="test_settings",
        paths=("auditlog_tests", "."),
        needs=("freezegun==1.5.5", "psycopg2-binary==2.9.13"),
    ),
    "django-simple-history": Suite("3.13.0", ("script", "runtests.py"), needs=("pillow==13.0.0",)),
    "wagtail": Suite(
        "8.0.1",
        ("module", "django", "test", "--noinput", "wagtail.tests", "wagtail.snippets", "wagtail.search"),
        settings="wagtail.test.settings",
        needs=(
            "factory-boy==3.3.3",
            "freezegun==1.5.5",
            "jinja2==3.1.6",
            "responses==0.26.3",
            "django-pattern-library==1.6.0",
            "polib==1.2.0",
            "tblib==3.2.2",
        ),
    ),
    "django-mptt": Suite(
        "0.18.0",
        ("module", "django", "test", "--noinput", "myapp"),
        folder="tests",
        settings="settings",
        paths=("tests", "."),
        needs=("model-bakery==1.24.2",),
        packed=False,
    ),
    "django-oscar": Suite(
        "4.2.1",
        (
            "pytest",
            "tests/unit",
            "tests/integration/basket",
            "tests/integration/order",
            "-q",
            "-p",
            "no:cacheprovider",
        ),
        settings="tests.settings",
        paths=(".", "src"),
        needs=(
            "pytest-django==4.14.0",
            "django-webtest==1.9.15",
            "sorl-thumbnail==13.4.0",
            "easy-thumbnails==2.10.1",
            "freezegun==1.5.5",
            "whoosh==2.7.4",
            "pytz==2026.6",
        ),
        environment={"DATABASE_ENGINE": "django.db.backends.sqlite3", "DATABASE_NAME": ":memory:"},
        packed=False,
    ),
    "django-cleanup": Suite(
        "9.0.0",
        ("pytest", "test", "-q", "-p", "no:cacheprovider", "--override-ini=addopts="),
        settings="test.settings",
        paths=(".", "src"),
        needs=("pytest-django==4.14.0", "easy-thumbnails==2.10.1", "sorl-thumbnail==13.4.0"),
        packed=False,
    ),
}


def installed(folder, name, suite):
    """Return the interpreter of an environment with a package, the Django that is installed here, and its needs."""
    import django

    environment = Path(folder, f"env-{name}-{suite.version}")
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        wanted = [f"{name}=={suite.version}", f"django=={django.__version__}", *suite.needs]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True)
    return str(python)


def compared(title, suite, source, python, rounds):
    """Run the tests of a package both ways, told under a title; return how many differ, and the ratio of times."""
    arguments = {
        "python": python,
        "settings": suite.settings,
        "paths": [source / path for path in suite.paths],
        "variables": suite.environment,
    }
    runs = {"plain": [], "recorded": []}
    for number in range(rounds):
        for mode in sorted(runs, reverse=bool(number % 2)):
            runs[mode].append(run(source / suite.folder, mode, suite.command, **arguments))
    for mode, some in runs.items():
        tell(title, mode, min(some, key=lambda each: each.cpu))
    ratio = min(each.cpu for each in runs["recorded"]) / min(each.cpu for each in runs["plain"])
    return differences(runs["plain"][0], runs["recorded"][0]), ratio


def main():
    """Run them; end with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which packages; default: all")
    parser.add_argument("--keep", metavar="FOLDER", help="where to keep what pip brings; default: a temporary folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=FOLDER")
    options = parser.parse_args()
    checkouts = dict(each.split("=", 1) for each in options.checkout)
    different = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.names or SUITES:
            suite, folder = SUITES[name], options.keep or temporary
            if name in checkouts:
                source, title = Path(checkouts[name]).resolve(), f"{name}, a checkout"
            elif suite.packed:
                source, title = unpacked(folder, name, suite.version).resolve(), f"{name} {suite.version}"
            else:
                print(f"{name}: left out; its source distribution has no tests: --checkout {name}=FOLDER")
                continue
            found, ratio = compared(title, suite, source, installed(folder, name, suite), options.rounds)
            different += found
            print(f"{name}: {found} differences; {ratio:.2f} times the time of the processor\n", flush=True)
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
