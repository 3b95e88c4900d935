"""Trials for the tests of the bench: real ones of groups, and outcomes of made-up rows."""

from signal_inspector.bench.telling import verdict
from signal_inspector.tests.support import make_trace
from signal_inspector.trials.changes import Changes
from signal_inspector.trials.left import Row
from signal_inspector.trials.running import Outcome, run


def outcome(*rows, trace=None, **values):
    """Return an outcome with rows: pairs of model and kind, or triples with the values."""
    found = [Row(model, "default", kind, (1,), *rest) for model, kind, *rest in rows]
    return Outcome(trace or make_trace(), rows=found, **values)


def tell(prepare, receivers, methods=None, **options):
    """Run a trial as it is and with changes; return what is told of it."""
    changes = Changes(receivers, methods or {})
    as_it_is, changed = run(prepare, details=True, **options), run(prepare, changes, details=True, **options)
    return verdict(as_it_is, changed, changes, run(prepare, **options))
