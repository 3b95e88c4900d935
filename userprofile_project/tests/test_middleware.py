"""What is answered to somebody who is logged in stays out of caches, at no cost where nobody looked."""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory, TestCase, override_settings
from django.urls import resolve, reverse

from userprofile_project.middleware import PrivateAnswerMiddleware, known_methods
from users.sessions import SessionStore
from users.tests.steps import PageTestCase, make_user
from users.tests.test_faults import every_url

User = get_user_model()


class WayHomeTests(TestCase):
    LINK = '<p><a href="/">Go to the home page</a></p>'

    @override_settings(DEBUG=True)
    def test_django_s_page_for_what_is_not_there_leads_home_and_still_tells_what_there_is(self):
        for address in ("/nowhere/", "/people/nobody/", f"/signals/traces/{'0' * 32}/"):
            with self.subTest(address), self.assertLogs("django.request", "WARNING"):
                page = self.client.get(address)
                self.assertContains(page, self.LINK, status_code=404, html=True)
        with self.assertLogs("django.request", "WARNING"):
            self.assertContains(self.client.get("/nowhere/"), "register/", status_code=404)

    def test_the_site_s_own_page_leads_home_by_itself(self):
        with self.assertLogs("django.request", "WARNING"):
            page = self.client.get("/nowhere/")
        self.assertNotContains(page, self.LINK, status_code=404, html=True)
        self.assertContains(page, 'href="/">Go to the home page</a>', status_code=404)

    @override_settings(DEBUG=True)
    def test_other_pages_are_left_alone(self):
        self.assertNotContains(self.client.get("/people/"), "Go to the home page")


class PrivateAnswerTests(TestCase):
    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com", "correct-horse-7")
        self.client.force_login(self.user)

    def prepared(self, request):
        """Return a request that comes with the session of the user."""
        request.session = SessionStore(self.client.session.session_key)
        return request

    def answer(self, view):
        middleware = PrivateAnswerMiddleware(AuthenticationMiddleware(view))
        return middleware(self.prepared(RequestFactory().get("/")))

    def test_a_view_that_looked_at_the_user_is_not_cached(self):
        response = self.answer(lambda request: HttpResponse(request.user.username))
        for word in ("no-store", "private"):
            self.assertIn(word, response.headers["Cache-Control"])

    def test_a_view_that_did_not_look_costs_no_query_and_is_left_alone(self):
        with self.assertNumQueries(0):
            response = self.answer(lambda request: HttpResponse())
        self.assertNotIn("Cache-Control", response.headers)

    def test_what_the_view_says_stays(self):
        def view(request):
            return HttpResponse(request.user.username, headers={"Cache-Control": "max-age=60"})

        self.assertEqual(self.answer(view).headers["Cache-Control"], "max-age=60")

    def test_a_visitor_s_page_is_left_alone(self):
        def view(request):
            request._cached_user = AnonymousUser()
            return HttpResponse()

        self.assertNotIn("Cache-Control", self.answer(view).headers)

    async def test_a_view_without_threads_that_looked_is_not_cached_either(self):
        async def view(request):
            return HttpResponse((await request.auser()).username)

        request = await sync_to_async(self.prepared)(AsyncRequestFactory().get("/"))
        response = await PrivateAnswerMiddleware(AuthenticationMiddleware(view))(request)
        self.assertIn("no-store", response.headers["Cache-Control"])


class KnownMethodsTests(PageTestCase):
    unknown = ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "NONSENSE")

    def pages(self):
        """Yield an address of each page, and of the inspector's if they are there."""
        inspector = ("/signals/", "/signals/graph/", "/signals/why/", "/signals/traces/")
        yield from (url for url in (*every_url(), *inspector) if self.client.get(url).status_code != 404)

    def test_a_method_that_a_page_does_not_know_is_refused_with_those_that_it_knows(self):
        self.client.force_login(make_user(is_staff=True, is_superuser=True))
        suspicious = Client(enforce_csrf_checks=True)
        found = 0
        for url in self.pages():
            for method in self.unknown:
                for client in (self.client, suspicious):
                    response = client.generic(method, url)
                    self.assertEqual(response.status_code, 405, (method, url))
                    known = response.headers["Allow"].split(", ")
                    self.assertFalse({*known} & {*self.unknown} or not {*known} & {"GET", "POST"}, (url, known))
            statuses = [self.client.generic(method, url).status_code for method in known]
            self.assertNotIn(405, statuses, (url, known))
            found += 1
        self.assertGreater(found, 20)

    def test_each_page_names_its_own(self):
        for path, methods in {
            reverse("home"): "GET, HEAD",
            reverse("profile"): "GET, HEAD, POST",
            reverse("logout"): "POST, OPTIONS",
            reverse("login"): "GET, HEAD, POST, OPTIONS",
            reverse("password_reset_confirm", args=["x", "y"]): "GET, HEAD, POST, OPTIONS",
            reverse("send_verification"): "POST",
            reverse("admin:index"): "GET, HEAD, POST",
        }.items():
            self.assertEqual(self.client.delete(path).headers["Allow"], methods, path)

    def test_the_pages_keep_to_it_without_the_middleware(self):
        self.client.force_login(make_user())
        middleware = "userprofile_project.middleware.KnownMethodsMiddleware"
        rest = [name for name in settings.MIDDLEWARE if name != middleware]
        with self.settings(MIDDLEWARE=rest):
            for url in every_url():
                if not url.startswith("/admin/") and self.client.get(url).status_code != 404:
                    self.assertEqual(self.client.trace(url).status_code, 405, url)

    def test_views_that_are_wrapped_and_views_that_name_nothing(self):
        self.assertEqual(known_methods(lambda request: None), ["GET", "HEAD", "POST"])
        self.assertEqual(known_methods(resolve(reverse("logout")).func), ["POST", "OPTIONS"])
