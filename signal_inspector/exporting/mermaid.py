"""
A trace as a sequence diagram of Mermaid (https://mermaid.js.org), which GitHub, GitLab and many wikis draw.

A sequence, and no flow chart: readers ask what ran first, and the arrows of a flow chart have no order. Each module is
a participant, so the picture is as wide as the code has parts, however often they are called.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signal_inspector.exporting.lines import clean
from signal_inspector.exporting.spans import name_of
from signal_inspector.reading.places import readable, split_name
from signal_inspector.traces.folding import folds
from signal_inspector.traces.nodes import CALLBACK, SIGNAL

MOST = 200  # messages: Mermaid refuses texts of more than 50,000 characters

ENTITIES = {"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "%": "#37;"}


def convert(trace, title):
    """Return a trace (``Trace``), called ``title``, as the text of a diagram."""
    told, hidden = folds(trace)
    parents = {id(node): parent for node, parent in trace.walk_with_parents()}
    participants, messages = {"": ("p0", title)}, []

    def participant(node):
        """Return the name in the diagram of the module that a node runs in."""
        while node is not None and node.kind == SIGNAL:
            node = parents[id(node)]
        module = "" if node is None else split_name(node.name)[0] or node.name
        return participants.setdefault(module, (f"p{len(participants)}", module))[0]

    for node in _in_order(trace):
        if id(node) in told:
            messages.append(f"Note over {participant(node)}: {_escaped(told[id(node)])}")
        if id(node) in hidden or node.kind == SIGNAL:
            continue
        parent, to = parents[id(node)], participant(node)
        source = participant(node.more.ran_in if node.kind == CALLBACK else parent)
        messages += _messages(node, parent, source, to)
    left_out = len(messages) - MOST
    if left_out > 0:
        told = ngettext("%d more is left out", "%d more are left out", left_out) % left_out
        messages[MOST:] = [f"Note over p0: {_escaped(told)}"]
    lines = [f"participant {key} as {_escaped(name)}" for key, name in participants.values()]
    return "\n    ".join(["sequenceDiagram", "autonumber", *lines, *messages]) + "\n"


def _in_order(trace):
    """Return the nodes in the order in which they ran: a callback where it ran, not where it was given."""
    return sorted((node for node, _depth in trace.walk()), key=lambda node: node.start)


def _messages(node, parent, source, to):
    name = _escaped(readable(node.name)[1])
    if node.kind == CALLBACK:
        what = _("after the commit: %s") % name
        if not node.ran:
            return [f"Note over {to}: {_('not run, %s') % what}"]
    else:
        what = f"{_escaped(name_of(parent)) if parent is not None else ' '} → {name}"
    arrow = "-)" if node.asynchronous else "->>"
    failed = [f"{to}--x{source}: {_('raised %s') % _escaped(node.error)}"] if node.error else []
    later = [f"Note over {to}: {_('left for later')}"] if node.more.work else []
    return [f"{source}{arrow}{to}: {what}", *later, *failed]


def _escaped(text):
    """Return a text as Mermaid takes it: its own signs as entities, in one line."""
    return re.sub(r"[#;<>&%]", lambda found: ENTITIES[found[0]], " ".join(clean(text).split())) or " "
