"""What is noted with a fact, for whom, and at what price."""

from unittest import mock

from django.contrib.auth.models import Group
from django.core.signals import request_finished
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from delivery.models import Delivery
from delivery.signals import LookAround
from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin, heard, later, not_handed_over
from listening import announce, muted


class NotedTests(ParcelMixin, TestCase):
    """In a TestCase nothing is committed, so nothing is delivered."""

    def test_a_row_says_who_has_to_hear_what_about_whom(self):
        self.open()
        row = self.rows().get()
        self.assertEqual((row.event, row.receiver), (parcels.opened.label, parcels.write_down.label))
        self.assertEqual((row.sender, row.key, row.state), ("auth.Group", str(self.group.pk), "waiting"))
        instance = {"$model": ["auth.group", self.group.pk, "default"]}
        self.assertEqual(row.arguments, {"instance": instance, "door": "front", "using": "default"})

    def test_all_receivers_of_an_event_cost_one_statement(self):
        parcels.opened.connect(parcels.send_away, sender=Group)
        with CaptureQueriesContext(connection) as queries:
            self.open()
        statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        self.assertEqual(len(statements), 1, statements)
        first, second = self.rows()
        self.assertEqual(first.event_id, second.event_id)
        self.assertEqual(second.arguments["size"], 5)

    def test_a_receiver_that_notes_nothing_has_no_row(self):
        parcels.opened.connect(parcels.send_away, sender=Group)
        self.open("")
        self.assertEqual([row.receiver for row in self.rows()], [parcels.write_down.label])

    def test_there_is_none_where_nobody_is_durable_or_is_muted(self):
        with muted(parcels.opened, parcels.write_down), self.assertNumQueries(0):
            self.open()
        parcels.opened.disconnect(parcels.write_down, sender=Group)
        parcels.opened.connect(lambda **kwargs: None, weak=False)
        with self.assertNumQueries(0):
            self.open()
        self.assertEqual(self.rows().count(), 0)

    def test_a_sender_that_no_other_process_finds_is_refused(self):
        with self.assertRaisesMessage(TypeError, "a model as its sender"):
            announce(parcels.rang, sender=object(), bell="door", using="default")

    def test_what_can_not_be_carried_fails_the_fact_and_is_named(self):
        with self.assertRaisesMessage(TypeError, "door: object can't be carried"):
            self.open(object())

    def test_where_the_table_is_not_the_receiver_runs_after_the_commit(self):
        with (
            mock.patch("django.db.router.allow_migrate_model", return_value=False),
            self.captureOnCommitCallbacks(execute=True),
        ):
            self.open()
        self.assertEqual((self.heard_doors(), self.rows().count()), (["front"], 0))

    def test_what_was_kept_of_something_that_is_gone_goes_with_it(self):
        other = Group.objects.create(name="others")
        for group in (self.group, self.group, other):
            self.open(group=group)
        Delivery.objects.filter(pk=self.rows()[0].pk).update(finished_at="2026-01-01T00:00Z", state="done")
        announce(parcels.removed, sender=Group, group_id=self.group.pk, using="default")
        self.assertEqual(
            [(row.receiver, row.forget) for row in self.rows()],
            [(parcels.write_down.label, True), (parcels.write_down.label, False), (parcels.say_goodbye.label, True)],
        )


class CommitTests(ParcelMixin, TransactionTestCase):
    databases = {"default", "other"}

    def test_after_the_commit_it_is_delivered(self):
        with transaction.atomic():
            self.open()
            self.assertEqual(heard, [])
        self.assertEqual((self.heard_doors(), self.states()), (["front"], [("done", 1)]))

    def test_after_a_rollback_it_never_is(self):
        with transaction.atomic():
            self.open("kept")
            with transaction.atomic():
                self.open("lost")
                transaction.set_rollback(True)
        self.assertEqual((self.heard_doors(), self.rows().count()), (["kept"], 1))

    def test_a_row_that_can_not_be_written_fails_the_fact(self):
        with (
            mock.patch.object(Delivery.objects, "bulk_create", side_effect=DatabaseError),
            mock.patch.object(Delivery.objects, "using", return_value=Delivery.objects),
            self.assertRaises(DatabaseError),
            transaction.atomic(),
        ):
            Group.objects.create(name="authors")
            self.open()
        self.assertEqual(Group.objects.count(), 1)

    def test_rows_stand_on_the_database_of_the_fact(self):
        group = Group.objects.using("other").create(name="far")
        with transaction.atomic(using="other"):
            announce(parcels.opened, sender=Group, instance=group, door="back", using="other")
        self.assertEqual(self.rows().count(), 0)
        self.assertEqual(Delivery.objects.using("other").get().state, "done")
        self.assertTrue(Group.objects.using("other").filter(name=f"back {group.pk}").exists())

    def test_an_engine_that_is_away_harms_nobody_and_the_next_sweep_delivers(self):
        away = mock.patch("delivery.signals.hand_over", side_effect=ConnectionError("no broker"))
        with away, self.assertLogs("delivery", "ERROR") as logs:
            self.open()
        self.assertIn("can't be handed over, and wait: ConnectionError", logs.output[0])
        self.assertEqual(self.states(), [("waiting", 0)])
        look = LookAround(60).take_up_what_is_left
        look()
        self.assertEqual(heard, [])  # it may be on its way
        with later(minutes=2):
            LookAround(60).take_up_what_is_left()
        self.assertEqual(self.states(), [("done", 1)])

    def test_the_request_of_another_process_takes_up_what_is_left_now_and_then(self):
        look = LookAround(60).take_up_what_is_left
        request_finished.connect(look)
        self.addCleanup(request_finished.disconnect, look)
        self.client.get("/login/")
        with not_handed_over():
            self.open()
        with later(minutes=2):
            self.client.get("/login/")
            self.assertEqual(heard, [])  # it looked a moment ago
            look.__self__.next_at = 0
            self.client.get("/login/")
        self.assertEqual(self.heard_doors(), ["front"])
