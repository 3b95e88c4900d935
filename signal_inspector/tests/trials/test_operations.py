"""Which signals Django's operations send, held against what Django sends."""

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import SimpleTestCase, TestCase

from signal_inspector import record
from signal_inspector.trials import operations
from signal_inspector.trials.typed import Unclear


class ParseTests(SimpleTestCase):
    def test_an_operation_and_its_model(self):
        found = operations.parse("update:auth.User")
        self.assertEqual((found.kind.call, found.model), ("QuerySet.update()", User))
        self.assertIsNone(operations.parse("save").model)
        self.assertIsNone(operations.parse(""))

    def test_other_words_for_the_same(self):
        self.assertEqual([operations.parse(word).name for word in ("SQL", "raw sql", "add")], ["raw", "raw", "m2m"])

    def test_the_asynchronous_methods_and_those_of_a_relation(self):
        for word, name in (
            ("abulk_create", "bulk_create"),
            ("asave:auth.User", "save"),
            ("set:auth.User", "m2m"),
            ("clear:contenttypes.ContentType", "reverse"),
            ("_raw_delete:auth.User", "raw_delete"),
        ):
            self.assertEqual(operations.parse(word).name, name)

    def test_a_name_that_is_none_is_told_with_those_there_are(self):
        with self.assertRaisesMessage(Unclear, "There is no operation 'savee'. There is save, create, delete, m2m"):
            operations.parse("savee:auth.User")


class SenderTests(SimpleTestCase):
    def test_a_relation_is_told_of_by_the_model_between(self):
        self.assertEqual(
            set(operations.parse("m2m:auth.Group").senders()), {Group.permissions.through, User.groups.through}
        )

    def test_a_deletion_takes_rows_along(self):
        self.assertIn(Permission, operations.parse("delete:contenttypes.ContentType").senders())
        self.assertNotIn(ContentType, operations.parse("delete:auth.Permission").senders())

    def test_without_a_model_nobody_is_meant(self):
        self.assertEqual(operations.parse("delete").senders(), ())


class SendsTests(TestCase):
    """What the table says of each operation is what Django does."""

    def setUp(self):
        self.group = Group.objects.create(name="readers")

    def sent(self, function):
        """Return the short names of the signals of models that are sent while a function runs."""
        with record() as trace:
            function()
        names = [name for name in trace.not_heard if name.startswith("django.db.models.signals.")]
        names += [node.name for root in trace.roots for node, _ in root.walk() if node.kind == "signal"]
        return {name.rpartition(".")[2] for name in names}

    def test_each_sends_what_the_table_says(self):
        permission = Permission.objects.all()[0]
        raw = f"UPDATE {Group._meta.db_table} SET name = 'x' WHERE name = 'y'"
        ways = {
            "save": self.group.save,
            "create": lambda: Group.objects.create(name="writers"),
            "m2m": lambda: self.group.permissions.add(permission),
            "update": lambda: Group.objects.filter(name="readers").update(name="y"),
            "bulk_update": lambda: Group.objects.bulk_update([self.group], ["name"]),
            "bulk_create": lambda: Group.objects.bulk_create([Group(name="editors")]),
            "reverse": lambda: permission.content_type.permission_set.add(permission),
            "raw_delete": lambda: Group.objects.filter(name="nobody")._raw_delete("default"),
            "raw": lambda: connection.cursor().execute(raw),
            "delete": self.group.delete,
        }
        self.assertEqual(ways.keys(), operations.KINDS.keys())
        read_back = {"pre_init", "post_init"}  # instances are made by reading, too
        for name, function in ways.items():
            sent = self.sent(function)
            self.assertLessEqual(set(operations.KINDS[name].sends), sent, name)
            self.assertLessEqual(sent - read_back, set(operations.KINDS[name].sends) | {"m2m_changed"}, name)
