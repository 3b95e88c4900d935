"""docs/hear_events.py, another program, hears who registers here."""

import re
import select
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.test import SimpleTestCase, TransactionTestCase, override_settings

from delivery.publishing import cloudevents
from delivery.tests.publishing.broker import BROKER, PATIENCE, events_url, needs_broker
from listening.testing import restored
from users import events

PROGRAM = Path(settings.BASE_DIR, "docs", "hear_events.py")
PASSWORD = "tr0ub4dor&3x"


class PageTests(SimpleTestCase):
    def test_every_type_that_is_published_is_listed_and_no_other(self):
        page = Path(settings.BASE_DIR, "docs", "deployment.md").read_text(encoding="utf-8")
        rows = page.partition("| type | data |\n")[2].partition("\n\n")[0]
        listed = re.findall(r"`(users\.\w+)`", rows)
        public = [cloudevents.type_of(each) for each in vars(events).values() if getattr(each, "public", None)]
        self.assertEqual(sorted(listed), sorted(public))

    def test_the_program_has_fifteen_lines_at_most(self):
        lines = PROGRAM.read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len([line for line in lines if line]), 15)


@needs_broker
class HearingTests(TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.kombu = import_module("kombu")
        self.exchange = f"events-{uuid4()}"
        self.connection = self.enterContext(self.kombu.Connection(BROKER))
        self.addCleanup(self.forget)
        self.enterContext(restored(*cloudevents.public_events()))
        self.enterContext(override_settings(EVENTS_URL=events_url(self.exchange)))
        cloudevents.connect()

    def forget(self):
        exchange_of = import_module("delivery.publishing.exchange").exchange_of
        exchange_of(events_url(self.exchange)).close()
        exchange_of.cache_clear()
        self.kombu.Queue(f"{self.exchange}.hear")(self.connection.channel()).delete()
        self.kombu.Exchange(self.exchange)(self.connection.channel()).delete()

    def start(self):
        """Start the program, and wait until it listens."""
        command = [sys.executable, str(PROGRAM), BROKER, self.exchange]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while not self.listeners():
            if process.poll() is not None or time.monotonic() > deadline:
                self.fail(process.stdout.read())
            time.sleep(0.05)
        return process

    def listeners(self):
        """Return how many listen at the queue of the program."""
        channel = self.connection.channel()
        try:
            declared = self.kombu.Queue(f"{self.exchange}.hear")(channel).queue_declare(passive=True)
        except self.connection.channel_errors:  # it is not there yet
            return 0
        channel.close()
        return declared.consumer_count

    def stop(self, process):
        process.terminate()
        process.wait(PATIENCE)
        while self.listeners():
            time.sleep(0.05)

    def register(self, username):
        values = {"username": username, "email": f"{username}@example.com", "password1": PASSWORD}
        response = self.client.post("/register/", {**values, "password2": PASSWORD})
        self.assertEqual(response.status_code, 302)
        self.client.logout()

    def line(self, process):
        self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0], "It has heard nothing.")
        return process.stdout.readline().split()

    def test_it_hears_of_each_registration_and_of_those_while_it_was_away(self):
        process = self.start()
        self.register("ada")
        self.assertEqual(self.line(process)[1:], ["users.user_registered", "ada"])
        self.stop(process)
        self.register("grace")
        self.assertEqual(self.line(self.start())[1:], ["users.user_registered", "grace"])
