"""What is known of senders goes with them."""

import gc

from django.contrib.auth.models import Group
from django.dispatch import Signal
from django.test import SimpleTestCase

from signal_inspector import record
from signal_inspector.recording import known


def hear(sender, **kwargs):
    """Do nothing."""


class KnownTests(SimpleTestCase):
    def test_signals_and_senders_are_forgotten_when_they_go(self):
        def kept():
            return [site.names for site in known.sites.values() if "<locals>.Sender" in site.names[1]]

        def send():
            signal = Signal()
            signal.connect(hear)
            for _ in range(20):

                class Sender:
                    """One of many."""

                signal.send(Sender, instance=Sender())
            signal.send(None)
            self.assertTrue(kept())

        with record() as trace:
            send()
            gc.collect()
            self.assertEqual(kept(), [])
        self.assertEqual({node.sender.rpartition(".")[2] for node in trace.roots}, {"Sender", ""})

    def test_senders_that_are_no_classes_are_not_kept(self):
        signal, group, before = Signal(), Group(), len(known.sites)
        with record() as trace:
            for sender in ("a text", object(), group):
                signal.send(sender)
        self.assertEqual(len(known.sites), before)
        told = [sender for _name, sender in trace.unheard]
        self.assertEqual(told, ["a text", "builtins.object object", "django.contrib.auth.models.Group object"])

    def test_the_instance_may_be_of_another_class_than_the_sender(self):
        signal = Signal()
        signal.connect(hear)
        with record() as trace:
            signal.send("somebody", instance=Group(pk=7))
            signal.send(Group, instance=KnownTests())
            signal.send(Group, instance=Group())
        self.assertEqual(
            [node.instance for node in trace.roots],
            ["auth.Group:7", f"{__name__}.KnownTests object", "auth.Group:new"],
        )
