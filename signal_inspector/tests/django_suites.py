"""
Run Django's own tests with the recorder always on, and without it, and compare.

    python signal_inspector/tests/django_suites.py [--quick] [--keep FOLDER] [LABEL ...]

The tests are in Django's source distribution, of the version that is installed here; pip fetches it. Each test runs
inside a record of its own. What is compared is the outcome of each test, by its name: the recorder changes nothing,
so no line of the two lists may differ. The tests need nothing but Django and an SQLite in memory.

It is a program, no test: it is not collected by a test runner.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

QUICK = ("dispatch", "signals", "m2m_signals", "async", "delete", "transaction_hooks", "transactions")
ALL = (
    *QUICK,
    "auth_tests",
    "basic",
    "bulk_create",
    "contenttypes_tests",
    "custom_pk",
    "db_utils",
    "defer",
    "delete_regress",
    "fixtures",
    "force_insert_update",
    "get_or_create",
    "handlers",
    "many_to_many",
    "migrate_signals",
    "model_enums",
    "model_fields",
    "model_forms",
    "model_formsets",
    "model_formsets_regress",
    "model_indexes",
    "model_inheritance",
    "model_inheritance_regress",
    "model_meta",
    "model_options",
    "model_package",
    "model_regress",
    "model_utils",
    "multiple_database",
    "one_to_one",
    "proxy_models",
    "save_delete_hooks",
    "select_for_update",
    "test_client",
    "test_utils",
    "unmanaged_models",
    "update",
    "update_only_fields",
    "wsgi",
)

# Runs in a process of its own, in Django's folder of tests. Its first argument says whether to record.
CHILD = """
import atexit, sys, unittest
from collections import Counter

recording = sys.argv.pop(1) == "recorded"
if recording:
    from signal_inspector.recording.recorder import begin, record

    begin()  # from now on Django's functions are replaced
    run = unittest.TestCase.run

    seen = Counter()

    def run_recorded(self, result=None):
        try:
            with record() as trace:
                return run(self, result)
        finally:
            seen.update(trace.counts())
            seen["unheard signals"] += sum(trace.unheard.values())

    atexit.register(lambda: print("seen:", dict(seen), file=sys.__stdout__))
    unittest.TestCase.run = run_recorded

class Result(unittest.TextTestResult):
    def note(self, test, outcome):
        print(f"{test.id()} {outcome}", file=sys.__stdout__, flush=True)

    def addSuccess(self, test): super().addSuccess(test); self.note(test, "ok")
    def addError(self, test, error): super().addError(test, error); self.note(test, "error")
    def addFailure(self, test, error): super().addFailure(test, error); self.note(test, "failure")
    def addSkip(self, test, reason): super().addSkip(test, reason); self.note(test, "skipped")
    def addExpectedFailure(self, test, error): super().addExpectedFailure(test, error); self.note(test, "expected")
    def addUnexpectedSuccess(self, test): super().addUnexpectedSuccess(test); self.note(test, "unexpected")
    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error: self.note(subtest, "failure")

from django.test.runner import DiscoverRunner
DiscoverRunner.get_resultclass = lambda self: Result
import runpy
sys.path.insert(0, ".")
sys.argv[0] = "runtests.py"
runpy.run_path("runtests.py", run_name="__main__")
"""


def fetch(folder):
    """Have pip bring the source of the Django that is installed, and return the folder of its tests."""
    import django

    version = django.__version__
    tests = Path(folder, f"django-{version}", "tests")
    if not tests.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "django"]
        subprocess.run([*command, "--dest", folder, f"django=={version}"], check=True)
        archive = next(Path(folder).glob("[Dd]jango-*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return tests


def outcomes(tests, labels, mode):
    """Run Django's tests, recorded or plain; return the outcome of each, by its name."""
    root = Path(__file__).resolve().parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-c", CHILD, mode, "--parallel=1", "--noinput", *labels]
    result = subprocess.run(command, cwd=tests, env=environment, capture_output=True, text=True)
    lines = [line.rsplit(" ", 1) for line in result.stdout.splitlines()]
    known = {"ok", "error", "failure", "skipped", "expected", "unexpected"}
    found = sorted(tuple(line) for line in lines if len(line) == 2 and line[1] in known)
    if not found or "Ran " not in result.stderr:
        sys.exit(f"Django's tests did not run ({mode}):\n{result.stderr[-3000:]}")
    summary = next(line for line in result.stderr.splitlines() if line.startswith("Ran "))
    print(f"{mode}: {summary}; {sum(line[1] in ('error', 'failure') for line in found)} failed", flush=True)
    for line in result.stdout.splitlines():
        if line.startswith("seen: "):
            print(line, flush=True)
    return found, result.stderr


def main():
    """Run them both ways; end with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="which of Django's suites; default: a long list")
    parser.add_argument("--quick", action="store_true", help="the smaller suites only")
    parser.add_argument("--keep", metavar="FOLDER", help="where to keep what pip brings; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tests = fetch(options.keep or temporary)
        labels = options.labels or (QUICK if options.quick else ALL)
        labels = [label for label in labels if Path(tests, label.split(".")[0]).exists()]
        plain, _ = outcomes(tests, labels, "plain")
        recorded, log = outcomes(tests, labels, "recorded")
    different = sorted(set(plain) ^ set(recorded))
    for line in different:
        print("differs:", *line, "(plain)" if line in plain else "(recorded)")
    if different:
        print(log[-4000:])
        sys.exit(1)
    print(f"No difference in {len(plain)} outcomes of {len(labels)} suites.")


if __name__ == "__main__":
    main()
