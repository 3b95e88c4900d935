#!/usr/bin/env bash
# Previewing an import with django-import-export sends post_save, for rows that will never be.
#
# Guess: dry_run=True, which the admin's preview uses, saves nothing and sends nothing.
# What happens: where the database has transactions the dry run saves each row and rolls everything back.
# Receivers hear created=True for each, with a key that no row has afterwards; confirming the import sends it all
# again. Callbacks of on_commit() run for the real import only.
# Why it matters: a receiver that mails, counts or calls another service at once does so on the preview, and again
# on the import. on_commit() is what tells them apart.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" django-import-export==4.4.3
cd "$folder"
mkdir shop
cat > shop/models.py <<'END'
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=9)
END
venv/bin/python - <<'END'
import django
import import_export
import tablib
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from import_export.resources import modelresource_factory
from shop.models import Customer

call_command("migrate", run_syncdb=True, verbosity=0)
heard, committed = [], []


@receiver(post_save, sender=Customer)
def welcome(instance, created, **kwargs):
    heard.append((instance.name, created))
    transaction.on_commit(lambda: committed.append(instance.name))


def load(dry_run):
    heard.clear()
    committed.clear()
    table = tablib.Dataset(["", "Ada"], headers=["id", "name"])
    modelresource_factory(Customer)().import_data(table, dry_run=dry_run, raise_errors=True)
    return list(heard), list(committed), Customer.objects.count()


preview, real = load(dry_run=True), load(dry_run=False)
print("Django", django.get_version(), "django-import-export", import_export.__version__)
print("(post_save heard, callbacks after the commit, rows)")
print("preview:", *preview)
print("import: ", *real)
assert preview == ([("Ada", True)], [], 0)
assert real == ([("Ada", True)], ["Ada"], 1)
END
