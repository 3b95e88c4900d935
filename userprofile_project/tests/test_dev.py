"""What dev.py decides: when it makes an environment, when it installs, what it refuses, compares and runs."""

import ast
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import types
import venv
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock, skipIf

from django.test import SimpleTestCase

import dev

# Stands in for pip, which would need the network: notes that it was called, and ends as it is told to.
PIP = """
import os, pathlib, sys
with pathlib.Path(__file__).with_name("calls").open("a") as calls:
    print(*sys.argv[1:], file=calls)
if "PIP_KILLED" in os.environ:
    os.kill(os.getpid(), 9)
print(os.environ.get("PIP_SAYS", ""))
sys.exit(int(os.environ.get("PIP_CODE", 0)))
"""


class DevTestCase(SimpleTestCase):
    """A test with a folder of its own, whose path has a space, and with what dev.py printed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a b ")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        redirection = redirect_stdout(self.stdout)
        redirection.__enter__()
        self.addCleanup(redirection.__exit__, None, None, None)

    def printed(self):
        return self.stdout.buffer.getvalue().decode()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def make_venv(self):
        """Make an environment with a stand-in for pip, in a tenth of the time of the real one."""
        environment = dev.Venv(self.folder / ".venv")
        venv.create(environment.folder, symlinks=not dev.WINDOWS)
        self.pip = next(environment.folder.rglob("site-packages")) / "pip"
        self.pip.mkdir()
        self.pip.joinpath("__init__.py").touch()
        self.pip.joinpath("__main__.py").write_text(PIP)
        return environment

    def add_package(self, name="django"):
        """Put a package into the environment that make_venv() made, as pip would."""
        folder = self.pip.with_name(name)
        folder.mkdir()
        folder.joinpath("__init__.py").touch()
        record = self.pip.with_name(f"{name}-1.0.dist-info")
        record.mkdir()
        record.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        record.joinpath("RECORD").write_text(f"{name}/__init__.py,sha256=x,0\n{name}/__pycache__/x.pyc,,\n")
        return folder, record

    def assertExits(self, sentence):
        """Expect the end of the program with a sentence, and so with exit code 1."""
        return self.assertRaisesRegex(SystemExit, sentence)


class EnvironmentTests(DevTestCase):
    def test_a_whole_environment_works_and_is_kept(self):
        environment = self.make_venv()
        environment.ensure()
        self.assertTrue(environment.works())
        self.assertTrue(self.pip.exists())
        self.assertEqual(self.printed(), "")

    def test_no_environment_does_not_work(self):
        self.assertFalse(dev.Venv(self.folder / ".venv").works())

    def test_an_environment_whose_making_was_interrupted_does_not_work(self):
        environment = self.make_venv()
        environment.scripts.joinpath("activate").unlink()
        self.assertFalse(environment.works())

    def test_an_environment_without_its_python_does_not_work(self):
        environment = self.make_venv()
        environment.python.unlink()
        self.assertFalse(environment.works())

    @skipIf(dev.WINDOWS, "needs a symbolic link")
    def test_an_environment_of_a_python_that_is_gone_does_not_work(self):
        environment = self.make_venv()
        environment.python.unlink()
        environment.python.symlink_to(self.folder / "gone")
        self.assertFalse(environment.works())

    def test_an_environment_without_pip_does_not_work(self):
        environment = self.make_venv()
        self.pip.joinpath("__init__.py").write_text("raise ImportError")
        self.assertFalse(environment.works())

    def test_an_environment_of_an_old_python_does_not_work(self):
        environment = self.make_venv()
        with mock.patch.object(dev, "OLDEST_PYTHON", (99, 0)):
            self.assertFalse(environment.works())

    def test_an_environment_with_a_package_whose_folder_is_gone_does_not_work(self):
        environment = self.make_venv()
        package, _ = self.add_package()
        self.assertTrue(environment.works())
        shutil.rmtree(package)
        self.assertFalse(environment.works())

    def test_an_environment_without_a_package_that_was_installed_does_not_work(self):
        environment = self.make_venv()
        self.write("requirements.txt", "# What it needs.\n-r other.txt\ndjango[argon2]==5.2\n")
        environment.stamp.write_text("0123  requirements.txt\n")
        for part in self.add_package():
            self.assertTrue(environment.works())
            moved = part.rename(self.folder / part.name)
            self.assertFalse(environment.works())
            moved.rename(part)

    def test_a_broken_environment_is_made_again_from_nothing(self):
        environment = self.make_venv()
        environment.python.unlink()
        real_create = venv.create

        def create_without_pip(folder, **options):  # which would take seconds
            real_create(folder, **{**options, "with_pip": False})

        with mock.patch("venv.create", create_without_pip):
            environment.ensure()
        self.assertIn("Making .venv", self.printed())
        self.assertFalse(self.pip.exists())
        self.assertEqual(subprocess.call([environment.python, "-c", ""]), 0)

    def test_a_python_that_cannot_make_environments_says_what_to_install(self):
        environment = dev.Venv(self.folder / ".venv")
        for module in ("ensurepip", "venv"):
            missing = mock.patch.dict(sys.modules, {module: None})
            with self.subTest(module), missing, self.assertExits("sudo apt install python3-venv"):
                environment.ensure()
        self.assertFalse(environment.folder.exists())

    def test_an_environment_that_cannot_be_made_ends_with_a_sentence(self):
        self.write(".venv", "a file, not a folder")
        with self.assertExits("The virtual environment could not be made: "):
            dev.Venv(self.folder / ".venv").ensure()


class InstallTests(DevTestCase):
    def setUp(self):
        super().setUp()
        self.environment = self.make_venv()
        self.base = self.write("requirements.txt", "django==5.2\n")
        self.extra = self.write("requirements-dev.txt", "ruff==0.1\n")

    def calls(self):
        calls = self.pip / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def test_requirements_are_installed_once(self):
        self.environment.install(self.base)
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 1)
        self.assertIn(f"--requirement={self.base}", self.calls()[0])

    def test_changed_requirements_are_installed_again(self):
        self.environment.install(self.base)
        self.base.write_text("django==5.3\n")
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 2)

    def test_a_second_file_is_installed_and_the_first_one_is_then_done_too(self):
        self.environment.install(self.base)
        self.environment.install(self.base, self.extra)
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 2)

    def test_a_failed_install_ends_with_a_sentence_and_is_repeated(self):
        with mock.patch.dict(os.environ, PIP_CODE="1"), self.assertExits(r"install requirements.txt, see above\.$"):
            self.environment.install(self.base)
        self.assertTrue(self.environment.works())
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 2)

    @skipIf(dev.WINDOWS, "needs a signal that kills")
    def test_an_environment_with_a_killed_install_does_not_work(self):
        with (
            mock.patch.dict(os.environ, PIP_KILLED="1"),
            self.assertExits(r"killed by signal 9 .* makes \.venv again"),
        ):
            self.environment.install(self.base)
        self.assertFalse(self.environment.works())

    def test_a_network_is_spoken_of_where_pip_did_not_reach_one(self):
        says = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...)': /simple/x/"
        with mock.patch.dict(os.environ, PIP_CODE="1", PIP_SAYS=says), self.assertExits("needs a network"):
            self.environment.install(self.base)
        self.assertIn(says, self.printed())

    def test_a_stamp_that_can_not_be_read_counts_as_none(self):
        self.environment.stamp.write_bytes(b"\xff\xfe\x00")
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 1)
        self.environment.install(self.base)
        self.assertEqual(len(self.calls()), 1)

    def test_requirements_that_are_gone_are_one_sentence(self):
        self.base.unlink()
        with self.assertExits("can't be read, the clone may not be whole: .*requirements.txt"):
            self.environment.install(self.base)

    def test_an_environment_that_can_not_be_written_is_one_sentence(self):
        self.environment.stamp.mkdir()
        with self.assertExits("have changed, and the virtual environment can't be written: .*sha256"):
            self.environment.install(self.base)
        self.assertEqual(self.calls(), [])

    def test_an_interrupted_install_leaves_an_environment_that_does_not_work(self):
        interrupt = mock.patch.object(dev, "call_and_keep", side_effect=KeyboardInterrupt)
        with interrupt, self.assertRaises(KeyboardInterrupt):
            self.environment.install(self.base)
        self.assertFalse(self.environment.works())


class CommandLineTests(DevTestCase):
    def dev(self, *arguments):
        return subprocess.run([sys.executable, dev.__file__, *arguments], capture_output=True, text=True)

    def test_an_old_python_can_read_the_file(self):
        source = Path(dev.__file__).read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 6))

    def test_an_old_python_is_told_which_one_is_needed(self):
        sentence = r"needs Python 99\.0 or newer; this is Python 3\.\d+\.$"
        with mock.patch.object(dev, "OLDEST_PYTHON", (99, 0)), self.assertExits(sentence):
            dev.main(["run"])

    def test_a_used_port_is_told_in_one_line(self):
        with socket.create_server((dev.HOST, 0)) as server:
            port = server.getsockname()[1]
            result = self.dev("run", "--no-browser", "--port", str(port))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        sentence = rf"^Port {port} cannot be used \(in use .*--port 8001, or make run PORT=8001\n$"
        self.assertRegex(result.stderr, sentence)

    def test_a_port_that_somebody_holds_without_answering_is_told(self):
        with socket.socket() as holder:
            holder.bind((dev.HOST, 0))
            with self.assertExits("cannot be used"):
                dev.check_port(holder.getsockname()[1])

    def test_a_free_port_is_accepted(self):
        with socket.create_server((dev.HOST, 0)) as server:
            port = server.getsockname()[1]
        dev.check_port(port)

    def test_an_impossible_port_is_told(self):
        with self.assertExits("Port 70000 cannot be used"):
            dev.check_port(70000)

    def test_arguments_after_test_are_not_parsed(self):
        options = dev.parse(["test", "users.tests", "-v", "2", "--parallel"])
        self.assertEqual(options.arguments, ["users.tests", "-v", "2", "--parallel"])

    def test_arguments_that_run_does_not_know_are_refused(self):
        result = self.dev("run", "--prot", "1")
        self.assertEqual(result.returncode, 2)
        self.assertIn("unrecognized arguments: --prot 1", result.stderr)

    def test_a_browser_is_not_opened_where_nobody_sees_it(self):
        with mock.patch.object(sys, "platform", "linux"):
            for environment, expected in (
                ({}, False),
                ({"DISPLAY": ":0"}, True),
                ({"WAYLAND_DISPLAY": "wayland-0"}, True),
                ({"DISPLAY": ":0", "CI": "true"}, False),
            ):
                with self.subTest(environment), mock.patch.dict(os.environ, environment, clear=True):
                    self.assertIs(dev.has_browser(), expected)


class ServingTests(DevTestCase):
    MANAGE = """
