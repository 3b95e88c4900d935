"""Workers on the database: django-tasks-db's own command, in this process and in one that is killed."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from unittest import skipUnless
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from delivery.models import ATTEMPTS, PAUSES, Delivery
from delivery.tasks import run_deliveries
from delivery.tests.broker import BROKER, broker_answers
from notifications.tests.outbox import OutboxTestCase, User, database_tasks, later, sent_to
from notifications.tests.smtp import PATIENCE, RefusingServer, SMTPServer, mail_through

if apps.is_installed("django_tasks_db"):
    from django_tasks_db.models import DBTaskResult

needs_worker = skipUnless(apps.is_installed("django_tasks_db"), "django-tasks-db is not installed")


class WorkerTestCase(OutboxTestCase):
    """Tasks wait in the database."""

    def setUp(self):
        super().setUp()
        self.enterContext(database_tasks())


@needs_worker
class WorkerTests(WorkerTestCase):
    def work(self):
        """Run all tasks that are ready, with the real command."""
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
        try:
            call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def test_the_request_sends_nothing_and_the_worker_does(self):
        with SMTPServer("silent") as server, mail_through(server):
            self.client.force_login(self.user)
            self.client.post("/profile/", {"username": "ada", "email": "new@example.com"})
            self.assertEqual(User.objects.get().email, "new@example.com")
            self.assertEqual(server.connections, 0)
        self.work()
        self.assertEqual({*sent_to()}, {"ada@example.com", "new@example.com"})
        self.assertEqual(Delivery.objects.open().count(), 0)

    def test_neither_address_nor_link_is_among_the_arguments_of_the_task(self):
        self.say_registered()
        self.work()
        self.assertEqual(len(mail.outbox), 1)
        for row in DBTaskResult.objects.values():
            self.assertNotIn("ada@", str(row))
            self.assertNotIn("verify", str(row))
            self.assertEqual(row["args_kwargs"], {"args": ["default", [self.stored().pk]], "kwargs": {}})

    def test_a_task_that_is_there_twice_sends_one_mail(self):
        self.say_registered()
        for _ in range(2):
            run_deliveries.enqueue("default", [self.stored().pk])
        self.work()
        with later(days=3):
            self.work()
        self.assertEqual(sent_to(), ["ada@example.com"])
        self.assertFalse(DBTaskResult.objects.exclude(status="SUCCESSFUL").exists())

    def test_a_failed_mail_is_tried_again_without_any_help_with_growing_pauses_and_an_end(self):
        with RefusingServer() as server, mail_through(server):
            self.say_registered()
            self.work()
            self.assertEqual(self.stored().attempts, 1)
            minutes = 0
            for attempts, pause in enumerate(PAUSES, 2):
                minutes += pause.total_seconds() / 60
                with later(minutes=minutes - 0.5):
                    self.work()
                self.assertEqual(self.stored().attempts, attempts - 1)
                minutes += 0.5
                with later(minutes=minutes):
                    self.work()
                self.assertEqual(self.stored().attempts, attempts)
        self.assertEqual(self.stored().attempts, ATTEMPTS)
        self.assertEqual(self.stored().state, "given_up")
        with later(days=30):
            self.work()
        self.assertEqual(sent_to(), [])
        self.assertFalse(DBTaskResult.objects.exclude(status="SUCCESSFUL").exists())

    def test_a_mail_that_failed_is_sent_when_the_server_is_well_again(self):
        with RefusingServer() as server, mail_through(server):
            self.say_registered()
            self.work()
        with later(minutes=6):
            self.work()
        with later(days=9):
            self.work()
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_a_try_by_hand_meanwhile_does_not_end_the_tries_of_the_worker(self):
        with RefusingServer() as server, mail_through(server):
            self.say_registered()
            self.work()
            with later(minutes=6):
                with self.assertRaises(CommandError):
                    call_command("deliver", stdout=io.StringIO())
                self.work()  # too early now: it has to come back
        with later(minutes=30):
            self.work()
        self.assertEqual(sent_to(), ["ada@example.com"])

    def test_nothing_is_queued_for_work_that_was_rolled_back(self):
        with transaction.atomic():
            self.say_registered()
            self.assertEqual(DBTaskResult.objects.count(), 0)
            transaction.set_rollback(True)
        self.assertEqual((Delivery.objects.count(), DBTaskResult.objects.count()), (0, 0))


class ProcessTestCase(WorkerTestCase):
    """Processes of their own, on the database of the test, with a mail that waits."""

    def setUp(self):
        super().setUp()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.say_changed(password=(None, None))
        database = {**connection.settings_dict, "TEST": {}}
        if connection.vendor == "sqlite":  # the one of the tests is in memory: hand over a copy
            database["NAME"] = str(folder / "db.sqlite3")
            copy = sqlite3.connect(database["NAME"])
            connection.connection.backup(copy)
            copy.close()
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "notifications.tests.worker_settings",
            "WORKER_DATABASE": json.dumps(database),
        }

    def start(self, *command, server, ahead=0, program=("manage.py",)):
        environment = {
            **self.environment,
            "WORKER_MAIL_PORT": str(server.port),
            "WORKER_CLOCK_AHEAD": str(int(ahead)),
        }
        warnings = [f"-W{option}" for option in sys.warnoptions if "celery" not in program]  # it warns of being root
        return subprocess.Popen(
            [sys.executable, *warnings, *program, *command],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run_to_the_end(self, *command, **options):
        process = self.start(*command, **options)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output.decode())

    def kill_while_sending(self, *command):
        with SMTPServer("stalls") as server:
            process = self.start(*command, server=server)
            while not server.stalled.wait(0.05):
                if process.poll() is not None:
                    self.fail(process.communicate()[0].decode())
            process.kill()
            process.communicate()
            self.assertEqual(process.returncode, -signal.SIGKILL)
            self.assertTrue(server.hung_up.wait(PATIENCE))


@needs_worker
class KilledWorkerTests(ProcessTestCase):
    """One is killed while the mail server has the mail and says nothing."""

    worker = ("db_worker", "--batch", "--no-startup-delay", "--interval=0", "-v0")
    command = ("deliver",)

    def test_the_next_worker_sends_the_mail_once_its_claim_has_ended(self):
        self.kill_while_sending(*self.worker)
        with SMTPServer() as server:
            self.run_to_the_end(*self.worker, server=server)
            self.assertEqual(server.messages, [])
            self.run_to_the_end(*self.worker, server=server, ahead=PAUSES[0].total_seconds() + 60)
            self.assertEqual(server.recipients(), ["ada@example.com"])
            self.run_to_the_end(*self.worker, server=server, ahead=9 * 24 * 60 * 60)
            self.run_to_the_end(*self.command, server=server, ahead=9 * 24 * 60 * 60)
        self.assertEqual(server.recipients(), ["ada@example.com"])

    def test_so_does_the_command(self):
        self.kill_while_sending(*self.worker)
        self.assert_the_command_sends_it_once()

    def test_so_does_the_command_after_a_killed_command(self):
        self.kill_while_sending(*self.command)
        self.assert_the_command_sends_it_once()

    def assert_the_command_sends_it_once(self):
        ahead = PAUSES[0].total_seconds() + 60
        with SMTPServer() as server:
            self.run_to_the_end(*self.command, server=server)
            self.assertEqual(server.messages, [])
            self.run_to_the_end(*self.command, server=server, ahead=ahead)
            self.run_to_the_end(*self.worker, server=server, ahead=9 * 24 * 60 * 60)
        self.assertEqual(server.recipients(), ["ada@example.com"])


@skipUnless(broker_answers(), "Celery is not installed, or no broker answers at AMQP_URL.")
class BrokerTests(ProcessTestCase):
    """Celery and the command that watches, in processes of their own, with a queue of their own."""

    def setUp(self):
        super().setUp()
        self.queue = f"delivery-{uuid4()}"
        self.environment |= {"WORKER_DELIVERY_URL": BROKER, "WORKER_QUEUE": self.queue}
        self.addCleanup(self.delete_queues)

    def delete_queues(self):
        kombu = import_module("kombu")
        with kombu.Connection(BROKER) as connection:
            for name in (self.queue, f"{self.queue}.dead"):
                kombu.Queue(name, kombu.Exchange(name))(connection.default_channel).delete()
                kombu.Exchange(name)(connection.default_channel).delete()

    @contextmanager
    def running(self, *command, **options):
        """Run a process for a while, and end it with all that it has started."""
        process = self.start(*command, **options)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)

    def worker(self, **options):
        program = ("-m", "celery", "--app=delivery.amqp", "worker", "--concurrency=1", "--loglevel=ERROR")
        return self.running(f"--hostname={uuid4()}@%h", program=program, **options)

    def wait_for(self, condition, process):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                self.fail(process.communicate()[0].decode())
            time.sleep(0.05)

    def test_what_was_left_is_handed_over_and_a_worker_sends_it(self):
        with (
            SMTPServer() as server,
            self.worker(server=server, ahead=90) as worker,
            self.running("deliver", "--watch", server=server, ahead=90),
        ):
            self.wait_for(lambda: server.messages, worker)
        self.assertEqual(server.recipients(), ["ada@example.com"])

    def test_what_a_killed_worker_had_is_sent_when_the_lease_ends(self):
        with SMTPServer("stalls") as server, self.running("deliver", "--watch", server=server, ahead=90):
            with self.worker(server=server, ahead=90) as worker:
                self.wait_for(server.stalled.is_set, worker)
                # All of it: main process and child, which has the task.
                for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
                    os.kill(int(child), signal.SIGKILL)
                worker.kill()
            self.assertTrue(server.hung_up.wait(PATIENCE))
        ahead = 90 + PAUSES[0].total_seconds() + 60
        with (
            SMTPServer() as server,
            self.worker(server=server, ahead=ahead) as worker,
            self.running("deliver", "--watch", server=server, ahead=ahead),
        ):
            self.wait_for(lambda: server.messages, worker)
        self.assertEqual(server.recipients(), ["ada@example.com"])
