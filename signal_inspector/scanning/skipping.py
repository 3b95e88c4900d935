"""Which connected receivers a place in the source skips."""

import os
from dataclasses import dataclass, field
from types import FunctionType

from django.apps import apps

from signal_inspector import conf
from signal_inspector.connected import inventory, senders
from signal_inspector.connected.inventory import MODELS
from signal_inspector.reading import naming, source
from signal_inspector.reading.places import short_path
from signal_inspector.scanning import places
from signal_inspector.scanning.resolving import relations

# What follows upon a deletion by itself: of this only receivers are told that are connected to the very model.
OWN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
FOLLOWS = ("delete", "SET_NULL", "SET_DEFAULT", "SET", "DB_SET_NULL", "DB_SET_DEFAULT")


@dataclass(frozen=True)
class Skipped:
    """
    What a place does not call.

    Attributes:
        signal (str): the last part of the signal's name, "" for a method of the model.
        name (str): the dotted name of the receiver or method.
        where (str): its path and line.
        every (bool): whether the receiver hears every model.
    """

    signal: str
    name: str
    where: str
    every: bool = False


@dataclass
class Bypassed:
    """
    A place, and what it skips.

    Attributes:
        place (Place): the place.
        models (list): the labels of the models whose rows it writes.
        skipped (list): each ``Skipped``.
    """

    place: places.Place
    models: list
    skipped: list = field(default_factory=list)


def bypassed(signals, everything=False):
    """
    Return a list of each ``Bypassed``.

    Args:
        signals (list): each ``SignalInfo`` whose receivers count, as ``inventory.all_signals()`` returns them.
        everything (bool): whether places that skip nobody are wanted, too, and those of the inspector.
    """
    by_name = {signal.name: signal for signal in signals}
    told = []
    for place in places.find(hearing(inventory.all_signals())):  # of all: a filter must not hide whom one hears
        if not everything and (place.path.startswith(OWN) or conf.silenced(place.module)):
            continue
        models, skipped = [], {}
        for model, names in place.writes:
            found = list(_receivers(by_name, model, names, place.operation not in FOLLOWS))
            found += _methods(model, names) if model is not None and place.operation not in FOLLOWS else []
            found = [each for each in found if not conf.silenced(each.name)]
            if found or (everything and place.operation not in FOLLOWS):
                models += [model._meta.label] if model is not None else []
                skipped |= dict.fromkeys(found)
        if skipped or (everything and place.operation not in FOLLOWS):
            told.append(Bypassed(place, models, list(skipped)))
    return told


def hearing(signals):
    """Return of each receiver of models' signals, by path and first line, the models that it hears."""
    found, others = {}, set()
    for signal in signals:
        for each in signal.receivers if signal.name.startswith(MODELS) else ():
            model = _model(each)
            if signal.short_name == "m2m_changed" or model is None:
                others.add((each.file, each.line))
            found.setdefault((each.file, each.line), set()).add(model)
    return {key: models for key, models in found.items() if key not in others}


def _model(receiver):
    try:
        return apps.get_model(receiver.sender) if receiver.sender_kind == senders.MODEL else None
    except (LookupError, ValueError):  # a historical model
        return None


def _receivers(by_name, model, names, every_too):
    for name in names:
        signal = by_name.get(MODELS + name)
        for each in signal.receivers if signal else ():
            every = each.sender_kind == senders.ALL
            own = model is not None and each.sender_kind == senders.MODEL and each.sender == model._meta.label
            if not each.dead and (own or (every and every_too)):
                yield Skipped(name, each.name, each.where, every)


def _methods(model, names):
    method = relations.method_of(model, "save") if "post_save" in names else None
    if type(method) is FunctionType and not relations.is_django(method):
        file, line = source.location(method)
        yield Skipped("", naming.receiver_name(method), f"{short_path(file)}:{line}")
