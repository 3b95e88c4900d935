#!/usr/bin/env bash
# With psycopg's pool, connection_created is sent each time a connection is taken out, and SET outlives close().
#
# Guess: the signal comes once for each connection to PostgreSQL, and a new one has the server's settings.
# What happens: Django sends it whenever it takes a connection from the pool, so for each request; the session
# behind it is an old one, with whatever an earlier request SET in it.
# Why it matters: a receiver that runs SET costs a round trip for each request, and one that counts connections
# counts requests; what it sets for one tenant is there for the next, if the next sets nothing.
# Needs: PostgreSQL, found by PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE (127.0.0.1 and postgres
# otherwise).
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "django==${DJANGO:-5.2.19}" psycopg[binary,pool]==3.3.9
cd "$folder"
venv/bin/python - <<'END'
import os
import sys

import django
import psycopg
from django.conf import settings

DATABASE = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ.get("PGHOST", "127.0.0.1"),
    "PORT": os.environ.get("PGPORT", "5432"),
    "USER": os.environ.get("PGUSER", "postgres"),
    "PASSWORD": os.environ.get("PGPASSWORD", ""),
    "NAME": os.environ.get("PGDATABASE", "postgres"),
    "OPTIONS": {"pool": {"min_size": 1, "max_size": 1, "timeout": 5}},
}
settings.configure(DATABASES={"default": DATABASE})
django.setup()

from django.db import OperationalError, connection
from django.db.backends.signals import connection_created

created, sessions, tenants = [], set(), []
connection_created.connect(lambda **kwargs: created.append(1), weak=False)


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


try:
    connection.ensure_connection()
except OperationalError:
    sys.exit("No PostgreSQL answers: set PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE.")
for tenant in ["acme", "bond", "crux"]:  # three requests, each with its connection
    sessions.add(ask("SELECT pg_backend_pid()"))
    tenants.append(ask("SELECT current_setting('shop.tenant', true)"))
    ask(f"SELECT set_config('shop.tenant', '{tenant}', false)")
    connection.close()
connection.close_pool()

print("Django", django.get_version(), "psycopg", psycopg.__version__)
print("sessions of the server:", len(sessions), " connection_created:", len(created))
print("found at the start of a request:", tenants)
assert len(sessions) == 1 and len(created) == 3
assert tenants == [None, "acme", "bond"]
END
