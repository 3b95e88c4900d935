"""The receivers on the way of what is tried: what can be switched off, set to raise, to wait, or be moved."""

import sys
from dataclasses import dataclass, field

from signal_inspector.connected import catalogue, inventory, lookup
from signal_inspector.reading.places import is_projects_own, readable, split_name
from signal_inspector.traces.nodes import SIGNAL
from signal_inspector.trials.operations import Operation

KINDS = {"add": "m2m", "set": "m2m"}  # what operations.KINDS calls the others of ours
MOST = 150  # receivers


@dataclass
class OnTheWay:
    """
    A receiver that a signal reaches.

    Attributes:
        signal (str), name (str): the dotted names of the signal and of the receiver: what is changed.
        sender (str): whose signal it heard first.
        chosen (str): what was chosen for it.
        others (list): of which senders it hears the same signal, too.
    """

    signal: str
    name: str
    sender: str
    chosen: str
    others: list = field(default_factory=list)

    @property
    def parameter(self):
        """The name of the parameter."""
        return f"at~{self.signal}~{self.name}"

    @property
    def short(self):
        """The names without their modules, and the module of the receiver."""
        module, name = readable(self.name)
        return {"signal": self.signal.rpartition(".")[2], "name": name, "module": module}


def on_the_way(choice, *outcomes):
    """
    Return each ``OnTheWay`` of a ``Choice``: what is known before a run, what ran, then what else was chosen.

    The order is the same before and after each run: what is found by another run comes last.

    Args:
        choice (Choice): the choice.
        *outcomes (Outcome): of trials, that as it is first.
    """
    senders = {}
    for key, sender in _connected(choice):
        senders.setdefault(key, []).append(sender)
    for outcome in outcomes:
        for node, parent in outcome.trace.walk_with_parents() if outcome else ():
            if parent is not None and parent.kind == SIGNAL and node.kind != SIGNAL:
                heard = senders.setdefault((parent.name, node.name), [])
                sender = parent.instance.partition(":")[0] or parent.sender
                heard += [sender] if sender not in heard else []
    for key in choice.changes.receivers:
        senders.setdefault(key, [""])
    chosen, groups = choice.changes.receivers, {}
    for key, heard in list(senders.items())[:MOST]:  # nested signals come between those of one
        first, *others = heard
        groups.setdefault((key[0], first), []).append(OnTheWay(*key, first, chosen.get(key, ""), others))
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
    """Yield names and sender of the receivers that hear the signals of the operation itself, as far as is known."""
    if choice.model is None:
        return
    operation = Operation(KINDS.get(choice.do, choice.do), choice.model)
    heard = {f"{inventory.MODELS}{name}" for name in operation.kind.sends if not name.endswith("_init")}
    everything = inventory.without_own(inventory.all_signals())
    for signal in inventory.for_model(choice.model, [each for each in everything if each.name in heard]):
        for receiver in signal.receivers:
            if receiver.name:
                yield (signal.name, receiver.name), choice.model._meta.label
