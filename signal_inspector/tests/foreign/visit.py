"""Visit the pages of the club, before and after the table of traces is there, and answer what came of it as JSON."""

import io
import json
import logging
import shutil
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

PAGES = "", "traces/", "traces/newest/", "graph/", "why/", "try/", "compare/", "receiver/?name=x", "traces/new/"

log = io.StringIO()
logging.basicConfig(stream=log, format="%(name)s: %(message)s")
django.setup()
try:
    for label in ("contenttypes", "auth", "sessions"):
        call_command("migrate", label, verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0, app_label="sample_club")
    from sample_club.models import Member

    client, member = Client(), Member.objects.create(card="7")

    def visit():
        """Return the status of a page of the club, and of each of the inspector's."""
        return [client.get(f"{path}").status_code for path in ("/", *(f"/signals/{page}" for page in PAGES))]

    answers = {"stranger": visit()}
    client.force_login(member)
    answers["member"] = visit()
    with override_settings(SIGNAL_INSPECTOR_MAY_SEE=lambda user: user.get_username() == "7"):
        answers["one who may, without a table"] = visit()
        answers["log"] = [line for line in log.getvalue().splitlines() if line.startswith("signal_inspector")]
        call_command("migrate", "signal_inspector", verbosity=0)
        answers["one who may"] = visit()
        answers["strip"] = "signal-inspector-strip" in client.get("/").text
    out = io.StringIO()
    call_command(
        "trace_signals", "--create", "sample_club.Member", "--set", "card=8", "--set", "password=x", stdout=out
    )
    answers["trial"] = out.getvalue()
finally:
    shutil.rmtree(settings.FOLDER)
json.dump(answers, sys.stdout)
