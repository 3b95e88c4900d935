"""The log in the admin."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils.timezone import override

from activity.admin import PeriodQuerySet
from activity.models import Entry
from activity.tests.support import LogMixin, User, make_user, statements


class AdminTests(LogMixin, TestCase):
    def setUp(self):
        super().setUp()
        staff = User.objects.create_superuser("staff", "staff@example.com")
        self.client.force_login(staff)
        self.record(address="192.0.2.1", request_id="a" * 32)

    def record(self, username="ada", what="changed", **values):
        Entry.objects.record(what, using="default", person={"username": username}, **{"by_name": "eve", **values})

    def found(self, **query):
        response = self.client.get(reverse("admin:activity_entry_changelist"), query)
        self.assertEqual(response.status_code, 200)
        return response.context["cl"].result_list

    def test_a_row_costs_no_query(self):
        def count():
            with statements() as run:
                self.found()
            return len(run)

        count()
        one = count()
        for number in range(20):
            make_user(f"user{number}")
            self.record(f"user{number}", by=self.user.pk)
        self.assertEqual(count(), one)

    def test_nothing_can_be_added_changed_or_deleted(self):
        entry = Entry.objects.get()
        change = reverse("admin:activity_entry_change", args=[entry.pk])
        self.assertEqual(self.client.get(reverse("admin:activity_entry_add")).status_code, 403)
        self.assertEqual(self.client.post(change, {"username": "eve"}).status_code, 403)
        self.assertEqual(self.client.post(reverse("admin:activity_entry_delete", args=[entry.pk])).status_code, 403)
        action = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
        self.client.post(reverse("admin:activity_entry_changelist"), action)
        self.assertEqual(Entry.objects.get().username, "ada")
        self.assertNotContains(self.client.get(change), '<input type="submit"')

    def test_staff_without_the_permission_see_nothing(self):
        self.client.force_login(make_user("bruno", is_staff=True))
        self.assertEqual(self.client.get(reverse("admin:activity_entry_changelist")).status_code, 403)

    def test_it_finds_whole_names_addresses_and_requests(self):
        self.record("nobody", what="login_failed")
        for words in ("ada", " ada ", "192.0.2.1", "a" * 32):
            self.assertEqual([entry.username for entry in self.found(q=words)], ["ada"], words)
        self.assertEqual(len(self.found(q="eve")), 2)
        self.assertEqual(len(self.found(q=" ")), 2)
        for words in ("ad", "192.0.2", "192.0.2.999", "%", "a\nb"):
            self.assertEqual(len(self.found(q=words)), 0, words)

    def test_it_filters_by_kind_and_by_time(self):
        self.record(what="logged_in")
        self.assertEqual([entry.what for entry in self.found(what__exact="logged_in")], ["logged_in"])
        self.assertEqual(len(self.found(at__year=Entry.objects.first().at.year)), 2)
        self.assertEqual(len(self.found(at__year=1999)), 0)

    def test_markup_is_escaped_and_control_characters_are_shown(self):
        evil = "<script>alert(1)</script>\u202e"
        Entry.objects.record("changed", using="default", username=evil, by_name=evil, details={"email": ["", evil]})
        pages = ["admin:activity_entry_changelist", "admin:activity_entry_change"]
        for name, args in zip(pages, ([], [Entry.objects.first().pk]), strict=True):
            response = self.client.get(reverse(name, args=args))
            self.assertNotContains(response, "<script>alert")
            self.assertNotContains(response, "\u202e")
            self.assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e")

    def test_the_story_of_a_deleted_account_can_be_read(self):
        self.record(by=self.user.pk, by_name="ada")
        self.user.delete()
        self.assertEqual(len(self.found(q="ada")), 2)
        entry = Entry.objects.filter(by_name="ada").get()
        response = self.client.get(reverse("admin:activity_entry_change", args=[entry.pk]))
        self.assertContains(response, "ada")


class PeriodTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        for year, month, day in ((2024, 2, 29), (2024, 12, 31), (2025, 1, 1), (2025, 3, 30), (2026, 10, 25)):
            for hours in (0, 5, 23, 24):
                at = datetime(year, month, day, tzinfo=UTC) + timedelta(hours=hours)
                Entry.objects.record("logged_in", using="default", at=at)

    def test_the_periods_are_those_that_django_finds_by_reading_all_rows(self):
        for zone in ("UTC", "Europe/Berlin", "America/New_York"):
            for kind in ("year", "month", "day"):
                with override(zone):
                    found = PeriodQuerySet(Entry).datetimes("at", kind)
                    self.assertEqual(found, list(Entry.objects.datetimes("at", kind)), (zone, kind))

    def test_they_are_those_of_the_filtered_rows(self):
        found = PeriodQuerySet(Entry).filter(at__year=2025).datetimes("at", "month")
        self.assertEqual([moment.month for moment in found], [1, 3])

    def test_each_costs_one_query_and_one_more_finds_no_other(self):
        with self.assertNumQueries(4):
            PeriodQuerySet(Entry).datetimes("at", "year")

    def test_without_entries_there_are_none(self):
        self.assertEqual(PeriodQuerySet(Entry).none().datetimes("at", "year"), [])
