"""What the benchmarks share: Django on databases of their own, turns, and a verdict."""

import argparse
import atexit
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

# The project that is measured: this one, or in a process that is told so another checkout of it.
ROOT = Path(os.environ.get("CHECKOUT") or Path(__file__).parent.parent).resolve()
sys.path.insert(0, str(ROOT))


def parser(doc, database=True, against=False):
    """Return a parser of arguments: where PostgreSQL is, which other checkout is measured, if there is a choice."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if database:
        options.add_argument(
            "--database-url",
            metavar="URL",
            help="a PostgreSQL server, as in postgres://user@host:5432/name; databases of another name are made "
            "there and removed. Default: SQLite files in a temporary folder.",
        )
    if against:
        options.add_argument(
            "--against",
            metavar="PATH",
            type=os.path.abspath,
            help="another checkout of the project, measured in turns",
        )
    return options


def temporary_folder():
    """Return the path of a new folder, which goes with the process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder


def configure(database_url, **changes):
    """
    Set Django up with the project's own settings, as in production but for https and hashed static files.

    Args:
        database_url (str): the address of the default database, or None for SQLite.
        **changes (dict): alias of a database to what differs from the settings of the default one.
    """
    folder = temporary_folder()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="userprofile_project.settings",
        DATABASE_URL=database_url or f"sqlite:///{folder}/benchmark.sqlite3",
        MEDIA_ROOT=f"{folder}/media",
        CACHE_URL="locmem://",
        EMAIL_URL="dummy:",
        SIGNAL_INSPECTOR_ENABLED="False",
        DEBUG="True",  # the settings that need no environment; turned off below
    )
    import django
    from django.conf import settings

    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STATIC_ROOT = folder
    default = settings.DATABASES["default"]
    for alias, change in {"default": {}, **changes}.items():
        name = f"{folder}/{alias}.sqlite3" if is_sqlite(default) else f"benchmark_{os.getpid()}_{alias}"
        settings.DATABASES[alias] = {**default, "TEST": {"NAME": name}, **change}
    django.setup()
    return settings


@contextmanager
def databases(database_url, **others):
    """
    Give a block Django with migrated databases of its own, and remove them afterwards.

    Args:
        database_url (str): where PostgreSQL is, or None for SQLite.
        **others (dict): databases beside the default one, as in ``configure``.
    """
    settings = configure(database_url, **others)
    from django.db import connections

    made = []
    try:
        for alias in {"default": {}, **others}:
            connections[alias].creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            made.append(connections[alias])
        print(versions(made[0]), flush=True)
        yield connections
    finally:
        for connection in made:
            connection.creation.destroy_test_db(settings.DATABASES[connection.alias]["NAME"], verbosity=0)


def is_sqlite(database):
    """Tell whether the settings of a database are those of SQLite."""
    return database["ENGINE"].endswith("sqlite3")


def url(connection, database_url):
    """Return the address of a database that ``databases`` made, for another process."""
    name = connection.settings_dict["NAME"]
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{database_url.rpartition('/')[0]}/{name}"


def versions(connection=None):
    """Return one line on what the figures were measured with."""
    import django

    parts = [f"Python {platform.python_version()}", f"Django {django.__version__}", f"{os.cpu_count()} cores"]
    if connection is not None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT sqlite_version()")
            else:
                cursor.execute("SHOW server_version")
            number = cursor.fetchone()[0].split()[0]
        parts.append(f"{connection.display_name} {number}")
    return ", ".join(parts)


def memory(code, *arguments, **environment):
    """
    Return the memory, in megabytes, that Python code measures of its own process.

    The code prints kilobytes at its end, as ru_maxrss is on Linux. There it counts the memory of the parent until the
    child runs a program, so a small process stands between this one and the one that is measured.
    """
    between = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    command = [sys.executable, "-c", between, sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return float(process.stdout.split()[-1]) / 1024


def in_turns(functions, rounds, warm_up=1, before=None, clock=time.perf_counter):
    """
    Call functions in turn, round after round, so that what else the machine does meets all of them.

    Args:
        functions (dict): name to function.
        rounds (int): how many times each is measured.
        warm_up (int): how many rounds before that are not counted.
        before (function): called with the name before each measurement, and not measured.
        clock (function): returns seconds; ``time.process_time`` on a machine that does other work, too.

    Returns:
        dict: name to the median, in seconds.
    """
    times = {name: [] for name in functions}
    for number in range(rounds + warm_up):
        turn = list(functions)
        for name in turn if number % 2 else reversed(turn):
            if before is not None:
                before(name)
            start = clock()
            functions[name]()
            if number >= warm_up:
                times[name].append(clock() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


class Verdict:
    """What was promised and what was measured, printed line by line."""

    def __init__(self):
        self.kept = True

    def at_most(self, text, measured, limit, unit=""):
        """Print a figure beside its budget, which it may reach."""
        self._print(text, measured, limit, unit, "at most", measured <= limit)

    def at_least(self, text, measured, limit, unit=""):
        """Print a figure beside what it has to reach."""
        self._print(text, measured, limit, unit, "at least", measured >= limit)

    def _print(self, text, measured, limit, unit, word, kept):
        self.kept &= kept
        print(f"{text:58} {measured:8.2f}{unit}   {word} {limit}{unit}{'' if kept else '   MISSED'}", flush=True)

    def exit(self):
        """End the program, with code 1 if a budget was missed."""
        sys.exit(0 if self.kept else 1)
