#!/usr/bin/env bash
# captureOnCommitCallbacks(execute=True) runs callbacks inside a transaction; production runs them outside.
#
# Guess: the callbacks run as they do after a commit, in autocommit.
# What happens: a TestCase never commits, so they run in its open transaction. A callback that catches an
# IntegrityError and goes on, which is right after a commit, breaks the test's transaction: the next query raises
# TransactionManagementError. And on_commit() inside a callback runs at once in production, but after all other
# callbacks in the test.
# Why it matters: work after the commit is where receivers send mail and fill queues, and idempotent writing is
# its usual form. Test such code with TransactionTestCase, or wrap the write in atomic().
# Source: Django's documentation, Testing tools, TestCase.captureOnCommitCallbacks().
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

import unittest

from django.db import IntegrityError, connection, models, transaction
from django.test import TestCase


class Sent(models.Model):
    class Meta:
        app_label = "shop"


def once():
    try:
        Sent.objects.create(pk=1)
    except IntegrityError:
        pass  # sent already
    return Sent.objects.count()


def nested():
    transaction.on_commit(lambda: order.append("inner"))
    order.append("outer")


class InATest(TestCase):
    def test(self):
        for callback in [nested, once]:
            with self.captureOnCommitCallbacks(execute=True):
                transaction.on_commit(callback)


with connection.schema_editor() as editor:
    editor.create_model(Sent)
Sent.objects.create(pk=1)
order = []
with transaction.atomic():
    transaction.on_commit(nested)
    transaction.on_commit(once)
committed, order[:] = list(order), []
result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromTestCase(InATest).run(result)
errors = [trace.strip().splitlines()[-1].split(":")[0] for _, trace in result.errors]

print("Django", django.get_version())
print("after a commit:  no error,", committed)
print("in a TestCase:  ", errors, order)
assert committed == ["inner", "outer"] and order == ["outer", "inner"]
assert errors == ["django.db.transaction.TransactionManagementError"]
END
