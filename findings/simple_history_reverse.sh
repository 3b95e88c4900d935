#!/usr/bin/env bash
# With django-simple-history, a many-to-many field whose history is kept can be changed from one side only.
#
# Guess: tag.posts.add(post) writes a history record of the post, as post.tags.add(tag) does.
# What happens: m2m_changed names the tag as its instance then, and the package's receiver asks the tag for a
# history that it does not have: AttributeError. add() is a transaction, so the link is not made either.
# Why it matters: adding a field to `m2m_fields` breaks every view, command and admin page that works from the
# other side, and a receiver of m2m_changed of one's own has the same trap: look at `reverse` first.
# Source: Django's documentation, Signals, m2m_changed: instance, reverse and model swap with the side.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" django-simple-history==3.13.0
cd "$folder"
mkdir blog
cat > blog/models.py <<'END'
from django.db import models
from simple_history.models import HistoricalRecords


class Tag(models.Model):
    name = models.CharField(max_length=9)


class Post(models.Model):
    tags = models.ManyToManyField(Tag, related_name="posts")
    history = HistoricalRecords(m2m_fields=[tags])
END
venv/bin/python - <<'END'
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "simple_history", "blog"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from blog.models import Post, Tag
from django.core.management import call_command

call_command("migrate", run_syncdb=True, verbosity=0)
post, one, two = Post.objects.create(), Tag.objects.create(name="one"), Tag.objects.create(name="two")
post.tags.add(one)
forward = post.history.count()
try:
    two.posts.add(post)
    error = None
except AttributeError as caught:
    error = str(caught)

print("Django", django.get_version(), "django-simple-history", version("django-simple-history"))
print("post.tags.add(tag): history records", forward)
print("tag.posts.add(post):", error)
print("tags of the post:  ", [tag.name for tag in post.tags.all()], " history records", post.history.count())
assert forward == 2 and post.history.count() == 2
assert error == "'Tag' object has no attribute 'history'"
assert [tag.name for tag in post.tags.all()] == ["one"]
END
