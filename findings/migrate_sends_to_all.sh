#!/usr/bin/env bash
# Every migrate sends post_migrate for every app, also for the one whose tables it has taken away.
#
# Guess: `migrate shop` sends for shop; `migrate shop zero` sends nothing for it; nothing is sent where nothing
# was done.
# What happens: each run sends for all apps that have models, whatever was named on the command line.
# sender.get_model() gives the model of today's code, even where its table or a column is missing. flush sends
# too, without `apps` and `plan`.
# Why it matters: a receiver that fills its table works for years, and makes `migrate shop zero`, or any later
# `migrate` of another app, end in an OperationalError. Look for the table, or take the model from `apps` and
# expect a LookupError.
# Source: Django's documentation, Signals, post_migrate.
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
mkdir shop
cat > shop/models.py <<'END'
from django.db import models


class Order(models.Model):
    total = models.IntegerField(default=0)
END
venv/bin/python - <<'END'
import importlib

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.sessions", "shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.core.management import call_command
from django.db import DatabaseError
from django.db.models.signals import post_migrate
from django.dispatch import receiver

call_command("makemigrations", "shop", verbosity=0)
importlib.invalidate_caches()
heard = []


@receiver(post_migrate)
def count(sender, **kwargs):
    try:
        found = f"{sender.get_model('Order').objects.count()} orders" if sender.label == "shop" else "-"
    except DatabaseError as error:
        found = str(error)
    heard.append((sender.label, found, "apps" in kwargs))


def run(*command):
    heard.clear()
    call_command(*command, verbosity=0)
    print(" ".join(command[:3]).ljust(18), *heard)
    return list(heard)


print("Django", django.get_version(), "(app, what its receiver found, whether `apps` was given)")
assert run("migrate", "shop")[1] == ("shop", "0 orders", True)
assert run("flush", "--no-input")[-1] == ("shop", "0 orders", False)
assert run("migrate", "shop", "zero")[1] == ("shop", "no such table: shop_order", True)
assert run("migrate", "sessions")[1] == ("shop", "no such table: shop_order", True)
END
