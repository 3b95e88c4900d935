"""A broker for tests: where it is, and a line to it that can be cut."""

import os
import socket
import threading
from importlib.util import find_spec
from urllib.parse import urlsplit

BROKER = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")


def broker_answers():
    """Tell whether Celery is installed and a broker listens where the tests look for one."""
    with socket.socket() as client:
        client.settimeout(1)
        return bool(find_spec("celery")) and client.connect_ex(address()) == 0


def address():
    """Return host and port of the broker."""
    url = urlsplit(BROKER)
    return url.hostname, url.port or 5672


class Line:
    """
    Use as a context manager: a line to the broker, for one connection to ``url``, that can be made to hang.

    While it is silent it passes nothing on, and hangs up when it is spoken to.
    """

    def __enter__(self):
        self.is_silent = False
        self.unanswered = b""  # what the client has said to a silent line
        self.hung_up = threading.Event()
        self.broker = socket.create_connection(address())
        self.server = socket.create_server(("127.0.0.1", 0))
        port = self.server.getsockname()[1]
        self.url = BROKER.replace(urlsplit(BROKER).netloc.rpartition("@")[2], f"127.0.0.1:{port}")
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        for end in (self.server, self.broker):
            close(end)
        self.thread.join()

    def _serve(self):
        try:
            client, _ = self.server.accept()
        except OSError:  # nobody came
            return
        answers = threading.Thread(target=self._answer, args=(client,))
        answers.start()
        try:
            while data := client.recv(65536):
                if self.is_silent:
                    self.unanswered += data
                    break
                self.broker.sendall(data)
        except OSError:
            pass
        self.hung_up.set()
        close(client)
        close(self.broker)
        answers.join()

    def _answer(self, client):
        try:
            while data := self.broker.recv(65536):
                if not self.is_silent:
                    client.sendall(data)
        except OSError:
            pass


def close(end):
    """Close a socket that another thread may be waiting for."""
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
