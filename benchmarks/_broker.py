"""A RabbitMQ node of one's own, to be killed: the machine's may be others'."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

# What Debian has in the PATH runs it as another user, in folders of the machine's own node.
SERVER = next(filter(os.path.exists, ["/usr/lib/rabbitmq/bin/rabbitmq-server"]), None) or shutil.which(
    "rabbitmq-server"
)
EPMD = shutil.which("epmd")
PATIENCE = 120  # seconds for a start


def is_installed():
    """Tell whether there is a RabbitMQ to start."""
    return bool(SERVER and EPMD)


def free_ports(count):
    """Return ports of this machine that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def kill(process):
    """Kill a process, and all of its group, with signal 9."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Broker:
    """
    Use as a context manager. It listens at 127.0.0.1 only, and all that it writes is in a temporary folder.

    It has an epmd of its own, too, the process that knows the ports of Erlang's nodes: RabbitMQ would leave the one
    that it starts behind.
    """

    def __init__(self):
        self.node = self.epmd = None
        self.port, self.epmd_port, distribution_port = free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.folder = Path(tempfile.mkdtemp())
        self.environment = {
            **os.environ,
            "HOME": str(self.folder),  # of the cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),  # not the machine's
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_NODENAME": f"killed{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }

    def __enter__(self):
        try:
            (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{self.port}\n")
            (self.folder / "enabled_plugins").write_text("[].\n")
            self.epmd = self._run(EPMD, "-address", "127.0.0.1", "-port", str(self.epmd_port))
            self.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        for process in (self.node, self.epmd):
            if process is not None:
                kill(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Start the node, again if it was killed; see ``wait``."""
        self.node = self._run(SERVER)

    def kill(self):
        """Kill it with signal 9."""
        kill(self.node)

    def answers(self):
        """Tell whether somebody can log in."""
        import kombu

        try:
            with kombu.Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except Exception:
            return False
        return True

    def wait(self):
        """
        Wait until it answers.

        Raises:
            RuntimeError: it has ended, or takes too long.
        """
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.node.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ does not start:\n{self._log()}")
            time.sleep(0.1)

    def _log(self):
        return "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.out"))

    def _run(self, *command):
        with (self.folder / f"{Path(command[0]).name}.out").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
