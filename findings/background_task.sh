#!/usr/bin/env bash
# A task that an asynchronous receiver starts is cancelled under save(), and finishes under asave().
#
# Guess: asyncio.create_task() in a receiver goes on after send(), as it does after asend().
# What happens: send() without a running event loop makes one for its asynchronous receivers and closes it when
# they have returned; what they left behind is cancelled, and nothing is logged. Under asend(), and under send()
# in a thread that sync_to_async() started, the loop is the caller's and the task goes on.
# Why it matters: "send the mail in the background" works in an asynchronous view and is lost in a command, a
# synchronous view, the admin and a shell. Await the work in the receiver, or hand it to a queue.
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
from django.conf import settings
from django.dispatch import Signal, receiver

settings.configure()
paid = Signal()
tasks, mails = [], []


async def send_mail(how):
    await asyncio.sleep(0.1)
    mails.append(how)


@receiver(paid)
async def in_background(how, **kwargs):
    tasks.append(asyncio.create_task(send_mail(how)))


paid.send(sender=None, how="send()")


async def view():
    await paid.asend(sender=None, how="asend()")
    await asyncio.sleep(0.5)  # the server goes on


asyncio.run(view())

print("Django", django.get_version())
print("tasks cancelled:", [task.cancelled() for task in tasks])
print("mails sent:     ", mails)
assert [task.cancelled() for task in tasks] == [True, False]
assert mails == ["asend()"]
END
