"""Why a receiver that is connected was not called."""

from collections import Counter

from django.utils.translation import gettext as _

from signal_inspector.connected.catalogue import AROUND_A_REQUEST, AUTH
from signal_inspector.connected.inventory import MODELS
from signal_inspector.connected.senders import ALL, PENDING
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL
from signal_inspector.trials.operations import KINDS, silent_calls
from signal_inspector.why import relations
from signal_inspector.why.answers import SENT_WHERE, answer
from signal_inspector.why.senders import historical, other_sender, unreachable

# What follows upon any other answer, where a receiver has several connections.
RANKS = ("", "other-sender", "after-commit", "other-signal", "not-sent", "silent-operations", "elsewhere")

ONE_STOPS = ("send", "asend")  # the others go on after an exception

# What is sent before each, in one call; and what is sent in its place.
PAIRS = ("save", "delete", "init", "migrate")
BEFORE = {f"{MODELS}post_{what}": f"{MODELS}pre_{what}" for what in PAIRS}
INSTEAD = {f"{AUTH}.user_logged_in": [f"{AUTH}.user_login_failed"]}


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
    wanted = (
        None if any(receiver.sender_kind == ALL for receiver in receivers) else {each.sender for each in receivers}
    )
    sent = _sent(trace, signal.name, wanted)
    if sent:
        return _sent_without_it(found, signal, sent)
    unheard = [sender for name, sender in trace.unheard if name == signal.name and _fits(sender, wanted)]
    if unheard:
        return answer("not-heard-then", signal=signal.shown_name, sender=unheard[0] or _("no sender"))
    return (
        _ended_before(signal, wanted, trace)
        or _sent_by_others(signal, receivers, trace)
        or _not_sent(signal, receivers, trace)
    )


def _sent(trace, name, wanted=None):
    """Return the nodes of a signal that was sent by one of the wanted senders (a set, None for all)."""
    return [
        node
        for node, _depth in trace.walk()
        if node.kind == SIGNAL and node.name == name and _fits(node.sender, wanted)
    ]


def _fits(sender, wanted):
    return wanted is None or sender in wanted


def _ended_before(signal, wanted, trace):
    """Return the answer where the signal that comes before this one was sent, and this one was not; else None."""
    first = BEFORE.get(signal.name)
    if first is None:
        return None
    values = {"signal": signal.shown_name, "first": first.rpartition(".")[2]}
    nodes = _sent(trace, first, wanted)
    for node in nodes:
        if failed := _who_stopped(node):
            return answer("stopped-before", other=failed.name, error=failed.error, sender=node.sender, **values)
    unheard = [sender for name, sender in trace.unheard if name == first and sender and _fits(sender, wanted)]
    if wanted is None or not (nodes or unheard):
        return None
    return answer("broken-off", sender=nodes[0].sender if nodes else unheard[0], **values)


def _who_stopped(node):
    """Return the receiver that ended the sending of a signal (``Node``) by an exception, None if none did."""
    if not node.error or node.how not in ONE_STOPS:
        return None
    return next((child for child in node.children if child.error and child.kind == RECEIVER), None)


def _sent_by_others(signal, receivers, trace):
    others = Counter(node.sender for node in _sent(trace, signal.name))
    for (name, sender), times in trace.unheard.items():
        if name == signal.name:
            others[sender] += times
    if not others:
        return None
    told = other_sender(signal, receivers, [name for name, _times in others.most_common()])
    return told.and_also(_rows(signal, receivers, trace))


def _rows(signal, receivers, trace):
    """Return a sentence on rows of the receivers' models that were written without this signal, "" for none."""
    senders = {node.sender for node, _depth in trace.walk() if node.kind == SIGNAL} | {
        sender for _, sender in trace.unheard
    }
    for receiver in receivers:
        if sentence := historical(receiver.sender, senders):
            return sentence
    written = {sender for name in relations.SAVES + relations.DELETIONS for sender in _senders(trace, name)}
    deleted = {sender for name in relations.DELETIONS for sender in _senders(trace, name)}
    sentences = [
        relations.told(signal.name, each.sender, written, sorted(deleted), recorded=True) for each in receivers
    ]
    if _senders(trace, relations.M2M_CHANGED):
        sentences += [relations.of_members(signal.name, each.sender) for each in receivers]
    return next(filter(None, sentences), "")


