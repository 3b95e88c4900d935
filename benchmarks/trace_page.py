"""
What does it cost to open the page of a trace?

    python benchmarks/trace_page.py [--rounds 5] [--against PATH]

Measured is the time of the processor that one request for the page takes in Django, without the network, with traces
of some 40, 2,000 and 10,000 nodes that were recorded with details: of accounts that are made, changed and deleted, in
an order that repeats nowhere, and 10,000 nodes of one loop. Beside it: the size of the page, a branch and a line
that are opened, and scripts and styles. All are medians. With --against, another checkout of the project shows the
same traces in turns with this one, as ratios.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from _setup import ROOT, Verdict, databases, parser

SIZES = {"40 nodes": 40, "2,000 nodes": 2000, "10,000 nodes": 10_000}
LOOP = "10,000 nodes of a loop"
PROMISED = {"40 nodes": 0.1, "2,000 nodes": 0.15, "10,000 nodes": 0.3, LOOP: 0.3}  # seconds
OPENED, KILOBYTES = 0.3, 40


def recorded(size, is_loop):
    """Return a trace of at least so many nodes."""
    from django.contrib.auth import get_user_model

    from signal_inspector import record

    user_model, chance = get_user_model(), random.Random(1)
    made, nodes = [], 0
    with record(max_nodes=size + 200, details=True) as trace:
        while nodes < size:
            if is_loop or chance.random() < 0.4 or not made:
                made.append(user_model.objects.create_user(f"somebody-{size}-{is_loop}-{nodes}"))
                nodes += 14
            elif chance.random() < 0.5:
                user = chance.choice(made)
                user.first_name = f"name {nodes}"
                user.save()
                nodes += 8
            else:
                made.pop(chance.randrange(len(made))).delete()
                nodes += 14
    return trace


def measure(rounds):
    """Return seconds of the processor and kilobytes by what was opened, in one process."""
    with databases(None):
        from django.conf import settings
        from django.contrib.staticfiles import finders
        from django.test import Client

        from signal_inspector.requests import store

        settings.DEBUG, client, found = True, Client(headers={"host": "testserver"}), {}
        for number, (name, size) in enumerate([*SIZES.items(), (LOOP, 10_000)]):
            pk, trace = f"{number:032x}", recorded(size, name == LOOP)
            columns = {"method": "POST", "path": "/benchmark/", "status": 200, "before": ""}
            store.save({"id": pk, "duration": trace.duration, **columns}, trace)
            found[f"nodes: {name}"] = sum(1 for _ in trace.walk())
            del trace  # a page reads the stored one; the garbage collector would go through both
            address = f"/signals/traces/{pk}/"
            found[name], page = processor(client, address, rounds)
            found[f"kB: {name}"] = len(page) / 1000
            links = re.findall(rf'href="({address}(?:branch|line)/[^"]*)"', page)
            for kind in ("branch", "line") if size == 10_000 else ():
                link = next((each for each in links if f"/{kind}/" in each), None)
                if link:
                    found[f"a {kind}: {name}"] = processor(client, link.replace("&amp;", "&"), rounds, "part")[0]
            files = re.findall(r'(?:src|href)="/static/([^"]*\.(?:js|css))"', page)
            found["kB: scripts and styles"] = sum(Path(finders.find(each)).stat().st_size for each in files) / 1000
    return found


def processor(client, address, rounds, part=None):
    """Return the median of the processor's time that a page takes, in seconds, and the page."""
    times = []
    for turn in range(rounds + 1):
        began = time.process_time()
        response = client.get(address, {"part": 1} if part and "?" not in address else None)
        if turn:  # the first one compiles templates and reads sources
            times.append(time.process_time() - began)
        assert response.status_code == 200, (address, response.status_code)
    return statistics.median(times), response.text


def in_another_process(checkout, rounds):
    """Return what this file measures with the code of a checkout (path)."""
    code = "import json, sys; from trace_page import measure; print(json.dumps(measure(int(sys.argv[1]))))"
    pipes = {"check": True, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "CHECKOUT": str(checkout)}
    command = [sys.executable, "-c", code, str(rounds)]
    text = subprocess.run(command, **pipes, cwd=Path(__file__).parent, env=environment).stdout
    return json.loads(text.splitlines()[-1])


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__, database=False, against=True)
    options.add_argument("--rounds", type=int, default=5)
    options = options.parse_args()
    verdict = Verdict()
    here = in_another_process(ROOT, options.rounds)
    there = in_another_process(options.against, options.rounds) if options.against else {}
    for name, most in PROMISED.items():
        verdict.at_most(f"{name} ({here[f'nodes: {name}']}), {here[f'kB: {name}']:.0f} kB", here[name], most, " s")
    for name in [each for each in here if each.startswith(("a branch", "a line"))]:
        verdict.at_most(name, here[name], OPENED, " s")
    verdict.at_most("scripts and styles", here["kB: scripts and styles"], KILOBYTES, " kB")
    for name in [each for each in here if each in there and not each.startswith("nodes")]:
        unit = "kB" if name.startswith("kB") else "s"
        print(f"{name:45} {here[name] / there[name]:8.3f} x of {there[name]:.2f} {unit} at {options.against}")
    verdict.exit()


if __name__ == "__main__":
    main()
