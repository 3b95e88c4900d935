#!/usr/bin/env python3
"""
Run, test or check the project from a fresh clone, with nothing installed but Python.

    python3 dev.py run [--port 8000] [--no-browser]
    python3 dev.py test [labels and options of manage.py test]
    python3 dev.py lint
    python3 dev.py format

All make the virtual environment ``.venv`` beside this file, make it again when it is broken, and install
the pinned requirements when they have changed. ``run`` keeps all data. It needs the standard library only,
on Linux, macOS and Windows.
"""

# Syntax and imports that Python 3.6 knows: an old Python has to get as far as main() to be told.
import argparse
import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOST = "127.0.0.1"
OLDEST_PYTHON = (3, 11)  # the pinned Pillow's
WINDOWS = os.name == "nt"

# One process for three commands, since each start of Django is a good part of a second start of the site.
# It ends up as runserver's reloader, and the server that this starts is a plain "manage.py runserver".
START = """
import sys
address = sys.argv[1]
try:
    from manage import main
    for command in (["migrate"], ["seed_demo", "--if-empty"], ["runserver", address]):
        sys.argv = ["manage.py", *command]
        main()
except KeyboardInterrupt:
    pass
except Exception as error:
    if type(error).__module__ != "django.db.utils":
        raise
    sys.exit(f"The database can't be used: {str(error).strip()} (\\"manage.py {command[0]}\\" tells more).")
"""

# Ends with code 0 in an environment that is whole: its Python is not too old, it has pip and the packages that
# are named, and of no package is a folder gone. The list of a package's files is read as text: the quickest way.
PROBE = """
import os, sys
import pip
from importlib.metadata import distribution, distributions
for name in sys.argv[2:]:
    distribution(name)
whole = all(
    os.path.exists(package.locate_file(line.split(",")[0]))
    for package in distributions()
    for line in (package.read_text("RECORD") or "").splitlines()
    if "/__init__.py," in line
)
sys.exit(not whole or sys.version_info < tuple(map(int, sys.argv[1].split("."))))
"""

# What pip writes when it can't reach the index of packages.
NO_NETWORK = (
    r"connection broken by|(?:Connection|ConnectTimeout|ReadTimeout|NameResolution|Proxy|SSL)Error|unreachable"
)

LINT = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("djlint", "templates", "signal_inspector/templates", "--check"),
    ("djlint", "templates", "signal_inspector/templates", "--lint"),
)
FORMAT = (("ruff", "check", "--fix", "."), ("ruff", "format", "."))

# Prints the names of the tests that Django's runner finds, one a line.
DJANGO_TESTS = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "userprofile_project.test_settings")
import django
from django.conf import settings
from django.test.runner import iter_test_cases
from django.test.utils import get_runner
django.setup()
for test in iter_test_cases(get_runner(settings)(verbosity=0).build_suite()):
    print(test.id())
"""
Found = namedtuple("Found", "runner code output tests")

say = functools.partial(print, flush=True)  # at once, before the output of the next command


@contextlib.contextmanager
def running(*command, **options):
    """Start a command in the project's folder. When the block is over, so is the command."""
    Stop.held = True  # a command that is half started could not be ended
    with contextlib.ExitStack() as stack:
        stack.callback(Stop.let_go)
        process = stack.enter_context(subprocess.Popen([str(part) for part in command], cwd=str(ROOT), **options))
        try:
            Stop.let_go()
            yield process
        except KeyboardInterrupt:
            # The terminal has told the command too: let it end in its own way.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3)
            raise
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()


class Stop:
    """What happens when the process is told to stop: it leaves through running(), which ends its command."""

    held = False
    came = False

    @classmethod
    def now(cls, *args):
        """Leave, or do so when let go."""
        cls.came = True
        if not cls.held:
            sys.exit(128 + signal.SIGTERM)

    @classmethod
    def let_go(cls):
        """Leave if a signal came meanwhile."""
        cls.held = False
        if cls.came:
            cls.now()


def call(*command):
    """Run a command to its end and return its exit code."""
    with running(*command) as process:
        return process.wait()


