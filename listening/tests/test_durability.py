"""A durable receiver runs like any other one, unless somebody has said that it is kept."""

from contextlib import contextmanager
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.test import SimpleTestCase, TransactionTestCase

from listening.announcing import announce, announcing
from listening.durability import Kept, connected_durable, durable, durable_receivers, shared, together
from listening.events import event
from listening.muting import muted
from listening.testing import restored


@event(key="instance")
def opened(*, instance: Model, door: str, using: str) -> None:
    """A door was opened."""


class DurableTestCase(TransactionTestCase):
    def setUp(self):
        self.enterContext(restored(opened, announcing))
        self.enterContext(muted(announcing))  # whoever keeps them here
        self.heard = []
        self.group = Group.objects.create(name="editors")

    def hear(self, sender, door, event_id, attempt, keys, **kwargs):
        self.heard.append((door, event_id, attempt, keys))

    def connect(self, *args, **options):
        marked = durable(*args or [lambda sender, **kwargs: self.hear(sender, **kwargs)], **options)
        opened.connect(marked, sender=Group, weak=False)
        return marked

    def announce(self, door="front"):
        announce(opened, sender=Group, using="default", instance=self.group, door=door)


class AloneTests(DurableTestCase):
    """Nobody keeps it."""

    def test_it_runs_after_the_commit(self):
        self.connect()
        with transaction.atomic():
            self.announce()
            self.assertEqual(self.heard, [])
        ((door, _, attempt, keys),) = self.heard
        self.assertEqual((door, attempt, keys), ("front", 1, {"instance": self.group.pk}))

    def test_an_event_has_one_id_for_all_its_receivers_and_each_event_another(self):
        self.connect()
        self.connect()
        self.announce()
        self.announce()
        ids = [event_id for _, event_id, _, _ in self.heard]
        self.assertEqual((len(ids), ids[0], ids[2]), (4, ids[1], ids[3]))
        self.assertNotEqual(ids[0], ids[2])

    def test_the_decorator_is_the_same(self):
        @receiver(opened, sender=Group)
        @durable(atomic=False, lease=timedelta(minutes=5))
        def hear(sender, **kwargs):
            """Hear."""
            self.hear(sender, **kwargs)

        self.announce()
        self.assertEqual(len(self.heard), 1)
        self.assertEqual((hear.__name__, hear.__doc__, hear.atomic, hear.lease.seconds), ("hear", "Hear.", False, 300))
        self.assertEqual(durable_receivers(opened, Group), [hear])
        self.assertEqual(durable_receivers(opened, Model), [])

    def test_it_gets_what_it_notes_and_does_not_run_where_that_is_nothing(self):
        def note(sender, instance, door, **kwargs):
            return {"length": len(door)} if door else None

        found = []
        self.connect(lambda sender, length, **kwargs: found.append(length), noting=note)
        for door in ("front", "", "back"):
            self.announce(door)
        self.assertEqual(found, [5, 4])

    def test_it_can_get_only_what_it_notes(self):
        found = []
        note = lambda signal, door, **kwargs: {"length": len(door), "name": signal.__name__}  # noqa: E731
        self.connect(lambda sender, **kwargs: found.append(kwargs), noting=note, only_noted=True)
        self.announce()
        (given,) = found
        self.assertEqual(sorted(given), ["attempt", "event_id", "keys", "length", "name", "signal"])
        self.assertEqual((given["length"], given["name"], given["keys"]), (5, "opened", {}))
        with self.assertRaisesMessage(TypeError, "give it noting"):
            durable(lambda sender, **kwargs: None, only_noted=True)

    def test_an_instance_that_it_does_not_name_is_left_out(self):
        found = []
        self.connect(lambda sender, **kwargs: found.append(sorted(kwargs)))
        self.connect(lambda sender, instance, **kwargs: found.append(instance))
        self.announce()
        self.assertEqual(found, [["attempt", "door", "event_id", "keys", "signal", "using"], self.group])

    def test_an_event_that_is_sent_and_not_announced_runs_it_too(self):
        self.connect()
        opened.send_robust(sender=Group, instance=self.group, door="front", using="default")
        self.assertEqual(len(self.heard), 1)

    def test_what_it_raises_harms_nobody(self):
        def fail(sender, **kwargs):
            raise ZeroDivisionError

        self.connect(fail)
        self.connect()
        with self.assertLogs("django.dispatch", "ERROR"):
            self.announce()
        self.assertEqual(len(self.heard), 1)

    def test_muted_receivers_are_not_asked_and_yet_found_by_their_names(self):
        marked = self.connect()
        with muted(opened, marked):
            self.announce()
            self.assertEqual(durable_receivers(opened, Group), [])
            self.assertEqual(connected_durable(opened), [marked])
        self.assertEqual(self.heard, [])

    def test_what_is_shared_is_made_once_for_an_event_and_closed_after_it(self):
        log = []

        @contextmanager
        def line():
            log.append("open")
            yield log
            log.append("closed")

        for name in ("first", "second"):
            self.connect(lambda sender, name=name, **kwargs: shared(line).append(name))
        self.announce()
        self.announce()
        self.assertEqual(log, ["open", "first", "second", "closed"] * 2)
        with together(), together():
            self.assertIs(shared(line), shared(line))