def _senders(trace, name):
    heard = {node.sender for node in _sent(trace, name)}
    return heard | {sender for unheard, sender in trace.unheard if unheard == name}


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
                told.append(_other_signal(signal, operation.kind).and_also(_rows_of(signal, receiver, operation)))
            elif receiver.sender_kind != ALL and operation.model and receiver.sender not in senders:
                strangers.append(receiver)
            else:  # the nearer to what was asked for, the better: a deletion is heard of what it takes along, too
                nearness = senders.index(receiver.sender) if receiver.sender in senders else len(senders)
                fits = _should_have_been(found, signal, receiver)
                fitting.append((nearness, fits.and_also(_taken_along(operation, senders, receiver))))
        if strangers:
            sentence = next(filter(None, (_rows_of(signal, each, operation) for each in strangers)), "")
            told.append(other_sender(signal, strangers, senders, operation.kind.call).and_also(sentence))
    nearest = min((nearness for nearness, _answer in fitting), default=None)
    return _ranked([answer for nearness, answer in fitting if nearness == nearest] or told)


def _taken_along(operation, senders, receiver):
    """Return a sentence where a deletion sends the signal for rows that go with the one that is deleted."""
    if operation.name != "delete" or receiver.sender not in senders[1:]:
        return ""
    text = _("Deleting a row of %(model)s deletes those of %(other)s that belong to it, and sends it for each.")
    return text % {"model": senders[0], "other": receiver.sender}


def _rows_of(signal, receiver, operation):
    """Return a sentence on rows that an operation writes without this signal, "" for none."""
    label = operation.model._meta.label if operation.model else ""
    if operation.name == "m2m":
        return relations.of_members(signal.name, receiver.sender, operation.model)
    deleted = [model._meta.label for model in operation.senders()] if operation.name == "delete" else []
    written = [label] if operation.name in ("save", "create", "delete") else []
    return relations.told(signal.name, receiver.sender, written, deleted)


def as_connected(found):
    """Return what can be said of a receiver where nobody said what was done."""
    told = [
        unreachable(signal, receiver) or _should_have_been(found, signal, receiver)
        for signal, receivers in _by_signal(found)
        for receiver in receivers
    ]
    return _ranked([*told, answer("silent-operations", silent=silent_calls())])


def _by_signal(found):
    """Return each signal that the receiver is connected to, with those connections."""
    groups = {}
    for signal, receiver in found.connections:
        if receiver.sender_kind != PENDING:
            groups.setdefault(signal.name, (signal, []))[1].append(receiver)
    return groups.values()


def _other_signal(signal, kind):
    values = {"call": kind.call, "signal": signal.shown_name}
    hint = "" if signal.name.startswith(MODELS) else SENT_WHERE
    if kind.instead:
        return answer("silent-operation", hint or kind.instead, **values)
    return answer("other-signal", hint, sends=", ".join(kind.sends), **values)


def _should_have_been(found, signal, receiver):
    values = {"name": found.name, "signal": signal.shown_name, "sender": receiver.sender or _("every sender")}
    if receiver.name != found.name:
        return answer("connected:wrapped", wrapper=receiver.name, **values)
    if receiver.unrun:
        return answer("connected:unrun", what=receiver.unrun, **values)
    return answer("connected:all" if receiver.sender_kind == ALL else "connected", **values)


def _sent_without_it(found, signal, nodes):
    for node in nodes:
        if failed := _who_stopped(node):
            values = {"other": failed.name, "error": failed.error, "signal": signal.shown_name, "sender": node.sender}
            return answer("earlier-exception", **values)
    return answer("not-connected-then", signal=signal.shown_name, name=found.name)


def _not_sent(signal, receivers, trace):
    values = {"signal": signal.shown_name, "silent": silent_calls()}
    for other in INSTEAD.get(signal.name, ()):
        if _senders(trace, other):
            return answer("instead", other=other.rpartition(".")[2], **values)
    for root in trace.roots:
        if root.kind == SIGNAL and (failed := _who_stopped(root)):
            told = {"other": failed.name, "error": failed.error, "first": root.short_name, "sender": root.sender}
            return answer("raised-elsewhere", **values, **told)
    waiting = sorted({node.name for node, _depth in trace.walk() if node.kind == CALLBACK and not node.ran})
    if waiting:
        return answer("after-commit", names=", ".join(waiting), **values)
    if not signal.name.startswith(MODELS):
        return answer("not-sent:request" if signal.name in AROUND_A_REQUEST else "not-sent", **values)
    rows = _rows(signal, receivers, trace)
    if signal.name == relations.M2M_CHANGED:
        return answer("not-sent:members", **values).and_also(rows)
    if signal.name.endswith("_delete"):
        return answer("not-sent:deletion", **values).and_also(rows)
    return answer("not-sent:row", KINDS["update"].instead, **values).and_also(rows)


def _ranked(told):
    """Return answers, each once, the most likely first; where none of them settles it, with what can't be seen."""
    if {"connected", "not-sent", "not-connected-then", "not-heard-then"}.intersection(answer.id for answer in told):
        told = [*told, answer("elsewhere")]
    ranks = {key: rank for rank, key in enumerate(RANKS)}
    return sorted(dict.fromkeys(told), key=lambda answer: ranks.get(answer.id, 0))
