#!/usr/bin/env bash
# With Sentry in the process, send() answers with functions that nobody connected.
#
# Guess: the pairs that send() returns hold the receivers that were connected, as Django's documentation says.
# What happens: sentry-sdk's Django integration, on by default, puts a new function around each synchronous
# receiver at each send. The pair holds that one: neither `is` nor == finds the receiver, though its name and
# __wrapped__ tell. Asynchronous receivers stay themselves. No transaction needs to be running, and no DSN to be
# set.
# Why it matters: code that looks up an answer by its receiver (a registry, a test, a plugin switch) works until
# the day Sentry is switched on, in production first.
# Source: Django's documentation, Signals, "Sending signals": a list of tuple pairs [(receiver, response), ...].
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" sentry-sdk==2.75.0
cd "$folder"
venv/bin/python - <<'END'
import django
import sentry_sdk
from django.conf import settings
from django.dispatch import Signal, receiver

settings.configure()
collecting = Signal()


@receiver(collecting)
def part(**kwargs):
    return "synchronous"


@receiver(collecting)
async def other_part(**kwargs):
    return "asynchronous"


def found():
    answers = dict(collecting.send(sender=None))
    return part in answers, other_part in answers


before = found()
sentry_sdk.init()
after = found()
wrapper = collecting.send(sender=None)[0][0]

print("Django", django.get_version(), "sentry-sdk", sentry_sdk.VERSION)
print("found by receiver, without Sentry (synchronous, asynchronous):", before)
print("found by receiver, with Sentry:                               ", after)
print("what is there instead has the same name:", wrapper.__name__, wrapper is part, wrapper.__wrapped__ is part)
assert before == (True, True) and after == (False, True)
assert wrapper.__wrapped__ is part
END
