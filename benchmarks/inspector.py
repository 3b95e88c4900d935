"""
What does a record cost the code that it watches?

    python benchmarks/inspector.py [--rounds 300] [--database-url URL]

Django alone, a record, and Sentry's tracing of receivers and statements take turns in one process. Sentry is left out
where sentry-sdk is not installed; it is no requirement of this project. Its functions are put in place for its turns
only. Each turn is a number of calls, in one record or one transaction of Sentry's.
"""

import gc
import tracemalloc
from contextlib import contextmanager, nullcontext

from _setup import Verdict, databases, in_turns, parser

try:
    import sentry_sdk
except ImportError:
    sentry_sdk = None

CALLS = 50  # a turn
SAVING = "save(), five receivers"
SAVE, OF_SENTRY, SEND, BYTES = 1.4, 0.5, 4, 400
ALONE, RECORDED, DETAILED, SENTRY = "Django alone", "recorded", "with details", "Sentry"


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
    nodes = recording.nodes
    trace = finish(recording)
    del recording
    trace.roots  # noqa: B018 - makes them
    gc.collect()
    tree = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / nodes, tree / nodes


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=300)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url):
        from django.contrib.auth.models import Group
        from django.db.models.signals import post_save
        from django.dispatch import Signal

        from signal_inspector import record
        from signal_inspector.recording.recorder import METHODS

        replaced = [
            f"{owner.__name__}.{name}"
            for owner, _, names in METHODS
            for name in names
            if not vars(owner)[name].__module__.startswith("django.")
        ]
        verdict.at_most("functions of Django's that are not its own, nothing recorded", len(replaced), 0)

        around = {
            ALONE: nullcontext,
            RECORDED: lambda: record(max_nodes=100_000),
            DETAILED: lambda: record(max_nodes=100_000, details=True),
        }
        if sentry_sdk is None:
            print("sentry-sdk is not installed: it is not measured.")
        else:
            around[SENTRY] = Sentry()
            print(f"sentry-sdk {sentry_sdk.VERSION}")

        group = Group.objects.create(name="readers")
        make_receivers(post_save, 5, sender=Group)
        custom, caching = Signal(), Signal(use_caching=True)
        for signal in (custom, caching):
            make_receivers(signal, 10)
        cases = (
            (SAVING, group.save, SAVE),
            ("Signal().send(), ten receivers", lambda: custom.send(Group, instance=group), SEND),
            ("the same with use_caching", lambda: caching.send(Group, instance=group), SEND),
        )
        for text, function, limit in cases:
            taken = in_turns({name: repeat(function, each) for name, each in around.items()}, options.rounds)
            print(f"{text}: {', '.join(f'{name} {taken[name] / CALLS * 1e6:.1f}' for name in taken)} microseconds")
            verdict.at_most(f"{text}, ratio", taken[RECORDED] / taken[ALONE], limit)
            verdict.at_most("  with details", taken[DETAILED] / taken[ALONE], 2 * limit if text != SAVING else 2)
            if SENTRY in taken:
                print(f"  Sentry, ratio {taken[SENTRY] / taken[ALONE]:.2f}")
                added = (taken[RECORDED] - taken[ALONE]) / (taken[SENTRY] - taken[ALONE])
                verdict.at_most("  time added, of what Sentry adds", added, OF_SENTRY)
                verdict.at_most("  time taken, of what it takes with Sentry", taken[RECORDED] / taken[SENTRY], 1)
        for text, function, _ in cases[:2]:
            noted, tree = bytes_of_a_node(function, record)
            verdict.at_most(f"memory of a node, {text}", noted, BYTES, " bytes")
            verdict.at_most("  in the tree", tree, BYTES, " bytes")
    verdict.exit()


if __name__ == "__main__":
    main()
