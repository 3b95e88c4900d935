"""Receive what the exporter sends, ask for pages, and answer with all spans as JSON."""

import asyncio
import gzip
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

received = []


class Receiver(BaseHTTPRequestHandler):
    """What a collector does: take spans as protobuf, over HTTP."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
Thread(target=server.serve_forever, daemon=True).start()
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"

import django  # noqa: E402 - after Django was set up
import tracing  # noqa: E402 - after Django was set up

django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - after Django was set up
from django.core.handlers.asgi import ASGIHandler  # noqa: E402 - after Django was set up
from django.core.management import call_command  # noqa: E402 - after Django was set up
from django.test import Client  # noqa: E402 - after Django was set up

call_command("migrate", verbosity=0)


def asgi(path):
    """Ask as a server does."""
    sent = []

    async def answer():
        asked = False

        async def receive():
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request"}
            await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "scheme": "http"}
        addresses = {"client": ["127.0.0.1", 1], "server": ["testserver", 80]}
        await ASGIHandler()({**scope, **addresses, "headers": [(b"host", b"testserver")]}, receive, send)

    asyncio.run(answer())
    return sent[0]["status"]


def value(attribute):
    kind = attribute.WhichOneof("value")
    found = getattr(attribute, kind)
    return [value(each) for each in found.values] if kind == "array_value" else found


def collect():
    """Return the spans that have arrived since the last time, as plain values."""
    tracing.provider.force_flush()
    found = []
    for _path, request in received:
        for of_resource in request.resource_spans:
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    found.append(
                        {
                            "scope": of_scope.scope.name,
                            "name": span.name,
                            "trace": span.trace_id.hex(),
                            "id": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "start": span.start_time_unix_nano,
                            "end": span.end_time_unix_nano,
                            "links": [link.span_id.hex() for link in span.links],
                            "attributes": {each.key: value(each.value) for each in span.attributes},
                            "status": span.status.code,
                            "events": [event.name for event in span.events],
                        }
                    )
    received.clear()
    return found


collect()
Group.objects.create(name="outside of all requests")
answers = {"outside": collect()}
statuses = [Client().get("/save/").status_code]
answers["save"] = collect()
statuses.append(asgi("/save/"))
answers["save asgi"] = collect()
statuses.append(asgi("/order/"))
answers["order"] = collect()
statuses.append(Client().get("/order-from-sync/").status_code)
answers["order from sync"] = collect()
answers["statuses"] = statuses
json.dump(answers, sys.stdout)
