"""
How long does it take to compare two traces, and to take one along?

    python benchmarks/comparing.py [--rounds 5]

Compared are traces that grew by chance, with some 500, 2,000 and 8,000 nodes each: two with little in common, and two
of which one lacks every tenth receiver. If the time grows with the nodes alone, a node costs the same in all. Beside
it, what each format costs of one with 2,000 nodes. All are medians.
"""

import random
from functools import partial

from _setup import Verdict, configure, in_turns, parser, versions

SIZES = 500, 2000, 8000
MIDDLE = SIZES[1]
LITTLE, MOST = "little in common", "a tenth gone"
SECONDS, GROWTH = 1.0, 2.0  # for 2,000 nodes; a node of the largest against one of the smallest


def grown(seed, size):
    """Return a trace that grew by chance, always the same for a seed."""
    from signal_inspector import Node, Trace

    chance, trace, receivers, made = random.Random(seed), Trace(), [], 0
    while made < size:
        model = f"shop.Model{chance.randrange(6)}"
        signal = Node(
            "signal", f"shop.signals.s{chance.randrange(4)}", "send", model, f"{model}:{made}", start=made / 1e4
        )
        parent = chance.choice(receivers) if receivers and chance.random() < 0.7 else None
        (trace.roots.append if parent is None else parent.add)(signal)
        for _ in range(chance.randrange(1, 6)):
            receivers.append(Node("receiver", f"shop.receivers.r{chance.randrange(40)}", start=made / 1e4))
            signal.add(receivers[-1])
            made += 1
        made += 1
    return trace


def thinned(trace):
    """Return a trace without every tenth receiver."""
    from signal_inspector import Trace

    thin = Trace.from_data(trace.as_data())
    nodes = [node for node, _depth in thin.walk() if node.kind == "signal"]
    for node in nodes[::10]:
        node.children = node.children[1:]
    return thin


def main():
    """Measure, and tell."""
    options = parser(__doc__, database=False)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    configure(None)
    from signal_inspector.exporting.formats import FORMATS
    from signal_inspector.traces.comparing import compare

    print(versions())
    work = {}
    for size in SIZES:
        one = grown(1, size)
        for what, other in ((LITTLE, grown(2, size)), (MOST, thinned(one))):
            work[size, what] = partial(compare, one, other)
    work |= {name: partial(form.convert, grown(1, MIDDLE), "title") for name, form in FORMATS.items()}
    took, verdict = in_turns(work, rounds), Verdict()
    for what in (LITTLE, MOST):
        verdict.at_most(f"{MIDDLE} nodes each, {what}", took[MIDDLE, what], SECONDS, " s")
        growth = took[SIZES[-1], what] / SIZES[-1] / (took[SIZES[0], what] / SIZES[0])
        verdict.at_most(f"a node of {SIZES[-1]} against one of {SIZES[0]}", growth, GROWTH)
    for name in FORMATS:
        verdict.at_most(f"{MIDDLE} nodes as {name}", took[name], SECONDS, " s")
    verdict.exit()


if __name__ == "__main__":
    main()
