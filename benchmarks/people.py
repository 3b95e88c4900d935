"""
Does the list of people get slower as they become many?

    python benchmarks/people.py [--profiles 1000000] [--rounds 300] [--database-url URL]

A visitor opens the page in two databases in turn: one with a thousand public profiles, one with many. A page is the
whole way through the middleware, the view and the template. One in ten profiles is not public.
"""

from functools import partial
from urllib.parse import urlencode

from _setup import Verdict, databases, in_turns, parser
from missing_profiles import insert_users

FEW, LIMIT = 1000, 1.3


class Router:
    """Send everything to the database that is measured at the moment."""

    current = "default"

    def db_for_read(self, model, **hints):
        """Return the alias."""
        return Router.current

    db_for_write = db_for_read


def fill(connection, count):
    """Make users with profiles, nine of ten public."""
    from users.models import Profile
    from users.profiles.missing import create_missing

    with connection.cursor() as cursor:
        insert_users(cursor, connection.vendor, count)
    create_missing(Profile, connection.alias)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_profile SET is_public = (user_id % 10 <> 0)")
        cursor.execute("VACUUM" if connection.vendor == "postgresql" else "ANALYZE")
        cursor.execute("ANALYZE")


def pages(alias):
    """Return name to query of the pages that are compared: full ones, but for the last."""
    from users.models import Profile

    public = Profile.objects.using(alias).filter(is_public=True).order_by("name_key")
    found = public.filter(name_key__startswith="user.1").count()
    print(f"{alias}: {public.count()} public profiles, {found} of them found by the prefix")
    deep = public.values_list("name_key", flat=True)[public.count() * 9 // 10]
    return {
        "first page": {},
        "deep page": {"after": deep},
        "search by prefix": {"q": "User.1"},
        "search by prefix, deep page": {"q": "user", "after": deep},
        "search that finds nobody": {"q": "zzz"},
    }


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--profiles", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=300)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url, many={}) as connections:
        from django.conf import settings
        from django.test import Client
        from django.urls import reverse

        from users.models import Profile

        counts = {"default": FEW, "many": options.profiles}
        for alias, count in counts.items():
            fill(connections[alias], count)
        queries = {alias: pages(alias) for alias in counts}
        settings.DATABASE_ROUTERS = [f"{__name__}.Router"]
        client, url = Client(), reverse("people")

        def switch(alias):
            Router.current = alias

        def get(alias, page):
            response = client.get(f"{url}?{urlencode(queries[alias][page])}")
            assert response.status_code == 200, response

        def ask(alias, page):
            query = queries[alias][page]
            list(Profile.objects.listed(query.get("q", "").lower(), query.get("after", ""))[:25])

        for page in queries["default"]:
            for text, function in ((page, get), ("  its query alone", ask)):
                turns = {alias: partial(function, alias, page) for alias in counts}
                taken = in_turns(turns, options.rounds, warm_up=5, before=switch)
                milliseconds = [f"{taken[alias] * 1e3:.2f} ms" for alias in counts]
                verdict.at_most(
                    f"{text}: {' and '.join(milliseconds)}, ratio", taken["many"] / taken["default"], LIMIT
                )
    verdict.exit()


if __name__ == "__main__":
    main()
