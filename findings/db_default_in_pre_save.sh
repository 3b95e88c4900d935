#!/usr/bin/env bash
# In pre_save, a field with db_default=False is true.
#
# Guess: before the INSERT the field reads False, or None.
# What happens: the new instance holds a DatabaseDefault expression, and an object without __bool__ is true. In
# post_save the field holds what the database stored (where it can return columns from an INSERT), and is false.
# Why it matters: `if instance.is_public:` takes the wrong branch in pre_save, in clean() and in save() before
# super(), for new rows only.
# Source: Django's documentation, Model field reference, Field.db_default, has the option.
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
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver


class Page(models.Model):
    is_public = models.BooleanField(db_default=False)

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Page)
seen = []


@receiver([pre_save, post_save], sender=Page)
def look(instance, signal, **kwargs):
    name = "pre_save" if signal is pre_save else "post_save"
    seen.append((name, type(instance.is_public).__name__, "public" if instance.is_public else "private"))


page = Page()
page.save()
page.save()

print("Django", django.get_version())
for what, line in zip(["new, ", "new, ", "again,", "again,"], seen, strict=True):
    print(what, *line)
assert seen[0] == ("pre_save", "DatabaseDefault", "public")
assert seen[1] == ("post_save", "bool", "private")
assert seen[2] == ("pre_save", "bool", "private") and seen[3] == ("post_save", "bool", "private")
END
