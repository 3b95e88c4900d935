#!/usr/bin/env bash
# The queries of an asynchronous receiver belong to the transaction of the synchronous code that sent the signal.
#
# Guess: an asynchronous receiver's queries run in another thread, so on another connection: they neither see the
# sender's uncommitted rows nor are rolled back with them.
# What happens: send() runs the receivers on a loop, and their queries come back to the very thread that called
# send(). They see the open transaction, and an error afterwards rolls them back. This holds in a thread of
# sync_to_async() too.
# Why it matters: writing "the log line that survives the rollback" from an asynchronous receiver does not work;
# and one slow receiver that awaits something else holds the sender's locks meanwhile.
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
import asyncio

import django
from asgiref.sync import sync_to_async
from django.conf import settings

DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}  # a file: each thread connects anew
settings.configure(DATABASES={"default": DATABASE})
django.setup()

from django.db import connection, models, transaction
from django.dispatch import Signal, receiver


class Line(models.Model):
    text = models.CharField(max_length=9)

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Line)
failing = Signal()
seen = []


@receiver(failing)
async def log(**kwargs):
    seen.append([line.text async for line in Line.objects.all()])
    await Line.objects.acreate(text="receiver")


def story():
    try:
        with transaction.atomic():
            Line.objects.create(text="sender")
            failing.send(sender=None)
            raise RuntimeError("roll back")
    except RuntimeError:
        return Line.objects.count()


left = [story(), asyncio.run(sync_to_async(story)())]
print("Django", django.get_version())
print("rows that the receiver saw:    ", seen)
print("rows left after the rollback:  ", left)
assert seen == [["sender"], ["sender"]] and left == [0, 0]
END
