"""A receiver of m2m_changed that does not hear fixtures hears everything else."""

import json
import tempfile
from pathlib import Path

from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.core.management import call_command
from django.db.models.signals import m2m_changed
from django.test import TestCase

from listening.loading import unless_loaded


class UnlessLoadedTests(TestCase):
    def setUp(self):
        self.heard = []

        @unless_loaded
        def hear(sender, instance, action, using, **kwargs):
            self.heard.append((instance.pk, action, using))

        m2m_changed.connect(hear, sender=Group.permissions.through, weak=False)
        self.addCleanup(m2m_changed.disconnect, hear, sender=Group.permissions.through)
        self.group = Group.objects.create(name="editors")
        self.permission = Permission.objects.first()

    def load(self, *permissions):
        """Load the group with permissions, as loaddata does."""
        fields = {"name": "editors", "permissions": [permission.pk for permission in permissions]}
        text = json.dumps([{"model": "auth.group", "pk": self.group.pk, "fields": fields}])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "fixture.json")
            path.write_text(text)
            call_command("loaddata", path, verbosity=0)
        self.assertEqual(list(self.group.permissions.all()), list(permissions))

    def test_what_a_fixture_gives_and_takes_is_not_heard(self):
        self.load(self.permission)
        self.load()
        self.assertEqual(self.heard, [])

    def test_what_is_done_before_and_after_is_heard(self):
        self.group.permissions.add(self.permission)
        self.assertEqual([action for _, action, _ in self.heard], ["pre_add", "post_add"])
        self.load(self.permission)
        Group.objects.get().permissions.clear()
        self.permission.group_set.add(self.group)
        self.assertEqual(len(self.heard), 6)

    def test_an_instance_that_was_loaded_is_heard_afterwards(self):
        (loaded,) = serializers.deserialize("json", serializers.serialize("json", [self.group]))
        loaded.save()
        loaded.object.permissions.add(self.permission)
        self.assertEqual(len(self.heard), 2)

    def test_it_keeps_its_name_and_gets_all_arguments(self):
        @unless_loaded
        def hear(sender, instance, **kwargs):
            self.heard.append(kwargs)

        hear(sender=None, instance=self.group, action="pre_add", raw=False, pk_set={1})
        hear(sender=None, instance=self.group, action="pre_add", raw=True, pk_set={1})
        self.assertEqual((hear.__name__, self.heard), ("hear", [{"action": "pre_add", "pk_set": {1}}]))
