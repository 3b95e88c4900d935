"""
What does a record cost the code that it watches?

    python benchmarks/inspector.py [--rounds 300] [--database-url URL] [--against PATH]

Django alone, a record, and Sentry's tracing of receivers and statements take turns in one process, measured by the
time of the processor. Sentry is left out where sentry-sdk is not installed; it is no requirement of this project. Its
functions are put in place for its turns only. Each turn is a number of calls, in one record or one transaction of
Sentry's. With --against, the code of another checkout is measured in the same way, and told beside it.
"""

import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from _setup import ROOT, Verdict, databases, in_turns, parser

try:
    import sentry_sdk
except ImportError:
    sentry_sdk = None

CALLS = 50  # a turn
SAVING, SENDING, CACHING = "save(), five receivers", "Signal().send(), ten receivers", "the same with use_caching"
ALONE, RECORDED, DETAILED, SENTRY = "Django alone", "recorded", "with details", "Sentry"
AT_MOST = {SAVING: 1.1, SENDING: 2.0, CACHING: 2.2}  # of Django alone
OF_SENTRY, NOTED, IN_THE_TREE, DEPTH = 0.5, 150, 300, 0.8


class Sentry:
    """Sentry's functions on Django's classes, put there and taken back."""

    def __init__(self):
        from django.db.backends.base.base import BaseDatabaseWrapper
        from django.db.backends.utils import CursorWrapper
        from django.dispatch import Signal
        from sentry_sdk.integrations.django import DjangoIntegration

        owners = (Signal, CursorWrapper, BaseDatabaseWrapper)
        before = [dict(vars(owner)) for owner in owners]
        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1",
            transport=lambda event: None,  # nothing leaves the process
            traces_sample_rate=1.0,
            default_integrations=False,
            integrations=[DjangoIntegration(signals_spans=True)],
        )
        self.functions = [
            (owner, name, known[name], value)
            for owner, known in zip(owners, before, strict=True)
            for name, value in vars(owner).items()
            if name in known and known[name] is not value
        ]
        self.take_back()

    def take_back(self):
        """Leave Django's own."""
        for owner, name, of_django, _ in self.functions:
            setattr(owner, name, of_django)

    @contextmanager
    def __call__(self):
        """Put Sentry's in place for a block, in a transaction of its kind."""
        for owner, name, _, of_sentry in self.functions:
            setattr(owner, name, of_sentry)
        try:
            with sentry_sdk.start_transaction(name="benchmark"):
                yield
        finally:
            self.take_back()


def make_receivers(signal, count, **options):
    """Connect receivers that do nothing, each a function of its own."""
    for number in range(count):

        def receiver(sender, **kwargs):
            """Do nothing."""

        signal.connect(receiver, weak=False, dispatch_uid=f"benchmark {number}", **options)


def repeat(function, around):
    """Return a function that makes the calls of a turn."""

    def turn():
        with around():
            for _ in range(CALLS):
                function()

    return turn


def bytes_of_a_node(function, record):
    """Return how much memory a node takes while some calls are recorded, and when the tree of them was made."""
    from signal_inspector import begin, finish

    with record() as trace:
        function()
    trace.roots  # noqa: B018 - what is remembered of names is no part of a record
    gc.collect()
    tracemalloc.start()
    recording = begin(max_nodes=100_000)
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(500):
        function()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] - before
    nodes = recording.nodes if hasattr(recording, "nodes") else len(recording.rows)  # of an earlier version
    trace = finish(recording)
    del recording
    trace.roots  # noqa: B018 - makes them
    gc.collect()
    tree = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / nodes, tree / nodes


def depth(signal, around, *others):
    """Return how deep a receiver that sends its own signal gets before Python's limit, beside other receivers."""
    depths = [0]

    def again(sender, **kwargs):
        depths[0] += 1
        signal.send(sender)

    for receiver in (again, *others):
        signal.connect(receiver, weak=False)
    with around, suppress(RecursionError):
        signal.send(None)
    for receiver in (again, *others):
        signal.disconnect(receiver)
    return depths[0]


async def waiting(sender, **kwargs):
    """Do nothing, asynchronously."""


