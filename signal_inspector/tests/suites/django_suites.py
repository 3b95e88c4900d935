"""
Run Django's own tests with the recorder always on, in spans of OpenTelemetry, and with neither, and compare.

    python signal_inspector/tests/suites/django_suites.py [--quick] [--keep FOLDER] [LABEL ...]

The tests are in Django's source distribution, of the version that is installed here; pip fetches it. Each test runs
inside a record of its own, and again inside a span, where the SDK of OpenTelemetry is installed. What is compared is
the outcome of each test, by its name: neither changes anything, so no line of the lists may differ. The tests need
nothing else but Django and an SQLite in memory.
"""

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from running import differences, run, tell, unpacked

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


def main():
    """Run them each way; end with 1 if anything differs."""
    import django

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="which of Django's suites; default: a long list")
    parser.add_argument("--quick", action="store_true", help="the smaller suites only")
    parser.add_argument("--keep", metavar="FOLDER", help="where to keep what pip brings; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tests = unpacked(options.keep or temporary, "django", django.__version__) / "tests"
        labels = options.labels or (QUICK if options.quick else ALL)
        labels = [label for label in labels if Path(tests, label.split(".")[0]).exists()]
        command = ("script", "runtests.py", "--parallel=1", "--noinput", *labels)
        modes = ("plain", "recorded", *(("traced",) if find_spec("opentelemetry") else ()))
        runs = {mode: run(tests, mode, command) for mode in modes}
    for mode, each in runs.items():
        tell(f"Django {django.__version__}", mode, each)
    if sum(differences(runs["plain"], runs[mode], mode) for mode in modes[1:]):
        sys.exit(1)
    print(f"No difference in {len(runs['plain'].outcomes)} outcomes of {len(labels)} suites.")


if __name__ == "__main__":
    main()
