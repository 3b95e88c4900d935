#!/usr/bin/env bash
# refresh_from_db() and the read of a deferred field send post_init, for another instance.
#
# Guess: post_init is not sent again, or is sent for the instance that is refreshed.
# What happens: Django fetches a second instance, sends pre_init and post_init for it, copies the values over and
# drops it. The instance at hand gets new values and no signal, so a snapshot that was taken in its post_init is
# out of date.
# Why it matters: after refresh_from_db(), code that compares with such a snapshot reports the other writer's
# change as this save's. The script shows it with django-fieldsignals, whose snapshots are taken in post_init.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" django-fieldsignals==0.8.0
cd "$folder"
venv/bin/python - <<'END'
import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.db import connection, models
from django.db.models.signals import post_init
from fieldsignals import post_save_changed


class Page(models.Model):
    title = models.CharField(max_length=9)

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Page)
made, changes = [], []
page = Page.objects.create(title="old")
post_init.connect(lambda instance, **kwargs: made.append(instance), sender=Page, weak=False)
post_save_changed.connect(lambda changed_fields, **kwargs: changes.append(changed_fields), sender=Page)

short = Page.objects.only("pk").get()
made.clear()
short.title
deferred, made[:] = list(made), []
short.refresh_from_db()
refreshed = list(made)

page = Page.objects.get()
Page.objects.update(title="new")  # somebody else's change
page.refresh_from_db()
page.save()  # changes nothing

print("Django", django.get_version(), "django-fieldsignals 0.8.0")
print("reading a deferred field: post_init for", ["this one" if it is short else "another" for it in deferred])
print("refresh_from_db():        post_init for", ["this one" if it is short else "another" for it in refreshed])
print("changes told by a save that made none:", changes)
assert len(deferred) == len(refreshed) == 1
assert deferred[0] is not short and refreshed[0] is not short
assert changes == [{"title": ("old", "new")}]
END
