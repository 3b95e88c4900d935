#!/usr/bin/env bash
# What a receiver of pre_save sets on another field is lost where update_or_create() updates.
#
# Guess: update_or_create() saves the instance, so the slug that a receiver of pre_save makes of the title is stored.
# What happens: where it creates, yes. Where it updates, it calls save(update_fields=<the names in defaults>) since
# Django 4.2. The receiver is called and sets the slug on the instance, and the UPDATE leaves it out. The instance that is
# returned has the new slug, the row the old one. (Fields with a pre_save() of their own, as auto_now, are added.)
# Why it matters: nothing raises, and a test that looks at the returned instance passes. The receiver can't add a name to
# update_fields: it is a frozenset.
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
from django.db.models.signals import pre_save
from django.dispatch import receiver


class Page(models.Model):
    number = models.IntegerField(unique=True)
    title = models.CharField(max_length=20)
    slug = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Page)
seen = []


@receiver(pre_save, sender=Page)
def set_slug(sender, instance, update_fields, **kwargs):
    seen.append(update_fields and sorted(update_fields))
    instance.slug = instance.title.lower()


def save(title):
    page, _created = Page.objects.update_or_create(number=1, defaults={"title": title})
    return page.slug, Page.objects.get().slug


created, updated = save("First"), save("Second")
print("Django", django.get_version())
print("update_fields in pre_save:            ", seen)
print("slug returned and stored, created:    ", created)
print("slug returned and stored, updated:    ", updated)
assert seen == [None, ["title"]]
assert created == ("first", "first") and updated == ("second", "first")
END
