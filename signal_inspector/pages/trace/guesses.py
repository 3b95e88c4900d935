"""Of what was not called, or not heard: what could have been meant first, and the noise of the framework last."""

import sys
from itertools import groupby

from django.apps import apps
from django.utils.translation import gettext as _

from signal_inspector.connected.catalogue import MODELS
from signal_inspector.reading import naming
from signal_inspector.reading.places import is_projects_own
from signal_inspector.requests.summary import app_or_package
from signal_inspector.traces.nodes import SIGNAL

# Sent for each row of each query, or by Django about itself: nobody misses an answer.
NOISE = {
    f"{MODELS}.pre_init",
    f"{MODELS}.post_init",
    f"{MODELS}.class_prepared",
    "django.test.signals.template_rendered",
}

SAME_SENDER, SAME_APP, OWN, FRAMEWORK = range(4)


def titles():
    """Return the titles of the groups, the likeliest first."""
    return (
        _("Of the same sender"),
        _("In an app that took part"),
        _("Elsewhere in the project"),
        _("Of Django and of packages"),
    )


class Guesses:
    """
    What took part in a trace: near to it is what could have been meant.

    Args:
        trace (Trace): the trace.
    """

    def __init__(self, trace):
        nodes = [node for node, _depth in trace.walk()]
        self.senders = {node.sender for node in nodes if node.kind == SIGNAL} - {""}
        self.apps = {app_or_package(name) for name in {node.name for node in nodes if node.kind != SIGNAL}}

    def idle(self, pairs):
        """
        Sort what was not called.

        Args:
            pairs (list): of each signal (``SignalInfo``) and its receivers.

        Returns:
            A list of groups, the likeliest first: title, whether it is folded, and such pairs.
        """
        ranked = [(self._of_receiver(each), place, each) for place, (_s, some) in enumerate(pairs) for each in some]
        ranked.sort(key=lambda one: one[:2])
        groups = []
        for rank, found in groupby(ranked, key=lambda one: one[0]):
            by_signal = groupby(found, key=lambda one: one[1])
            some = [(pairs[place][0], [each for *_rank, each in receivers]) for place, receivers in by_signal]
            groups.append((titles()[rank], rank == FRAMEWORK, some))
        return groups

    def unheard(self, rows):
        """
        Sort what nobody heard.

        Args:
            rows (list): tuples that begin with the name of the signal and the name of its sender.

        Returns:
            A pair: those that could have been meant, and the others.
        """
        near = [row for row in rows if row[0] not in NOISE and self._is_near(row[0], row[1])]
        return near, [row for row in rows if row not in near]

    def _of_receiver(self, receiver):
        if not is_projects_own(receiver.file):
            return FRAMEWORK
        if receiver.sender in self.senders:
            return SAME_SENDER
        return SAME_APP if app_or_package(receiver.name) in self.apps else OWN

    def _is_near(self, name, sender):
        if sender in self.senders or _is_own_module(name.rpartition(".")[0]):
            return True
        config = apps.app_configs.get(sender.partition(".")[0])
        return config is not None and _is_own_module(config.name)


def _is_own_module(name):
    file = naming.module_attributes(sys.modules.get(name)).get("__file__")
    return type(file) is str and is_projects_own(file)
