"""
What does it cost a server to have the inspector installed, or to have every request recorded and stored?

    python benchmarks/served.py [--rounds 20] [--requests 20] [--copies 4]

Gunicorns with one worker each serve the profile page of this project to somebody who is logged in, each with a
database of its own: without the app, with it and SAMPLE = 0.01, and with every request recorded and stored. They are
asked in turns. Told are the requests in a second, and the time of the processor that the worker took for one; ratios
are the medians of those of the rounds. Two processes of the same kind differ by some hundredths, so there are several
of each; and on a machine that does other work, the processor's time is what can be relied on. The servers have run for
a while when they are first measured.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from _setup import ROOT, Verdict, parser, temporary_folder, versions

SETTINGS = """
import json, os

from userprofile_project import settings
from userprofile_project.settings import *

DEBUG = False
ALLOWED_HOSTS = ["*"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
SECURE_SSL_REDIRECT = False
if os.environ["VARIANT"] == "without":
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "signal_inspector"]
    MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("signal_inspector.")]
    ACTIVITY_REQUEST_ID = DELIVERY_TRACER = None
    processors = TEMPLATES[0]["OPTIONS"]["context_processors"]
    processors[:] = [name for name in processors if not name.startswith("signal_inspector.")]
else:
    SIGNAL_INSPECTOR_ENABLED = True
    SIGNAL_INSPECTOR_DETAILS = False
    SIGNAL_INSPECTOR_SAMPLE = float(os.environ["VARIANT"])
"""
USER = """
from django.contrib.auth import get_user_model
from django.test import Client

client = Client()
client.force_login(get_user_model().objects.create_user("ada"))
print("session", client.cookies["sessionid"].value)
"""
WITHOUT, SAMPLED, STORED = "without", "0.01", "1"
VARIANTS = {WITHOUT: "not installed", SAMPLED: "SAMPLE = 0.01", STORED: "every request recorded and stored"}
PROMISED = {SAMPLED: (0.99, 1.02), STORED: (0.85, None)}  # requests per second at least, the processor's time at most
PAGE = "/people/ada/"

# Requests before the first round: the templates are loaded, and nearly every process has recorded one of them. The
# first record of a process looks for the names of all signals, which takes as long as ten requests, once.
WARM_UP = 300


class Server:
    """A gunicorn with one worker, on a port and a database of its own."""

    def __init__(self, variant, folder, number):
        self.folder, self.variant = folder, variant
        self.environment = {
            **os.environ,
            "VARIANT": variant,
            "DJANGO_SETTINGS_MODULE": "served_settings",
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "DATABASE_URL": f"sqlite:///{folder}/{variant}.{number}.sqlite3",
            "CACHE_URL": "locmem://",
            "EMAIL_URL": "dummy:",
            "MEDIA_ROOT": f"{folder}/media",
            "PYTHONHASHSEED": "0",
            "DEBUG": "True",  # the settings that need no environment; turned off in ours
        }
        for command in (["migrate", "--verbosity=0"], ["shell", "--verbosity=0", "--command", USER]):
            told = subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
        self.session = told.split()[-1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["-m", "gunicorn", "--workers=1", f"--bind=127.0.0.1:{self.port}", "--log-level=error"]
        self.process = subprocess.Popen(
            [sys.executable, *command, "userprofile_project.wsgi"], cwd=ROOT, env=self.environment
        )
        for _ in range(100):
            time.sleep(0.1)
            try:
                self.ask()
                break
            except ConnectionError:
                continue
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.worker = int(children.read_text().split()[0])

    def ask(self):
        """Ask for the page once."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", PAGE, headers={"Cookie": f"sessionid={self.session}"})
        response = connection.getresponse()
        body = response.read()
        assert (response.status, b"ada" in body) == (200, True), (self.variant, response.status)
        connection.close()

    def busy(self):
        """Return how many seconds of a processor the worker has taken."""
        return int(Path(f"/proc/{self.worker}/schedstat").read_text().split()[0]) / 1e9

    def timed(self):
        """Ask for the page once, and return the seconds that it took, and those of the processor."""
        busy, began = self.busy(), time.perf_counter()
        self.ask()
        return time.perf_counter() - began, self.busy() - busy


def turn(servers, requests):
    """Ask all servers so many times, one after the other; return the mean seconds of both kinds, by variant."""
    found = {variant: [] for variant in VARIANTS}
    for number in range(requests):
        for server in servers if number % 2 else reversed(servers):
            found[server.variant].append(server.timed())
    return {name: [statistics.fmean(column) for column in zip(*taken, strict=True)] for name, taken in found.items()}


def main():
    """Measure, print, and end with 1 if a promise was missed."""
    options = parser(__doc__, database=False)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--requests", type=int, default=20)
    options.add_argument("--copies", type=int, default=4)
    options = options.parse_args()
    folder = Path(temporary_folder())
    folder.joinpath("served_settings.py").write_text(SETTINGS)
    servers, verdict = [], Verdict()
    try:
        for number in range(options.copies):
            for variant in VARIANTS:
                servers.append(Server(variant, folder, number))
        turn(servers, WARM_UP)
        found = [turn(servers, options.requests) for _ in range(options.rounds)]
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait()
    print(versions())
    for variant, text in VARIANTS.items():
        took, busy = (statistics.median(each[variant][place] for each in found) for place in (0, 1))
        print(f"{text}: {1 / took:.0f} requests per second, {busy * 1000:.2f} ms of a processor for one")
    for variant, (at_least, at_most) in PROMISED.items():
        speed = statistics.median(each[WITHOUT][0] / each[variant][0] for each in found)
        busy = statistics.median(each[variant][1] / each[WITHOUT][1] for each in found)
        verdict.at_least(f"{VARIANTS[variant]}, requests per second", speed, at_least)
        verdict.at_most("  time of the processor", busy, at_most or round(1 / at_least, 2))
    verdict.exit()


if __name__ == "__main__":
    main()
