"""The statements of receivers, and what waits for a commit."""

from functools import partial
from unittest import mock

from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.test import TestCase, TransactionTestCase

from signal_inspector import record
from signal_inspector.reading.private import cleared, waiting
from signal_inspector.tests.recording.support import (
    Connected,
    asked,
    first,
    names,
    second,
    told,
)


class ModelTests(Connected, TestCase):
    """Model signals, and the statements of receivers."""

    def setUp(self):
        self.group = Group.objects.create(name="readers")

    def test_the_instance_by_model_and_key(self):
        self.connect(pre_save, second, sender=Group)
        self.connect(post_save, second, sender=Group)
        with record() as trace:
            group = Group.objects.create(name="writers")
            group.save(update_fields=["name"])
        told = [(node.short_name, node.instance, node.details) for node in trace.roots]
        key = f"auth.Group:{group.pk}"
        self.assertEqual(
            told,
            [
                ("pre_save", "auth.Group:new", {}),
                ("post_save", key, {"created": True}),
                ("pre_save", key, {"update_fields": ["name"]}),
                ("post_save", key, {"created": False, "update_fields": ["name"]}),
            ],
        )

    def test_instances_are_not_turned_into_strings(self):
        self.connect(post_save, second, sender=Group)
        with mock.patch.object(Group, "__str__", side_effect=AssertionError), record() as trace:
            Group.objects.create(name="a secret name")
        self.assertNotIn("secret", str(trace.as_data()))

    def test_each_receiver_has_its_own_statements(self):
        def counting(sender, **kwargs):
            Group.objects.count()
            told.send(None)

        def looking(sender, **kwargs):
            Group.objects.exists()
            with connection.cursor() as cursor:
                cursor.executemany("DELETE FROM auth_group WHERE id = %s", [[-1], [-2]])

        self.connect(post_save, counting, sender=Group)
        self.connect(told, looking)
        with record() as trace, self.assertNumQueries(4):
            self.group.save()
        counting_node = trace.roots[0].children[0]
        looking_node = counting_node.children[0].children[0]
        self.assertEqual((counting_node.queries, looking_node.queries), (1, 2))
        self.assertEqual((trace.queries, trace.counts()["queries"]), (1, 4))
        self.assertGreater(looking_node.query_seconds, 0)

    def test_statements_that_fail_count_too(self):
        # SAVEPOINT, INSERT, ROLLBACK, RELEASE
        with self.assertNumQueries(4), record() as trace, self.assertRaises(IntegrityError), transaction.atomic():
            Group.objects.create(name="readers")
        self.assertEqual(trace.queries, 4)

    def test_fast_deletes_stay_fast(self):
        self.enterContext(cleared(pre_delete, post_delete))  # a project may listen to groups
        Group.objects.bulk_create(Group(name=f"group {number}") for number in range(10))
        self.assertFalse(pre_delete.has_listeners(Group) or post_delete.has_listeners(Group))
        with self.assertNumQueries(4):
            Group.objects.filter(name__lt="group 5").delete()
        with record(), self.assertNumQueries(4):
            self.assertFalse(post_delete.has_listeners(Group))
            Group.objects.filter(name__startswith="group").delete()

    def test_m2m_actions(self):
        self.connect(m2m_changed, second, sender=Group.permissions.through)
        with record() as trace:
            self.group.permissions.set([1])
        self.assertEqual([node.details["action"] for node in trace.roots], ["pre_add", "post_add"])
        self.assertEqual(trace.roots[0].sender, "auth.Group_permissions")
        self.assertEqual(trace.roots[0].instance, f"auth.Group:{self.group.pk}")

    def test_the_databases_own_wrappers_stay_as_they_are(self):
        with record():
            self.assertEqual(connection.execute_wrappers, [])

    def test_ten_thousand_saves(self):
        self.connect(post_save, second, sender=Group)
        with record() as trace:
            for _ in range(3_000):
                post_save.send(Group, instance=self.group, created=False)
        self.assertEqual(len(trace.roots), 1_000)
        self.assertEqual(trace.left_out, 2 * 2_000)


