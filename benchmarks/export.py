"""
What does the export of one's data cost where the account log is long?

    python benchmarks/export.py [--entries 100000]

An account with that many lines in its log downloads its data, beside one with 100, each in a process of its own. Told
are the peak of its memory while the pieces leave, the time until the first piece, and the time until the last.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

from _setup import ROOT, Verdict, databases, parser

FEW = 100
EXTRA = 16  # MB
FIRST = 1.0  # seconds


def measure(entries):
    """Make an account with a number of entries, download its data, and return what it took, as a dict."""
    with databases(None):
        from django.contrib.auth import get_user_model

        from activity.models import Entry
        from users.export import stream_export

        user = get_user_model().objects.create_user("ada", "ada@example.com")
        rows = (Entry(what="logged_in", user=user, username="ada", details={"n": n}) for n in range(entries))
        while batch := [row for row, _ in zip(rows, range(1_000), strict=False)]:
            Entry.objects.bulk_create(batch)
        before = peak()
        start = time.perf_counter()
        pieces = stream_export(get_user_model().objects.get())
        size, first = len(next(pieces)), time.perf_counter() - start
        for piece in pieces:
            size += len(piece)
        return {"memory": peak() - before, "first": first, "all": time.perf_counter() - start, "bytes": size}


def peak():
    """Return the highest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(entries):
    """Return what ``measure()`` returns in a process of its own."""
    command = [sys.executable, __file__, f"--measure={entries}"]
    result = subprocess.run(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def main():
    """Measure both, and tell."""
    options = parser(__doc__, database=False)
    options.add_argument("--entries", type=int, default=100_000)
    options.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = options.parse_args()
    if options.measure is not None:
        print(json.dumps(measure(options.measure)))
        return
    verdict = Verdict()
    few, many = in_a_process(FEW), in_a_process(options.entries)
    for entries, took in ((FEW, few), (options.entries, many)):
        print(
            f"{entries} entries: {took['memory']:.1f} MB above the start, first piece after {took['first']:.2f} s, "
            f"the last after {took['all']:.1f} s, {took['bytes'] / 1e6:.1f} MB of ZIP"
        )
    verdict.at_most("memory, above that for few entries", many["memory"] - few["memory"], EXTRA, " MB")
    verdict.at_most("until the first piece", many["first"], FIRST, " s")
    verdict.exit()


if __name__ == "__main__":
    main()
