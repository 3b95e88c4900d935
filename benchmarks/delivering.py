"""
What does ``amqp:`` cost whoever registers, and whoever delivers?

    python benchmarks/delivering.py [--rounds 10] [--registrations 50] [--deliveries 1000] [--database-url URL]
                                    [--broker-url amqp://…]

Registrations go through the whole site by Django's test client, in turns: with the durable receiver that welcomes,
whose row is handed to the broker, and with no durable receiver at all. Nobody works meanwhile.

Then two Celery workers, one process each, deliver rows, and run bare tasks of Celery, configured as it is by default,
that do the same work, a row in the database; in turns. The messages are there before the workers start to count.
PostgreSQL is what such a site has.
"""

import time
from contextlib import ExitStack
from uuid import uuid4

from _setup import Verdict, databases, in_turns, parser
from _working import connect, prepare, queues, register, start_python

BARE = """
import os

from celery import Celery
from django.db import connections, transaction

app = Celery("bare", broker=os.environ["DELIVERY_URL"])  # as Celery is by default
app.conf.task_default_queue = os.environ["KILLS_QUEUE"] + ".bare"


@app.task(name="bare", ignore_result=True)
def bare(number):
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO kills_work (number) VALUES (%s)", [number])
"""


def registrations(options, verdict):
    """Compare registrations with and without a durable receiver."""
    from django.test import Client

    from listening import muted
    from listening.durability import connected_durable
    from users.events import user_registered

    client, numbers = Client(), iter(range(10**9))
    receivers = connected_durable(user_registered)

    def register_some():
        for _ in range(options.registrations):
            register(client, f"user{next(numbers)}")

    def register_without():
        with muted(user_registered, *receivers):
            register_some()

    taken = in_turns({"without": register_without, "amqp": register_some}, options.rounds)
    each = {name: f"{1000 * seconds / options.registrations:.1f} ms" for name, seconds in taken.items()}
    text = f"registrations with amqp: {each['amqp']}, without: {each['without']}, rate"
    verdict.at_least(text, taken["without"] / taken["amqp"], 0.85)


def deliveries(options, verdict, connection, environment):
    """Compare what two workers deliver with bare tasks of Celery."""
    from delivery_bare import bare
    from delivery_kills import happened

    from delivery.models import Delivery
    from listening import announce

    def count():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kills_work")
            return cursor.fetchone()[0]

    def queue_rows():
        for number in range(options.deliveries):
            announce(happened, sender=None, number=number, using="default")

    def queue_tasks():
        for number in range(options.deliveries):
            bare.apply_async((number,))

    def seconds(app, queue):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kills_work")
        queue()
        with ExitStack() as workers:
            for number in range(2):
                command = ("-m", "celery", f"--app={app}", "worker", "--concurrency=1")
                start_python(workers, environment, *command, f"--hostname=worker{number}@{uuid4()}")
            tenth = options.deliveries // 10
            while count() < tenth:  # both are up
                time.sleep(0.01)
            start, first = time.perf_counter(), count()
            while (now := count()) < options.deliveries * 9 // 10:
                time.sleep(0.01)
            each = (time.perf_counter() - start) / (now - first)
            while count() < options.deliveries:
                time.sleep(0.05)
        return each

    bare_times, row_times = [], []
    for _ in range(3):
        bare_times.append(seconds("delivery_bare", queue_tasks))
        row_times.append(seconds("delivery.amqp", queue_rows))
    assert not Delivery.objects.open().exists()
    each = {"rows": sorted(row_times)[1], "bare": sorted(bare_times)[1]}
    text = f"deliveries per second: {1 / each['rows']:.0f}, bare tasks: {1 / each['bare']:.0f}, ratio"
    verdict.at_least(text, each["bare"] / each["rows"], 0.7)


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--registrations", type=int, default=50)
    arguments.add_argument("--deliveries", type=int, default=1000)
    arguments.add_argument("--broker-url", default="amqp://guest:guest@127.0.0.1:5672//")
    options = arguments.parse_args()
    queue = f"delivering-{uuid4()}"
    folder = prepare(options.broker_url, queue, lease=60, delivery_bare=BARE)
    verdict = Verdict()
    with (
        databases(options.database_url) as connections,
        queues(options.broker_url, queue),
        queues(options.broker_url, f"{queue}.bare"),
    ):
        connection = connections["default"]
        environment = connect(connection, folder, options.database_url)
        deliveries(options, verdict, connection, environment)
        registrations(options, verdict)
    verdict.exit()


if __name__ == "__main__":
    main()
