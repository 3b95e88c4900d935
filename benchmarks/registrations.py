"""
How many people can register at once, and is anybody turned away?

    python benchmarks/registrations.py [--seconds 20] [--processes 8] [--rounds 1] [--hasher]
                                       [--database-url URL] [--against PATH]

Processes send the registration form without pause, each through the whole site by Django's test client, and keep or
close their connection after each request as a server does. Without --database-url they do so twice, in turns: on
SQLite with the project's settings, and on SQLite with those that Django has for it. With --against they do it once
more in each round, on SQLite with the code and the settings of another checkout, which is not to make more accounts.

The CPU time of the processes is told too: where both cores are busy, it is what decides. On a machine that does other
work, many short rounds tell more than few long ones: ratios are the medians of the rounds.

Hashing a password is most of the work of a registration, by design, and none of the database's. So that the database
is what is measured, MD5 hashes the passwords. --hasher leaves the project's own in place; then no number is promised.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlencode

from _setup import ROOT, Verdict, configure, databases, parser, temporary_folder, url

OF_OTHER = 1.0  # times the accounts of the other checkout
DJANGO = {"OPTIONS": {}, "CONN_MAX_AGE": 0}  # what Django has for SQLite: a deferred transaction, a timeout of 5 s
FORM = "application/x-www-form-urlencoded"  # as a browser sends it; the test client's own is for forms with files


def work(options):
    """Register one account after the other until it is time to stop; print what came of it."""
    settings = configure(options.database_url, default=DJANGO if options.django else {})
    if not options.hasher:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    import logging

    from django.db import close_old_connections
    from django.test import Client
    from django.urls import reverse

    logging.disable()
    client, address = Client(raise_request_exception=False), reverse("register")
    client.get(address)  # loads the templates
    made, failed, slowest, number = 0, {}, 0, 0
    print("ready", flush=True)
    sys.stdin.readline()
    busy, end = time.process_time(), time.monotonic() + options.seconds
    while time.monotonic() < end:
        number += 1
        name = f"{options.worker}.{number}"
        sent = {"username": name, "email": f"{name}@example.com", "password1": "a-good-pass-7"}
        client.cookies.clear()
        begun = time.perf_counter()
        body = urlencode({**sent, "password2": sent["password1"]})
        response = client.post(address, body, content_type=FORM)
        close_old_connections()  # the test client leaves that out
        slowest = max(slowest, time.perf_counter() - begun)
        if response.status_code == 302:
            made += 1
        else:
            error = getattr(response, "exc_info", None)
            reason = str(error[1]) if error else str(response.status_code)
            failed[reason] = failed.get(reason, 0) + 1
    print(json.dumps([made, failed, slowest, time.process_time() - busy]))


def register(options, label, address, turn, *arguments, checkout=ROOT):
    """Let all processes work on a database; return and print how many accounts they made and how many failed."""
    command = [sys.executable, __file__, f"--database-url={address}", f"--seconds={options.seconds}", *arguments]
    command += ["--hasher"] if options.hasher else []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "CHECKOUT": str(checkout)}
    workers = [
        subprocess.Popen([*command, f"--worker=user.{turn}.{number}"], **pipes, env=environment)
        for number in range(options.processes)
    ]
    for worker in workers:
        worker.stdout.readline()  # it is ready
    for worker in workers:
        print("go", file=worker.stdin, flush=True)
    results = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    made, failed, slowest, busy = zip(*results, strict=True)
    failures = Counter()
    for reasons in failed:
        failures.update(reasons)
    print(
        f"{label}: {sum(made)} accounts, {failures.total()} failures, the slowest answer after {max(slowest):.1f} s, "
        f"{sum(busy) / options.seconds:.1f} of {os.cpu_count()} cores busy, "
        f"{sum(busy) / max(sum(made), 1) * 1e3:.1f} ms of CPU time each",
        flush=True,
    )
    for reason, count in failures.items():
        print(f"  {count} times: {reason}")
    return sum(made), failures.total()


def migrate(checkout):
    """Return the address of a SQLite file with the tables of another checkout."""
    address = f"sqlite:///{temporary_folder()}/other.sqlite3"
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, check=True, cwd=checkout, env={**os.environ, "DATABASE_URL": address})
    return address


def main():
    """Measure, print, and end with 1 if a promise was broken."""
    options = parser(__doc__, against=True)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--processes", type=int, default=8)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--hasher", action="store_true", help="hash passwords as in production")
    options.add_argument("--worker", help="(one of the processes)")
    options.add_argument("--django", action="store_true", help="(one of the processes: Django's settings for SQLite)")
    options = options.parse_args()
    if options.worker:
        return work(options)
    if options.against and options.database_url:
        sys.exit("Another checkout is measured on SQLite: leave --database-url out.")
    verdict = Verdict()
    cases = {"default": ("the project's settings", [], ROOT)}
    if not options.database_url:
        cases["django"] = ("Django's settings for SQLite", ["--django"], ROOT)
    addresses = {}
    if options.against:
        cases["other"] = ("the other checkout", [], options.against)
        addresses["other"] = migrate(options.against)
    with databases(options.database_url, **({"django": DJANGO} if "django" in cases else {})) as connections:
        addresses |= {alias: url(connections[alias], options.database_url) for alias in cases if alias != "other"}
        totals = {alias: [] for alias in cases}
        for turn in range(options.rounds):
            for alias in cases if turn % 2 == 0 else reversed(cases):
                label, arguments, checkout = cases[alias]
                made, failures = register(options, label, addresses[alias], turn, *arguments, checkout=checkout)
                totals[alias].append(made)
                if alias == "default":
                    verdict.at_most("failures", failures, 0)
        verdict.at_most("rows lost", lost_rows("default", sum(totals["default"])), 0)
        if "django" in cases:
            print(f"{'times as many accounts as with the settings of Django':58} {times(totals, 'django'):8.2f}")
        if "other" in cases:
            verdict.at_least("times as many accounts as the other checkout makes", times(totals, "other"), OF_OTHER)
    verdict.exit()


def times(made, alias):
    """Return how many times as many accounts were made as in another case: the median of the rounds."""
    return statistics.median(ours / max(theirs, 1) for ours, theirs in zip(made["default"], made[alias], strict=True))


def lost_rows(alias, made):
    """Return by how many the accounts, or the profiles, differ from the answers that said so."""
    from django.contrib.auth import get_user_model

    from users.models import Profile

    accounts = get_user_model().objects.using(alias).count()
    profiles = Profile.objects.using(alias).filter(user__username__startswith="user.").count()
    return max(abs(accounts - made), abs(profiles - made))


if __name__ == "__main__":
    main()
