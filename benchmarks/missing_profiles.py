"""
How close does create_missing_profiles come to the bare statement, and does it need memory for a million users?

    python benchmarks/missing_profiles.py [--users 1000000] [--rounds 3] [--database-url URL]

An INSERT ... SELECT of the same columns, with no question who has a profile, and the command take turns on an empty
table. The memory is the most that a process of its own ever held (ru_maxrss), for all users and for a thousand.
"""

import sys
from uuid import uuid4

from _setup import Verdict, databases, in_turns, memory, parser, url

TIMES, MEGABYTES = 1.5, 8
BARE, COMMAND = "bare statement", "create_missing_profiles"
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) SELECT i FROM n",
    "postgresql": "SELECT generate_series(1, %s) AS i",
}
CHILD = """
import resource, sys
sys.argv = ["manage.py", "create_missing_profiles"]
from manage import main
main()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def insert_users(cursor, vendor, count):
    """Insert users without a profile, as an import by SQL does."""
    cursor.execute(
        f"""
        INSERT INTO auth_user (username, email, password, first_name, last_name, is_active, is_staff, is_superuser,
                               date_joined)
        SELECT 'User.' || i, 'user.' || i || '@example.com', '!', 'First', 'Last', TRUE, FALSE, FALSE,
               CURRENT_TIMESTAMP
        FROM ({SERIES[vendor]}) AS numbers
        """,
        [count],
    )


def bare_statement():
    """Return an INSERT ... SELECT of all columns of a profile."""
    from users.models import Profile

    values = {
        "user_id": "id",
        "name_key": "LOWER(username) || ' ' || id",
        "email_key": "NULL",
        "email_verified_at": "NULL",
        "email_stamp": f"'{uuid4().hex}'",
        "is_public": "FALSE",
        "created_at": "CURRENT_TIMESTAMP",
        "updated_at": "CURRENT_TIMESTAMP",
    }
    columns = [field.column for field in Profile._meta.concrete_fields if not field.primary_key]
    select = ", ".join(values.get(column, "''") for column in columns)
    return f"INSERT INTO {Profile._meta.db_table} ({', '.join(columns)}) SELECT {select} FROM auth_user"


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url) as connections:
        from django.core.management import call_command
        from django.db import transaction

        from users.models import Profile

        connection = connections["default"]

        def execute(statement):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

        def empty(name=None):
            if connection.vendor == "postgresql":
                execute("TRUNCATE users_profile CASCADE")
            else:
                execute("DELETE FROM users_profile")

        def fill(count):
            empty()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM auth_user")
                insert_users(cursor, connection.vendor, count)
            execute("ANALYZE")

        held = {}
        for count in (1000, options.users):
            fill(count)
            held[count] = memory(CHILD, DATABASE_URL=url(connection, options.database_url), DEBUG="True")
            if Profile.objects.count() != count:
                sys.exit(f"There are {Profile.objects.count()} profiles for {count} users.")
        bare = bare_statement()
        functions = {
            BARE: lambda: execute(bare),
            COMMAND: lambda: call_command("create_missing_profiles", verbosity=0),
        }
        taken = in_turns(functions, options.rounds, warm_up=0, before=empty)
        print(f"{options.users} users: {COMMAND} {taken[COMMAND]:.1f} s, {BARE} {taken[BARE]:.1f} s")
        verdict.at_most("ratio", taken[COMMAND] / taken[BARE], TIMES)
        more = held[options.users] - held[1000]
        print(f"memory: {held[options.users]:.0f} MB, for 1000 users {held[1000]:.0f} MB")
        verdict.at_most("more memory", more, MEGABYTES, " MB")
    verdict.exit()


if __name__ == "__main__":
    main()
