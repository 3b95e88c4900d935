#!/usr/bin/env bash
# list_signals of django-extensions fails on a receiver of a model's signal that has no sender.
#
# Guess: the command lists the receivers of the signals of models, those that hear every model too.
# What happens: it looks up the sender of each among the models, and calls what is not found "_unknown_". It then asks
# that text for the name of its model: AttributeError, and nothing at all is listed.
# Why it matters: one receiver without a sender, also one of a package, takes the whole list from a project.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" "django-extensions==4.1"
cd "$folder"
cat >receivers.py <<'END'
def hear(sender, **kwargs):
    pass
END
PYTHONPATH=$folder venv/bin/python - <<'END'
import io

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_extensions"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models.signals import post_save
from receivers import hear


def outcome():
    out = io.StringIO()
    try:
        call_command("list_signals", stdout=out)
    except AttributeError as error:
        return f"AttributeError: {error}"
    return "listed" if "hear" in out.getvalue() else "not listed"


post_save.connect(hear, sender=Group)
with_sender = outcome()
post_save.disconnect(hear, sender=Group)
post_save.connect(hear)
without = outcome()
print("Django", django.get_version(), "and django-extensions 4.1")
print("a receiver of one model:   ", with_sender)
print("a receiver of every model: ", without)
assert with_sender == "listed"
assert without.startswith("AttributeError: 'str' object has no attribute")
END
