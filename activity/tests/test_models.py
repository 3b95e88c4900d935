"""Entries are written, and never changed."""

from datetime import timedelta

from django.core import serializers
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from activity.models import AppendOnlyError, Entry
from activity.tests.support import entries, last_entry, make_user, statements


def record(what="logged_in", using="default", **values):
    Entry.objects.record(what, using=using, **values)
    return last_entry(using)


class AppendOnlyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.entry = record(username="ada")

    def assertRefused(self, function, *args, **kwargs):
        with self.assertRaises(AppendOnlyError):
            function(*args, **kwargs)
        self.assertEqual(Entry.objects.get().username, "ada")

    def test_a_stored_entry_is_not_saved_again(self):
        self.entry.username = "eve"
        self.assertRefused(self.entry.save)
        self.assertRefused(self.entry.save, update_fields=["username"])
        self.assertRefused(self.entry.save, force_update=True)

    def test_a_new_instance_does_not_replace_a_row(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Entry(pk=self.entry.pk, username="eve").save()
        self.assertEqual(Entry.objects.get().username, "ada")

    def test_a_stored_entry_is_not_deleted(self):
        self.assertRefused(self.entry.delete)

    def test_querysets_neither_change_nor_delete(self):
        self.assertRefused(Entry.objects.update, username="eve")
        self.assertRefused(Entry.objects.filter(pk=self.entry.pk).update, username="eve")
        self.assertRefused(Entry.objects.all().delete)
        self.assertRefused(Entry.objects.bulk_update, [self.entry], ["username"])
        self.assertRefused(Entry.objects.update_or_create, {"username": "eve"}, pk=self.entry.pk)
        replacement = Entry(pk=self.entry.pk, username="eve")
        conflict = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["username"]}
        self.assertRefused(Entry.objects.bulk_create, [replacement], **conflict)

    def test_a_backup_can_be_loaded(self):
        text = serializers.serialize("json", Entry.objects.all())
        Entry._base_manager.all().delete()
        for loaded in serializers.deserialize("json", text):
            loaded.save()
        self.assertEqual(Entry.objects.get(), self.entry)


class RecordTests(TestCase):
    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        cls.user = make_user("ada")
        cls.admin = make_user("admin")

    def test_one_statement_writes_account_name_and_doer(self):
        with statements() as run:
            Entry.objects.record("changed", using="default", person={"pk": self.user.pk}, by=self.admin.pk)
        self.assertEqual(len(run), 1)
        entry = last_entry()
        self.assertEqual((entry.user, entry.username, entry.by), (self.user, "ada", self.admin))

    def test_an_account_that_is_not_there_becomes_null_under_the_name_that_is_given(self):
        entry = record(person={"username": "nobody"}, username="nobody else", by=0)
        self.assertEqual((entry.user_id, entry.username, entry.by_id), (None, "nobody else", None))

    def test_names_that_are_too_long_are_cut(self):
        entry = record(username="a" * 1000, by_name="b" * 1000)
        self.assertEqual((len(entry.username), len(entry.by_name)), (254, 254))

    def test_it_writes_to_the_database_that_it_is_told(self):
        record(using="other")
        self.assertEqual(entries(), [])

    def test_the_log_outlives_its_subject(self):
        entry = record(person={"pk": self.user.pk}, by=self.user.pk, by_name="ada")
        self.user.delete()
        entry = Entry.objects.get(pk=entry.pk)
        self.assertEqual((entry.user_id, entry.by_id, entry.username, entry.by_name), (None, None, "ada", "ada"))

    def test_a_row_of_an_account_that_is_gone_otherwise_does_no_harm(self):
        """SQL, or this app being away while the account was deleted, leaves a number behind."""
        entry = record(person={"pk": self.user.pk})
        self.user.groups.clear()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM users_profile")
            cursor.execute("DELETE FROM auth_user WHERE username = 'ada'")
        connection.check_constraints()
        self.assertEqual(str(Entry.objects.get(pk=entry.pk)), "ada: Logged in.")

    def test_an_entry_knows_whether_somebody_else_did_it(self):
        own = record(person={"pk": self.user.pk}, by=self.user.pk, by_name="ada")
        others = record(person={"pk": self.user.pk}, by=self.admin.pk, by_name="admin")
        gone = record(person={"pk": self.user.pk}, by=0, by_name="admin")
        nobodys = record(person={"pk": self.user.pk})
        told = [entry.is_by_somebody_else for entry in (own, others, gone, nobodys)]
        self.assertEqual(told, [False, True, True, False])

    def test_its_text_is_one_line(self):
        self.assertEqual(str(record(username="a\nb")), r"a\nb: Logged in.")
        self.assertEqual(str(record()), "Logged in.")


class PruneTests(TestCase):
    databases = {"default", "other"}

    def test_old_entries_go_in_batches_and_others_stay(self):
        now = timezone.now()
        for days in range(10):
            record(at=now - timedelta(days=days, minutes=1), using="other")
        with statements("other") as run:
            numbers = list(Entry.objects.prune(now - timedelta(days=3), "other", batch=3))
        self.assertEqual(numbers, [3, 3, 1])
        self.assertEqual(len(run), 4)
        self.assertEqual(Entry.objects.using("other").count(), 3)
        self.assertGreater(entries("other")[-1].at, now - timedelta(days=3))
