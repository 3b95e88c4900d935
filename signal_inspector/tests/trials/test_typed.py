"""Models and rows, as people type them."""

from django.contrib.auth.models import Group
from django.test import TestCase

from signal_inspector.trials.typed import Unclear, find_model, find_row


class RowTests(TestCase):
    def test_a_name_will_do_where_only_one_model_has_it(self):
        self.assertIs(find_model("group"), Group)
        self.assertIs(find_model("AUTH.group"), Group)

    def test_a_row_is_found_by_its_key(self):
        group = Group.objects.create(name="a:b")
        self.assertEqual(find_row(f"auth.Group:{group.pk}"), group)
        with self.assertRaises(Unclear):
            find_row("auth.Group:")
