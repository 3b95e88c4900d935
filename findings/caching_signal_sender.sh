#!/usr/bin/env bash
# A signal with use_caching takes None or a string as sender until somebody listens; then sending raises TypeError.
#
# Guess: the sender of a signal may be any object, and None where there is none: so says the documentation of send().
# What happens: Signal(use_caching=True), as all signals of models are, keeps the receivers of each sender in a dict of
# weak references. There is none to None, a string, a number or a tuple. send() asks that dict only if anything is
# connected: a signal that nobody hears takes every sender.
# Why it matters: the code that sends works for months, and fails when another app connects its first receiver, with an
# error that names neither. The same signal without use_caching takes all of them.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}"
cd "$folder"
venv/bin/python - <<'END'
import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.dispatch import Signal


def outcomes(signal):
    found = []
    for sender in (None, "shop", 7, ("a", "b"), object):
        try:
            signal.send(sender)
            found.append("sent")
        except TypeError as error:
            found.append(str(error).partition(" to ")[0])
    return found


def hear(**kwargs):
    pass


caching, plain = Signal(use_caching=True), Signal()
unheard = outcomes(caching)
caching.connect(hear)
plain.connect(hear)
heard, without = outcomes(caching), outcomes(plain)
print("Django", django.get_version())
print("use_caching, nobody listens:", unheard)
print("use_caching, one listens:   ", heard)
print("no use_caching, one listens:", without)
assert unheard == without == ["sent"] * 5
assert heard == ["cannot create weak reference"] * 4 + ["sent"]
END
