"""An EVENTS_URL names a broker and an exchange, or is refused without repeating it."""

from django.test import SimpleTestCase

from delivery.publishing import addresses


class ReadTests(SimpleTestCase):
    def test_the_exchange_is_taken_off(self):
        for url, broker in (
            ("amqp://guest:guest@a.example:5672/site?exchange=events", "amqp://guest:guest@a.example:5672/site"),
            ("amqps://a.example//?exchange=events", "amqps://a.example//"),
            ("amqp://a.example?exchange=events", "amqp://a.example"),
        ):
            with self.subTest(url):
                self.assertEqual(addresses.read(url), (broker, "events"))

    def test_what_leads_nowhere_is_refused_and_its_password_is_not_told(self):
        for url, sentence in (
            ("redis://me:hunter2@a.example/?exchange=events", "Not a broker"),
            ("amqp:?exchange=events", "Not a broker"),
            ("amqp://me:hunter2#x@a.example/?exchange=events", "Not a broker"),
            ("amqp://me:hunter2@a.example:port/?exchange=events", "Not a broker"),
            ("amqp://me:hunter2@a.example/?exchange=events#x", "Not a broker"),
            ("amqp://me:hunter2@a.example/vhost", "Name the exchange"),
            ("amqp://me:hunter2@a.example/?exchange=events&heartbeat=5", "and nothing else"),
            ("amqp://me:hunter2@a.example/?exchange=a&exchange=b", "and nothing else"),
            ("amqp://me:hunter2@a.example/?exchange=", "1 to 127 letters"),
            ("amqp://me:hunter2@a.example/?exchange=all/events", "1 to 127 letters"),
        ):
            with self.subTest(url), self.assertRaisesMessage(ValueError, sentence) as raised:
                addresses.read(url)
            self.assertNotIn("hunter2", str(raised.exception))
