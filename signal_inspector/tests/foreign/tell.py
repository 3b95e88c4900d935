"""Run management commands in the foreign project, given as JSON, and answer what each wrote and how it ended."""

import io
import json
import sys
from contextlib import redirect_stdout

import django
from django.core.management import call_command
from django.core.management.base import CommandError

django.setup()
import sample_two.handlers  # noqa: E402, F401 - loaded, and not connected

with redirect_stdout(sys.stderr):
    for alias in ("default", "archive"):
        call_command("migrate", run_syncdb=True, verbosity=0, database=alias)
    from sample_shop.models import Customer, Order, Seat

    customer = Customer.objects.create(username="ada")
    Order.objects.bulk_create([Order(customer=customer, paid=False)])  # unheard: there is no mail server
    Seat.objects.bulk_create([Seat(row="A", number=1)])

answers = {}
for name, words in json.load(sys.stdin).items():
    out, error, code = io.StringIO(), "", 0
    try:
        with redirect_stdout(out):
            call_command(*words, stdout=out)
    except CommandError as failure:
        error, code = str(failure), failure.returncode
    except SystemExit as failure:
        code = failure.code
    rows = repr([Order.objects.count(), *Order.objects.values_list("paid", "data").first()])
    answers[name] = {"out": out.getvalue(), "error": error, "code": code, "rows": rows}
json.dump(answers, sys.stdout)
