#!/usr/bin/env bash
# The admin's log sends post_save for one deleted object, and nothing for two.
#
# Guess: post_save of LogEntry comes for every line of the admin's log.
# What happens: the action "Delete selected" saves the line of a single object with save(), and those of several
# with bulk_create(), which sends no signal. The lines themselves are all there.
# Why it matters: an audit that listens to LogEntry hears each small deletion and misses every mass deletion. Read
# the table instead, or listen to the models' own post_delete.
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
cat > urls.py <<'END'
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
END
venv/bin/python - <<'END'
import django
from django.conf import settings

CONTRIB = "django.contrib."
settings.configure(
    SECRET_KEY="of no use elsewhere",
    ROOT_URLCONF="urls",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=[CONTRIB + app for app in ["admin", "auth", "contenttypes", "sessions", "messages"]],
    MIDDLEWARE=[
        CONTRIB + "sessions.middleware.SessionMiddleware",
        CONTRIB + "auth.middleware.AuthenticationMiddleware",
        CONTRIB + "messages.middleware.MessageMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db.models.signals import post_save
from django.test import Client

call_command("migrate", verbosity=0)
client = Client()
client.force_login(User.objects.create_superuser("ada"))
heard = []
post_save.connect(lambda instance, **kwargs: heard.append(instance), sender=LogEntry, weak=False)


def delete_selected(count):
    heard.clear()
    before = LogEntry.objects.count()
    keys = [Group.objects.create(name=f"{count} {number}").pk for number in range(count)]
    client.post("/admin/auth/group/", {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    return LogEntry.objects.count() - before, len(heard)


one, two = delete_selected(1), delete_selected(2)

print("Django", django.get_version())
print("one object deleted:  %s line in the log, %s heard" % one)
print("two objects deleted: %s lines in the log, %s heard" % two)
assert one == (1, 1) and two == (2, 0)
END