class CommitTests(Connected, TransactionTestCase):
    """Callbacks of ``transaction.on_commit()``."""

    available_apps = None

    def setUp(self):
        super().setUp()
        connection.ensure_connection()  # Django closes it after such a test; opening it sends a signal of its own

    def test_a_callback_stands_under_the_receiver_that_gave_it(self):
        def giving(sender, **kwargs):
            transaction.on_commit(callback)

        def callback():
            told.send(None)
            Group.objects.count()

        self.connect(post_save, giving, sender=Group)
        self.connect(told, first)
        with record() as trace:
            with transaction.atomic():
                Group.objects.create(name="readers")
                self.assertIs(next(waiting(connection)).function, callback)
            asked.send(None)
        self.assertEqual(names(trace), [["post_save", ["giving", ["callback", ["told", "first"]]]]])
        node = trace.roots[0].children[0].children[0]
        self.assertEqual((node.kind, node.how, node.ran, node.queries), ("callback", "on_commit", True, 1))
        self.assertTrue(node.name.endswith("test_a_callback_stands_under_the_receiver_that_gave_it.<locals>.callback"))
        self.assertGreater(node.start, trace.roots[0].start + trace.roots[0].duration)

    def test_one_that_is_rolled_back_did_not_run(self):
        def callback():
            told.send(None)

        with record() as trace:
            with self.assertRaises(KeyError), transaction.atomic():
                transaction.on_commit(callback)
                raise KeyError
            with transaction.atomic():
                transaction.on_commit(callback, robust=True)
                with self.assertRaises(KeyError), transaction.atomic():
                    transaction.on_commit(callback)
                    raise KeyError
        self.assertEqual([node.ran for node in trace.roots], [False, True, False])
        self.assertEqual([node.how for node in trace.roots], ["on_commit", "on_commit robust", "on_commit"])
        self.assertIn("callback (not run)", trace.as_text())

    def test_without_a_transaction_it_runs_at_once(self):
        ran = []
        with record() as trace:
            transaction.on_commit(lambda: ran.append(True))
        self.assertEqual((ran, trace.roots[0].ran), ([True], True))

    def test_one_that_outlives_the_record_did_not_run_in_it(self):
        ran = []
        with transaction.atomic(), record() as trace:
            transaction.on_commit(lambda: ran.append(True))
        self.assertEqual((ran, trace.roots[0].ran), ([True], False))

    def test_one_that_was_given_to_an_inner_record_runs_in_the_outer_one(self):
        with record() as outer, transaction.atomic(), record() as inner:
            transaction.on_commit(lambda: told.send(None))
        self.assertEqual((inner.roots[0].ran, outer.roots[0].ran), (False, True))

    def test_one_that_fails(self):
        def callback():
            raise ZeroDivisionError

        with record() as trace:
            with self.assertRaises(ZeroDivisionError), transaction.atomic():
                transaction.on_commit(callback)
            with self.assertLogs("django.db.backends.base") as within, transaction.atomic():
                transaction.on_commit(callback, robust=True)
            with self.assertLogs("django.db.backends.base") as at_once:
                transaction.on_commit(callback, robust=True)
        with self.assertLogs("django.db.backends.base") as without, transaction.atomic():
            transaction.on_commit(callback, robust=True)
        self.assertEqual(within.records[0].getMessage(), without.records[0].getMessage())
        self.assertIn("CommitTests.test_one_that_fails.<locals>.callback", at_once.records[0].getMessage())
        self.assertEqual([node.error for node in trace.roots], ["ZeroDivisionError"] * 3)

    def test_what_is_no_callback_is_refused_as_ever(self):
        with record() as trace, self.assertRaisesMessage(TypeError, "must be a callable"):
            transaction.on_commit("no callback")
        self.assertEqual(trace.roots, [])

    def test_a_full_trace_runs_them_all_the_same(self):
        ran = []
        with record(max_nodes=1) as trace, transaction.atomic():
            for number in range(3):
                transaction.on_commit(partial(ran.append, number))
        self.assertEqual((ran, len(trace.roots), trace.left_out), ([0, 1, 2], 1, 2))

    def test_methods_are_those_of_django_afterwards(self):
        for owner in (CursorWrapper, BaseDatabaseWrapper):
            self.assertFalse([f for f in vars(owner).values() if "signal_inspector" in getattr(f, "__module__", "")])
