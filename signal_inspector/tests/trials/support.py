"""Receivers of groups for the tests of trials: one makes a permission of each group, another needs it."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save

POST_SAVE = "django.db.models.signals.post_save"
HERE = __name__


def make_right(sender, instance, created, using, **kwargs):
    kind = ContentType.objects.db_manager(using).get_for_model(Group)
    Permission.objects.using(using).create(codename=instance.name, name=instance.name, content_type=kind)


def rename_right(sender, instance, created, using, **kwargs):
    Permission.objects.using(using).get(codename=instance.name).save(using=using)


def look_on(sender, **kwargs):
    """Do nothing."""


class GroupReceivers:
    """Connects receivers to groups for a test."""

    receivers = (make_right,)

    def setUp(self):
        super().setUp()
        ContentType.objects.get_for_model(Group)
        for receiver in self.receivers:
            self.hear(receiver)

    def hear(self, receiver, signal=post_save, sender=Group):
        signal.connect(receiver, sender=sender, weak=False)
        self.addCleanup(signal.disconnect, receiver, sender=sender)


def a_group():
    """Prepare to create a group."""
    return lambda: Group.objects.create(name="Editors")


def kinds(outcome):
    """Return what is left: label and kind of each row."""
    return sorted((row.model._meta.label, row.kind) for row in outcome.rows)
