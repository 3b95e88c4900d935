"""
Does the outbox get slower as it grows?

    python benchmarks/deliveries.py [--rows 1000000] [--rounds 100] [--database-url URL]

Two databases are measured in turn, one with a thousand deliveries that are done, one with many; a hundredth of them
were given up. Measured are the row that is written with an event, taking and finishing it, the look for what is left,
and pages of the admin, the whole way through the middleware and the template. How long it takes to forget the old half
is told, too.
"""

import time
from functools import partial

from _setup import Verdict, databases, in_turns, parser

FEW, LIMIT = 1000, 1.3

SELECT = """
    SELECT {uuid}, 'users.events.user_registered', 'auth.User', 'notifications.signals.send_welcome', {text}(n % 5000),
           '{{}}', CASE n % 100 WHEN 0 THEN 'given_up' ELSE 'done' END, 1, {at}, {at}, {at}, {at}, '', {no}
"""
COLUMNS = (
    "event_id, event, sender, receiver, key, arguments, state, attempts, created_at, due_at, handed_at, finished_at, "
    "last_error, forget"
)


class Router:
    """Send everything to the database that is measured at the moment."""

    current = "default"

    def db_for_read(self, model, **hints):
        """Return the alias."""
        return Router.current

    db_for_write = db_for_read


def fill(connection, count):
    """Make two accounts, and deliveries over a year."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects.db_manager(connection.alias)
    users.create_user("ada", "ada@example.com")
    users.create_superuser("staff", "staff@example.com")
    if connection.vendor == "sqlite":
        series = f"WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count})"
        kinds = {"uuid": "lower(hex(randomblob(16)))", "text": "", "no": "0"}
        source = "series"
        at = f"strftime('%Y-%m-%d %H:%M:%f', '2025-01-01', (n * 31536000.0 / {count}) || ' seconds')"
    else:
        series, source = "", f"generate_series(1, {count}) AS series(n)"
        kinds = {"uuid": "gen_random_uuid()", "text": "text", "no": "false"}
        at = f"timestamptz '2025-01-01 00:00 UTC' + n * interval '1 year' / {count}"
    select = SELECT.format(at=at, **kinds)
    if connection.vendor == "postgresql":
        select = select.replace("'{}'", "'{}'::jsonb")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO delivery_delivery ({COLUMNS}) {series} {select} FROM {source}")
        cursor.execute("VACUUM" if connection.vendor == "postgresql" else "ANALYZE")
        cursor.execute("ANALYZE")


def steps(alias):
    """Return name to function of what is compared."""
    from datetime import timedelta
    from unittest import mock

    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from delivery.models import Delivery
    from listening import announce
    from users.events import user_registered

    Router.current = alias
    user, staff = get_user_model().objects.order_by("pk")
    rows = Delivery.objects.using(alias)
    print(f"{alias}: {rows.count()} deliveries")
    client = Client()
    client.force_login(staff)

    def get(query=""):
        response = client.get(reverse("admin:delivery_delivery_changelist") + query)
        assert response.status_code == 200, response

    def write():
        with mock.patch("delivery.signals.hand_over"):
            announce(user_registered, sender=type(user), instance=user, using=alias)

    def take_and_finish():
        row = rows.due().order_by("due_at").first()
        assert row.take(timedelta(minutes=1))
        assert row.finish()
        row.following()

    def write_take_and_finish():
        write()
        take_and_finish()

    return {
        "writing a row, taking and finishing it": write_take_and_finish,
        "looking for what is left": lambda: list(rows.left().order_by("due_at", "pk")[:200]),
        "how many wait": lambda: rows.open().count(),
        "admin: first page": get,
        "admin: what was given up": partial(get, "?state__exact=given_up"),
        "admin: one account": partial(get, "?q=777"),
    }


def prune(alias):
    """Print how long it takes to forget the older half."""
    from django.utils import timezone

    from delivery.models import Delivery

    middle = timezone.datetime(2025, 7, 2, tzinfo=timezone.get_default_timezone())
    start = time.perf_counter()
    count = Delivery.objects.using(alias).prune((timezone.now() - middle).days)
    print(f"forgetting {count} old deliveries: {time.perf_counter() - start:.1f} s")


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=100)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url, many={}) as connections:
        from django.conf import settings

        settings.DATABASE_ROUTERS = ["__main__.Router"]
        fill(connections["default"], FEW)
        fill(connections["many"], options.rows)
        few, many = steps("default"), steps("many")
        for name in few:
            times = in_turns(
                {"default": few[name], "many": many[name]},
                options.rounds,
                before=lambda alias: setattr(Router, "current", alias),
            )
            verdict.at_most(
                f"{name}, {1000 * times['many']:.2f} ms", times["many"] / times["default"], LIMIT, " times"
            )
        prune("many")
    verdict.exit()


if __name__ == "__main__":
    main()
