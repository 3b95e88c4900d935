"""
Does the account log get slower as it grows?

    python benchmarks/activity.py [--rows 1000000] [--rounds 200] [--database-url URL]

Two databases are measured in turn, one with a thousand entries, one with many. Half of them are those of the account
whose log is opened; the deep page begins after nine tenths of those. A page is the whole way through the middleware,
the view and the template. The admin's list and the removal of old entries are measured too, without a promise.
"""

import time
from datetime import UTC, datetime
from functools import partial

from _setup import Verdict, databases, in_turns, parser

FEW, LIMIT = 1000, 1.3

# Every other row is of the measured account, the rest of names that have no account.
SELECT = """
    SELECT CASE n % 4 WHEN 0 THEN 'changed' WHEN 1 THEN 'logged_in' WHEN 2 THEN 'logged_out' ELSE 'login_failed' END,
           CASE n % 2 WHEN 0 THEN {user} ELSE 1000000 + n % 1000 END,
           CASE n % 2 WHEN 0 THEN 'ada' ELSE 'user' || (n % 1000) END,
           NULL, '', {at}, NULL, {request}, {details}
"""
COLUMNS = "what, user_id, username, by_id, by_name, at, address, request_id, details"
DETAILS = """'{"email": ["a@example.com", "b@example.com"]}'"""


class Router:
    """Send everything to the database that is measured at the moment."""

    current = "default"

    def db_for_read(self, model, **hints):
        """Return the alias."""
        return Router.current

    db_for_write = db_for_read


def fill(connection, count):
    """Make two accounts, and entries over a year."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects.db_manager(connection.alias)
    user = users.create_user("ada", "ada@example.com")
    users.create_superuser("staff", "staff@example.com")
    if connection.vendor == "sqlite":
        series = f"WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count})"
        source, details, request = "series", DETAILS, "lower(hex(randomblob(16)))"
        at = f"strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', (n * 31536000.0 / {count}) || ' seconds')"
    else:
        series, source = "", f"generate_series(1, {count}) AS series(n)"
        details, request = f"{DETAILS}::jsonb", "md5(n::text)"
        at = f"timestamptz '2026-01-01 00:00 UTC' + n * interval '1 year' / {count}"
    select = SELECT.format(user=user.pk, at=at, request=request, details=details)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO activity_entry ({COLUMNS}) {series} {select} FROM {source}")
        cursor.execute("VACUUM" if connection.vendor == "postgresql" else "ANALYZE")
        cursor.execute("ANALYZE")


def steps(alias):
    """Return name to function of what is compared."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from activity.models import Entry

    Router.current = alias
    user, staff = get_user_model().objects.order_by("pk")
    own = Entry.objects.of(user)
    print(f"{alias}: {Entry.objects.count()} entries, {own.count()} of them of the account")
    deep = own[own.count() * 9 // 10].pk
    clients = {user: Client(), staff: Client()}
    for who, client in clients.items():
        client.force_login(who)

    def get(who, name, query=""):
        response = clients[who].get(reverse(name) + query)
        assert response.status_code == 200, response

    return {
        "first page": partial(get, user, "activity"),
        "  its query alone": lambda: list(own[:51]),
        "deep page": partial(get, user, "activity", f"?before={deep}"),
        "  its query alone, deep": lambda: list(Entry.objects.of(user, deep)[:51]),
        "writing an entry": lambda: Entry.objects.record("changed", using=alias, person={"pk": user.pk}),
        "admin: first page": partial(get, staff, "admin:activity_entry_changelist"),
        "admin: search by name": partial(get, staff, "admin:activity_entry_changelist", "?q=user777"),
    }


def prune(alias):
    """Print how long it takes to remove a quarter of the entries."""
    from activity.models import Entry

    start = time.perf_counter()
    batches = list(Entry.objects.prune(datetime(2026, 4, 2, tzinfo=UTC), alias))
    print(f"removing {sum(batches)} old entries: {time.perf_counter() - start:.1f} s in {len(batches)} batches")


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=200)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url, many={}) as connections:
        from django.db import router

        for alias, count in {"default": FEW, "many": options.rows}.items():
            fill(connections[alias], count)
        router.routers = [Router()]  # the setting was read when the databases were made
        compared = {alias: steps(alias) for alias in ("default", "many")}

        def switch(alias):
            Router.current = alias

        for step in compared["default"]:
            turns = {alias: compared[alias][step] for alias in compared}
            in_admin = step.startswith("admin")
            taken = in_turns(turns, max(options.rounds // 10, 5) if in_admin else options.rounds, 3, switch)
            text = f"{step}: {' and '.join(f'{seconds * 1e3:.2f} ms' for seconds in taken.values())}, ratio"
            ratio = taken["many"] / taken["default"]
            if in_admin:
                print(f"{text:58} {ratio:8.2f}", flush=True)
            else:
                verdict.at_most(text, ratio, LIMIT)
        prune("many")
    verdict.exit()


if __name__ == "__main__":
    main()
