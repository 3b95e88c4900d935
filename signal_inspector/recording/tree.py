"""The events of a record, turned into the tree of a trace when somebody asks for it."""

import sys
from dataclasses import replace
from types import MappingProxyType

from signal_inspector.connected.inventory import OWN
from signal_inspector.recording import details
from signal_inspector.recording.rows import AWAITED, BEGAN, CALLED, ENDED, GIVEN, JOINED, KEY, SENT, WIDTH, now
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail, Moment, Node

# The details of nearly all signals of saves, each once.
CREATED = {created: MappingProxyType({"created": created}) for created in (True, False)}


def fill(trace, recording):
    """Give a trace what was noted. The nodes are made from the events when somebody asks for them."""
    growing = Growing(recording)
    queries, seconds = recording.tallies.get(id(recording.root[KEY]), (0, 0.0))
    trace.started = recording.started
    trace.duration = (recording.ended or now()) - recording.began
    trace.queries, trace.query_seconds = queries, seconds
    trace.unheard = growing.unheard
    trace.left_out = recording.left_out
    trace.detailed = recording.details
    trace.make_later(growing.grow)


class Growing:
    """
    What a tree is made of: the events of a recording, which goes on without them.

    Attributes:
        unheard (dict): how often a signal was sent that nobody heard. That of a signal that only the inspector's own
            receivers have heard is added when the tree is made.
    """

    def __init__(self, recording):
        """Take over what a ``Recording`` has noted."""
        self.began, self.everything = recording.began, recording.everything
        self.log, self.moments = recording.log, recording.moments
        self.tallies, self.saved, self.more = recording.tallies, recording.saved, recording.more
        self.work, self.attempts = recording.work, recording.attempts
        self.unheard = dict(recording.unheard)
        self.root = recording.root[KEY]
        self.outside = Node("", "")
        self.nodes = {id(self.root): self.outside}  # by the ids of their keys
        self.called = {}  # the receiver that a signal has called last, and its key, by the id of the signal's key
        self.begun = {}  # when what did not begin when it was noted did, by the id of its key
        self.texts = {}  # names of instances, which many nodes share
        self.has_own = False

    def grow(self):
        """Make the tree: return the nodes that stand under no other, the statements outside, moments, attempts."""
        self._read(self.log)
        if self.has_own and not self.everything:
            self._leave_own_out()
        moments = [
            Moment(kind, name, using, start - self.began, end - start, self._node_of(key), error, queries, place)
            for kind, name, using, start, end, key, error, queries, place in self.moments
        ]
        attempts = [replace(attempt, node=self._node_of(key)) for attempt, key in self.attempts]
        outside = self._detail(self.more.get(id(self.root), {})).statements
        return list(self.outside.children), outside, moments, attempts

    def _node_of(self, key):
        node = self.nodes.get(id(key))
        return None if node is self.outside else node

    def _read(self, log, room=sys.maxsize):
        """Make nodes of events, as many as there is room for."""
        for what, key, *facts in zip(*[iter(log)] * WIDTH, strict=True):
            if what is ENDED:
                self._end(key, *facts)
            elif what is BEGAN:
                self._begin(key, *facts)
            elif what is JOINED:
                inner, root, more_room = facts
                if id(key) in self.nodes:
                    self.nodes[id(root)] = self.nodes[id(key)]
                    self._read(inner, more_room)
            elif room and id(facts[0]) in self.nodes:
                room -= 1
                self._add(what, key, *facts)

    def _add(self, what, key, parent, name, rest):
        node = Node("", name, start=key - self.began)
        if what is SENT:
            node.kind, (node.name, node.sender) = SIGNAL, name
            node.how, instance, number, told = rest
            node.instance = self._instance(instance, number)
            if told is not None:
                node.details = CREATED.get(told) if type(told) is bool else told
        elif what is GIVEN:
            node.kind, node.how, node.ran = CALLBACK, rest, False
        else:
            node.kind, node.asynchronous = RECEIVER, what is AWAITED
            if rest:
                node.name = sys.intern(f"{name}.{rest}" if type(name) is str else rest)
            self.has_own |= is_own(node)
            if what is CALLED:
                self._pass_on(parent, key)
                self.called[id(parent)] = node, key
        if (tally := self.tallies.get(id(key))) is not None:
            node.queries, node.query_seconds = tally
        if (saved := self.saved.get(id(key))) is not None:
            node.saved = [[sender, created, times] for (sender, created), times in saved.items()]
        if (more := self.more.get(id(key))) is not None:
            if "changes" in more:
                node.details = {**node.details, "changes": more["changes"]}
            node.detail = self._detail(more)
        if (later := self.work.get(id(key))) is not None:
            node.detail = node.detail or Detail()
            node.detail.work = later
        self.nodes[id(key)] = node
        self.nodes[id(parent)].add(node)

    def _pass_on(self, signal, time):
        """End the receiver that a signal has called last, if it has no end: the next begins, or the signal ends."""
        node, began = self.called.pop(id(signal), (None, None))
        if node is not None and not node.duration:
            node.duration = time - began

    def _begin(self, key, time, ran_in, _nothing):
        node = self.nodes.get(id(key))
        if node is not None:
            self.begun[id(key)] = time
            node.start = time - self.began
            place = self.nodes.get(id(ran_in))
            if node.kind == CALLBACK and ran_in is not None and place is not self.outside:
                node.detail = node.detail or Detail()
                node.detail.ran_in = place

    def _end(self, key, time, result, error):
        self._pass_on(key, time)
        node = self.nodes.get(id(key))
        if node is not None:
            node.duration = time - self.begun.get(id(key), key)
            node.result, node.error = result or node.result, error or node.error
            node.ran = True

    def _instance(self, name, number):
        text = name if number is None else f"{name}:{number}"
        return self.texts.setdefault(text, text)

    def _detail(self, more):
        told = {name: value for name, value in more.items() if name != "changes"}
        return Detail(**told | {"statements": details.statements(more.get("statements", ()), self.began)})

    def _leave_own_out(self):
        """Leave out the inspector's own receivers that caused nothing, and a signal that they alone have heard."""
        pending = [self.outside]
        while pending:
            node = pending.pop()
            kept = []
            for child in node.children:
                heard_by = [each for each in child.children if each.children or not is_own(each)]
                if child.kind == SIGNAL and len(heard_by) < len(child.children):
                    child.children = heard_by
                    if not heard_by:
                        key = (child.name, child.sender)
                        self.unheard[key] = self.unheard.get(key, 0) + 1
                        continue
                kept.append(child)
            if len(kept) < len(node.children):
                node.children = kept
            pending += kept


def is_own(node):
    """Tell whether a node is the call of a receiver of the inspector's own."""
    return node.kind == RECEIVER and f"{node.name}.".startswith(f"{OWN}.")
