"""A message is at the broker when publish() returns, or else it raises, soon; connections are kept and replaced."""

import socket
import ssl
import threading
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest import mock, skipUnless
from uuid import uuid4

from django.test import SimpleTestCase

from delivery.publishing import addresses
from delivery.tests.publishing.broker import BROKER, Line, events_url, listening, needs_broker

NOBODY = "amqp://guest:guest@127.0.0.1:1//"


class ExchangeTestCase(SimpleTestCase):
    def setUp(self):
        super().setUp()
        self.module = import_module("delivery.publishing.exchange")
        self.name = f"events-{uuid4()}"

    def exchange(self, broker=BROKER):
        exchange = self.module.Exchange(events_url(self.name, broker))
        self.addCleanup(exchange.close)
        return exchange

    def line(self):
        line = Line()
        self.addCleanup(line.close)
        return line


@skipUnless(find_spec(addresses.NEEDED), "kombu is not installed.")
class AwayTests(ExchangeTestCase):
    def test_a_broker_that_is_away_is_an_error_and_is_not_asked_again_for_a_while(self):
        exchange = self.exchange(NOBODY)
        with self.assertRaises(self.module.kombu.exceptions.OperationalError):
            exchange.publish("hello", routing_key="shop.opened")
        with mock.patch.object(exchange, "_connect") as asked:
            with self.assertRaisesMessage(ConnectionError, "away a moment ago"):
                exchange.publish("hello", routing_key="shop.opened")
            self.assertFalse(asked.called)
            exchange.away_until = 0
            exchange.publish("hello", routing_key="shop.opened")
            self.assertTrue(asked.called)

    def test_a_certificate_of_another_host_is_refused(self):
        pem = Path(__file__).with_name("other_example.pem")  # valid until 2126, and of no use elsewhere
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server = self.enterContext(socket.create_server(("127.0.0.1", 0)))

        def serve():
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as line:
                line.recv(4)

        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(thread.join)
        with (
            mock.patch.dict("os.environ", SSL_CERT_FILE=str(pem)),  # it is signed by somebody who is trusted
            self.assertRaisesMessage(self.module.kombu.exceptions.OperationalError, "not valid for '127.0.0.1'"),
        ):
            self.exchange(f"amqps://127.0.0.1:{server.getsockname()[1]}//").publish("hello", routing_key="x")


@needs_broker
class BrokerTests(ExchangeTestCase):
    def setUp(self):
        super().setUp()
        self.listener = self.enterContext(listening(self.name))

    def bodies(self, listener=None):
        return [message.body for message in (listener or self.listener).hear()]

    def test_a_message_comes_with_its_properties_and_survives_a_restart_of_the_broker(self):
        self.exchange().publish("{}", routing_key="shop.opened", message_id="7", content_type="text/x; charset=utf-8")
        (message,) = self.listener.hear()
        properties = {name: message.properties[name] for name in ("content_type", "delivery_mode", "message_id")}
        expected = {"content_type": "text/x; charset=utf-8", "delivery_mode": 2, "message_id": "7"}
        self.assertEqual((properties, message.delivery_info["routing_key"]), (expected, "shop.opened"))

    def test_a_listener_hears_what_it_has_bound(self):
        exchange = self.exchange()
        with listening(self.name, "shop.*") as shop:
            for key in ("shop.opened", "street.opened", "shop.closed"):
                exchange.publish(key, routing_key=key)
            self.assertEqual(self.bodies(shop), ["shop.opened", "shop.closed"])

    def test_that_nobody_listens_is_no_error(self):
        exchange = self.exchange()
        self.listener.queue.unbind_from(self.listener.exchange, routing_key="#")
        exchange.publish("hello", routing_key="shop.opened")
        self.assertEqual(self.bodies(), [])

    def test_a_connection_is_kept_and_one_that_was_cut_is_replaced_at_once(self):
        line = self.line()
        exchange = self.exchange(line.url)
        for word in ("one", "two"):
            exchange.publish(word, routing_key="shop.opened")
        self.assertEqual(line.opened, 1)
        line.cut()
        exchange.publish("three", routing_key="shop.opened")
        self.assertEqual((line.opened, self.bodies()), (2, ["one", "two", "three"]))

    def test_an_exchange_that_was_deleted_is_made_anew(self):
        exchange = self.exchange()
        exchange.publish("one", routing_key="shop.opened")
        self.listener.exchange.delete()
        exchange.publish("to nobody", routing_key="shop.opened")
        self.listener.queue.declare()
        exchange.publish("three", routing_key="shop.opened")
        self.assertEqual(self.bodies(), ["one", "three"])

    def test_a_broker_that_is_silent_is_an_error_and_what_it_says_later_is_not_heard(self):
        line = self.line()
        exchange = self.exchange(line.url)
        exchange.publish("one", routing_key="shop.opened")
        line.silent.set()
        with mock.patch.object(self.module, "SECONDS", 0.2), self.assertRaises(TimeoutError):
            exchange.publish("two", routing_key="shop.opened")
        self.assertEqual((line.opened, len(exchange.kept)), (1, 0))  # not asked on another connection
        self.assertGreater(exchange.away_until, 0)
        line.silent.clear()
        exchange.away_until = 0
        exchange.publish("three", routing_key="shop.opened")
        self.assertEqual((line.opened, self.bodies()), (2, ["one", "three"]))

    def test_a_queue_that_refuses_a_message_is_an_error_and_says_nothing_about_the_broker(self):
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        exchange = self.exchange()
        with listening(self.name, **full) as listener:
            exchange.publish("one", routing_key="shop.opened")
            with self.assertRaises(self.module.MessageNacked):
                exchange.publish("two", routing_key="shop.opened")
            listener.queue.purge()
            exchange.publish("three", routing_key="shop.opened")
        self.assertEqual((self.bodies(), len(exchange.kept)), (["one", "two", "three"], 1))

    def test_an_exchange_of_another_kind_is_an_error(self):
        name = f"fanout-{uuid4()}"
        other = self.module.kombu.Exchange(name, type="fanout")(self.listener.connection.channel())
        other.declare()
        self.addCleanup(other.delete)
        self.name = name
        with self.assertRaisesMessage(Exception, "inequivalent arg 'type'"):
            self.exchange().publish("hello", routing_key="shop.opened")

    def test_threads_that_publish_at_once_have_a_connection_each(self):
        line = self.line()
        exchange, both = self.exchange(line.url), threading.Barrier(2)
        publish = self.module.kombu.Producer.publish

        def meet(*args, **options):
            both.wait(10)
            return publish(*args, **options)

        with mock.patch.object(self.module.kombu.Producer, "publish", meet):
            threads = [
                threading.Thread(target=exchange.publish, args=("x",), kwargs={"routing_key": "x"}) for _ in "ab"
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual((line.opened, len(exchange.kept), self.bodies()), (2, 2, ["x", "x"]))

    def test_a_process_that_was_forked_has_connections_of_its_own(self):
        line = self.line()
        exchange = self.exchange(line.url)
        exchange.publish("parent", routing_key="shop.opened")
        in_the_child = mock.patch("os.getpid", return_value=-1)
        with in_the_child:
            exchange.publish("child", routing_key="shop.opened")
        exchange.publish("parent again", routing_key="shop.opened")
        self.assertEqual((line.opened, self.bodies()), (2, ["parent", "child", "parent again"]))
        with in_the_child:
            exchange.close()
