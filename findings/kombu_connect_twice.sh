#!/usr/bin/env bash
# kombu: Connection.connect() takes six seconds to tell that a broker is silent, where connect_timeout is two.
#
# Guess: with connect_timeout=2, and max_retries=0 in transport_options, connect() raises after two seconds.
# What happens: connect() reads neither max_retries nor the intervals of transport_options: it tries twice, and sleeps
# for two seconds in between. default_channel, which connects as well, reads them, and raises after two. A refused
# connection costs connect() the two seconds of sleep; it costs default_channel nothing.
# Why it matters: whoever connects within a request, to fail early, makes a person wait three times as long as the setting
# says, while the code that publishes over default_channel keeps to it.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "kombu==${KOMBU:-5.7.0}"
cd "$folder"
venv/bin/python - <<'END'
import socket
import time

import amqp
import kombu


def seconds(port, ask):
    options = {"max_retries": 0, "interval_start": 0}
    connection = kombu.Connection(f"amqp://a:b@127.0.0.1:{port}//", connect_timeout=2, transport_options=options)
    began = time.monotonic()
    try:
        ask(connection)
    except (OSError, kombu.exceptions.OperationalError):
        return round(time.monotonic() - began)
    raise AssertionError("It is connected.")


def connect(connection):
    connection.connect()


def channel(connection):
    connection.default_channel


silent = socket.create_server(("127.0.0.1", 0))  # accepts, and says nothing
closed = socket.create_server(("127.0.0.1", 0))
port, closed_port = silent.getsockname()[1], closed.getsockname()[1]
closed.close()
print("kombu", kombu.__version__, "py-amqp", amqp.__version__)
told = {
    "silent": (seconds(port, connect), seconds(port, channel)),
    "closed": (seconds(closed_port, connect), seconds(closed_port, channel)),
}
for name, (with_connect, with_channel) in told.items():
    print(f"{name}: connect() {with_connect} s, default_channel {with_channel} s")
assert told == {"silent": (6, 2), "closed": (2, 0)}
END
