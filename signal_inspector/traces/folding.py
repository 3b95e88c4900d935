"""
Fold a trace that repeats itself.

A receiver that saves the instance that it was called for is called by that save, and so on, until Python's recursion
ends it. Two levels of that tell all; the others are counted. What a loop does again and again is told once, too.
"""

from collections import Counter

from django.utils.translation import gettext as _

from signal_inspector.traces.nodes import RECEIVER, SIGNAL

LONGEST = 6  # signals that a loop sends in each turn, with its savepoints
FEWEST = 5  # turns of a loop that one line stands for

SHOWN = 2  # levels of a signal inside itself that are shown before one line stands for all others


def folds(trace):
    """
    Find where a trace repeats itself.

    Returns:
        A pair: a dict from the id of each node that stands for all below it to a sentence with the reason, and the
        set of the ids of those.
    """
    told, hidden = {}, set()
    pending = [(root, ()) for root in trace.roots]
    while pending:
        node, above = pending.pop()
        same = _above(node, above) if node.kind == SIGNAL else []
        if len(same) >= SHOWN:
            told[id(node)] = _sentence(node, above, len(same))
            hidden.update(id(each) for each, _depth in node.walk() if each is not node)
        else:
            pending += [(child, (node, above)) for child in node.children]
    return told, hidden


def repetitions(keys):
    """
    Find where things that stand beside each other repeat, as those of a loop do.

    Args:
        keys (list): what each is; those that are equal are the same.

    Returns:
        A list of triples: the first place, the place after the last, and how many things are repeated.
    """
    found, place = [], 0
    while place < len(keys):
        begin, end, period = place, place + 1, 1
        for length in range(1, LONGEST + 1):
            reached = place + length
            while reached < len(keys) and keys[reached] == keys[reached - length]:
                reached += 1
            turns = (reached - place) // length
            if turns >= FEWEST and turns * length > end - begin:
                end, period = place + turns * length, length
        if end > begin + 1:
            found.append((begin, end, period))
        place = end
    return found


def _above(node, above):
    """Return the signals above a signal that are the same, of the same instance or sender; the nearest first."""
    key, found = _key(node), []
    while above:
        one, above = above
        if one.kind == SIGNAL and _key(one) == key:
            found.append(one)
    return found


def _key(node):
    return node.name, node.instance or node.sender


def _sentence(node, above, shown):
    """Tell how often a signal was sent inside itself, and by which receivers."""
    times = shown + Counter(_key(each) for each, _depth in node.walk() if each.kind == SIGNAL)[_key(node)]
    names = []
    while above and not (above[0].kind == SIGNAL and _key(above[0]) == _key(node)):
        names += [above[0].name] if above[0].kind == RECEIVER else []
        above = above[1]
    who = _(" by way of ").join(names) or _("what it calls")
    if node.name.endswith("_save"):
        told = _("and so on, %(times)d times inside itself: %(who)s saves the instance that it is called for")
    else:
        told = _("and so on, %(times)d times inside itself: %(who)s sends it again")
    return told % {"times": times, "who": who}