def call_and_keep(*command):
    """Like call(), with the output, which is shown as it comes, as the second value."""
    output = []
    with running(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for chunk in iter(process.stdout.read1, b""):
            output.append(chunk)
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        return process.wait(), b"".join(output).decode(errors="replace")


class Venv:
    """A virtual environment that is made, repaired and filled as needed."""

    UNFINISHED = "unfinished"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.scripts = self.folder / ("Scripts" if WINDOWS else "bin")
        self.python = self.scripts / ("python.exe" if WINDOWS else "python")
        self.stamp = self.folder / "requirements.sha256"

    def ensure(self):
        """Make the environment, unless there is one that works."""
        if self.works():
            return
        if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
            sys.exit(
                "This Python cannot make a virtual environment; install its venv module and try again "
                "(Debian and Ubuntu: sudo apt install python3-venv)."
            )
        say(f"Making {self.folder.name}, the virtual environment ...")
        import venv  # not at the top: Debian leaves it out

        try:
            venv.create(self.folder, clear=True, symlinks=not WINDOWS, with_pip=True)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            sys.exit(f"The virtual environment could not be made: {error}")

    def works(self):
        """Tell whether the environment was finished, and its Python runs and finds all that was installed."""
        # The venv module writes "activate" last: without it, making the environment was interrupted.
        if not (self.scripts / "activate").exists() or self.read_stamp() == [self.UNFINISHED]:
            return False
        oldest = ".".join(map(str, OLDEST_PYTHON))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            return subprocess.call([str(self.python), "-c", PROBE, oldest, *self.installed()], **quiet) == 0
        except OSError:
            return False

    def install(self, *files):
        """Install requirement files, unless that was done with the content they have now."""
        try:
            wanted = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files]
        except OSError as error:
            sys.exit(f"A file of the project can't be read, the clone may not be whole: {error}")
        if set(wanted) <= set(self.read_stamp()):
            return
        names = " and ".join(file.name for file in files)
        say(f"Installing {names} ...")
        # A pip that is killed can leave half a package, which the next pip takes for a whole one. While
        # this mark stands the environment does not count as one that works.
        self.write_stamp(self.UNFINISHED)
        options = ["--quiet", "--no-input", "--disable-pip-version-check"]
        options += [f"--requirement={file}" for file in files]
        code, output = call_and_keep(self.python, "-m", "pip", "install", *options)
        if code < 0:
            sys.exit(
                f"pip was killed by signal {-code} while it installed {names}; "
                f"the next start makes {self.folder.name} again."
            )
        if code:  # and not killed: pip has cleaned up
            self.write_stamp("")
            network = " It needs a network: try again when there is one." * bool(re.search(NO_NETWORK, output))
            sys.exit(f"pip could not install {names}, see above.{network}")
        self.write_stamp("\n".join(wanted) + "\n")

    def read_stamp(self):
        """Return the lines of the stamp: the requirement files as they were last installed."""
        try:
            return self.stamp.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):  # not there, or damaged: as if nothing had been installed
            return []

    def write_stamp(self, text):
        """Write the stamp, or exit with a sentence where nothing can be written."""
        try:
            self.stamp.write_text(text, encoding="utf-8")
        except OSError as error:
            sys.exit(f"Requirements have changed, and the virtual environment can't be written: {error}")

    def installed(self):
        """Return the names of the packages that the stamp's requirement files ask for."""
        files = [self.folder.parent / line.split("  ")[-1] for line in self.read_stamp()]
        texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        return [name for text in texts for name in re.findall(r"^([A-Za-z0-9][\w.-]*)", text, re.MULTILINE)]


def prepare(*names):
    """Return the project's environment, with these requirement files installed."""
    venv = Venv(ROOT / ".venv")
    venv.ensure()
    venv.install(*(ROOT / name for name in names))
    return venv


