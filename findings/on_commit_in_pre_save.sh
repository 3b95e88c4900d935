#!/usr/bin/env bash
# In autocommit, an on_commit() callback registered in pre_save runs before the row is written.
#
# Guess: save() is a transaction of its own, so the callback runs after the INSERT, whoever called save().
# What happens: save() of a model without parents opens no transaction. Without atomic() around it the callback of
# a pre_save receiver runs at once, before the INSERT; that of a post_save receiver runs between two receivers,
# while the later ones have yet to be called. get_or_create() and atomic() bring an order that the shell does not
# have.
# Why it matters: a receiver that mails or queues "after the commit" is early on every save outside atomic(), and
# right in a view under ATOMIC_REQUESTS.
# Source: Django's documentation, Database transactions, "Performing actions after commit": without an open
# transaction the callback is executed immediately.
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
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver


class Order(models.Model):
    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Order)
said = []


@receiver(pre_save, sender=Order)
def before(**kwargs):
    transaction.on_commit(lambda: said.append(f"callback of pre_save: {Order.objects.count()} rows"))


@receiver(post_save, sender=Order)
def first(**kwargs):
    transaction.on_commit(lambda: said.append("callback of post_save"))


@receiver(post_save, sender=Order)
def second(**kwargs):
    said.append("second receiver of post_save")


Order().save()
alone, said[:] = list(said), []
Order.objects.all().delete()
with transaction.atomic():
    Order().save()

print("Django", django.get_version())
print("save() alone:   ", alone)
print("inside atomic():", said)
assert alone == ["callback of pre_save: 0 rows", "callback of post_save", "second receiver of post_save"]
assert said == ["second receiver of post_save", "callback of pre_save: 1 rows", "callback of post_save"]
END
