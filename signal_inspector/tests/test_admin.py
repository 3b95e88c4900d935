"""The traces in the admin of Django: read-only, with a link to the page."""

from unittest import mock

from django.contrib import admin
from django.contrib.auth.models import User
from django.test import TestCase, override_settings
from django.urls import NoReverseMatch, include, path

from signal_inspector.models import StoredTrace
from signal_inspector.tests.support import an_attempt, leaving, save, save_work

urlpatterns = [path("admin/", admin.site.urls), path("signals/", include("signal_inspector.urls"))]
LIST = "/admin/signal_inspector/storedtrace/"


@override_settings(ROOT_URLCONF="signal_inspector.tests.test_admin")
class AdminTests(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_user("staff", is_staff=True))

    def test_the_list_links_to_the_pages(self):
        stored = save(path="/here/")
        response = self.client.get(LIST)
        self.assertContains(response, "POST /here/")
        self.assertContains(response, f'href="{stored.get_absolute_url()}"', 1)
        self.assertNotContains(response, "addlink")

    def test_the_list_reads_no_trace(self):
        save()
        rows = self.client.get(LIST).context["cl"].result_list
        self.assertEqual(rows[0].get_deferred_fields(), {"data", "edges", "summary"})

    def test_it_is_found_by_its_path_and_its_status(self):
        for place, status in (("/here/", 200), ("/there/", 404)):
            save(path=place, status=status)
        self.assertEqual(
            [row.path for row in self.client.get(f"{LIST}?q=/here").context["cl"].result_list], ["/here/"]
        )
        found = self.client.get(f"{LIST}?status=404").context["cl"].result_list
        self.assertEqual([row.path for row in found], ["/there/"])

    def test_one_trace_shows_the_tree_and_nothing_to_change(self):
        stored = save()
        response = self.client.get(f"{LIST}{stored.pk}/change/")
        self.assertContains(response, "<pre>post_save auth.User:1 created  [60.0 ms]\n    django.contrib.auth")
        self.assertContains(response, f'href="{stored.get_absolute_url()}"')
        for text in ('name="_save"', "deletelink", 'name="path"', "<textarea"):
            self.assertNotContains(response, text)

    def test_nothing_is_added_changed_or_deleted(self):
        stored = save()
        self.client.force_login(User.objects.create_superuser("root"))
        for place in ("add/", f"{stored.pk}/delete/", f"{stored.pk}/change/"):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.post(f"{LIST}{place}", {"path": "/", "post": "yes"}).status_code, 403)
        self.client.post(LIST, {"action": "delete_selected", "_selected_action": stored.pk, "post": "yes"})
        self.assertEqual(StoredTrace.objects.get().path, stored.path)

    def test_work_tells_which_attempt_it_was_and_leads_to_its_request(self):
        whole = save(leaving())
        work = save_work(an_attempt(2, "given up", error="SMTPException"), whole)
        page = self.client.get(LIST)
        self.assertContains(page, "attempt 2: raised SMTPException, given up")
        self.assertContains(page, '<td class="field-answer">302</td>', 1)
        self.assertContains(self.client.get(f"{LIST}{work.pk}/change/"), f'href="{LIST}{whole.pk}/change/"', 1)

    def test_a_trace_of_another_version_says_so(self):
        stored = save()
        StoredTrace.objects.update(data='{"version": 99}')
        self.assertContains(self.client.get(f"{LIST}{stored.pk}/change/"), "another version")

    def test_without_the_pages_there_is_no_link(self):
        save()
        with mock.patch.object(StoredTrace, "get_absolute_url", side_effect=NoReverseMatch):
            self.assertNotContains(self.client.get(LIST), "Open the trace")

    def test_whoever_is_no_staff_sees_nothing(self):
        self.client.force_login(User.objects.create_user("customer"))
        self.assertEqual(self.client.get(LIST).status_code, 302)
