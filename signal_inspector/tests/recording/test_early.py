"""What leaves the process before the commit is marked, and what becomes of it in a rollback."""

import http.client
import json
import sys
import types
from unittest import mock, skipUnless

import django
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import caches
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models.signals import post_save
from django.test import TestCase, override_settings

from signal_inspector import Trace, record
from signal_inspector.recording import early
from signal_inspector.tests.recording.support import Connected
from signal_inspector.traces.nodes import EARLY, IN_A_ROLLBACK


class Outbox(BaseEmailBackend):
    """Keeps mails in a table, so to speak: a rollback takes them back."""

    def send_messages(self, messages):
        Group.objects.create(name=messages[0].subject)
        return len(messages)


def told(trace):
    """Return the names of what was early, with the short name of what did it."""
    return [
        (each.name.partition(" before")[0], each.node.short_name if each.node else "")
        for each in trace.moments
        if each.kind == EARLY
    ]


if django.VERSION >= (6, 0):
    import django.tasks.backends.dummy  # which Django imports when it is asked for a task
    from django.tasks import task

    @task
    def work():
        """Do nothing."""


def send_mail():
    mail.EmailMessage("subject", "text", "a@example.com", ["b@example.com"]).send()


class EarlyTests(Connected, TestCase):
    def recorded(self, act, atomic=True):
        with record(details=True) as trace:
            if atomic:
                with transaction.atomic():
                    act()
            else:
                act()
        return trace

    def test_a_receiver_that_sends_mail_in_a_transaction(self):
        def welcome(sender, **kwargs):
            send_mail()

        self.connect(post_save, welcome, sender=Group)
        trace = self.recorded(lambda: Group.objects.create(name="readers"))
        self.assertEqual(told(trace), [("mail sent", "welcome")])
        [moment] = [each for each in trace.moments if each.kind == EARLY]
        self.assertEqual((moment.using, moment.place.name), ("default", "send_mail"))
        self.assertEqual(moment.in_a_rollback, "A rollback does not take the mail back.")
        again = Trace.from_data(json.loads(json.dumps(trace.as_data())))
        self.assertEqual(told(again), told(trace))

    def test_many_mails_at_once(self):
        messages = [("subject", "text", "a@example.com", ["b@example.com"])] * 2
        self.assertEqual(told(self.recorded(lambda: mail.send_mass_mail(messages))), [("mail sent", "")])

    def test_outside_of_a_transaction_and_after_the_commit_nothing_is_early(self):
        self.assertEqual(told(self.recorded(send_mail, atomic=False)), [])
        with self.captureOnCommitCallbacks(execute=True):
            trace = self.recorded(lambda: transaction.on_commit(send_mail))
        self.assertEqual((told(trace), len(mail.outbox)), ([], 2))

    def test_what_a_rollback_takes_back_is_not_early(self):
        name, value = "EMAIL_BACKEND", f"{__name__}.Outbox"
        if hasattr(settings, "MAILERS"):  # Django 6.1
            name, value = "MAILERS", {"default": {"BACKEND": value}}
        with override_settings(**{name: value}):
            self.assertEqual(told(self.recorded(send_mail)), [])

    @override_settings(
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "early"},
            "none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        }
    )
    def test_a_cache_is_told_once_and_where_it_is_one(self):
        def write(alias):
            caches[alias].set_many({"a": 1, "b": 2})
            caches[alias].get("a")
            caches[alias].delete("a")

        self.assertEqual(told(self.recorded(lambda: write("default"))), [("cache written", "")])
        self.assertEqual(told(self.recorded(lambda: write("none"))), [])

    def test_a_service_is_told_with_its_error(self):
        def call():
            with self.assertRaises(ConnectionRefusedError), mock.patch("socket.create_connection") as connect:
                connect.side_effect = ConnectionRefusedError
                http.client.HTTPConnection("127.0.0.1").request("GET", "/")

        trace = self.recorded(call)
        self.assertEqual(told(trace), [("service called", "")])
        self.assertEqual([each.error for each in trace.moments if each.kind == EARLY], ["ConnectionRefusedError"])

    def test_tasks_of_celery(self):
        class Celery:
            def send_task(self, name):
                return name

        module = types.ModuleType("celery.app.base")
        module.Celery = Celery
        with mock.patch.dict(sys.modules, {"celery.app.base": module}):
            self.assertEqual(told(self.recorded(lambda: Celery().send_task("shop.invoice"))), [("task enqueued", "")])

    @skipUnless(django.VERSION >= (6, 0), "Django has had tasks since 6.0.")
    def test_tasks_of_django(self):
        with override_settings(TASKS={"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}):
            self.assertEqual(told(self.recorded(lambda: work.enqueue())), [("task enqueued", "")])

    def test_only_a_record_with_details_replaces_anything(self):
        before = http.client.HTTPConnection.putrequest
        with record() as trace, transaction.atomic():
            self.assertIs(http.client.HTTPConnection.putrequest, before)
            send_mail()
        self.assertEqual(trace.moments, [])
        with record(details=True), record(details=True):
            self.assertIsNot(http.client.HTTPConnection.putrequest, before)
        self.assertIs(http.client.HTTPConnection.putrequest, before)
        self.assertEqual(early._replaced, [])

    def test_each_has_its_sentence(self):
        self.assertEqual({told for *_where, told in early.METHODS}, set(IN_A_ROLLBACK))
