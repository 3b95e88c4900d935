from django.test import TestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.tests.support import POST_SAVE, Site, make_trace, node, save, save_work, site
from signal_inspector.traces.nodes import SIGNAL

NEWEST = "/signals/traces/newest/"


@site
@override_settings(DEBUG=True)
class NewestTests(Site, TestCase):
    def ask(self, seen=""):
        return self.client.get(NEWEST, {"seen": seen})

    def test_there_may_be_none(self):
        self.assertEqual(self.ask().status_code, 204)

    def test_it_answers_with_a_newer_one_and_else_with_nothing(self):
        first = save()
        self.assertEqual(self.ask(first.pk).status_code, 204)
        second = save(path="/login/")
        answer = self.ask(first.pk).json()
        self.assertEqual((answer["seen"], answer["glance"]), (second.pk, f"/signals/traces/{second.pk}/glance/"))
        self.assertInHTML("<bdi>POST /login/</bdi>", answer["line"])

    def test_what_fires_nothing_is_no_news(self):
        page = save()
        save(make_trace(), method="GET", path="/jsi18n/")
        self.assertEqual(self.ask(page.pk).status_code, 204)

    def test_what_a_worker_does_takes_the_place_of_no_form(self):
        page = save()
        save_work(whole=page, trace=make_trace(node(SIGNAL, POST_SAVE)))
        self.assertEqual(self.ask(page.pk).status_code, 204)

    def test_what_fired_before_a_page_that_fires_nothing_is_no_news_to_it(self):
        save()
        page = save(make_trace(), method="GET", path="/quiet/")
        self.assertEqual(self.ask(page.pk).status_code, 204)
        newer = save(path="/login/")
        self.assertEqual(self.ask(page.pk).json()["seen"], newer.pk)

    def test_it_shows_the_request_before_the_redirect_if_that_sent_more(self):
        before = save()
        for after in (make_trace(), make_trace(node(SIGNAL, POST_SAVE))):
            with self.subTest(signals=after.counts()["signals"]):
                save(after, method="GET", path="/profile/", before=before.pk)
                answer = self.ask().json()
                self.assertEqual(answer["glance"], f"/signals/traces/{before.pk}/glance/")
                self.assertIn("POST /register/", answer["line"])

    def test_a_request_before_that_is_not_kept_any_more_is_no_news(self):
        save(before="f" * 32)
        self.assertIn("POST /register/", self.ask().json()["line"])

    def test_it_reads_no_trace_and_asking_is_not_recorded(self):
        save()
        with self.assertNumQueries(1) as queries:
            self.ask()
        self.assertNotIn('"data"', queries[0]["sql"])
        self.assertEqual(StoredTrace.objects.count(), 1)


@site
@override_settings(DEBUG=True)
class GlanceTests(Site, TestCase):
    def glance(self, pk):
        return self.client.get(f"/signals/traces/{pk}/glance/")

    def test_it_shows_the_upper_two_levels_and_leads_to_the_whole(self):
        stored = save()
        part = self.glance(stored.pk)
        self.assertContains(part, "<b>post_save</b> auth.User:1")
        self.assertInHTML("<b>fail</b>", part.text)
        self.assertContains(part, "raised ValueError")
        self.assertContains(part, "and 3 more below")
        self.assertNotContains(part, "look")
        self.assertContains(part, f'href="{stored.get_absolute_url()}"')
        self.assertNotContains(part, "<html")

    def test_one_in_which_nothing_fired_says_so(self):
        self.assertContains(self.glance(save(make_trace()).pk), "Nobody listened to anything in this request.")

    def test_one_that_is_not_there_or_of_another_version_is_404(self):
        stored = save()
        StoredTrace.objects.update(data='{"version": 99}')
        for pk in (stored.pk, "f" * 32):
            with self.assertLogs("django.request"):
                self.assertEqual(self.glance(pk).status_code, 404)


@site
class WhoTests(Site, TestCase):
    def test_strangers_get_neither(self):
        stored = save()
        for address in (NEWEST, f"/signals/traces/{stored.pk}/glance/"):
            self.assertRedirects(self.client.get(address), f"/login/?next={address}", fetch_redirect_response=False)
