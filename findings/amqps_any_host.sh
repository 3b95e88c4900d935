#!/usr/bin/env bash
# kombu: "amqps://" believes a certificate of any host, if a known authority has signed it.
#
# Guess: amqps:// checks as https:// does, that the certificate is signed and that it is the host's; or, if one has
# read older documentation, it checks nothing.
# What happens: it checks the signature and not the name. Only server_hostname in the argument ssl turns that on: given
# as None it is the host of the URL. ssl=True leaves it off. Celery's broker_use_ssl is this argument.
# Why it matters: whoever has any certificate, of any host, can stand between the site and its broker, and read the
# password, which is sent first.
set -euo pipefail
for python in python3.14 python3.13 python3.12 python3 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "This needs Python 3.10 or newer." >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq "kombu==${KOMBU:-5.7.0}" trustme==1.2.1
cd "$folder"
venv/bin/python - <<'END'
import os
import socket
import ssl
import threading

import amqp
import kombu
import trustme

authority = trustme.CA()
authority.cert_pem.write_to_path("authority.pem")
os.environ["SSL_CERT_FILE"] = "authority.pem"  # a known one


def serve(host):
    """Return the port of a server with the certificate of a host, and a list of what it has read after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    server, read = socket.create_server(("127.0.0.1", 0)), []

    def run():
        while True:
            try:
                with context.wrap_socket(server.accept()[0], server_side=True) as line:
                    read.append(line.recv(4))
            except OSError:
                pass

    threading.Thread(target=run, daemon=True).start()
    return server.getsockname()[1], read


def is_believed(host, **options):
    port, read = serve(host)
    connection = kombu.Connection(
        f"amqps://a:b@127.0.0.1:{port}//", connect_timeout=2, transport_options={"max_retries": 0}, **options
    )
    try:
        connection.default_channel
    except (OSError, kombu.exceptions.OperationalError):
        pass
    return read == [b"AMQP"]  # the first word of a client


print("kombu", kombu.__version__, "py-amqp", amqp.__version__)
stranger = {
    "amqps://": is_believed("other.example"),
    "ssl=True": is_believed("other.example", ssl=True),
    "server_hostname=None": is_believed("other.example", ssl={"server_hostname": None}),
}
owner = is_believed("127.0.0.1", ssl={"server_hostname": None})
for name, believed in stranger.items():
    print(f"{name}: a certificate of other.example is {'believed' if believed else 'refused'}")
print("server_hostname=None: one of the host itself is", "believed" if owner else "refused")
assert list(stranger.values()) == [True, True, False]
assert owner
END
