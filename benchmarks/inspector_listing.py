"""
How long does it take to list all signals and receivers of this project?

    python benchmarks/inspector_listing.py [--rounds 30]

Measured are the list as the command and the pages get it, the same for one model, and the system checks. The first
call is measured apart: it reads the sources in which signals are defined. Statements are counted too.
"""

import time
from functools import partial

from _setup import Verdict, databases, in_turns, parser

LIMIT = 100  # milliseconds


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=30)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url) as connections:
        from django.core.checks import run_checks
        from django.core.handlers.wsgi import WSGIHandler
        from django.test.utils import CaptureQueriesContext

        from signal_inspector.connected import inventory
        from users.models import Profile

        WSGIHandler().load_middleware()  # what a server has loaded: views, forms, admin
        run_checks(tags=["urls"])
        with CaptureQueriesContext(connections["default"]) as statements:
            start = time.perf_counter()
            signals = inventory.all_signals()
            first = (time.perf_counter() - start) * 1e3
            turns = {
                "all signals and receivers": inventory.all_signals,
                "the life of a Profile": partial(inventory.for_model, Profile),
                "the checks of the app": partial(run_checks, tags=["signals"]),
            }
            taken = in_turns(turns, options.rounds)
        receivers = sum(len(signal.receivers) for signal in signals)
        print(f"{len(signals)} signals, {receivers} receivers")
        verdict.at_most("the first time", first, LIMIT, " ms")
        for name in list(turns)[:2]:
            verdict.at_most(name, taken[name] * 1e3, LIMIT, " ms")
        print(f"{'the checks of the app, nothing promised':58} {taken['the checks of the app'] * 1e3:8.2f} ms")
        verdict.at_most("statements", len(statements), 0)
    verdict.exit()


if __name__ == "__main__":
    main()
