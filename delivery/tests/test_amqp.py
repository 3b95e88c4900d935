"""Rows are published for Celery, one message each; a broker that is away is left in peace for a while."""

from importlib import import_module
from importlib.util import find_spec
from unittest import mock, skipUnless

from django.test import TransactionTestCase, override_settings

from delivery.tests.broker import Line, broker_answers
from delivery.tests.parcels import ParcelMixin, heard, later

BROKERLESS = "amqp://guest:guest@127.0.0.1:1//"


@skipUnless(find_spec("celery"), "Celery is not installed.")
@override_settings(DELIVERY_URL=BROKERLESS)
class BrokerTests(ParcelMixin, TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        self.amqp = import_module("delivery.amqp")
        broker = self.amqp.Broker()
        self.enterContext(mock.patch.object(self.amqp, "hand_over", broker.hand_over))
        conf = self.amqp.app.conf
        self.addCleanup(setattr, conf, "broker_url", conf.broker_url)
        conf.broker_url = BROKERLESS

    def test_a_broker_that_is_away_harms_nobody_and_is_not_asked_again_at_once(self):
        with self.assertLogs("delivery.signals", "ERROR") as logs:
            self.open("first")
        self.assertIn("can't be handed over, and wait: OperationalError", logs.output[0])
        publish = mock.patch.object(self.amqp.run_deliveries, "apply_async")
        with publish as asked, self.assertLogs("delivery.signals", "ERROR"):
            self.open("second")
        self.assertFalse(asked.called)
        self.assertEqual(self.states(), [("waiting", 0)] * 2)

    def test_each_row_is_a_message_that_must_be_taken_by_a_queue(self):
        with (
            mock.patch.object(self.amqp.app, "producer_or_acquire"),
            mock.patch.object(self.amqp, "dead_letters"),
            mock.patch.object(self.amqp.run_deliveries, "apply_async") as publish,
        ):
            self.open()
        (arguments,) = publish.call_args.args
        self.assertEqual(arguments, ("default", [self.rows().get().pk]))
        self.assertTrue(publish.call_args.kwargs["mandatory"])
        self.assertTrue(self.amqp.app.conf.broker_transport_options["confirm_publish"])
        self.amqp.run_deliveries(*arguments)
        self.amqp.run_deliveries(*arguments)  # it came twice
        self.assertEqual(self.heard_doors(), ["front"])

    @skipUnless(broker_answers(), "No broker answers at AMQP_URL.")
    def test_a_broker_that_hangs_is_left_without_a_goodbye_that_it_would_not_answer(self):
        with Line() as line:

            def publish(*args, producer, **kwargs):
                self.assertTrue(producer.channel.is_open)
                line.is_silent = True
                raise TimeoutError

            pool = import_module("kombu.pools").producers[import_module("kombu").Connection(line.url)]
            with (
                mock.patch.object(self.amqp.app, "producer_or_acquire", pool.acquire),
                mock.patch.object(self.amqp, "dead_letters"),
                mock.patch.object(self.amqp.run_deliveries, "apply_async", side_effect=publish),
                self.assertLogs("delivery.signals", "ERROR"),
            ):
                self.open()
            self.assertTrue(line.hung_up.wait(5))
        self.assertEqual(line.unanswered, b"")

    def test_a_worker_waits_for_its_broker_for_ever(self):
        self.assertIsNone(self.amqp.app.conf.broker_connection_max_retries)

    def test_what_a_broker_has_lost_is_handed_over_by_the_next_sweep_that_beat_can_do_too(self):
        with mock.patch("delivery.signals.hand_over"):
            self.open()
        with mock.patch("delivery.sweeping.hand_over") as hand_over:
            self.amqp.sweep()
            self.assertFalse(hand_over.called)
            with later(minutes=2):
                self.amqp.sweep()
        self.assertEqual([row.pk for row in hand_over.call_args.args[0]], [self.rows().get().pk])
        self.assertEqual(heard, [])
