#!/usr/bin/env bash
# In Django 5.2 a receiver keeps every signal alive that it was ever connected to, also after disconnect(); not in 6.1.
#
# Guess: a signal and its receivers hold each other weakly. A signal that is made for a request, an object or a test is
# gone when nobody refers to it any more, and disconnect() leaves nothing behind.
# What happens: connect() gives the receiver a finalizer, weakref.finalize(), whose callback is a bound method of the
# signal. The registry of finalizers holds it as long as the receiver lives, and disconnect() does not detach it. With
# weak=False there is no finalizer. Django 6.1 has none either: it knows dead receivers by the callback of its weak
# references.
# Why it matters: a function of a module lives as long as the process, so signals that come and go and that it is
# connected to pile up: their receivers and caches with them.
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
import gc
import weakref

import django
from django.conf import settings

settings.configure()

from django.dispatch import Signal


def hear(**kwargs):
    pass


def kept(weak=True, disconnect=False):
    references = []
    for _ in range(100):
        signal = Signal()
        signal.connect(hear, weak=weak)
        if disconnect:
            signal.disconnect(hear)
        references.append(weakref.ref(signal))
    del signal
    gc.collect()
    return sum(reference() is not None for reference in references)


found = {"connected": kept(), "disconnected again": kept(disconnect=True), "weak=False": kept(weak=False)}
print("Django", django.get_version())
print("of 100 signals that nobody refers to are there:", found)
old = django.VERSION < (6, 1)
assert found == {"connected": 100 * old, "disconnected again": 100 * old, "weak=False": 0}
END
