"""Rows are given to a queue by their keys, and a worker comes back for those that are not over."""

from datetime import timedelta
from importlib.util import find_spec
from unittest import mock

from django.db import OperationalError
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from delivery import tasks
from delivery.checks import check_engine
from delivery.models import DeliveryQuerySet
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, Trouble, heard, later, trouble

PACKAGE = "django.tasks" if find_spec("django.tasks") else "django_tasks"
DUMMY = {"default": {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}}  # keeps what it gets, and can defer


@override_settings(DELIVERY_URL="tasks:", TASKS=DUMMY)
class TaskTests(ParcelMixin, TransactionTestCase):
    def setUp(self):
        super().setUp()
        tasks.run_deliveries.get_backend().clear()

    def queued(self):
        """Return what is queued: the keys, and in how many seconds it is to be run, None for now."""
        now = timezone.now()
        results = tasks.run_deliveries.get_backend().results
        times = [(result.args[1], result.task.run_after) for result in results]
        return [(pks, at and round((at - now).total_seconds())) for pks, at in times]

    def work(self):
        """Run the task that was queued first, and forget all."""
        backend = tasks.run_deliveries.get_backend()
        args = backend.results[0].args
        backend.clear()
        tasks.run_deliveries.func(*args)

    def test_the_rows_of_an_event_are_one_task_with_keys_and_nothing_else(self):
        parcels.opened.connect(parcels.send_away, sender=parcels.Group)
        self.open()
        pks = [row.pk for row in self.rows()]
        (result,) = tasks.run_deliveries.get_backend().results
        self.assertEqual((result.args, result.kwargs), (["default", pks], {}))
        self.assertEqual(heard, [])

    def test_a_worker_queues_another_look_before_it_takes_a_row(self):
        self.open()
        with mock.patch("delivery.tasks.run", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            self.work()
        self.assertEqual(self.queued(), [([self.rows().get().pk], 60)])

    def test_it_comes_back_when_the_pause_is_over_and_no_more_when_all_is_done(self):
        trouble.append(Trouble())
        self.open()
        self.work()
        with later(minutes=1):
            self.work()
            self.assertEqual([seconds for _, seconds in self.queued()], [240])
        with later(minutes=6):
            self.work()
            self.assertEqual(self.heard_doors(), ["front"])
            self.work()
            self.assertEqual(self.queued(), [])

    def test_a_row_that_somebody_else_has_is_looked_at_when_its_lease_ends(self):
        self.open()
        self.rows().get().take(timedelta(minutes=3))
        self.work()
        self.assertEqual([seconds for _, seconds in self.queued()], [180])

    def test_a_database_that_is_away_fails_no_task(self):
        self.open()
        away = mock.patch.object(DeliveryQuerySet, "open", side_effect=OperationalError("ada@example.com"))
        with away, self.assertLogs("delivery.tasks", "ERROR") as logs:
            self.work()
        self.assertNotIn("ada@", logs.output[0])

    def test_a_backend_that_can_not_put_off_a_task_is_told_of(self):
        self.assertEqual(check_engine(None), [])
        with override_settings(TASKS={"default": {"BACKEND": f"{PACKAGE}.backends.immediate.ImmediateBackend"}}):
            (warning,) = check_engine(None)
            self.open()
        self.assertEqual((warning.id, self.heard_doors()), ("delivery.W001", ["front"]))