class KeptTests(DurableTestCase):
    """Somebody does."""

    def setUp(self):
        super().setUp()
        self.kept = self.connect()
        self.events = []
        announcing.connect(self.keep, sender=opened)

    def keep(self, signal, event_id, **kwargs):
        self.events.append(event_id)
        return Kept(frozenset([self.kept]), lambda: self.heard.append("handed over"))

    def test_it_returns_at_once_and_what_is_kept_is_handed_over_when_others_have_heard(self):
        self.connect(lambda sender, **kwargs: self.heard.append("another durable one"))
        opened.connect(self.ordinary)
        with transaction.atomic():
            self.announce()
        self.assertEqual(self.heard, ["another durable one", "ordinary", "handed over"])
        self.assertEqual(len(self.events), 1)

    def ordinary(self, **kwargs):
        self.heard.append("ordinary")

    def test_it_is_handed_over_though_another_receiver_fails(self):
        def fail(**kwargs):
            raise ZeroDivisionError

        opened.connect(fail)
        with self.assertLogs("django.dispatch", "ERROR"):
            self.announce()
        self.assertEqual(self.heard, ["handed over"])

    def test_what_goes_wrong_then_is_logged_and_harms_nobody(self):
        def fail():
            raise ConnectionError

        announcing.disconnect(self.keep, sender=opened)
        announcing.connect(lambda **kwargs: Kept(frozenset(), fail), sender=opened, weak=False)
        announcing.connect(lambda **kwargs: Kept(frozenset(), None), sender=opened, weak=False)
        announcing.connect(self.keep, sender=opened)
        with self.assertLogs("django.db.backends.base", "ERROR"):
            self.announce()
        self.assertEqual(self.heard, ["handed over"])

    def test_after_a_rollback_there_is_nothing_to_hand_over(self):
        with transaction.atomic():
            self.announce()
            transaction.set_rollback(True)
        self.assertEqual(self.heard, [])

    def test_the_same_receiver_runs_for_an_event_that_is_not_kept(self):
        opened.send_robust(sender=Group, instance=self.group, door="front", using="default")
        self.assertEqual(len(self.heard), 1)


class RefusedTests(SimpleTestCase):
    def test_a_coroutine_function(self):
        async def hear(sender, **kwargs):
            pass

        with self.assertRaisesMessage(TypeError, "is a coroutine function"):
            durable(hear)

    def test_signals_that_are_no_events(self):
        marked = durable(lambda sender, **kwargs: None)
        post_save.connect(marked, sender=Group)
        self.addCleanup(post_save.disconnect, marked, sender=Group)
        with self.assertRaisesMessage(TypeError, "listens to events"):
            post_save.send(sender=Group, instance=None)