def measure(rounds, database_url):
    """Return what was measured in this process: figures by their names."""
    with databases(database_url):
        from django.contrib.auth.models import Group
        from django.db.backends.base.base import BaseDatabaseWrapper
        from django.db.backends.utils import CursorWrapper
        from django.db.models.signals import post_save
        from django.dispatch import Signal

        from signal_inspector import record

        watched = (Signal, CursorWrapper, BaseDatabaseWrapper)
        methods = [each for owner in watched for each in vars(owner).values() if callable(each)]
        found = {"replaced": sum(not each.__module__.startswith("django.") for each in methods)}
        around = {
            ALONE: nullcontext,
            RECORDED: lambda: record(max_nodes=100_000),
            DETAILED: lambda: record(max_nodes=100_000, details=True),
        }
        if sentry_sdk is not None:
            around[SENTRY] = Sentry()
        group = Group.objects.create(name="readers")
        make_receivers(post_save, 5, sender=Group)
        custom, caching = Signal(), Signal(use_caching=True)
        for signal in (custom, caching):
            make_receivers(signal, 10)
        cases = {
            SAVING: group.save,
            SENDING: lambda: custom.send(Group, instance=group),
            CACHING: lambda: caching.send(Group, instance=group),
        }
        for text, function in cases.items():
            turns = {name: repeat(function, each) for name, each in around.items()}
            found[text] = in_turns(turns, rounds, clock=time.process_time)
        for text in (SAVING, SENDING):
            found[f"memory, {text}"] = bytes_of_a_node(cases[text], record)
        for text, others in (("nested sends", ()), ("beside an asynchronous receiver", (waiting,))):
            depths = [depth(Signal(), each(), *others) for each in (around[ALONE], around[RECORDED])]
            found[text] = depths[1] / depths[0]
    return found


def in_another_process(checkout, options):
    """Return what ``measure()`` finds with the code of a checkout (path)."""
    code = "import json, sys; from inspector import measure; print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))"
    command = [sys.executable, "-c", code, str(options.rounds), options.database_url or ""]
    environment = {**os.environ, "CHECKOUT": str(checkout)}
    pipes = {"check": True, "stdout": subprocess.PIPE, "text": True}
    told = subprocess.run(command, **pipes, cwd=Path(__file__).parent, env=environment).stdout.splitlines()
    print(checkout, *told[:-1], sep="\n  ", flush=True)
    return json.loads(told[-1])


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__, against=True)
    options.add_argument("--rounds", type=int, default=300)
    options = options.parse_args()
    print(f"sentry-sdk {sentry_sdk.VERSION}" if sentry_sdk else "sentry-sdk is not installed: it is not measured.")
    here = in_another_process(ROOT, options)
    there = in_another_process(options.against, options) if options.against else None
    verdict = Verdict()

    def before(text):
        """Return what stands behind a figure: that of the other checkout."""
        return f" (there {text(there):.2f})" if there else ""

    verdict.at_most("functions of Django's that are not its own, nothing recorded", here["replaced"], 0)
    for case, limit in AT_MOST.items():
        taken = here[case]
        print(f"{case}: {', '.join(f'{name} {taken[name] / CALLS * 1e6:.1f}' for name in taken)} microseconds")
        for name, most in ((RECORDED, limit), (DETAILED, 2 * limit)):
            told = before(lambda found, case=case, name=name: found[case][name] / found[case][ALONE])
            verdict.at_most(f"  {name}, ratio{told}", taken[name] / taken[ALONE], most)
        if SENTRY in taken:
            print(f"  Sentry, ratio {taken[SENTRY] / taken[ALONE]:.2f}")
            added = (taken[RECORDED] - taken[ALONE]) / (taken[SENTRY] - taken[ALONE])
            verdict.at_most("  time added, of what Sentry adds", added, OF_SENTRY)
    for case in (SAVING, SENDING):
        for place, (text, most) in enumerate((("recorded", NOTED), ("in the tree", IN_THE_TREE))):
            told = before(lambda found, case=case, place=place: found[f"memory, {case}"][place])
            verdict.at_most(f"a node {text}, {case}{told}", here[f"memory, {case}"][place], most, " bytes")
    for text in ("nested sends", "beside an asynchronous receiver"):
        told = before(lambda found, text=text: found[text])
        verdict.at_least(f"{text} before Python's limit, ratio{told}", here[text], DEPTH)
    verdict.exit()


if __name__ == "__main__":
    main()
