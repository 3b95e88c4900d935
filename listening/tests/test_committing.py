"""A receiver that waits for the commit hears of facts alone, as they were, and harms nobody."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal
from django.test import TransactionTestCase
from django.test.utils import isolate_apps

from listening.committing import after_commit, gathered
from users.models import Profile

User = get_user_model()


class AfterCommitTests(TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self):
        self.heard = []

    def listen(self, signal, function, **kwargs):
        signal.connect(function, weak=False, **kwargs)
        self.addCleanup(signal.disconnect, function, **kwargs)

    def listen_to_groups(self, signal=post_save):
        @after_commit
        def hear(sender, instance, **kwargs):
            self.heard.append((instance.pk, instance.name, connection.in_atomic_block))

        self.listen(signal, hear, sender=Group)

    def test_it_runs_when_the_transaction_commits(self):
        self.listen_to_groups()
        with transaction.atomic():
            group = Group.objects.create(name="editors")
            self.assertEqual(self.heard, [])
        self.assertEqual(self.heard, [(group.pk, "editors", False)])

    def test_it_runs_at_once_without_a_transaction(self):
        self.listen_to_groups()
        Group.objects.create(name="editors")
        self.assertEqual(len(self.heard), 1)

    def test_it_does_not_run_after_a_rollback(self):
        self.listen_to_groups()
        with transaction.atomic():
            Group.objects.create(name="editors")
            transaction.set_rollback(True)
        self.assertEqual(self.heard, [])

    def test_it_gets_the_instance_as_it_was_also_if_that_is_deleted_by_then(self):
        self.listen_to_groups()
        with transaction.atomic():
            group = Group.objects.create(name="editors")
            pk = group.pk
            group.name = "authors"
            group.delete()
        self.assertEqual([name for _, name, _ in self.heard], ["editors"])
        self.assertEqual(self.heard[0][0], pk)

    def test_a_file_goes_on_to_know_its_instance(self):
        profile = User.objects.create_user("ada").profile
        files = []
        hear = after_commit(lambda sender, instance, **kwargs: files.append(instance.image))
        self.listen(post_save, hear, sender=Profile)
        image = profile.image
        profile.save()
        self.assertIs(image.instance, profile)
        self.assertIsNot(files[0].instance, profile)

    def test_a_class_that_no_registry_knows_is_no_trouble(self):
        with isolate_apps("users"):
            meta = type("Meta", (), {"app_label": "users"})
            stranger = type("Stranger", (models.Model,), {"__module__": __name__, "Meta": meta})
        self.listen(post_save, after_commit(lambda sender, instance, **kwargs: self.heard.append(instance.pk)))
        post_save.send(sender=stranger, instance=stranger(pk=7), using="default")
        self.assertEqual(self.heard, [7])

    def test_it_knows_what_was_deleted(self):
        self.listen_to_groups(post_delete)
        group = Group.objects.create(name="editors")
        pk = group.pk
        with transaction.atomic():
            group.delete()
        self.assertIsNone(group.pk)
        self.assertEqual(self.heard, [(pk, "editors", False)])

    def test_what_it_raises_is_logged_under_its_name_and_harms_nobody(self):
        @after_commit
        def fail(sender, **kwargs):
            raise ZeroDivisionError("on the way")

        self.listen(post_save, fail, sender=Group)
        self.listen_to_groups()
        with self.assertLogs("django.db.backends.base", "ERROR") as logs, transaction.atomic():
            Group.objects.create(name="editors")
        self.assertIn(f"Error calling {fail.__qualname__} in on_commit()", logs.output[0])
        self.assertEqual((Group.objects.count(), len(self.heard)), (1, 1))

    def test_it_waits_for_the_database_that_the_signal_names(self):
        self.listen_to_groups()
        with transaction.atomic(using="default"):
            post_save.send(sender=Group, instance=Group(name="far"), using="other")
            self.assertEqual([name for _, name, _ in self.heard], ["far"])

    def test_signals_of_every_kind_can_be_waited_for(self):
        @after_commit
        def hear(sender, **kwargs):
            self.heard.append(sorted(kwargs))

        called = Signal()
        self.listen(called, hear)
        self.listen(m2m_changed, hear, sender=User.groups.through)
        called.send(sender=None, number=7)
        User.objects.create_user("ada").groups.add(Group.objects.create(name="editors"))
        self.assertEqual(self.heard[0], ["number", "signal"])
        self.assertEqual(len(self.heard), 3)

    def test_it_keeps_the_name_of_the_receiver(self):
        def print_invoice(sender, **kwargs):
            """Print it."""

        waiting = after_commit(print_invoice)
        self.assertEqual((waiting.__name__, waiting.__doc__), ("print_invoice", "Print it."))

    def test_a_coroutine_function_is_refused(self):
        async def hear(sender, **kwargs):
            pass

        with self.assertRaisesMessage(TypeError, "hear is a coroutine function"):
            after_commit(hear)


class GatheredTests(TransactionTestCase):
    """What is gathered in a transaction is looked at once, when it commits."""

    databases = {"default", "other"}

    def setUp(self):
        self.heard = []

    def hear(self, values, using):
        self.heard.append((dict(values), using))

    def test_the_first_value_of_a_key_is_there_at_the_commit_once(self):
        with transaction.atomic():
            gathered(self.hear, "default").setdefault(1, "first")
            with transaction.atomic():
                gathered(self.hear, "default").setdefault(1, "second")
                gathered(self.hear, "default").setdefault(2, "other")
            self.assertEqual(self.heard, [])
        self.assertEqual(self.heard, [({1: "first", 2: "other"}, "default")])

    def test_each_transaction_has_its_own(self):
        for number in range(2):
            with transaction.atomic():
                gathered(self.hear, "default")[number] = number
        self.assertEqual([values for values, _ in self.heard], [{0: 0}, {1: 1}])

    def test_each_database_and_each_function_has_its_own(self):
        other = []
        with transaction.atomic(), transaction.atomic(using="other"):
            gathered(self.hear, "default")["here"] = 1
            gathered(self.hear, "other")["there"] = 2
            gathered(lambda values, using: other.append(values), "default")["elsewhere"] = 3
        self.assertCountEqual(self.heard, [({"here": 1}, "default"), ({"there": 2}, "other")])
        self.assertEqual(other, [{"elsewhere": 3}])

    def test_a_rollback_forgets_it(self):
        with transaction.atomic():
            gathered(self.hear, "default")[1] = 1
            transaction.set_rollback(True)
        with transaction.atomic():
            pass
        self.assertEqual(self.heard, [])

    def test_a_savepoint_that_is_rolled_back_takes_nothing_of_the_rest_with_it(self):
        with transaction.atomic():
            with transaction.atomic():
                gathered(self.hear, "default")[1] = 1
                transaction.set_rollback(True)
            gathered(self.hear, "default")[2] = 2
        self.assertIn(2, self.heard[0][0])
        self.assertEqual(len(self.heard), 1)

    def test_what_is_empty_is_not_told_of_and_what_fails_is_logged(self):
        def fail(values, using):
            raise RuntimeError

        with transaction.atomic():
            gathered(self.hear, "default")
        self.assertEqual(self.heard, [])
        with self.assertLogs("django.db.backends.base", "ERROR") as logs, transaction.atomic():
            gathered(fail, "default")[1] = 1
        self.assertIn("fail", logs.output[0])
