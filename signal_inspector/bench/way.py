"""The receivers on the way of what is tried: what can be switched off, set to raise, to wait, or be moved."""

import sys
from dataclasses import dataclass

from signal_inspector.connected import catalogue, inventory, lookup
from signal_inspector.connected.senders import ALL
from signal_inspector.reading.places import is_projects_own, readable, split_name
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.trials.operations import Operation

AT = "at"  # what the names of the parameters begin with that change a receiver
KINDS = {"add": "m2m", "set": "m2m"}  # what operations.KINDS calls the others of ours
MOST = 150  # receivers


@dataclass
class OnTheWay:
    """
    A receiver that a signal of one sender reaches.

    Attributes:
        key (tuple): the names of the signal, of the receiver and of the sender, as ``Changes`` takes them.
        about (str): what the signal is about: the model of the instance, else the sender.
        chosen (str): what was chosen for it, "" for nothing.
    """

    key: tuple
    about: str
    chosen: str

    @property
    def signal(self):
        """The name of the signal."""
        return self.key[0]

    @property
    def parameter(self):
        """The name of the parameter that changes it."""
        return "~".join((AT, *self.key))

    @property
    def short(self):
        """The names without their modules, and the module of the receiver."""
        module, name = readable(self.key[1])
        return {"signal": self.signal.rpartition(".")[2], "name": name, "module": module}


def on_the_way(choice, *outcomes):
    """
    Return each ``OnTheWay`` of a ``Choice``: what is known before a run, what ran, then what else was chosen.

    The order is the same before and after each run: what is found by another run comes last.

    Args:
        choice (Choice): the choice.
        *outcomes (Outcome): of trials, that as it is first.
    """
    found = dict(_connected(choice))
    for outcome in outcomes:
        for node, parent in outcome.trace.walk_with_parents() if outcome else ():
            if parent is not None and parent.kind == SIGNAL and node.kind != SIGNAL:
                about = parent.instance.partition(":")[0] or parent.sender
                found.setdefault((parent.name, node.name, parent.sender), about)
    for key in choice.changes.receivers:
        if not any(key == each[: len(key)] for each in found):  # an address may name no sender: it means all of them
            found[key] = key[2] if len(key) > 2 else ""
    groups = {}
    for key, about in list(found.items())[:MOST]:  # nested signals come between those of one
        names = (*key, "")[:3]
        groups.setdefault((key[0], about), []).append(OnTheWay(key, about, choice.changes.action(*names)))
    return [each for group in groups.values() for each in group]


def own_signals(way, choice):
    """Return the names of the project's own signals on the way, and those whose method was chosen."""
    return sorted({each.signal for each in way if _is_own(each.signal)} | choice.changes.methods.keys())


def is_signal(name):
    """Tell whether there is a signal of a name in this process. One without a name may be made by what is tried."""
    return name.startswith("<") or any(each.name == name for each in inventory.all_signals())


def is_receiver(name):
    """Tell whether there is a receiver of a name in this process, connected or not."""
    return lookup.receiver_named(name) is not None or lookup.function_named(name, anywhere=True) is not None


def _is_own(signal):
    """Tell whether a signal is one of the project's own, by its name."""
    module = sys.modules.get(split_name(signal)[0])
    return signal not in catalogue.DJANGO and is_projects_own(getattr(module, "__file__", ""))


def _connected(choice):
    """Yield key and model of the receivers that hear the signals of the operation itself, as far as is known."""
    sender = _sender(choice)
    if sender is None:
        return
    operation = Operation(KINDS.get(choice.do, choice.do), choice.model)
    heard = {f"{inventory.MODELS}{name}" for name in operation.kind.sends if not name.endswith("_init")}
    everything = inventory.without_own(inventory.all_signals())
    for signal in inventory.for_model(choice.model, [each for each in everything if each.name in heard]):
        for receiver in signal.receivers:
            if receiver.name and (receiver.sender_kind == ALL or receiver.sender == sender._meta.label):
                yield (signal.name, receiver.name, sender._meta.label), choice.model._meta.label


def _sender(choice):
    """Return the model that sends the signals of the operation: its own, or the one between it and its members."""
    if choice.do not in KINDS:
        return choice.model
    relation = choice.plain["relation"] or next(iter(choice.relations()), "")
    return getattr(getattr(choice.model, relation, None), "through", None)
