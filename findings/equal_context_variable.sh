#!/usr/bin/env bash
# Django 6.1: a context variable that an asynchronous receiver sets to an equal value does not reach the sender.
#
# Guess: what a receiver sets is what the sender reads after asend(), whatever the value is.
# What happens: after dispatch Django copies changed variables to the sender's context, and asks with != whether
# one has changed. Model instances are equal if their keys are: a fresh copy of the same row is left behind,
# another row travels. Awaiting the receiver, without a signal, hands over both.
# Why it matters: a "current user" or "current tenant" that a receiver reloads keeps its old name, rights and
# flags in the sender. Change the object in place, or keep something in the variable that is compared by identity.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.12 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq django==6.1.3
cd "$folder"
venv/bin/python - <<'END'
import asyncio
from contextvars import ContextVar

import django
from django.conf import settings

settings.configure()
django.setup()

from django.db import models
from django.dispatch import Signal, receiver


class Tenant(models.Model):
    plan = models.CharField(max_length=9)

    class Meta:
        app_label = "shop"


current = ContextVar("current")
refreshing = Signal()


@receiver(refreshing)
async def reload(pk, **kwargs):
    current.set(Tenant(pk=pk, plan="new"))


async def after(act, pk):
    current.set(Tenant(pk=1, plan="old"))
    await act(sender=None, pk=pk)
    return current.get().plan


same, other, awaited = (
    asyncio.run(after(*case)) for case in [(refreshing.asend, 1), (refreshing.asend, 2), (reload, 1)]
)
print("Django", django.get_version())
print("asend(), the same row:   ", same)
print("asend(), another row:    ", other)
print("awaited, the same row:   ", awaited)
assert (same, other, awaited) == ("old", "new", "new")
END
