"""The processes of a run of ``kills.py``, and what is done to them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from _broker import kill
from _working import purge, start_python

SLOW = 0.3  # seconds of the slow work, which takes half a second, in which a kill hits it


class Run:
    """The processes of a run, and what is done to them."""

    def __init__(self, options, environment, stack, connection, broker):
        self.options, self.environment, self.stack = options, environment, stack
        self.connection, self.broker = connection, broker
        self.number, self.killed, self.restart, self.outages = 0, [], None, []
        self.times = {True: [], False: []}  # of registrations, while the broker is away and else
        self.helper = stack.enter_context(ThreadPoolExecutor(1))
        self.workers = [self.start_worker() for _ in range(2)]
        self.watch = self.start_watch()

    def start_worker(self):
        """Start a worker of the engine."""
        self.number += 1
        if self.options.engine == "amqp":
            command = ["-m", "celery", "--app=delivery.amqp", "worker", "--concurrency=1"]
            command += ["--without-mingle", "--without-gossip", f"--hostname=kills{self.number}@{os.getpid()}"]
        else:
            command = ["manage.py", "db_worker", "--no-startup-delay", "--interval=0.1", "--no-reload"]
        return start_python(self.stack, self.environment, *command)

    def start_watch(self):
        """Start what hands over what is left."""
        return start_python(self.stack, self.environment, "manage.py", "deliver", "--watch")

    def look_after(self):
        """Start again what has ended, as a supervisor does."""
        for index, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[index] = self.start_worker()
        if self.watch.poll() is not None:
            self.watch = self.start_watch()

    def is_broker_away(self):
        """Tell whether the broker was killed and does not answer again yet."""
        if self.restart is None:
            return False
        if self.restart.done():
            self.restart.result()  # raises what kept it from starting
        return not self.restart.done()

    def kill_worker(self):
        """Kill a worker in the middle of its work, while another one keeps up; return whether there is such a one."""
        from delivery.models import Delivery

        seen = {group: (number, time.time() - at) for number, _attempt, group, at in attempts()}
        latest = [seen.get(worker.pid, (0, float("inf"))) for worker in self.workers]
        is_idle = max(seconds for _, seconds in latest) > 2 or any(
            worker.poll() is not None for worker in self.workers
        )
        if is_idle or Delivery.objects.open().count() > 20:
            return False
        for worker, (number, seconds) in zip(self.workers, latest, strict=True):
            if number % 20 == 0 and seconds < SLOW:
                kill(worker)
                self.killed.append((worker.pid, time.time()))
                return True
        return False

    def kill_broker(self):
        """Kill the broker, and have it started again a while later; where it is not ours, lose its messages."""
        if self.is_broker_away():
            return False
        if self.broker is None:
            purge(self.options.broker_url, self.environment["KILLS_QUEUE"])
        else:
            self.broker.kill()
            self.restart = self.helper.submit(self._start_broker)
        return True

    def _start_broker(self):
        killed_at = time.time()
        time.sleep(self.options.down)
        self.broker.start()
        self.broker.wait()
        self.outages.append((killed_at, time.time()))

    def cut(self):
        """Cut all connections to the database but that of this process."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return True

    def next_attempts(self):
        """
        Return, for each worker that was killed, the seconds until the next attempt at what it had.

        Returns:
            tuple of two lists: where the broker was there all the time, and where it was away meanwhile.
        """
        begun, seconds = attempts(), ([], [])
        for victim, killed_at in self.killed:
            number, attempt = next((n, a) for n, a, group, _ in reversed(begun) if group == victim)
            for at in [at for n, a, _, at in begun if n == number and a > attempt][:1]:
                is_away = any(start < at and end > killed_at for start, end in self.outages)
                seconds[is_away].append(at - killed_at)
        return seconds


def attempts():
    """Return what the workers have begun: number of the event, of the attempt, group of processes, and time."""
    with open(os.environ["KILLS_LOG"]) as log:
        lines = [line.split() for line in log]
    return [(int(number), int(attempt), int(group), float(at)) for number, attempt, group, at in lines]
