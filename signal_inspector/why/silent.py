"""Why a receiver that is connected was not called."""

from collections import Counter

from django.utils.translation import gettext as _

from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import ALL, PENDING
from signal_inspector.recording.trace import CALLBACK, SIGNAL
from signal_inspector.trials.operations import KINDS
from signal_inspector.why.answers import Answer
from signal_inspector.why.senders import nobody, other_sender

# What follows upon any other answer, where a receiver has several connections.
RANKS = ("", "other-sender", "after-commit", "other-signal", "not-sent", "silent-operations", "elsewhere")

ONE_STOPS = ("send", "asend")  # the others go on after an exception


def answers_from_trace(found, trace):
    """Return the answers for a receiver that does not stand in a trace."""
    told = []
    for signal, receivers in _by_signal(found):
        told += [answer for receiver in receivers for answer in nobody(signal, receiver)]
        receivers = [receiver for receiver in receivers if not nobody(signal, receiver)]
        if receivers:
            told += _silence_of(found, signal, receivers, trace)
    if trace.left_out:
        told.append(
            Answer(
                "trace-full",
                _("The trace is full: %d more were not recorded, and it may be among them.") % trace.left_out,
                _("Record with more nodes: --max-nodes."),
            )
        )
    return _with_the_rest(told)


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
        return [other_sender(signal, receivers, [name for name, _times in others.most_common()])]
    return _not_sent(signal, trace)


def answers_for(found, operation):
    """Return the answers for an operation that nobody recorded."""
    senders = [model._meta.label for model in operation.senders()]
    told, fitting = [], []
    for signal, receivers in _by_signal(found):
        strangers = []
        for receiver in receivers:
            if blocked := nobody(signal, receiver):
                told += blocked
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
    return _with_the_rest([answer for nearness, answer in fitting if nearness == nearest] or told)


def _by_signal(found):
    """Return each signal that the receiver is connected to, with those connections."""
    groups = {}
    for signal, receiver in _connected(found):
        groups.setdefault(signal.name, (signal, []))[1].append(receiver)
    return groups.values()


def _other_signal(signal, kind):
    values = {"call": kind.call, "signal": signal.short_name, "sends": ", ".join(kind.sends)}
    if kind.instead:
        return Answer("silent-operation", _("%(call)s sends no %(signal)s.") % values, str(kind.instead))
    return Answer("other-signal", _("%(call)s does not send %(signal)s. It sends %(sends)s.") % values)


def as_connected(found):
    """Return what can be said of a receiver where nobody said what was done."""
    told = []
    for signal, receiver in _connected(found):
        told += nobody(signal, receiver) or [_should_have_been(found, signal, receiver)]
    silent = ", ".join(kind.call for kind in KINDS.values() if kind.instead)
    hint = _("Say what was done, or trace it: trace_signals --why … --save app.Model:1.")
    return _with_the_rest([*told, Answer("silent-operations", _("Nothing is sent for a row by %s.") % silent, hint)])


def _connected(found):
    return [pair for pair in found.connections if pair[1].sender_kind != PENDING]


def _should_have_been(found, signal, receiver):
    values = {"name": found.name, "signal": signal.short_name, "sender": receiver.sender}
    text = (
        _("%(name)s is connected to %(signal)s of every sender: it is called.")
        if receiver.sender_kind == ALL
        else _("%(name)s is connected to %(signal)s of %(sender)s: it is called when that sends it.")
    )
    hint = _("If it is called and does nothing, look at raw, created and update_fields in it, and at its conditions.")
    return Answer("connected", text % values, hint)


def _sent_without_it(found, signal, nodes):
    for node in nodes:
        failed = next((child for child in node.children if child.error), None)
        if failed is not None and node.error and node.how in ONE_STOPS:
            values = {"other": failed.name, "error": failed.error, "signal": signal.short_name, "sender": node.sender}
            return [
                Answer(
                    "earlier-exception",
                    _(
                        "%(other)s, which runs before it, raised %(error)s: "
                        "%(signal)s of %(sender)s called nobody after that."
                    )
                    % values,
                    _("Fix that receiver. If the sender is yours, use send_robust(): it goes on after an exception."),
                )
            ]
    return [
        Answer(
            "not-connected-then",
            _("%(signal)s was sent and %(name)s was not among those who heard it: it was connected later, or muted.")
            % {"signal": signal.short_name, "name": found.name},
            _("Look for what connects it, and for disconnect() and muting."),
        )
    ]


def _not_sent(signal, trace):
    waiting = sorted({node.name for node, _depth in trace.walk() if node.kind == CALLBACK and not node.ran})
    told = []
    if waiting:
        told.append(
            Answer(
                "after-commit",
                _("%(signal)s was not sent. It may be sent after the commit, which did not come: %(names)s.")
                % {"signal": signal.short_name, "names": ", ".join(waiting)},
                _(
                    "Let the transaction commit. In a TestCase: captureOnCommitCallbacks(execute=True). With "
                    "trace_signals: --after-commit."
                ),
            )
        )
    elif signal.name.startswith(MODELS):
        told.append(_silent(signal))
    else:
        told.append(
            Answer(
                "not-sent",
                _("%s was not sent while this was recorded.") % signal.short_name,
                _("Look for the code that sends it, and for the conditions there."),
            )
        )
    return told


def _silent(signal):
    values = {
        "signal": signal.short_name,
        "silent": ", ".join(kind.call for kind in KINDS.values() if kind.instead),
    }
    text = _("%(signal)s was not sent while this was recorded. Nothing is sent for a row by %(silent)s.") % values
    if signal.name.endswith("_delete"):
        told = _(
            "Rows that a deletion takes along are deleted without being loaded where nobody listens to their own "
            "class, and where the database itself cascades."
        )
        return Answer("not-sent", f"{text} {told}", _("Connect it to the very class whose rows are deleted."))
    return Answer("not-sent", text, str(KINDS["update"].instead))


def _with_the_rest(told):
    """Return answers without those that are said twice, and with what can't be seen where none of them settles it."""
    if {"connected", "not-sent", "not-connected-then"}.intersection(answer.id for answer in told):
        told = [
            *told,
            Answer(
                "elsewhere",
                _("What happens in another process, or in a thread of its own, such as a worker's, is not seen here."),
            ),
        ]
    ranks = {key: rank for rank, key in enumerate(RANKS)}
    return sorted(dict.fromkeys(told), key=lambda answer: ranks.get(answer.id, 0))
