"""What can't be carried is refused at the start, by name."""

from typing import Any
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings

from delivery import checks
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, not_handed_over
from listening import durable, event


@event
def sound(*, bell: str, using: str) -> None:
    """All is well."""


@event
def wrong(*, anything: Any, blob: bytes, token: str, attempt: int) -> list:
    """Nothing is."""


class EventTests(SimpleTestCase):
    def problems(self, signal):
        marked = durable(lambda sender, **kwargs: None)
        signal.connect(marked)
        try:
            return [error.msg for error in checks.check_events(None)]
        finally:
            signal.disconnect(marked)

    def test_those_of_the_project_are_well(self):
        self.assertEqual(checks.check_events(None), [])

    def test_one_that_can_travel_is_well(self):
        self.assertEqual(self.problems(sound), [])

    def test_each_thing_that_is_wrong_is_told_with_the_argument(self):
        told = self.problems(wrong)
        for words in (
            "no argument 'using'",
            "waits for answers",
            "'anything' (typing.Any) can't be carried",
            "'blob' (<class 'bytes'>) can't be carried",
            "'token' is a secret",
            "'attempt' has the name",
        ):
            with self.subTest(words):
                self.assertEqual(len([each for each in told if words in each]), 1)
        self.assertEqual(len(told), 6)

    def test_what_is_not_kept_need_not_travel(self):
        marked = durable(lambda sender, **kwargs: None, noting=lambda **kwargs: {}, only_noted=True)
        wrong.connect(marked)
        self.addCleanup(wrong.disconnect, marked)
        told = [error.msg.partition(": ")[2] for error in checks.check_events(None)]
        self.assertEqual(len(told), 3, told)
        self.assertFalse([each for each in told if "carried" in each or "secret" in each])

    def test_one_that_no_other_process_can_import_is_refused(self):
        @event
        def local(*, using: str) -> None: ...

        self.assertIn("can't be imported", self.problems(local)[0])

    def test_two_receivers_of_one_name_are_refused(self):
        marked = durable(lambda sender, **kwargs: None)
        namesake = durable(lambda sender, **kwargs: None)
        sound.connect(marked, sender=Group)
        self.addCleanup(sound.disconnect, marked, sender=Group)
        self.assertEqual(self.problems(sound), [])
        namesake.__qualname__ = "EventTests.problems.<locals>.<lambda>"
        sound.connect(namesake)
        self.addCleanup(sound.disconnect, namesake)
        self.assertIn("have one name", self.problems(sound)[0])

    def test_who_is_not_durable_may_hear_anything(self):
        def hear(**kwargs): ...

        wrong.connect(hear)
        self.addCleanup(wrong.disconnect, hear)
        self.assertEqual(checks.check_events(None), [])


class EngineTests(SimpleTestCase):
    def ids(self):
        return [problem.id for problem in checks.check_engine(None)]

    def test_none_is_an_engine(self):
        for url in ("", None):
            with override_settings(DELIVERY_URL=url):
                self.assertEqual(self.ids(), [])

    @override_settings(DELIVERY_URL="pigeon://loft")
    def test_one_that_nobody_knows(self):
        self.assertEqual(self.ids(), ["delivery.E002"])

    @override_settings(DELIVERY_URL="amqp://localhost")
    def test_one_that_is_not_installed(self):
        with mock.patch("delivery.checks.find_spec", return_value=None):
            self.assertEqual(self.ids(), ["delivery.E003"])


class ReceiverTests(ParcelMixin, TestCase):
    def told(self):
        return [problem.msg for problem in checks.check_receivers(None, databases=["default"])]

    def test_rows_that_wait_in_vain_are_told_of(self):
        with not_handed_over():
            self.open()
            self.open()
        self.assertEqual(self.told(), [])
        parcels.opened.disconnect(parcels.write_down, sender=Group)
        (sentence,) = self.told()
        self.assertIn(
            "2 deliveries of delivery.tests.parcels.opened wait for delivery.tests.parcels.write_down", sentence
        )

    def test_a_database_that_is_not_migrated_is_no_trouble(self):
        def not_migrated(execute, sql, *args):
            raise checks.DatabaseError("no such table")

        with connection.execute_wrapper(not_migrated):
            self.assertEqual(self.told(), [])
