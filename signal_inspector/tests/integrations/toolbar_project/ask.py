"""Ask for pages under WSGI and ASGI, open the panel of each, and the page that it links to; answer with JSON."""

import asyncio
import json
import re
import sys
from urllib.parse import urlsplit

import django
from django.core.management import call_command

django.setup()

from django.core.handlers.asgi import ASGIHandler  # noqa: E402 - after Django was set up
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402 - after Django was set up
from django.test import RequestFactory  # noqa: E402 - after Django was set up

call_command("migrate", verbosity=0)
wsgi, asgi = WSGIHandler(), ASGIHandler()


def ask_wsgi(address):
    """Return status, headers and body of an answer."""
    told = {}

    def start(status, headers, exc_info=None):
        told.update(status=int(status.split()[0]), headers=dict(headers))

    response = wsgi(RequestFactory().get(address, REMOTE_ADDR="127.0.0.1").environ, start)
    body = b"".join(response).decode()
    response.close()
    return {**told, "body": body}


def ask_asgi(address):
    """Do the same as a server that talks ASGI."""
    parts, sent = urlsplit(address), []

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

        scope = {"type": "http", "method": "GET", "path": parts.path, "query_string": parts.query.encode()}
        await asgi({**scope, "headers": [(b"host", b"testserver")], "client": ["127.0.0.1", 1]}, receive, send)

    asyncio.run(answer())
    body = b"".join(message.get("body", b"") for message in sent).decode()
    headers = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
    return {"status": sent[0]["status"], "headers": headers, "body": body}


def look(ask, path):
    """Return a page, its panel, and the status of the page of the trace that the panel links to."""
    answer = ask(path)
    [number] = re.findall(r'data-request-id="([0-9a-f]+)"', answer["body"]) or [""]
    panel = {"content": "", "scripts": []}
    if number:
        told = ask(f"/__debug__/render_panel/?request_id={number}&panel_id=SignalsFiredPanel")
        panel = json.loads(told["body"])
    links = re.findall(r'href="(/signals/traces/[0-9a-f]{32}/)"', panel["content"])
    pages = [ask(link) for link in links]
    return {**answer, "panel": panel, "links": links, "pages": [[page["status"], page["body"]] for page in pages]}


answers = {
    "wsgi": look(ask_wsgi, "/plain/"),
    "asgi": look(ask_asgi, "/plain/"),
    "awaited": look(ask_asgi, "/awaited/"),
    "silent": look(ask_wsgi, "/silent/"),
    "data": look(ask_wsgi, "/data/"),
    "own": look(ask_wsgi, "/signals/"),
    "kept": json.loads(ask_wsgi("/signals/traces.json?quiet=1")["body"]),
}
json.dump(answers, sys.stdout)
