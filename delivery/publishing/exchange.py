"""
The topic exchange that events go to, over kombu. Imported when the first one goes: kombu comes with Celery.

Nobody is held up for more than two seconds by a broker that is away, silent or blocked, and for ten seconds after that
it is not asked. Checked with kombu 5.7.0, py-amqp 5.4.2 and RabbitMQ 3.10:

- The broker confirms each message. That no queue takes one is no error; that a queue refuses one (``x-overflow``) is.
- An exchange that is gone is an error of the publish that meets it. The connection that is opened next makes it anew.
- ``max_retries=0`` and ``default_channel``: ``Connection.connect()`` tries twice, with two seconds of sleep between.
- A connection that has failed is thrown away by ``collect()``: ``close()`` waits for an answer, twice.
- Without ``server_hostname`` TLS believes a certificate of any host; with None it wants that of the URL's.
"""

import os
import time
from collections import defaultdict, deque
from functools import lru_cache

import kombu
from amqp.exceptions import MessageNacked

from delivery.publishing import addresses

SECONDS = 2  # to connect, and to wait for each word of the broker
BREAK = 10  # seconds in which a broker that was away is not asked
MOST = 10  # connections that are kept: as many as threads publish at once

OPTIONS = {"confirm_publish": True, "max_retries": 0, "read_timeout": SECONDS, "write_timeout": SECONDS}


class Exchange:
    """A durable topic exchange, with the connections to its broker that this process keeps, one a thread at a time."""

    def __init__(self, url):
        self.broker, name = addresses.read(url)
        self.exchange = kombu.Exchange(name, type="topic", durable=True)
        self.away_until = 0.0
        # By process: to drop what a forked one got from its parent would shut down the connections of that one.
        self.kept_by = defaultdict(deque)

    @property
    def kept(self):
        """The connections, each with its channel, that wait for the next message."""
        return self.kept_by[os.getpid()]

    def publish(self, body, **properties):
        """
        Publish a message, and wait until the broker has it.

        Args:
            body (str): the message.
            **properties: of the message: see ``kombu.Producer.publish``.

        Raises:
            Exception: the broker is away, or has not taken it.
        """
        if time.monotonic() < self.away_until:
            raise ConnectionError("The broker was away a moment ago.")
        try:
            producer = self._take()
            if producer is None or not self._still_takes(producer, body, properties):
                self._publish(self._connect(), body, properties)
        except MessageNacked:
            raise  # by one queue: the broker is well
        except Exception:
            self.away_until = time.monotonic() + BREAK
            raise

    def close(self):
        """Close the connections that are kept."""
        while producer := self._take():
            producer.connection.release()

    def _take(self):
        try:
            return self.kept.pop()
        except IndexError:
            return None

    def _connect(self):
        ssl = {"server_hostname": None} if self.broker.startswith("amqps") else None
        connection = kombu.Connection(self.broker, ssl=ssl, connect_timeout=SECONDS, transport_options=OPTIONS)
        try:
            self.exchange(connection.default_channel).declare()
            return kombu.Producer(connection.default_channel, self.exchange, auto_declare=False)
        except Exception:
            connection.collect()
            raise

    def _still_takes(self, producer, body, properties):
        """Publish over a connection that was kept; return False if it, or the exchange, was not there any more."""
        try:
            self._publish(producer, body, properties)
        except (MessageNacked, TimeoutError):  # a new connection would meet the same silence
            raise
        except Exception:
            return False
        return True

    def _publish(self, producer, body, properties):
        try:
            producer.publish(body, timeout=SECONDS, confirm_timeout=SECONDS, **properties)
        except MessageNacked:
            self._keep(producer)
            raise
        except Exception:
            producer.connection.collect()
            raise
        self._keep(producer)

    def _keep(self, producer):
        if len(self.kept) < MOST:
            self.kept.append(producer)
        else:
            producer.connection.release()


exchange_of = lru_cache(Exchange)
