from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import Group, User
from django.core import signing
from django.test import RequestFactory, TestCase, override_settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from signal_inspector.models import StoredTrace
from signal_inspector.reading.private import known_user
from signal_inspector.requests import strip
from signal_inspector.requests.access import may_see
from signal_inspector.tests import urls
from signal_inspector.tests.support import MIDDLEWARE, Site, site

MARK = 'class="signal-inspector-strip"'

urlpatterns = [each for each in urls.urlpatterns if not hasattr(each, "url_patterns")]  # none of the inspector's


@override_settings(DEBUG=True)
@site
class StripTests(Site, TestCase):
    def test_it_stands_before_the_end_of_a_page(self):
        text = self.client.get("/page/").text
        self.assertInHTML("<bdi>GET /page/</bdi>", text)
        self.assertLess(text.index("Grüße"), text.index(MARK))
        self.assertTrue(text.endswith("</aside>\n</body></html>"))
        stored = self.stored()
        address = f"/signals/traces/{stored.pk}/"
        self.assertInHTML(f'<a href="{address}" data-glance="{address}glance/"><bdi>GET /page/</bdi></a>', text)
        for words in ("1 signal", "1 receiver", "0 statements", "0 errors"):
            self.assertInHTML(f"<span>{words}</span>", text)
        self.assertEqual((stored.signals, stored.receivers, stored.queries, stored.errors), (1, 1, 0, 0))

    def test_only_pages_have_it(self):
        for path in ("stream", "file", "packed", "utf16", "fragment", "json"):
            with self.assertNoLogs("signal_inspector.requests.store"):
                response = self.client.get(f"/{path}/")
            content = b"".join(response.streaming_content) if response.streaming else response.content
            self.assertNotIn(MARK.encode(), content, path)
            self.assertIn("X-Signal-Trace", response.headers)

    def test_length_and_tag_fit_the_page_with_it(self):
        response = self.client.get("/tagged/")
        self.assertContains(response, MARK)
        self.assertEqual(response.headers["Content-Length"], str(len(response.content)))
        self.assertNotIn("ETag", response.headers)

    def test_it_speaks_the_charset_of_the_page(self):
        with mock.patch.object(strip, "render_to_string", return_value="ö\N{SNOWMAN}"):
            self.assertIn("Grüße</p>ö&#9731;</body>".encode("latin-1"), self.client.get("/latin/").content)

    def test_it_has_no_script_and_no_style_of_its_own_in_the_page(self):
        text = self.client.get("/page/").text
        self.assertInHTML('<script src="/static/signal_inspector/strip.js" defer></script>', text)
        for word in ("style=", "<style", "onclick"):
            self.assertNotIn(word, text)

    @override_settings(ROOT_URLCONF="signal_inspector.tests.requests.test_strip")
    def test_where_the_pages_of_the_inspector_have_no_address_it_has_no_links(self):
        text = self.client.get("/page/").text
        self.assertInHTML("<bdi>GET /page/</bdi>", text)
        self.assertNotIn("<a href", text.partition(MARK)[2])
        self.assertNotIn("data-newest", text)

    def test_a_page_that_failed_has_it_too(self):
        self.client.raise_request_exception = False
        with self.assertLogs("django.request"):
            self.assertContains(self.client.get("/fails/"), MARK, status_code=500)

    def test_it_is_escaped(self):
        with self.assertLogs("django.request"):
            response = self.client.get("/<script>alert(1)</script>/")
        self.assertNotContains(response, "GET /<script>", status_code=404)
        self.assertContains(response, "<bdi>GET /&lt;script&gt;", status_code=404)


