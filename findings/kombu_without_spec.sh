#!/usr/bin/env bash
# importlib.util.find_spec("kombu") raises ValueError once kombu was imported.
#
# Guess: find_spec() of a package returns its spec if it is installed, and None if not: Django's own checks, and settings
# files, ask it before they name a package.
# What happens: kombu puts another module object in its place in sys.modules, for imports on demand, and that one has no
# __spec__. find_spec() looks there first, and raises ValueError. Celery does the same, and keeps its __spec__.
# Why it matters: a settings file that asks works in a web process, and in "manage.py". A Celery worker has imported kombu
# before it reads the settings, and does not start.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "kombu==${KOMBU:-5.7.0}" "celery==${CELERY:-5.7.0}"
cd "$folder"
venv/bin/python - <<'END'
from importlib.util import find_spec


def outcome(name):
    try:
        return type(find_spec(name)).__name__
    except ValueError as error:
        return str(error)


before = outcome("kombu"), outcome("celery")
import celery
import kombu

after = outcome("kombu"), outcome("celery")
print("kombu", kombu.__version__, "and celery", celery.__version__)
print("before the import:", *before)
print("after the import: ", *after)
assert before == ("ModuleSpec", "ModuleSpec")
assert after == ("kombu.__spec__ is None", "ModuleSpec")
END
