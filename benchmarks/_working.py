"""What the benchmarks of deliveries share: an app with a durable receiver, its workers, and their queues."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from _broker import kill
from _setup import ROOT, temporary_folder, url

SETTINGS = """
import os
from userprofile_project.settings import *

DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
INSTALLED_APPS.append("delivery_kills.Config")
DELIVERY_QUEUE = os.environ["KILLS_QUEUE"]
"""

APP = '''
import os
import time
from datetime import timedelta

from django.apps import AppConfig
from django.db import connections

from listening import durable, event
from listening.durability import connected_durable


@event(key="number")
def happened(*, number: int, using: str) -> None:
    """Something happened."""


@durable(lease=timedelta(seconds=float(os.environ["KILLS_LEASE"])))
def work(sender, number, using, attempt, **kwargs):
    tell(number, attempt)
    with connections[using].cursor() as cursor:
        cursor.execute("INSERT INTO kills_work (number) VALUES (%s)", [number])
    if "KILLS_LOG" in os.environ:
        time.sleep(0.01 if number % 20 else 0.5)  # in which it can be killed


def tell(number, attempt):
    """Write down that this process has begun, whatever becomes of its transaction."""
    if "KILLS_LOG" in os.environ:
        with open(os.environ["KILLS_LOG"], "a") as log:
            log.write(f"{number} {attempt} {os.getpgrp()} {time.time()}\\n")


class Config(AppConfig):
    name = "delivery_kills"

    def ready(self):
        from delivery import models
        from users.events import user_registered

        happened.connect(work, dispatch_uid="work")
        for receiver in connected_durable(user_registered):  # a mail has five minutes
            receiver.lease = work.lease
        models.PATIENCE = timedelta(seconds=float(os.environ["KILLS_LEASE"]))
        models.PAUSES = (models.PATIENCE,) * len(models.PAUSES)  # a connection that is cut fails the receiver, too
'''


def prepare(delivery_url, queue, lease, **modules):
    """Write the app, and more modules, where processes find them, and tell them by the environment what to do."""
    folder = temporary_folder()
    for name, text in {"delivery_kills": APP, "kills_settings": SETTINGS, **modules}.items():
        Path(folder, f"{name}.py").write_text(text)
    sys.path.insert(0, folder)
    os.environ |= {"DELIVERY_URL": delivery_url, "KILLS_LEASE": str(lease), "KILLS_QUEUE": queue}
    return folder


def connect(connection, folder, database_url):
    """Have this process announce what the app hears; return the environment of the others."""
    from django.conf import settings

    settings.DELIVERY_QUEUE = os.environ["KILLS_QUEUE"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    import delivery_kills

    delivery_kills.happened.connect(delivery_kills.work, dispatch_uid="work")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kills_work (number integer)")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "kills_settings"}
    return environment | {"DATABASE_URL": url(connection, database_url), "PYTHONPATH": f"{folder}:{ROOT}"}


def start_python(stack, environment, *command):
    """Start Python in a group of processes of its own, which is killed with the stack."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.callback(kill, process)
    return process


def register(client, name):
    """Register somebody through the whole site; return how many seconds that took."""
    from urllib.parse import urlencode

    from django.urls import reverse

    sent = {"username": name, "email": f"{name}@example.com", "password1": "a-good-pass-7"}
    body = urlencode({**sent, "password2": sent["password1"]})
    client.cookies.clear()
    start = time.perf_counter()
    response = client.post(reverse("register"), body, content_type="application/x-www-form-urlencoded")
    seconds = time.perf_counter() - start
    assert response.status_code == 302, response
    return seconds


def purge(broker_url, queue):
    """Lose all messages that wait in the queue, as a broker does that loses its disk."""
    import kombu

    with kombu.Connection(broker_url) as connection:
        kombu.Queue(queue, kombu.Exchange(queue))(connection.default_channel).purge()


@contextmanager
def queues(broker_url, queue):
    """Delete the queues of a run when it is over."""
    try:
        yield
    finally:
        import kombu

        with kombu.Connection(broker_url) as connection:
            for name in (queue, f"{queue}.dead"):
                kombu.Queue(name, kombu.Exchange(name))(connection.default_channel).delete()
                kombu.Exchange(name)(connection.default_channel).delete()
