"""One's own log."""

from django.test import TestCase
from django.urls import reverse

from activity.models import Entry
from activity.tests.support import LogMixin, User, make_user
from activity.views import ENTRIES_PER_PAGE


class ActivityTests(LogMixin, TestCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(self.user)

    def record(self, username="ada", what="changed", by=None, count=1, **values):
        by = {"by": User.objects.get(username=by).pk, "by_name": by} if by else {}
        for _ in range(count):
            Entry.objects.record(what, using="default", person={"username": username}, **by, **values)

    def page(self, query=""):
        response = self.client.get(reverse("activity") + query)
        self.assertEqual(response.status_code, 200)
        return response

    def test_it_is_for_who_is_logged_in(self):
        self.client.logout()
        response = self.client.get(reverse("activity"))
        self.assertRedirects(response, f"{reverse('login')}?next={reverse('activity')}", fetch_redirect_response=False)

    def test_it_is_read_only_and_not_cached(self):
        self.assertEqual(self.client.post(reverse("activity")).status_code, 405)
        self.assertIn("no-store", self.page().headers["Cache-Control"])

    def test_an_empty_log_says_so(self):
        self.assertContains(self.page(), "Nothing happened")
        self.assertContains(self.page("?before=1"), "Nothing happened before this")

    def test_it_shows_ones_own_entries_only(self):
        make_user("bruno")
        self.record("bruno", details={"email": ["x", "bruno-new"]})
        self.record("bruno", by="ada", details={"email": ["x", "bruno-new"]})  # done by, not done to
        Entry.objects.record("closed", using="default", username="ada")
        self.record(details={"email": ["x", "ada-new"]})
        response = self.page()
        self.assertContains(response, "ada-new")
        self.assertNotContains(response, "bruno-new")
        self.assertEqual(len(response.context["entries"]), 1)

    def test_a_later_account_of_the_same_name_inherits_nothing(self):
        self.record(details={"email": ["x", "ada-old"]})
        self.user.delete()
        self.client.force_login(make_user("ada"))
        self.assertEqual(self.page().context["entries"], [])

    def test_pages_go_on_where_the_last_one_ended(self):
        self.record(count=2 * ENTRIES_PER_PAGE + 1)
        seen, query, pages = [], "", 0
        while query is not None:
            response = self.page(query)
            seen += [entry.pk for entry in response.context["entries"]]
            pages += 1
            before = response.context["next_before"]
            query = f"?before={before}" if before else None
            if query:
                self.assertContains(response, f'href="{query}"')
        self.assertEqual(pages, 3)
        self.assertEqual(seen, sorted(Entry.objects.values_list("pk", flat=True), reverse=True))

    def test_an_exact_page_has_no_next_one(self):
        self.record(count=ENTRIES_PER_PAGE)
        self.assertIsNone(self.page().context["next_before"])

    def test_a_page_that_makes_no_sense_is_the_first_one(self):
        self.record()
        for before in ("x", "-1", "0", str(2**63), "9" * 400, "%01", "1.5", ""):
            response = self.page(f"?before={before}")
            self.assertEqual((len(response.context["entries"]), response.context["is_first"]), (1, True), before)

    def test_a_page_costs_one_query(self):
        self.record(count=3, by="ada")
        with self.assertNumQueries(3):  # session, user, entries
            self.page()

    def test_markup_is_escaped_and_control_characters_are_shown(self):
        evil = "<script>alert(1)</script>\u202e\n"
        self.record(details={"username": ["ada", evil], "first_name": ["", evil]})
        self.record(what="groups", details={"added": [evil]}, by="ada")
        Entry.objects.record(
            "changed",
            using="default",
            person={"username": "ada"},
            by_name=evil,
            details={"email": ["", evil]},
        )
        response = self.page()
        self.assertNotContains(response, "<script>alert")
        self.assertNotContains(response, "\u202e")
        self.assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\n", count=5)

    def test_it_tells_from_where_and_of_others_only_who(self):
        make_user("admin")
        self.record(address="192.0.2.1", by="ada")
        self.record(address="192.0.2.2", by="admin")
        self.record(what="login_failed", address="192.0.2.3")
        response = self.page()
        self.assertContains(response, "192.0.2.1")
        self.assertContains(response, "192.0.2.3")
        self.assertNotContains(response, "192.0.2.2")
        self.assertContains(response, "<bdi>admin</bdi>")
