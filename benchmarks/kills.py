"""
Is an event lost, or its work in the database done twice, when workers, the broker and connections are killed?

    python benchmarks/kills.py --engine amqp|tasks --database-url postgres://… [--events 2000] [--kills 10]
                               [--cuts 3] [--broker-url amqp://…] [--lease 5]

Events are announced in transactions while two workers and ``deliver --watch`` run. Meanwhile a worker is killed with
signal 9, with all its children, and started again; and the connections of everybody else to the database are cut. When
all is announced, it is waited until nothing is open. The work of the receiver is a row for each call, in the event's
database. Told is how many events have no row, how many have more than one, and how long after the last kill all was
done. The broker is not stopped here, it may be others': its messages are purged instead, which loses them as well.

A lease is a minute by default, and the first pause five; here both are short, so that the runs are.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from _setup import ROOT, Verdict, databases, parser, temporary_folder, url

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


@event(key="number")
def happened(*, number: int, using: str) -> None:
    """Something happened."""


@durable(lease=timedelta(seconds=float(os.environ["KILLS_LEASE"])))
def work(sender, number, using, **kwargs):
    with connections[using].cursor() as cursor:
        cursor.execute("INSERT INTO kills_work (number) VALUES (%s)", [number])
    time.sleep(0.01)  # in which it can be killed


class Config(AppConfig):
    name = "delivery_kills"

    def ready(self):
        from delivery import models

        happened.connect(work, dispatch_uid="work")
        models.PATIENCE = timedelta(seconds=float(os.environ["KILLS_LEASE"]))
        models.PAUSES = (models.PATIENCE,) * len(models.PAUSES)  # a connection that is cut fails the receiver, too
'''


class Run:
    """The processes of a run."""

    def __init__(self, engine, environment, stack):
        self.engine, self.environment, self.stack, self.number = engine, environment, stack, 0

    def start(self, *command):
        """Start a process in a group of its own, to be ended with the run."""
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.stack.callback(kill, process)
        return process

    def start_worker(self):
        """Start a worker of the engine."""
        self.number += 1
        if self.engine == "amqp":
            name = f"--hostname=kills{self.number}@{os.getpid()}"
            return self.start("-m", "celery", "--app=delivery.amqp", "worker", "--concurrency=1", name)
        return self.start("manage.py", "db_worker", "--no-startup-delay", "--interval=0.1", "--no-reload")


def kill(process):
    """Kill a process, and all that it has started, with signal 9."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def cut_connections(connection):
    """Cut all connections to the database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


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


def measure(options, run, connection):
    """Announce, kill, wait; return how many were lost, and done twice, and the seconds since the last kill."""
    from delivery_kills import happened
    from django.db import transaction

    from delivery.models import Delivery
    from listening import announce

    workers = [run.start_worker() for _ in range(2)]
    watch = run.start("manage.py", "deliver", "--watch")
    moments = sorted(random.sample(range(options.events), options.kills + options.cuts * 2))
    whats = ["kill"] * options.kills + ["cut"] * options.cuts + ["purge"] * options.cuts
    random.shuffle(whats)
    plan, last = dict(zip(moments, whats, strict=True)), time.monotonic()
    for number in range(options.events):
        with transaction.atomic():
            announce(happened, sender=None, number=number, using="default")
        time.sleep(options.pause)
        what = plan.get(number)
        if what == "kill":
            victim = random.randrange(2)
            kill(workers[victim])
            workers[victim] = run.start_worker()
        elif what == "cut":
            cut_connections(connection)
        elif what == "purge" and options.engine == "amqp":
            purge(options.broker_url, run.environment["KILLS_QUEUE"])
        if what:
            last = time.monotonic()
            print(f"{number} of {options.events}: {what}", flush=True)
        for index, worker in enumerate(workers):
            if worker.poll() is not None:  # a supervisor would
                workers[index] = run.start_worker()
        if watch.poll() is not None:
            watch = run.start("manage.py", "deliver", "--watch")
    deadline = time.monotonic() + options.patience
    while (left := Delivery.objects.open().count()) and time.monotonic() < deadline:
        for index, worker in enumerate(workers):
            if worker.poll() is not None:
                workers[index] = run.start_worker()
        time.sleep(0.2)
    seconds = time.monotonic() - last
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, count(*) FROM kills_work GROUP BY number")
        counts = dict(cursor.fetchall())
    lost = sum(number not in counts for number in range(options.events))
    print(f"{left} open, {Delivery.objects.given_up().count()} given up", flush=True)
    return lost, sum(count > 1 for count in counts.values()), seconds


def read_options():
    """Return what the command line says."""
    arguments = parser(__doc__)
    arguments.add_argument("--engine", choices=["amqp", "tasks"], default="amqp")
    arguments.add_argument("--events", type=int, default=2000)
    arguments.add_argument("--kills", type=int, default=10)
    arguments.add_argument("--cuts", type=int, default=3, help="of connections; as often messages are lost")
    arguments.add_argument("--lease", type=float, default=5, help="seconds")
    arguments.add_argument("--pause", type=float, default=0.02, help="seconds between two events")
    arguments.add_argument("--patience", type=float, default=300, help="seconds to wait for the rest")
    arguments.add_argument("--broker-url", default="amqp://guest:guest@127.0.0.1:5672//")
    options = arguments.parse_args()
    if not options.database_url:
        arguments.error("--database-url names a PostgreSQL server: SQLite has no connections to cut.")
    return options


def main(options):
    """Run, and tell."""
    folder, queue = temporary_folder(), f"kills-{uuid4()}"
    Path(folder, "delivery_kills.py").write_text(APP)
    Path(folder, "kills_settings.py").write_text(SETTINGS)
    sys.path.insert(0, folder)
    url_of_engine = options.broker_url if options.engine == "amqp" else "tasks:"
    os.environ |= {"DELIVERY_URL": url_of_engine, "KILLS_LEASE": str(options.lease), "KILLS_QUEUE": queue}
    verdict = Verdict()
    with ExitStack() as stack, databases(options.database_url) as connections:
        if options.engine == "amqp":
            stack.enter_context(queues(options.broker_url, queue))
        from django.conf import settings

        settings.DELIVERY_QUEUE = queue
        import delivery_kills

        delivery_kills.happened.connect(delivery_kills.work, dispatch_uid="work")
        connection = connections["default"]
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kills_work (number integer)")
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "kills_settings"}
        environment |= {"DATABASE_URL": url(connection, options.database_url), "PYTHONPATH": f"{folder}:{ROOT}"}
        with ExitStack() as processes:
            run = Run(options.engine, environment, processes)
            lost, twice, seconds = measure(options, run, connection)
        verdict.at_most(f"events lost of {options.events}", lost, 0)
        verdict.at_most("work in the database done twice", twice, 0)
        print(f"all was done {seconds:.1f} s after the last kill; the lease is {options.lease:g} s")
    verdict.exit()


if __name__ == "__main__":
    main(read_options())