@override_settings(DEBUG=True)
@site
class RedirectTests(Site, TestCase):
    def test_the_next_page_tells_of_the_request_before_once(self):
        redirect = self.client.post("/group/")
        cookie = redirect.cookies[strip.COOKIE]
        self.assertEqual((cookie["httponly"], cookie["samesite"], cookie["max-age"]), (True, "Lax", strip.SECONDS))
        page = self.client.get("/page/")
        self.assertInHTML("<bdi>POST /group/</bdi>", page.text)
        self.assertInHTML("<bdi>GET /page/</bdi>", page.text)
        self.assertEqual(page.cookies[strip.COOKIE].value, "")
        before, after = StoredTrace.objects.order_by("stored_at")
        self.assertEqual((before.before, after.before), ("", before.pk))
        self.assertIn(f"/signals/traces/{before.pk}/", page.text)
        self.assertNotContains(self.client.get("/page/"), "POST /group/")

    def test_the_counts_are_those_that_are_stored(self):
        page = self.client.post("/group/", follow=True).text
        stored = StoredTrace.objects.get(path="/group/")
        self.assertGreater(stored.queries, 0)
        self.assertIn(f"{stored.queries} statement", page)
        self.assertIn(f"{stored.receivers} receiver", page)

    def test_the_line_shows_the_one_that_sent_more_signals(self):
        self.assertEqual(self.line(self.client.post("/group/", follow=True)), "GET /page/")
        facts = [{"signals": 3, "id": 1}, {"signals": 1, "id": 2}, {"signals": 3, "id": 3}]
        self.assertEqual(strip.most_telling(facts)["id"], 3)
        self.assertEqual(strip.most_telling(facts[:2])["id"], 1)

    def line(self, page):
        """Return what the one line of the strip is about."""
        return page.text.partition('strip-line">')[2].partition("<bdi>")[2].partition("</bdi>")[0]

    def test_what_is_no_page_leaves_it_to_the_next_one(self):
        self.client.post("/group/")
        self.client.get("/json/")
        self.assertContains(self.client.get("/page/"), "POST /group/")

    def test_a_forged_or_old_cookie_is_dropped(self):
        values = {"id": "0" * 32, "label": "POST /forged/"}
        with mock.patch("time.time", return_value=(timezone.now() - timedelta(hours=1)).timestamp()):
            old = signing.dumps(values, salt=strip.SALT)
        for value in ("x", "", signing.dumps(values), old):
            self.client.cookies[strip.COOKIE] = value
            page = self.client.get("/page/")
            self.assertContains(page, MARK)
            self.assertNotContains(page, "forged")
            self.assertEqual(page.cookies[strip.COOKIE].value, "")


@site
class WhoTests(Site, TestCase):
    """Without DEBUG."""

    def page(self):
        return self.client.get("/page/")

    def test_a_stranger_sees_nothing(self):
        page = self.page()
        self.assertNotContains(page, MARK)
        self.assertIn("X-Signal-Trace", page.headers)
        self.assertNotIn(strip.COOKIE, self.client.post("/group/").cookies)

    def test_staff_do_not_where_no_page_asked_who_they_are(self):
        self.client.force_login(User.objects.create_user("staff", is_staff=True))
        with self.assertNumQueries(1):  # the one that stores the trace
            self.assertNotContains(self.page(), MARK)


@override_settings(MIDDLEWARE=[*MIDDLEWARE, "signal_inspector.tests.requests.test_strip.who"])
@site
class KnownTests(Site, TestCase):
    """Without DEBUG, on pages that ask who somebody is."""

    def page(self):
        return self.client.get("/page/")

    def cases(self, **values):
        self.client.force_login(User.objects.create_user(f"user-{User.objects.count()}", **values))
        page, redirect = self.client.get("/page/"), self.client.post("/group/")
        Group.objects.all().delete()
        return MARK in page.text, strip.COOKIE in redirect.cookies

    def test_staff_see_it(self):
        self.assertEqual(self.cases(is_staff=True), (True, True))

    def test_others_see_nothing(self):
        self.assertFalse(may_see(User(is_staff=True, is_active=False)))
        self.assertEqual(self.cases(), (False, False))
        self.assertEqual(self.cases(is_staff=True, is_active=False), (False, False))

    def test_the_trace_tells_who_asked(self):
        self.page()
        user = User.objects.create_user("ada")
        self.client.force_login(user)
        self.page()
        newest, before = (row.names for row in StoredTrace.objects.all()[:2])
        self.assertEqual(newest["user"], f"auth.User:{user.pk}")
        self.assertNotIn("user", before)

    def test_who_was_asked_for_asynchronously_is_known(self):
        user = User(username="staff")
        request = RequestFactory().get("/")
        request.user, request._acached_user = SimpleLazyObject(self.fail), user
        self.assertIs(known_user(request), user)


def who(get_response):
    """A middleware that asks who somebody is, as most pages do."""

    def middleware(request):
        request.user.is_authenticated  # noqa: B018 - asks who the user is
        return get_response(request)

    return middleware
