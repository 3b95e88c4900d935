#!/usr/bin/env bash
# After delete(), an on_commit() callback finds the primary key, or None: it depends on an outer atomic().
#
# Guess: instance.pk is the same in the callback, whether delete() was called inside atomic() or not.
# What happens: delete() opens a transaction, sends post_delete in it, commits, and only then sets the key to
# None. Alone, the callback runs at that commit and reads the key. In an outer atomic() it runs later and reads
# None. QuerySet.delete() works on instances that nobody else holds, and does the same to them.
# Why it matters: "remove the files of this row after the commit" is tried in a shell, works, and removes the
# files of None in a view under ATOMIC_REQUESTS. Read the key in the receiver, not in the callback.
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

from django.db import connection, models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Order(models.Model):
    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Order)
keys = []


@receiver(post_delete, sender=Order)
def tidy(instance, **kwargs):
    transaction.on_commit(lambda: keys.append(instance.pk))


Order.objects.create(pk=1).delete()
order = Order.objects.create(pk=2)
with transaction.atomic():
    order.delete()
Order.objects.create(pk=3)
with transaction.atomic():
    Order.objects.filter(pk=3).delete()

print("Django", django.get_version())
print("delete() alone:                  ", keys[0])
print("delete() in atomic():            ", keys[1])
print("QuerySet.delete() in atomic():   ", keys[2])
assert keys == [1, None, None]
END
