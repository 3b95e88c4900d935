"""One trace from the request to the worker, in a browser: the page fills in when the worker has done its part."""

from importlib.util import find_spec
from unittest import mock

from django.core import mail
from django.test import override_settings

from delivery.models import Delivery
from delivery.running import run
from signal_inspector.models import StoredTrace
from userprofile_project.tests.browser import NARROW, BrowserTestCase

PASSWORD = "a-long-Password-7"
PACKAGE = "django.tasks" if find_spec("django.tasks") else "django_tasks"
QUEUED = {"default": {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}}  # keeps what it gets


@override_settings(DEBUG=True, SIGNAL_INSPECTOR_ENABLED=True, DELIVERY_URL="tasks:", TASKS=QUEUED)
class WorkTests(BrowserTestCase):
    def register(self):
        browser = self.browser
        browser.open("/register/")
        browser.fill(username="ada", email="ada@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        return StoredTrace.objects.get(path="/register/", method="POST")

    def work(self):
        """Do what a worker does, which has a process of its own elsewhere."""
        run(list(Delivery.objects.open()))

    def test_what_waits_is_filled_in_when_it_is_done_with_what_ran_there(self):
        browser, stored = self.browser, self.register()
        browser.open(stored.get_absolute_url())
        self.assertIn("waiting for a process that does it", browser.text(".later"))
        self.assertEqual(len(mail.outbox), 0)
        with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=ConnectionError):
            self.work()
        browser.wait_until(lambda: "for the next attempt, at" in browser.text(".later"))
        self.assertIn("ConnectionError", browser.text(".later"))
        Delivery.objects.update(due_at=stored.stored_at)
        self.work()
        browser.wait_until(lambda: "attempt 2 done" in " ".join(browser.text(".later").split()))
        self.assertNotIn("waiting", browser.text(".later"))
        self.assertEqual(len(mail.outbox), 1)
        browser.resize(NARROW)
        self.assertSound()
        browser.run("document.querySelectorAll('.later .branch')[1].open = true")
        browser.wait_until(lambda: browser.find_all(".later .line"))
        self.assertIn("send_welcome", browser.text(".later .line"))
        browser.open(browser.run("return [...document.querySelectorAll('.later > li > .row a')].pop().pathname"))
        self.assertIn("attempt 2, by", browser.text())
        browser.follow("POST /register/", within="main")
        self.assertEqual(browser.path, stored.get_absolute_url())
