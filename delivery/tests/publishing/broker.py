"""A real broker, for tests that want one, and a line to it that can be cut or go silent."""

import os
import socket
import threading
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from unittest import skipUnless
from urllib.parse import urlsplit
from uuid import uuid4

from delivery.publishing import addresses

BROKER = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
PATIENCE = 20  # seconds


def place(url=BROKER):
    """Return the host and port of a broker."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or 5672


@cache
def broker_answers():
    """Tell whether kombu is installed and a broker listens where the tests look for one."""
    with socket.socket() as client:
        client.settimeout(1)
        return bool(find_spec(addresses.NEEDED)) and client.connect_ex(place()) == 0


needs_broker = skipUnless(broker_answers(), "kombu is not installed, or no broker answers at AMQP_URL.")


def events_url(exchange, broker=BROKER):
    """Return the EVENTS_URL of an exchange."""
    return f"{broker}?exchange={exchange}"


class Listener:
    """Another program: a queue of its own at an exchange, and what came into it."""

    def __init__(self, exchange, binding="#", **arguments):
        kombu = import_module("kombu")
        self.connection = kombu.Connection(BROKER)
        self.exchange = kombu.Exchange(exchange, type="topic")(self.connection.default_channel)
        queue = kombu.Queue(f"{exchange}.{uuid4()}", self.exchange, binding, queue_arguments=arguments)
        self.queue = queue(self.connection.default_channel)
        self.queue.declare()

    def hear(self):
        """Return what came, in its order: messages of kombu."""
        messages = []
        while message := self.queue.get(no_ack=True):
            messages.append(message)
        return messages

    def close(self):
        """Take away the queue and the exchange."""
        self.queue.delete()
        self.exchange.delete()
        self.connection.release()


@contextmanager
def listening(exchange, *args, **options):
    """Have a listener for the length of a block."""
    listener = Listener(exchange, *args, **options)
    try:
        yield listener
    finally:
        listener.close()


class Line:
    """A port of this machine that leads to the broker, until it is cut, or while it is not silent."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.silent, self.ends, self.opened, self.threads = threading.Event(), [], 0, []
        self.start(self.accept)

    @property
    def url(self):
        """Where it leads in."""
        parts = urlsplit(BROKER)
        login = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{login}@127.0.0.1:{self.server.getsockname()[1]}").geturl()

    def start(self, function, *args):
        self.threads.append(threading.Thread(target=function, args=args))
        self.threads[-1].start()

    def accept(self):
        while True:
            try:
                near = self.server.accept()[0]
            except OSError:
                return
            far = socket.create_connection(place())
            self.opened += 1
            self.ends += [near, far]
            self.start(self.carry, near, far)
            self.start(self.carry, far, near)

    def carry(self, source, target):
        try:
            while data := source.recv(65536):
                if not self.silent.is_set():
                    target.sendall(data)
        except OSError:
            pass
        hang_up(source, target)

    def cut(self):
        """Hang up, as a broker does that is restarted."""
        hang_up(*self.ends)

    def close(self):
        """End it all."""
        hang_up(self.server)
        self.server.close()
        self.cut()
        for thread in self.threads:
            thread.join(PATIENCE)
        for each in self.ends:
            each.close()


def hang_up(*sockets):
    for each in sockets:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is over already
            pass
