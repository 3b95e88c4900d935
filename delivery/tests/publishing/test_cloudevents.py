"""What other programs are told is a row like any other, and a message in the form of a CloudEvent."""

import json
import logging
from datetime import UTC, datetime, timedelta
from importlib import import_module
from unittest import mock
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase, modify_settings, override_settings
from django.test.utils import CaptureQueriesContext

from delivery.models import Delivery
from delivery.publishing import cloudevents
from delivery.running import run
from delivery.tests.parcels import later, not_handed_over
from delivery.tests.publishing.broker import events_url, listening, needs_broker
from delivery.tests.publishing.doors import PublishingMixin, rained, unlocked, vanished, whispered
from listening import announce, durable, event
from listening.durability import connected_durable


def rows():
    return Delivery.objects.order_by("pk")


class RowTests(PublishingMixin, TestCase):
    """In a TestCase nothing is committed, so nothing is published."""

    def test_it_stands_in_the_same_statement_as_those_of_other_receivers(self):
        unlocked.connect(durable(lambda sender, **kwargs: None), sender=Group, weak=False)
        with CaptureQueriesContext(connection) as queries:
            self.unlock()
        statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        self.assertEqual((len(statements), rows().count()), (1, 2), statements)

    def test_it_holds_what_outsiders_are_told_and_nothing_else_of_the_event(self):
        before = datetime.now(UTC)
        self.unlock()
        row = rows().get()
        time = datetime.fromisoformat(row.arguments.pop("time"))
        told = {"door": "front", "day": "2026-11-29", "number": "00000000-0000-0000-0000-000000000007"}
        self.assertEqual(row.arguments, {"told": told, "about": str(self.group.pk), "traceparent": ""})
        self.assertEqual((row.receiver, row.key), ("delivery.publishing.cloudevents.publish", str(self.group.pk)))
        self.assertTrue(before <= time <= datetime.now(UTC))

    def test_there_is_none_of_an_event_that_is_not_public_or_not_this_time(self):
        with self.assertNumQueries(0):
            announce(whispered, sender=Group, instance=self.group, using="default")
            self.unlock("secret")

    def test_what_json_can_not_hold_fails_the_fact(self):
        with self.assertRaises(TypeError):
            self.unlock(b"bytes")
        with self.assertRaises(ValueError):
            self.unlock(float("inf"))

    def test_what_was_told_of_something_that_is_gone_goes_with_it(self):
        self.unlock()
        Delivery.objects.update(state="done", finished_at="2026-01-01T00:00Z")
        self.unlock()
        announce(vanished, sender=Group, group_id=self.group.pk, using="default")
        labels = [(row.event.rpartition(".")[2], row.forget) for row in rows()]
        self.assertEqual(labels, [("unlocked", True), ("vanished", True)])


class ConnectedTests(SimpleTestCase):
    @override_settings(EVENTS_URL="")
    def test_without_an_exchange_nobody_hears_them(self):
        cloudevents.connect()
        heard = [each for each in cloudevents.public_events() if cloudevents.publish in connected_durable(each)]
        self.assertEqual(heard, [])

    @modify_settings(INSTALLED_APPS={"append": "delivery.tests.publishing.bakery"})
    @override_settings(EVENTS_URL="amqp://127.0.0.1:1//?exchange=events")
    def test_the_public_events_of_all_apps_are_found_though_nobody_has_imported_them(self):
        cloudevents.connect()
        for each in cloudevents.public_events():
            self.addCleanup(each.disconnect, cloudevents.publish, dispatch_uid="delivery.publish")
        labels = [each.label for each in cloudevents.public_events() if cloudevents.publish in connected_durable(each)]
        self.assertIn("users.events.user_registered", labels)
        self.assertIn("delivery.tests.publishing.bakery.events.baked", labels)


