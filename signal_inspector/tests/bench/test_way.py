"""The receivers on the way of what is tried."""

from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed
from django.http import QueryDict
from django.test import TestCase

from signal_inspector.bench.choice import Choice
from signal_inspector.bench.way import on_the_way
from signal_inspector.tests.trials.support import HERE, GroupReceivers, a_group, look_on, make_right
from signal_inspector.trials.running import run

M2M_CHANGED = "django.db.models.signals.m2m_changed"


class WayTests(GroupReceivers, TestCase):
    receivers = (make_right, look_on)

    def way(self, text, *outcomes):
        """Return each ``OnTheWay`` of the receivers of these tests."""
        return [each for each in on_the_way(Choice.of(QueryDict(text)), *outcomes) if each.key[1].startswith(HERE)]

    def test_a_relation_is_told_of_by_the_model_between(self):
        self.hear(look_on, m2m_changed, Group.permissions.through)
        self.hear(make_right, m2m_changed, User.groups.through)
        for relation, receiver, sender in (
            ("permissions", "look_on", "auth.Group_permissions"),
            ("user_set", "make_right", "auth.User_groups"),
            ("", "look_on", "auth.Group_permissions"),  # the first one is offered
        ):
            with self.subTest(relation):
                (each,) = self.way(f"do=add&model=auth.Group&relation={relation}")
                self.assertEqual(each.key, (M2M_CHANGED, f"{HERE}.{receiver}", sender))
                self.assertEqual(each.about, "auth.Group")

    def test_a_choice_for_one_sender_goes_before_that_for_all(self):
        name = f"django.db.models.signals.post_save~{HERE}.look_on"
        text = f"do=create&model=auth.Group&at~{name}=off&at~{name}~auth.User=wait"
        chosen = {(each.short["name"], each.key[2]): each.chosen for each in self.way(text, run(a_group))}
        self.assertEqual(
            chosen,
            {("make_right", "auth.Group"): "", ("look_on", "auth.Group"): "off", ("look_on", "auth.User"): "wait"},
        )
