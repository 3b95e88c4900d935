#!/usr/bin/env bash
# A multi-table child is saved with one voice and deleted with two.
#
# Guess: deleting a child sends pre_delete and post_delete for the child alone, as saving it sends pre_save and
# post_save.
# What happens: save() sends for the child's class only. delete() sends for the child and for each parent, with an
# instance of the parent that it makes for the purpose. Deleting the parent's instance sends for the child too.
# Why it matters: a receiver connected to a model and to its children, so that it misses no save, counts each
# deletion twice; one connected to the parent alone hears the end of rows whose beginning it never heard.
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


class Account(models.Model):
    name = models.CharField(max_length=9)


class Company(Account):
    tax_number = models.CharField(max_length=9)
END
venv/bin/python - <<'END'
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.core.management import call_command
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from shop.models import Account, Company

call_command("migrate", run_syncdb=True, verbosity=0)
heard = []


@receiver([post_save, post_delete])
def hear(sender, **kwargs):
    heard.append(sender.__name__)


company = Company(name="Analytical Engines")
company.save()
saved, heard[:] = list(heard), []
company.delete()
deleted, heard[:] = list(heard), []
company.save()
heard.clear()
Account.objects.get().delete()

print("Django", django.get_version())
print("child saved:                ", saved)
print("child deleted:              ", deleted)
print("deleted as parent instance: ", heard)
assert saved == ["Company"]
assert deleted == heard == ["Company", "Account"]
END
