"""A mail server in a thread, which works, or fails in one of the ways in which servers do."""

import email
import email.policy
import socket
import socketserver
import threading

from django.conf import settings
from django.test import override_settings

PATIENCE = 60  # seconds until a test gives up; nothing that works waits that long


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    timeout = PATIENCE

    def handle(self):
        self.owner = self.server.owner
        self.owner.connections += 1
        if self.owner.mode == "silent":
            self.wait_for_hang_up()
            return
        self.say(220)
        for line in self.rfile:
            verb = line.split()[0].upper()
            if verb == b"QUIT":
                self.say(221)
                return
            if verb == b"RCPT":
                self.say(self.owner.recipient_codes.get(line.split(b":<")[1].split(b">")[0].decode(), 250))
            elif verb == b"DATA":
                if not self.take_message():
                    return
            else:
                self.say(250)

    def take_message(self):
        self.say(354)
        lines = list(iter(self.rfile.readline, b".\r\n"))
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        if self.owner.mode == "stalls":
            self.owner.stalled.set()
            self.wait_for_hang_up()
            return False
        self.owner.messages.append(message)
        if self.owner.mode == "accepts and stalls":
            self.owner.stalled.set()
            self.wait_for_hang_up()
            return False
        self.say(250)
        return True

    def wait_for_hang_up(self):
        """Say nothing until the client has enough; were it as patient as this server, the connection would break."""
        if self.connection.recv(1) == b"":
            self.owner.hung_up.set()

    def say(self, code):
        self.wfile.write(b"%d words\r\n" % code)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


class SMTPServer:
    """
    Use as a context manager. ``mode``: "works"; "silent" accepts connections and says nothing; "stalls" takes a
    message, then says nothing; "accepts and stalls" keeps the message, and says nothing either.
    """

    def __init__(self, mode="works"):
        self.mode = mode
        self.messages = []
        self.connections = 0
        self.recipient_codes = {}  # address to the answer it gets
        self.hung_up = threading.Event()  # the client went away from a server that said nothing
        self.stalled = threading.Event()  # a message is here, and nothing was said of it

    def __enter__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()  # waits for the connections

    def recipients(self):
        return [message["To"] for message in self.messages]


class RefusingServer:
    """A port that refuses connections, and that nobody else can take meanwhile."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        return self

    def __exit__(self, *exception):
        self.socket.close()


def mail_through(server, timeout=PATIENCE):
    """Send mails to a server; ``timeout`` in seconds."""
    backend = "django.core.mail.backends.smtp.EmailBackend"
    if hasattr(settings, "MAILERS"):  # Django 6.1
        options = {"host": "127.0.0.1", "port": server.port, "timeout": timeout}
        return override_settings(MAILERS={"default": {"BACKEND": backend, "OPTIONS": options}})
    return override_settings(
        EMAIL_BACKEND=backend,
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.port,
        EMAIL_TIMEOUT=timeout,
        EMAIL_HOST_USER="",
        EMAIL_HOST_PASSWORD="",
        EMAIL_USE_TLS=False,
        EMAIL_USE_SSL=False,
    )
