"""
Is an event lost, or its work in the database done twice, when workers, the broker and connections are killed?

    python benchmarks/kills.py --engine amqp|tasks --database-url postgres://… [--events 2000] [--kills 10]
                               [--broker-kills 3] [--cuts 3] [--lease 5] [--broker-url amqp://…]

Events are announced in transactions, and people register now and then, while two workers and ``deliver --watch``
run. Meanwhile a worker is killed with signal 9, with all its children, in the middle of its work, and started again;
RabbitMQ is killed the same way, stays away for a while and is started again; and the connections of everybody else to
the database are cut. When all is announced, it is waited until nothing is open. The work of the receiver is a row for
each call, in the event's database. Told is how many events have no row, how many have more than one, how long after
the kill of a worker the next attempt began, and how long people waited for their registration while the broker was
away.

The broker is a node of this run's own, where RabbitMQ is installed. Where it is not, or ``--broker-url`` names another
one, that one is not killed, for it may be others': its messages are purged instead, which loses them as well.

A lease is a minute by default, and the first pause five; here both are short, so that the runs are.
"""

import logging
import os
import random
import signal
import statistics
import sys
import time
from contextlib import ExitStack
from uuid import uuid4

from _broker import Broker, is_installed
from _killing import Run
from _setup import Verdict, databases, parser, temporary_folder
from _working import connect, prepare, queues, register

MACHINES = "amqp://guest:guest@127.0.0.1:5672//"


def announce_all(options, run, client):
    """Announce events, and have people register, until all that is planned was done; return how many events."""
    from delivery_kills import happened
    from django.db import transaction

    from listening import announce

    whats = {run.kill_worker: options.kills, run.cut: options.cuts, run.kill_broker: options.broker_kills}
    plan = [(random.randrange(options.events), what) for what, count in whats.items() for _ in range(count)]
    deadline = time.monotonic() + options.patience
    number = 0
    while number < options.events or (plan and time.monotonic() < deadline):
        with transaction.atomic():
            announce(happened, sender=None, number=number, using="default")
        if number % 20 == 10:
            is_away = run.is_broker_away()
            run.times[is_away].append(register(client, f"user{number}"))
        time.sleep(options.pause)
        for each in [each for each in plan if each[0] <= number]:
            if each[1]():
                plan.remove(each)
                print(f"{number} of {options.events}: {each[1].__name__}", flush=True)
        run.look_after()
        number += 1
    if plan:
        raise SystemExit(f"There was no occasion to {' or '.join({what.__name__ for _, what in plan})}.")
    return number


def wait(options, run):
    """Wait until nothing is open; return how much still is."""
    from delivery.models import Delivery

    deadline = time.monotonic() + options.patience
    while (left := Delivery.objects.open().count()) and time.monotonic() < deadline:
        run.look_after()
        time.sleep(0.1)
    return left


def tell(options, run, verdict, events, left):
    """Print what became of so many events."""
    from delivery.models import Delivery

    with run.connection.cursor() as cursor:
        cursor.execute("SELECT number, count(*) FROM kills_work GROUP BY number")
        counts = dict(cursor.fetchall())
    lost = sum(number not in counts for number in range(events))
    verdict.at_most(f"events lost of {events}", lost, 0)
    verdict.at_most("work in the database done twice", sum(count > 1 for count in counts.values()), 0)
    verdict.at_most("open, or given up", left + Delivery.objects.given_up().count(), 0)
    seconds, others = run.next_attempts()
    if seconds:
        text = f"until the next attempt, {len(seconds)} killed at work, above the lease"
        verdict.at_most(text, max(seconds) - options.lease, 5, " s")
    if others:
        print(f"the same of {len(others)} while the broker was away: {max(others) - options.lease:.2f} s")
    near, away = run.times[False], run.times[True]
    if near:
        print(f"{len(near)} registrations: median {statistics.median(near):.2f} s, slowest {max(near):.2f} s")
    if near and away:
        text = f"slowest of {len(away)} while the broker was away, above the median"
        verdict.at_most(text, max(away) - statistics.median(near), 2, " s")


def read_options():
    """Return what the command line says."""
    arguments = parser(__doc__)
    arguments.add_argument("--engine", choices=["amqp", "tasks"], default="amqp")
    arguments.add_argument("--events", type=int, default=2000)
    arguments.add_argument("--kills", type=int, default=10, help="of workers")
    arguments.add_argument("--broker-kills", type=int, default=3)
    arguments.add_argument("--cuts", type=int, default=3, help="of connections")
    arguments.add_argument("--lease", type=float, default=5, help="seconds")
    arguments.add_argument("--down", type=float, default=5, help="seconds until a broker is started again")
    arguments.add_argument("--pause", type=float, default=0.05, help="seconds between two events")
    arguments.add_argument(
        "--patience", type=float, default=600, help="seconds to wait for an occasion, and for the rest"
    )
    arguments.add_argument("--broker-url", help="where another broker is, whose messages are purged")
    options = arguments.parse_args()
    if not options.database_url:
        arguments.error("--database-url names a PostgreSQL server: SQLite has no connections to cut.")
    if options.engine == "tasks":
        options.broker_kills, options.broker_url = 0, None
    return options


def main(options):
    """Run, and tell."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is removed
    queue, verdict = f"kills-{uuid4()}", Verdict()
    with ExitStack() as stack:
        broker = None
        if options.engine == "amqp" and not options.broker_url:
            if is_installed():
                broker = stack.enter_context(Broker())
            else:
                print(f"RabbitMQ is not installed here: messages are purged at {MACHINES} instead of killing it.")
        if options.engine == "amqp" and broker is None:
            options.broker_url = options.broker_url or MACHINES
            stack.enter_context(queues(options.broker_url, queue))
        delivery_url = broker.url if broker else options.broker_url or "tasks:"
        os.environ["KILLS_LOG"] = os.path.join(temporary_folder(), "log")
        open(os.environ["KILLS_LOG"], "w").close()
        folder = prepare(delivery_url, queue, options.lease)
        connections = stack.enter_context(databases(options.database_url))
        from django.test import Client

        environment = connect(connections["default"], folder, options.database_url)
        logging.getLogger("delivery.signals").setLevel("CRITICAL")  # it says of each row that it waits
        with ExitStack() as processes:
            run = Run(options, environment, processes, connections["default"], broker)
            events = announce_all(options, run, Client())
            tell(options, run, verdict, events, wait(options, run))
    verdict.exit()


if __name__ == "__main__":
    main(read_options())
