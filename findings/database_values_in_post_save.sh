#!/usr/bin/env bash
# What the database computes is on the instance in post_save, or is not: by version of Django, for the same code.
#
# Guess: a GeneratedField, and a field that was set to F("stock") - 1, have their stored values in post_save; or, since
# nobody has read them, neither has.
# What happens: on Django 5.2 a new row has its generated value, and after an update the instance keeps the one of before,
# without a sign that it is old; the other field still is the expression. From 6.0 on the UPDATE returns both where the
# database can, and post_save finds the new ones.
# Why it matters: a receiver that copies the value (into a search index, a log, a message) writes an old one on 5.2, and
# the repr of an expression; and one that calls refresh_from_db() for that pays a query on 6.0 for nothing.
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

from django.db import connection, models
from django.db.models.signals import post_save
from django.dispatch import receiver


class Item(models.Model):
    stock = models.IntegerField()
    doubled = models.GeneratedField(
        expression=models.F("stock") * 2, output_field=models.IntegerField(), db_persist=True
    )

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Item)
seen = []


@receiver(post_save, sender=Item)
def look(sender, instance, **kwargs):
    seen.append((type(instance.__dict__["stock"]).__name__, instance.__dict__["doubled"]))


item = Item.objects.create(stock=1)
item.stock = 5
item.save()
item.stock = models.F("stock") - 1
item.save()
stored = list(Item.objects.values_list("stock", "doubled"))
print("Django", django.get_version())
print("type of the stock, doubled, in post_save (created, 5, 5 - 1):", seen)
print("stored at last:", stored)
assert stored == [(4, 8)]
if django.VERSION >= (6, 0):
    assert seen == [("int", 2), ("int", 10), ("int", 8)]
else:
    assert seen == [("int", 2), ("int", 2), ("CombinedExpression", 2)]
END
