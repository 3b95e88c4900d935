"""manage.py prune_activity."""

from datetime import timedelta
from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from activity.models import Entry


class PruneActivityTests(TestCase):
    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        for days in (1, 30, 31, 400):
            at = timezone.now() - timedelta(days=days, minutes=1)
            Entry.objects.record("logged_in", using="default", at=at)

    def prune(self, *options):
        out = StringIO()
        call_command("prune_activity", *options, stdout=out)
        return out.getvalue().strip()

    def test_it_deletes_what_is_older_and_says_how_much(self):
        self.assertEqual(self.prune("--older-than", "30"), "3 entries were deleted.")
        self.assertEqual(Entry.objects.count(), 1)
        self.assertEqual(self.prune("--older-than", "30"), "0 entries were deleted.")
        self.assertEqual(self.prune("--older-than", "0.5"), "1 entry was deleted.")

    def test_a_dry_run_deletes_nothing(self):
        self.assertEqual(self.prune("--older-than", "30", "--dry-run"), "3 entries would be deleted.")
        self.assertEqual(Entry.objects.count(), 4)

    def test_it_looks_at_the_database_that_it_is_told(self):
        self.assertEqual(self.prune("--older-than", "0", "--database", "other"), "0 entries were deleted.")
        self.assertEqual(self.prune("--older-than=0", "--database=other", "--dry-run"), "0 entries would be deleted.")
        self.assertEqual(Entry.objects.count(), 4)

    def test_an_age_must_be_given_and_make_sense(self):
        for options in ([], ["--older-than", "x"], ["--older-than=-1"], ["--older-than", "nan"]):
            with self.assertRaises(CommandError):
                self.prune(*options)
        for days in ("1e12", "1e300", "inf"):
            with self.assertRaisesMessage(CommandError, "calendar"):
                self.prune("--older-than", days)
        self.assertEqual(Entry.objects.count(), 4)