class MessageTests(SimpleTestCase):
    def test_a_program_that_traces_can_go_on_with_the_trace(self):
        traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        message = cloudevents.message_of(unlocked, "7", {}, "", "2026-11-29T12:00:00Z", traceparent)
        self.assertEqual(message["traceparent"], traceparent)
        self.assertNotIn("traceparent", cloudevents.message_of(unlocked, "7", {}, "", "2026-11-29T12:00:00Z"))

    def test_it_is_a_cloud_event(self):
        message = cloudevents.message_of(
            unlocked, "id-7", told={"door": "front"}, about="7", time="2026-11-29T12:00:00+00:00"
        )
        expected = {
            "specversion": "1.0",
            "id": "id-7",
            "source": settings.EVENTS_SOURCE,
            "type": "delivery.tests.publishing.doors.unlocked",
            "time": "2026-11-29T12:00:00+00:00",
            "subject": "7",
            "datacontenttype": "application/json",
            "data": {"door": "front"},
        }
        self.assertEqual(message, expected)

    def test_one_that_is_about_nobody_has_no_subject(self):
        message = cloudevents.message_of(rained, "id-7", told={}, about="", time="2026-11-29T12:00:00+00:00")
        self.assertNotIn("subject", message)

    def test_it_bears_the_name_of_its_app(self):
        @event
        def opened() -> None: ...

        opened.__qualname__ = "opened"
        for module, name in (("shop.events", "shop.opened"), ("shop.orders", "shop.orders.opened")):
            opened.__module__ = module
            self.assertEqual(cloudevents.type_of(opened), name)


class AwayTests(PublishingMixin, TransactionTestCase):
    """There is no broker where EVENTS_URL leads."""

    def setUp(self):
        super().setUp()
        logger = logging.getLogger("delivery")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)

    def test_nobody_is_harmed_and_it_is_tried_again(self):
        with transaction.atomic():
            self.unlock()
            Group.objects.create(name="authors")
        self.assertEqual([(row.state, row.attempts) for row in rows()], [("waiting", 1)])
        self.assertEqual(Group.objects.count(), 2)
        taken = []
        with later(minutes=6), self.published_into(taken):
            run(rows())
        self.assertEqual([(row.state, row.attempts) for row in rows()], [("done", 2)])
        (message,) = map(json.loads, taken)
        self.assertEqual(message["id"], str(rows().get().event_id))
        self.assertLess(datetime.now(UTC) - datetime.fromisoformat(message["time"]), timedelta(minutes=5))

    def test_what_is_rolled_back_is_told_to_nobody(self):
        taken = []
        with self.published_into(taken), transaction.atomic():
            self.unlock()
            transaction.set_rollback(True)
        self.assertEqual((taken, rows().count()), ([], 0))

    def test_what_is_about_one_key_is_published_in_order(self):
        with not_handed_over():
            for door in ("first", "second", "third"):
                self.unlock(door)
        taken = []
        with self.published_into(taken):
            run(list(rows().order_by("-pk")))
        self.assertEqual([json.loads(each)["data"]["door"] for each in taken], ["first", "second", "third"])

    def published_into(self, taken):
        publish = mock.Mock(publish=lambda body, **properties: taken.append(body))
        return mock.patch.object(cloudevents, "import_string", return_value=lambda url: publish)


@needs_broker
class BrokerTests(PublishingMixin, TransactionTestCase):
    name = f"events-{uuid4()}"
    url = events_url(name)

    def setUp(self):
        super().setUp()
        exchange = import_module("delivery.publishing.exchange").exchange_of
        self.addCleanup(exchange.cache_clear)
        self.addCleanup(lambda: exchange(self.url).close())

    def test_another_program_hears_it_as_a_cloud_event(self):
        with listening(self.name, f"{unlocked.__module__}.*") as listener:
            with transaction.atomic():
                self.unlock()
                self.assertEqual(listener.hear(), [])
            (message,) = listener.hear()
        row = rows().get()
        event = json.loads(message.body)
        self.assertEqual((event["id"], event["data"]["door"]), (str(row.event_id), "front"))
        self.assertEqual(event["subject"], str(self.group.pk))
        self.assertEqual(message.content_type, "application/cloudevents+json; charset=utf-8")
        self.assertEqual(message.properties["message_id"], event["id"])
        self.assertEqual((row.state, message.delivery_info["routing_key"]), ("done", event["type"]))
