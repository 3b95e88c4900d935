"""
How long does it take to list all signals and receivers of this project?

    python benchmarks/inspector_listing.py [--rounds 30] [--against PATH]

Measured are the list as the command and the pages get it, the same for one model, and the system checks; the list also
while ten signals are alive that nothing names: in lists in instances. The first list of a process is
measured apart: it looks through all modules, and reads those in which signals are defined. All are medians. Statements
are counted too. With --against, another checkout of the project does the same in turns with this one.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from _setup import ROOT, Verdict, configure, in_turns, parser

FIRST, LATER = 60, 7  # milliseconds, on a quiet machine
NAMELESS, MORE = 10, 1.2
PROCESSES = 5  # for the first list

ALL, WITH_NAMELESS, LIFE, CHECKS = (
    "all signals and receivers",
    f"the same, {NAMELESS} nameless signals alive",
    "the life of a Profile",
    "the checks of the app, nothing promised",
)


class Holder:
    """Holds signals where nothing looks for them."""

    def __init__(self, signals):
        self.signals = signals


def measure(rounds):
    """Return the times of one process, in milliseconds, by what was done; with how much there is, and statements."""
    configure(None)
    from django.core.checks import run_checks
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection
    from django.dispatch import Signal
    from django.test.utils import CaptureQueriesContext

    try:
        from signal_inspector.connected import inventory
    except ImportError:  # a checkout from before signal_inspector had folders
        from signal_inspector import inventory
    from users.models import Profile

    WSGIHandler().load_middleware()  # what a server has loaded: views, forms, admin
    run_checks(tags=["urls"])
    with CaptureQueriesContext(connection) as statements:
        start = time.perf_counter()
        signals = inventory.all_signals()
        first = time.perf_counter() - start
        turns = {
            ALL: inventory.all_signals,
            LIFE: partial(inventory.for_model, Profile),
            CHECKS: partial(run_checks, tags=["signals"]),
        }
        taken = in_turns(turns, rounds)
        nameless = [Holder([Signal()]) for _ in range(NAMELESS)]
        found = len(inventory.all_signals())
        taken |= in_turns({WITH_NAMELESS: inventory.all_signals}, rounds)
        assert found == len(signals) + len(nameless), found
    times = {name: seconds * 1e3 for name, seconds in {"first": first, **taken}.items()}
    counts = {"signals": len(signals), "receivers": sum(len(signal.receivers) for signal in signals)}
    ratio = taken[WITH_NAMELESS] / taken[ALL]
    return {**times, **counts, "statements": len(statements), "nameless against none": ratio}


def in_another_process(checkout, rounds):
    """Return what this file measures with the code of a checkout (path)."""
    code = "import json, sys; from inspector_listing import measure; print(json.dumps(measure(int(sys.argv[1]))))"
    command = [sys.executable, "-c", code, str(rounds)]
    pipes = {"check": True, "capture_output": True, "text": True}
    environment = {**os.environ, "CHECKOUT": str(checkout)}
    return json.loads(subprocess.run(command, **pipes, cwd=Path(__file__).parent, env=environment).stdout)


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__, database=False, against=True)
    options.add_argument("--rounds", type=int, default=30)
    options = options.parse_args()
    verdict = Verdict()
    checkouts = {"here": ROOT, **({"there": options.against} if options.against else {})}
    runs = {name: [] for name in checkouts}
    for _ in range(PROCESSES):
        for name, checkout in checkouts.items():
            runs[name].append(in_another_process(checkout, options.rounds))
    medians = {
        name: {key: statistics.median(run[key] for run in taken) for key in taken[0]} for name, taken in runs.items()
    }
    here = medians["here"]
    print(f"{here['signals']} signals, {here['receivers']} receivers")
    verdict.at_most("the first time", here["first"], FIRST, " ms")
    for name in (ALL, LIFE):
        verdict.at_most(name, here[name], LATER, " ms")
    verdict.at_most(f"{WITH_NAMELESS}, against none", here["nameless against none"], MORE, " x")
    print(f"{CHECKS:58} {here[CHECKS]:8.2f} ms")
    verdict.at_most("statements", here["statements"], 0)
    for name in ("first", ALL, LIFE, WITH_NAMELESS) if options.against else ():
        there = medians["there"][name]
        print(f"{name:58} {here[name] / there:8.2f} x of {there:.2f} ms at {options.against}")
    verdict.exit()


if __name__ == "__main__":
    main()
