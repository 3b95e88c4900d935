"""A receiver of a family hears a model with its proxies and children, whenever those are made, and nobody else."""

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.signals import class_prepared, post_delete, post_save, pre_save
from django.test import TestCase
from django.test.utils import isolate_apps

from listening import families
from listening.families import family_receiver
from listening.muting import sent
from listening.testing import restored

User = get_user_model()


class FamilyTests(TestCase):
    def setUp(self):
        self.heard = []
        self.enterContext(restored())

    def listen(self, signals=post_save, sender=Group, uid="families.test"):
        """Connect a receiver to a family, and return it: only the test holds it."""

        @family_receiver(signals, sender=sender, dispatch_uid=uid)
        def hear(sender, signal, **kwargs):
            self.heard.append((signal, sender))

        self.addCleanup(self.disconnect, signals, uid)
        return hear

    def disconnect(self, signals, uid):
        for signal in signals if isinstance(signals, list) else [signals]:
            for member in (*families._members, *apps.get_models()):
                signal.disconnect(sender=member, dispatch_uid=uid)

    def define(self, name="Editors", proxy=True, base=Group):
        with isolate_apps("users"):
            meta = type("Meta", (), {"app_label": "users", **({"proxy": True} if proxy else {})})
            return type(name, (base,), {"__module__": __name__, "Meta": meta})

    def test_it_hears_the_model_itself(self):
        hear = self.listen()
        Group.objects.create(name="editors")
        self.assertEqual(self.heard, [(post_save, Group)])
        self.assertEqual(hear.__name__, "hear")

    def test_the_model_may_be_named(self):
        _hear = self.listen(sender="auth.Group")
        Group.objects.create(name="editors")
        self.assertEqual(self.heard, [(post_save, Group)])

    def test_it_hears_a_proxy_that_is_made_later(self):
        _hear = self.listen()
        editors = self.define()
        editors.objects.create(name="editors")
        self.assertEqual(self.heard, [(post_save, editors)])

    def test_it_hears_a_child_of_which_the_saves_are_its_own_and_the_deletions_its_parents(self):
        _hear = self.listen([pre_save, post_save, post_delete])
        child = self.define(proxy=False)
        for signal in (pre_save, post_save, post_delete):
            signal.send(sender=child, instance=child(), using="default")
        self.assertEqual(self.heard, [(pre_save, child), (post_save, child)])

    def test_it_hears_a_proxy_of_a_child(self):
        _hear = self.listen()
        child = self.define(proxy=False)
        proxy = self.define("Late", base=child)
        post_save.send(sender=proxy, instance=proxy(), using="default")
        self.assertEqual(self.heard, [(post_save, proxy)])

    def test_it_does_not_hear_others(self):
        _hear = self.listen()
        User.objects.create_user("ada")
        self.assertEqual(self.heard, [])

    def test_a_class_that_is_prepared_twice_is_connected_once(self):
        _hear = self.listen()
        editors = self.define()
        class_prepared.send(editors)
        editors.objects.create(name="editors")
        self.assertEqual(len(self.heard), 1)

    def test_a_name_is_connected_once(self):
        _first = self.listen()
        _second = self.listen()
        Group.objects.create(name="editors")
        self.assertEqual(len(self.heard), 1)
        editors = self.define()
        editors.objects.create(name="editors too")
        self.assertEqual(len(self.heard), 2)

    def test_a_class_of_the_same_name_is_a_stranger(self):
        _hear = self.listen()
        with isolate_apps("users"):
            stranger = type(
                "Group", (models.Model,), {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "users"})}
            )
        with sent(post_save) as calls:
            post_save.send(sender=stranger, instance=stranger(), using="default")
        self.assertEqual((len(calls), self.heard), (1, []))
