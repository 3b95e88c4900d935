"""What would let events wait for ever is refused at the start."""

from importlib import import_module
from importlib.util import find_spec
from unittest import mock

from django.test import SimpleTestCase, override_settings

from delivery.publishing import addresses, checks, cloudevents
from delivery.tests.publishing.doors import NOBODY, unlocked
from listening.testing import restored


@override_settings(EVENTS_URL=NOBODY, EVENTS_SOURCE="https://doors.example/")
class PublishingCheckTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(restored(*cloudevents.public_events()))
        cloudevents.connect()

    def ids(self):
        return [problem.id for problem in checks.check_publishing(None)]

    def test_all_is_well(self):
        self.assertEqual(self.ids(), [])

    def test_an_address_that_leads_nowhere(self):
        with override_settings(EVENTS_URL="amqp://a.example/"):
            self.assertEqual(self.ids(), ["delivery.E004"])

    def test_kombu_that_is_not_installed(self):
        with mock.patch("delivery.publishing.checks.find_spec", return_value=None):
            self.assertEqual(self.ids(), ["delivery.E005"])

    def test_kombu_that_was_imported_before(self):
        if find_spec(addresses.NEEDED):
            import_module("kombu")
        self.assertEqual(self.ids(), [])

    def test_a_source_that_names_nobody(self):
        for source in ("", None, "example.com", "https://a b.example/", "https://[a/"):
            with self.subTest(source), override_settings(EVENTS_SOURCE=source):
                self.assertEqual(self.ids(), ["delivery.E006"])

    def test_a_public_event_that_nobody_publishes(self):
        unlocked.disconnect(cloudevents.publish, dispatch_uid="delivery.publish")
        (error,) = checks.check_publishing(None)
        self.assertEqual(error.id, "delivery.E007")
        self.assertIn("doors.unlocked is public", error.msg)

    def test_where_nothing_is_published_nothing_is_wrong(self):
        unlocked.disconnect(cloudevents.publish, dispatch_uid="delivery.publish")
        for url in ("", None):
            with override_settings(EVENTS_URL=url, EVENTS_SOURCE=""):
                self.assertEqual(self.ids(), [])