import sys
def main():
    print(*sys.argv, flush=True)
    if sys.argv[1] == "seed_demo":
        {seed}
"""

    def start(self, seed):
        self.write("manage.py", self.MANAGE.format(seed=seed))
        command = [sys.executable, "-c", dev.START, "127.0.0.1:8000"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def test_migrates_seeds_and_serves_in_this_order(self):
        result = self.start(seed="pass")
        self.assertEqual(
            result.stdout.splitlines(),
            ["manage.py migrate", "manage.py seed_demo --if-empty", "manage.py runserver 127.0.0.1:8000"],
        )

    def test_a_step_that_fails_ends_it_with_the_code_of_the_step(self):
        result = self.start(seed="sys.exit(7)")
        self.assertEqual((result.returncode, result.stderr), (7, ""))
        self.assertNotIn("runserver", result.stdout)

    def test_a_database_that_can_not_be_used_is_one_sentence(self):
        result = self.start(seed="from django.db import OperationalError; raise OperationalError('no such table: x')")
        sentence = 'The database can\'t be used: no such table: x ("manage.py seed_demo" tells more).\n'
        self.assertEqual((result.returncode, result.stderr), (1, sentence))

    def test_another_error_of_a_step_keeps_its_traceback(self):
        self.assertIn("Traceback", self.start(seed="raise ValueError").stderr)

    def test_ctrl_c_in_a_step_ends_it_quietly(self):
        result = self.start(seed="raise KeyboardInterrupt")
        self.assertEqual(result.stderr, "")
        self.assertNotIn("runserver", result.stdout)

    def test_the_address_is_printed_and_opened_once_the_server_answers(self):
        with socket.create_server((dev.HOST, 0)) as server, mock.patch("webbrowser.open") as browser:
            port = server.getsockname()[1]
            dev.announce(mock.Mock(poll=lambda: None), port, browser=True)
        self.assertIn(f"http://127.0.0.1:{port}/", self.printed())
        browser.assert_called_once_with(f"http://127.0.0.1:{port}/")

    def test_nothing_is_announced_when_the_server_has_ended(self):
        with socket.create_server((dev.HOST, 0)) as server:
            dev.announce(mock.Mock(poll=lambda: 1), server.getsockname()[1], browser=False)
        self.assertEqual(self.printed(), "")


# The command is there, and the block in which it could be ended is not entered yet.
START_SLOWLY = """
import subprocess, time
class Slow(subprocess.Popen):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        time.sleep(2)
subprocess.Popen = Slow
"""


@skipIf(dev.WINDOWS, "needs signals")
class StoppingTests(SimpleTestCase):
    # Does what dev.py does, with a command that prints its process id and stays. Ctrl-C is heard even where the
    # suite itself is deaf to it, as what a shell starts in the background is.
    SCRIPT = '''
import signal, sys, dev
signal.signal(signal.SIGINT, signal.default_int_handler)
COMMAND = """
import os, time
try:
    print(os.getpid(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    pass
"""
dev.run = dev.test = lambda *args, **kwargs: dev.call(sys.executable, "-c", COMMAND)
sys.exit(dev.main(sys.argv[1:]))
'''

    def stop(self, argument, kill, signum):
        """Start, send a signal, and return the exit code, the errors, and whether the command goes on."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [sys.executable, "-c", self.SCRIPT, argument]
        with subprocess.Popen(command, cwd=dev.ROOT, start_new_session=True, **pipes) as process:
            child = int(process.stdout.readline())
            kill(process.pid, signum)
            errors = process.communicate(timeout=30)[1]
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return process.returncode, errors, False
        return process.returncode, errors, True

    def test_a_signal_to_dev_alone_ends_the_command_too(self):
        self.assertEqual(self.stop("run", os.kill, signal.SIGTERM), (143, "", False))

    def test_a_signal_while_the_command_is_started_ends_it_too(self):
        script = self.SCRIPT.replace("dev.run =", START_SLOWLY + "dev.run =")
        with mock.patch.object(self, "SCRIPT", script):
            self.assertEqual(self.stop("run", os.kill, signal.SIGTERM), (143, "", False))

    def test_ctrl_c_ends_both_quietly(self):
        self.assertEqual(self.stop("run", os.killpg, signal.SIGINT), (0, "", False))

    def test_an_interrupted_suite_has_not_passed(self):
        self.assertEqual(self.stop("test", os.killpg, signal.SIGINT), (130, "", False))


class SuiteTests(DevTestCase):
    DJANGO = ["users.tests.test_cards.CardTests.test_one", "users.tests.test_cards.CardTests.test_two"]
    PYTEST = "users/tests/test_cards.py::CardTests::test_one\nusers/tests/test_cards.py::CardTests::test_two\n"

    def run_suite(self, *arguments, django=DJANGO, pytest=PYTEST, code=0, collecting=0):
        """Run ``dev.py test`` where both runners are programs that print what they are given."""
        finds = f"import sys\nprint(*{django!r}, sep='\\n')\nsys.exit({collecting})"
        self.write("manage.py", f"import sys\nprint('ran', *sys.argv[1:])\nsys.exit({code})")
        self.write("pytest.py", f"print({pytest!r}, '2 tests collected in 0.01s')")
        environment = types.SimpleNamespace(python=sys.executable)
        keep = mock.Mock(side_effect=lambda *command: dev.call_and_keep(*command)[0])
        replaced = {"ROOT": self.folder, "prepare": mock.Mock(return_value=environment), "DJANGO_TESTS": finds}
        with mock.patch.multiple(dev, **replaced, call=keep):
            return dev.test(list(arguments))

    def test_the_suite_runs_once_where_both_runners_find_the_same_tests(self):
        self.assertEqual(self.run_suite(), 0)
        found, *ran = self.printed().splitlines()
        self.assertEqual(found, "manage.py test and pytest find the same 2 tests.")
        self.assertEqual(ran, ["ran test --noinput" + " --parallel" * (not dev.WINDOWS)])

    def test_a_suite_that_fails_is_the_exit_code(self):
        self.assertEqual(self.run_suite(code=3), 3)

    def test_the_tests_that_one_runner_alone_finds_are_named_and_nothing_runs(self):
        self.assertEqual(self.run_suite(pytest=self.PYTEST.replace("test_two", "test_three[1]")), 1)
        self.assertEqual(
            self.printed().splitlines(),
            [
                "Failed: the runners do not find the same tests.",
                "  users.tests.test_cards.CardTests.test_two (found by manage.py test alone)",
                "  users.tests.test_cards.CardTests.test_three[1] (found by pytest alone)",
            ],
        )

    def test_a_runner_that_can_not_find_the_tests_is_named_with_what_it_said(self):
        self.assertEqual(self.run_suite(collecting=2), 1)
        self.assertIn("test_two\nFailed: manage.py test could not find the tests, see above.\n", self.printed())
        self.assertNotIn("ran", self.printed())

    def test_a_runner_that_finds_nothing_has_failed(self):
        self.assertEqual(self.run_suite(pytest="no tests collected"), 1)
        self.assertIn("Failed: pytest could not find the tests", self.printed())

    def test_with_arguments_nothing_is_compared(self):
        self.assertEqual(self.run_suite("--shuffle", pytest="", code=3), 3)
        self.assertEqual(self.printed(), "ran test --noinput --shuffle\n")


class StyleTests(DevTestCase):
    def run_check(self, command, code=0):
        """Run ``dev.py lint`` or ``format`` where the linters are programs that print what they are given."""
        for name in ("ruff", "djlint"):
            self.write(f"{name}.py", f"import sys\nprint('{name}', *sys.argv[1:])\nsys.exit({code})")
        environment = types.SimpleNamespace(python=sys.executable)
        prepare = mock.Mock(return_value=environment)
        keep = mock.Mock(side_effect=lambda *command: dev.call_and_keep(*command)[0])
        stay = mock.patch.object(signal, "signal")  # the handler would outlive the test
        with stay, mock.patch.multiple(dev, ROOT=self.folder, prepare=prepare, call=keep):
            result = dev.main([command])
        prepare.assert_called_once_with("requirements.txt", "requirements-dev.txt")
        return result

    def test_all_linters_run_after_what_they_need_is_installed(self):
        self.assertEqual(self.run_check("lint"), 0)
        lines = self.printed().splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["ruff", "ruff", "djlint", "djlint"])

    def test_a_complaint_is_the_exit_code_and_the_other_linters_run_all_the_same(self):
        self.assertEqual(self.run_check("lint", code=3), 3)
        self.assertEqual(len(self.printed().splitlines()), 4)

    def test_formatting_writes(self):
        self.run_check("format")
        self.assertEqual(self.printed().splitlines(), ["ruff check --fix .", "ruff format ."])

    def test_the_hooks_of_pre_commit_have_the_versions_of_the_linters(self):
        hooks = Path(dev.__file__).with_name(".pre-commit-config.yaml").read_text(encoding="utf-8")
        pinned = set(Path(dev.__file__).with_name("requirements-dev.txt").read_text(encoding="utf-8").split())
        used = set(re.findall(r"additional_dependencies: \[(\S+)\]", hooks))
        self.assertEqual({name.partition("==")[0] for name in used}, {"ruff", "djlint"})
        self.assertLessEqual(used, pinned)
