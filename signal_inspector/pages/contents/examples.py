"""Questions to begin with on the why page: about receivers of this process, chosen from what is connected."""

import json
from collections import Counter
from dataclasses import dataclass

from django.apps import apps
from django.utils.http import urlencode

from signal_inspector.connected.catalogue import MODELS
from signal_inspector.connected.senders import MODEL
from signal_inspector.reading.places import is_projects_own
from signal_inspector.traces.nodes import RECEIVER

LOOKED_AT = 10  # traces
SAVED = f"{MODELS}.post_save"


@dataclass
class Example:
    """
    A question that is a link.

    Attributes:
        kind (str): "called", "other" or "update".
        receiver (str): the dotted name of the receiver.
        model (str): the label of the model that is asked about, "" for a trace.
        label (str): what the trace is a record of, else "".
        query (str): the question as the query of an address.
    """

    kind: str
    receiver: str
    model: str = ""
    label: str = ""
    query: str = ""


def choose(signals, traces):
    """
    Return up to three examples: a receiver that was called, one that another model calls, one that nothing calls.

    Args:
        signals (list): each ``SignalInfo`` of the process.
        traces (iterable): stored traces, the newest first, with their edges.
    """
    connected = [(signal, each) for signal in signals for each in signal.receivers if each.name]
    own = [pair for pair in connected if is_projects_own(pair[1].file)] or connected
    heard = _of_saves(own)
    found = [_called(traces, heard) or _called(traces, {each.name for _, each in own})]
    if heard:
        (receiver, models), (other, its_models) = [*heard.items(), *heard.items()][:2]
        found.append(_asked("other", receiver, "save", _another(models, own)))
        found.append(_asked("update", other, "update", its_models[0]))
    return [each for each in found if each]


def _asked(kind, receiver, operation, model):
    if model is None:
        return None
    query = urlencode({"receiver": receiver, "operation": operation, "model": model})
    return Example(kind, receiver, model, query=query)


def _of_saves(connected):
    """Return the receivers that are connected to ``post_save`` of models and to nothing else: name to their labels."""
    times, found = Counter(each.name for _, each in connected), {}
    for signal, each in connected:
        if signal.name == SAVED and each.sender_kind == MODEL and not each.never:
            found.setdefault(each.name, []).append(each.sender)
    return {name: labels for name, labels in found.items() if times[name] == len(labels)}


def _another(models, connected):
    """Return the label of a model beside some: one that somebody listens to, else any; None if there is no other."""
    heard = [each.sender for signal, each in connected if signal.name == SAVED and each.sender_kind == MODEL]
    labels = [*heard, *(model._meta.label for model in apps.get_models())]
    return next((each for each in labels if each not in models), None)


def _called(traces, names):
    for stored in traces:
        for _start, (kind, name, _sender), _times in json.loads(stored.edges):
            if kind == RECEIVER and name in names:
                query = urlencode({"receiver": name, "trace": stored.pk})
                return Example("called", name, label=stored.label, query=query)
    return None
