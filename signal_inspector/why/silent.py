"""Why a receiver that is connected was not called."""

from collections import Counter

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import ALL, PENDING
from signal_inspector.recording.trace import CALLBACK, SIGNAL
from signal_inspector.trials.operations import KINDS
from signal_inspector.why.answers import answer
from signal_inspector.why.senders import other_sender, unreachable

# What follows upon any other answer, where a receiver has several connections.
RANKS = ("", "other-sender", "after-commit", "other-signal", "not-sent", "silent-operations", "elsewhere")

ONE_STOPS = ("send", "asend")  # the others go on after an exception


def answers_from_trace(found, trace):
    """Return the answers for a receiver that does not stand in a trace."""
    told = []
    for signal, receivers in _by_signal(found):
        blocked = [unreachable(signal, receiver) for receiver in receivers]
        told += filter(None, blocked)
        free = [receiver for receiver, reason in zip(receivers, blocked, strict=True) if reason is None]
        told += [_silence_of(found, signal, free, trace)] if free else []
    if trace.left_out:
        told.append(answer("trace-full", left_out=trace.left_out))
    return _ranked(told)


def _silence_of(found, signal, receivers, trace):
    nodes = [node for node, _depth in trace.walk() if node.kind == SIGNAL and node.name == signal.name]
    heard = {receiver.sender for receiver in receivers}
    to_all = any(receiver.sender_kind == ALL for receiver in receivers)
    fitting = [node for node in nodes if to_all or node.sender in heard]
    if fitting:
        return _sent_without_it(found, signal, fitting)
    others = Counter(node.sender for node in nodes)
    for (name, sender), times in trace.unheard.items():
        if name == signal.name:
            others[sender] += times
    if others:
        return other_sender(signal, receivers, [name for name, _times in others.most_common()])
    return _not_sent(signal, trace)


def answers_for(found, operation):
    """Return the answers for an operation that nobody recorded."""
    senders = [model._meta.label for model in operation.senders()]
    told, fitting = [], []
    for signal, receivers in _by_signal(found):
        strangers = []
        for receiver in receivers:
            if blocked := unreachable(signal, receiver):
                told.append(blocked)
            elif signal.name.removeprefix(MODELS) not in operation.kind.sends:
                told.append(_other_signal(signal, operation.kind))
            elif receiver.sender_kind != ALL and senders and receiver.sender not in senders:
                strangers.append(receiver)
            else:  # the nearer to what was asked for, the better: a deletion is heard of what it takes along, too
                nearness = senders.index(receiver.sender) if receiver.sender in senders else len(senders)
                fitting.append((nearness, _should_have_been(found, signal, receiver)))
        if strangers:
            told.append(other_sender(signal, strangers, senders, operation.kind.call))
    nearest = min((nearness for nearness, _answer in fitting), default=None)
    return _ranked([answer for nearness, answer in fitting if nearness == nearest] or told)


def as_connected(found):
    """Return what can be said of a receiver where nobody said what was done."""
    told = [
        unreachable(signal, receiver) or _should_have_been(found, signal, receiver)
        for signal, receivers in _by_signal(found)
        for receiver in receivers
    ]
    return _ranked([*told, answer("silent-operations", silent=_silent_calls())])


def _by_signal(found):
    """Return each signal that the receiver is connected to, with those connections."""
    groups = {}
    for signal, receiver in found.connections:
        if receiver.sender_kind != PENDING:
            groups.setdefault(signal.name, (signal, []))[1].append(receiver)
    return groups.values()


def _other_signal(signal, kind):
    values = {"call": kind.call, "signal": signal.short_name}
    if kind.instead:
        return answer("silent-operation", kind.instead, **values)
    return answer("other-signal", sends=", ".join(kind.sends), **values)


def _should_have_been(found, signal, receiver):
    key = "connected:all" if receiver.sender_kind == ALL else "connected"
    return answer(key, name=found.name, signal=signal.short_name, sender=receiver.sender)


def _sent_without_it(found, signal, nodes):
    for node in nodes:
        failed = next((child for child in node.children if child.error), None)
        if failed is not None and node.error and node.how in ONE_STOPS:
            values = {"other": failed.name, "error": failed.error, "signal": signal.short_name, "sender": node.sender}
            return answer("earlier-exception", **values)
    return answer("not-connected-then", signal=signal.short_name, name=found.name)


def _not_sent(signal, trace):
    waiting = sorted({node.name for node, _depth in trace.walk() if node.kind == CALLBACK and not node.ran})
    if waiting:
        return answer("after-commit", signal=signal.short_name, names=", ".join(waiting))
    if not signal.name.startswith(MODELS):
        return answer("not-sent", signal=signal.short_name)
    values = {"signal": signal.short_name, "silent": _silent_calls()}
    if signal.name.endswith("_delete"):
        return answer("not-sent:deletion", **values)
    return answer("not-sent:row", KINDS["update"].instead, **values)


def _silent_calls():
    return ", ".join(kind.call for kind in KINDS.values() if kind.instead)


def _ranked(told):
    """Return answers, each once, the most likely first; where none of them settles it, with what can't be seen."""
    if {"connected", "not-sent", "not-connected-then"}.intersection(answer.id for answer in told):
        told = [*told, answer("elsewhere")]
    ranks = {key: rank for rank, key in enumerate(RANKS)}
    return sorted(dict.fromkeys(told), key=lambda answer: ranks.get(answer.id, 0))
