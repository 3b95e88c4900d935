"""
What does a registration cost, in CPU time, against the sign-up of django-allauth?

    python benchmarks/allauth_signup.py [--rounds 5] [--registrations 200] [--against PATH]

Each side is a process with a SQLite file of its own, and they take turns. A turn is a number of forms, each sent by
Django's test client, as a browser sends it, through all middleware; each makes an account and logs it in. Counted is
the CPU time of the process, so that what else the machine does matters little.

- allauth: the settings of Django's startproject and of allauth's quickstart, with the four fields of this project's
  form, and verification optional: a row for the address, a mail of text with a link, messages.
- this project, as it is installed: also a profile, two lines in the account log, a row in the outbox, a mail of text
  and HTML with a link, and the look for names that differ in spelling only.
- this project with TASK_WORKER=True: the mail is stored as a task; what the worker does is not counted.

All have the same options for SQLite, MD5 for the passwords (hashing is most of a registration, by design, and the
same for both), a mail backend that drops the mails, and no signal inspector. django-allauth is no requirement of this
project: where it is not installed, the others are measured alone.
"""

import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from unittest import mock
from urllib.parse import urlencode

from _setup import ROOT, Verdict, databases, parser, temporary_folder

ALLAUTH, PROJECT, WORKER, OTHER = "django-allauth", "this project", "this project, with a worker", "the other checkout"
LIMITS = {PROJECT: 1.0, WORKER: 0.8}
MAILS = {ALLAUTH: 1, PROJECT: 1, WORKER: 0, OTHER: 1}  # sent within the request
SIGNUP = {ALLAUTH: "account_signup"}
HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
FORM = "application/x-www-form-urlencoded"
WARM_UP = 20  # registrations


@contextmanager
def project():
    """Give a block this project, or the one that CHECKOUT names, on a database of its own."""
    with databases(None):
        from django.conf import settings

        settings.PASSWORD_HASHERS = HASHERS
        yield


@contextmanager
def allauth():
    """Give a block a project like those of startproject, with allauth, on a database of its own."""
    os.environ["DATABASE_URL"] = f"sqlite:///{temporary_folder()}/benchmark.sqlite3"
    from userprofile_project import settings as ours  # read as a module: for the options of SQLite

    database = {**ours.DATABASES["default"], "TEST": {"NAME": ours.DATABASES["default"]["NAME"]}}
    import django
    from django.conf import settings
    from django.db import connection

    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        SECRET_KEY=ours.SECRET_KEY,
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=HASHERS,
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "allauth",
            "allauth.account",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        AUTH_PASSWORD_VALIDATORS=ours.AUTH_PASSWORD_VALIDATORS,
        AUTHENTICATION_BACKENDS=[
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        ACCOUNT_EMAIL_VERIFICATION="optional",
        ACCOUNT_SIGNUP_FIELDS=["username*", "email*", "password1*", "password2*"],
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        LOGIN_REDIRECT_URL="/",
        ROOT_URLCONF="allauth.account.urls",
        USE_TZ=True,
    )
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    yield


def serve(side):
    """Set a side up; for each number that is read, make so many accounts and print the CPU seconds that it took."""
    with allauth() if side == ALLAUTH else project():
        import logging

        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        logging.disable()
        register = registrations(SIGNUP.get(side, "register"))
        for _ in range(WARM_UP):
            next(register)
        dummy = "django.core.mail.backends.dummy.EmailBackend.send_messages"
        with mock.patch(dummy, return_value=1) as mails, CaptureQueriesContext(connection) as statements:
            next(register)
        assert mails.call_count == MAILS[side], mails.call_count
        print(len([query for query in statements if is_work(query["sql"])]), flush=True)
        for line in sys.stdin:
            start = time.process_time()
            for _ in range(int(line)):
                next(register)
            print(time.process_time() - start, flush=True)


def registrations(page):
    """Send the form of a page for one person after the other, and see that each is logged in."""
    from django.contrib.auth import SESSION_KEY
    from django.db import close_old_connections
    from django.test import Client
    from django.urls import reverse

    client, address, number = Client(), reverse(page), 0
    client.get(address)
    while True:
        number += 1
        sent = {"username": f"user.{number}", "email": f"user.{number}@example.com", "password1": "a-good-pass-7"}
        client.cookies.clear()
        body = urlencode({**sent, "password2": sent["password1"]})
        # From an address of each one's own: allauth lets nobody sign up twenty times a minute.
        place = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        response = client.post(address, body, content_type=FORM, REMOTE_ADDR=place)
        assert response.status_code == 302, response.content
        close_old_connections()  # the test client leaves that out
        if number <= WARM_UP:
            assert SESSION_KEY in client.session, client.session
        yield


def is_work(statement):
    """Tell a statement from the control of a transaction."""
    return not statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


class Side:
    """A process that registers accounts when it is told to."""

    def __init__(self, name, **environment):
        self.process = subprocess.Popen(
            [sys.executable, __file__, f"--side={name}"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions = self.process.stdout.readline().strip() if name != ALLAUTH else ""
        self.statements = self._read()

    def register(self, count):
        """Register some accounts; return the milliseconds of CPU time that each took."""
        print(count, file=self.process.stdin, flush=True)
        return float(self._read()) / count * 1e3

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"A process has ended with {self.process.wait()}.")
        return line.strip()

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__, database=False, against=True)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--registrations", type=int, default=200, help="a turn")
    options.add_argument("--side", help="(one of the processes)")
    options = options.parse_args()
    if options.side:
        return serve(options.side)
    sides = {PROJECT: Side(PROJECT), WORKER: Side(WORKER, TASK_WORKER="True")}
    print(sides[PROJECT].versions)
    if options.against:
        sides[OTHER] = Side(OTHER, CHECKOUT=options.against)
    if find_spec("allauth"):
        print(f"django-allauth {version('django-allauth')}")
        sides[ALLAUTH] = Side(ALLAUTH)
    else:
        print("django-allauth is not installed: it is not measured.")
    taken = {name: [] for name in sides}
    for number in range(options.rounds):
        for name in sides if number % 2 else reversed(sides):
            taken[name].append(sides[name].register(options.registrations))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, times in taken.items():
        text = f"{medians[name]:.2f} ms of CPU time ({min(times):.2f} to {max(times):.2f})"
        print(f"{name}: {text}, {sides[name].statements} statements")
        sides[name].close()
    verdict = Verdict()
    for name, limit in LIMITS.items():
        if ALLAUTH in medians:
            verdict.at_most(f"{name}, against {ALLAUTH}: ratio", medians[name] / medians[ALLAUTH], limit)
        if OTHER in medians:
            print(f"{f'{name}, against {OTHER}: ratio':58} {medians[name] / medians[OTHER]:8.2f}")
    verdict.exit()


if __name__ == "__main__":
    main()