def answers(port):
    """Tell whether something listens on the port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0


def check_port(port):
    """Exit with a sentence when the server could not have the port."""
    try:
        if answers(port):
            raise OSError("in use by another program")
        with socket.socket() as server:
            if not WINDOWS:  # There the option would take the port away from its owner.
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((HOST, port))
    except (OSError, OverflowError) as error:
        sys.exit(
            f"Port {port} cannot be used ({error}); choose another one: "
            "python3 dev.py run --port 8001, or make run PORT=8001"
        )


def has_browser():
    """Tell whether there is a screen to open a browser on, and likely somebody in front of it."""
    screen = not sys.platform.startswith("linux") or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    return bool(screen) and not os.environ.get("CI")


def announce(process, port, browser):
    """Wait for the server to answer, then print its address and open it in the browser."""
    while process.poll() is None:
        if answers(port):
            address = f"http://{HOST}:{port}/"
            say(f"\nThe site answers at {address}. Ctrl-C stops it.\n")
            if browser:
                webbrowser.open(address)
            return
        time.sleep(0.1)


def run(port, browser):
    """Serve the project with its demo data."""
    check_port(port)
    venv = prepare("requirements.txt")
    environment = {"SITE_HOST": f"{HOST}:{port}", **os.environ}  # for the links in mails
    with running(venv.python, "-c", START, f"{HOST}:{port}", env=environment) as process:
        threading.Thread(target=announce, args=(process, port, browser), daemon=True).start()
        return process.wait()


def test(arguments):
    """Check that both runners find the same tests, then run the suite under Django's.

    Arguments are Django's and would mean something else to pytest: with them, nothing is compared.
    """
    python = prepare("requirements.txt", "requirements-dev.txt").python
    django = [python, "-u", "-W", "error", "manage.py", "test", "--noinput", *arguments]
    if arguments:
        return call(*django)
    problem = compare(python)
    if problem:
        say(problem)
        return 1
    if not WINDOWS:  # Django forks its processes, which Windows can't
        django.append("--parallel")
    return call(*django)


def compare(python):
    """Return what is wrong with the tests that the two runners find, as a sentence, or None."""
    # The verbosity undoes a "-v" or "-q" of pytest.ini, which would print another list.
    pytest = ("-m", "pytest", "--collect-only", "--verbosity=-1", "--color=no")
    with finding(python, "-c", DJANGO_TESTS) as django, finding(python, *pytest) as pytest:
        found = (
            read_found("manage.py test", django, read_django_names),
            read_found("pytest", pytest, read_pytest_names),
        )
    problem = find_problem(*found)
    if not problem:
        say(f"manage.py test and pytest find the same {len(found[0].tests)} tests.")
    return problem


def finding(*command):
    """Start a runner that names its tests, and catch what it prints."""
    return running(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def read_found(runner, process, read_names):
    """Wait for a runner that names its tests, and return what it found."""
    output = process.stdout.read().decode(errors="replace")
    return Found(runner, process.wait(), output, read_names(output))


def read_django_names(output):
    """Return the tests that Django's runner named, as dotted names."""
    return set(re.findall(r"^[\w.]+\.\w+$", output, re.MULTILINE))


def read_pytest_names(output):
    """Return the tests that pytest named, as dotted names."""
    names = re.findall(r"^(\S+)\.py::(.+)$", output, re.MULTILINE)
    return {f"{path.replace('/', '.')}.{name.replace('::', '.')}" for path, name in names}


def find_problem(*found):
    """Return what keeps the runners from running the same tests, as text, or None."""
    failed = [each for each in found if each.code or not each.tests]
    if failed:
        return "\n".join(f"{each.output}Failed: {each.runner} could not find the tests, see above." for each in failed)
    first, second = found
    lonely = [
        f"  {name} (found by {mine.runner} alone)"
        for mine, other in ((first, second), (second, first))
        for name in sorted(mine.tests - other.tests)
    ]
    if lonely:
        return "\n".join(["Failed: the runners do not find the same tests.", *lonely])
    return None


def check(commands):
    """Run the linters' commands, all of them, and return the first exit code that is not 0."""
    python = prepare("requirements.txt", "requirements-dev.txt").python
    codes = [call(python, "-m", *command) for command in commands]
    return next(filter(None, codes), 0)


def parse(argv):
    """Return the options, with everything after "test" unparsed in ``arguments``."""
    parser = argparse.ArgumentParser(description="Run, test or check the project from a fresh clone.")
    commands = parser.add_subparsers(dest="command", metavar="run|test|lint|format")
    commands.required = True
    serve = commands.add_parser("run", help="serve the project with its demo data")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--no-browser", action="store_true", help="do not open the home page")
    commands.add_parser("test", help="run the test suite; arguments are passed on to manage.py test")
    commands.add_parser("lint", help="check the style of the code and the templates")
    commands.add_parser("format", help="put the code into the style")
    options, options.arguments = parser.parse_known_args(argv)
    if options.arguments and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(options.arguments)}")
    return options


def main(argv=None):
    """Do what the command line says and return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        sys.exit(f"The project needs Python {oldest} or newer; this is Python {this}.")
    signal.signal(signal.SIGTERM, Stop.now)
    options = parse(argv)
    try:
        if options.command == "test":
            return test(options.arguments)
        if options.command in ("lint", "format"):
            return check(LINT if options.command == "lint" else FORMAT)
        return run(options.port, browser=has_browser() and not options.no_browser)
    except KeyboardInterrupt:
        return 0 if options.command == "run" else 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
