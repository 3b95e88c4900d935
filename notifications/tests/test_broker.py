"""Whoever registers while the broker is away notices nothing, and is welcomed later."""

import io
from importlib import import_module
from importlib.util import find_spec
from unittest import mock, skipUnless

from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import TransactionTestCase, override_settings

from notifications.tests.outbox import sent_to

BROKERLESS = "amqp://guest:guest@127.0.0.1:1//"


@skipUnless(find_spec("celery"), "Celery is not installed.")
class BrokerAwayTests(TransactionTestCase):
    databases = {"default", "other"}  # the command looks at all of them

    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)
        amqp = import_module("delivery.amqp")
        self.enterContext(mock.patch.object(amqp, "hand_over", amqp.Broker().hand_over))
        self.addCleanup(setattr, amqp.app.conf, "broker_url", amqp.app.conf.broker_url)
        amqp.app.conf.broker_url = BROKERLESS

    def register(self, name):
        password = "correct-horse-7"
        data = {"username": name, "email": f"{name}@example.com", "password1": password, "password2": password}
        return self.client.post("/register/", data)

    def told(self):
        output = io.StringIO()
        call_command("deliver", status=True, stdout=output)
        return output.getvalue().splitlines()[0]

    def test_the_page_answers_as_ever_the_status_tells_who_waits_and_the_mail_comes_when_somebody_can_deliver(self):
        with override_settings(DELIVERY_URL=BROKERLESS), self.assertLogs("delivery.signals", "ERROR") as logs:
            self.assertRedirects(self.register("ada"), "/profile/")
            self.client.logout()
            self.assertRedirects(self.register("bert"), "/profile/")
        self.assertEqual(["can't be handed over, and wait" in line for line in logs.output], [True, True])
        self.assertIn("default: 2 waiting, 2 of them due", self.told())
        self.assertEqual(mail.outbox, [])
        with override_settings(DELIVERY_URL=""):
            call_command("deliver", stdout=io.StringIO())
        self.assertEqual(sent_to(), ["ada@example.com", "bert@example.com"])
        self.assertIn("default: 0 waiting", self.told())
