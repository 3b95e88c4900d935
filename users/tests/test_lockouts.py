"""Failed logins count and lock however they are tried; a cache that can't be reached keeps nobody out."""

from asgiref.sync import async_to_sync
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import aauthenticate, alogin, authenticate, get_user_model
from django.contrib.auth.signals import user_login_failed
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from users.models import Profile
from users.tests.steps import PASSWORD, PageTestCase, make_user, registration

User = get_user_model()


async def log_in(request):
    """Log in, as a view that is asynchronous would."""
    user = await aauthenticate(request, username=request.POST["username"], password=request.POST["password"])
    if user is None:
        return HttpResponse("wrong", status=401)
    await alogin(request, user)
    return HttpResponse("welcome")


urlpatterns = [path("alogin/", log_in), path("", include(settings.ROOT_URLCONF))]
LIMIT = settings.AXES_FAILURE_LIMIT

AWAY = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}}


class AsynchronousTests(PageTestCase):
    """``aauthenticate()`` answers, counts and locks as ``authenticate()`` does."""

    def setUp(self):
        super().setUp()
        self.user = make_user("ada")
        self.heard = []
        user_login_failed.connect(self.hear)
        self.addCleanup(user_login_failed.disconnect, self.hear)

    def hear(self, sender, credentials, **kwargs):
        self.heard.append(credentials)

    def attempts(self):
        """Yield the two ways of asking for a password, each with requests of its kind."""
        yield authenticate, RequestFactory()
        yield async_to_sync(aauthenticate), AsyncRequestFactory()

    def test_a_password_is_accepted_or_refused_and_the_failure_told_once(self):
        for ask, requests in self.attempts():
            with self.subTest(requests=requests):
                self.assertEqual(ask(requests.post("/"), username="ada", password=PASSWORD), self.user)
                self.assertEqual(self.heard, [])
                self.assertIsNone(ask(requests.post("/"), username="ada", password="wrong"))
                self.assertEqual([credentials["username"] for credentials in self.heard], ["ada"])
                self.heard.clear()

    def test_failures_of_either_kind_count_together_and_lock_both(self):
        ways = list(self.attempts())
        for number in range(LIMIT):
            ask, requests = ways[number % 2]
            self.assertIsNone(ask(requests.post("/"), username="ada", password="wrong"))
        for ask, requests in ways:
            with self.subTest(requests=requests):
                request = requests.post("/")
                self.assertIsNone(ask(request, username="ada", password=PASSWORD))
                self.assertTrue(request.axes_locked_out)
        self.assertEqual(self.post_login("ada").status_code, 429)

    def test_a_password_is_not_looked_at_while_the_account_is_locked(self):
        for _ in range(LIMIT):
            async_to_sync(aauthenticate)(AsyncRequestFactory().post("/"), username="ada", password="wrong")
        with CaptureQueriesContext(connection) as asked:
            async_to_sync(aauthenticate)(AsyncRequestFactory().post("/"), username="ada", password=PASSWORD)
        self.assertEqual([query["sql"] for query in asked if '"password"' in query["sql"]], [])

    def test_without_a_request_both_say_what_is_missing(self):
        for ask, _ in self.attempts():
            with self.assertRaisesMessage(ValueError, "requires a request"):
                ask(username="ada", password=PASSWORD)

    @override_settings(ROOT_URLCONF=__name__)
    async def test_a_view_logs_in_and_a_locked_account_gets_the_page(self):
        client = AsyncClient()
        sent = {"username": "ada", "password": PASSWORD}
        self.assertEqual((await client.post("/alogin/", sent)).content, b"welcome")
        for _ in range(LIMIT - 1):
            self.assertEqual((await client.post("/alogin/", {**sent, "password": "wrong"})).status_code, 401)
        self.assertEqual((await client.post("/alogin/", {**sent, "password": "wrong"})).status_code, 429)
        self.assertContains(await client.post("/alogin/", sent), "Too many", status_code=429)


class CacheAwayTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(AxesProxyHandler.get_implementation, force=True)
        override = override_settings(CACHES=AWAY)
        override.enable()
        self.addCleanup(override.disable)
        AxesProxyHandler.get_implementation(force=True)  # it keeps the cache that it found first

    def test_a_registration_ends_logged_in(self):
        with self.assertLogs("users.lockouts", "ERROR"):
            response = self.client.post(reverse("register"), registration())
        self.assertRedirects(response, reverse("profile"))
        self.assertEqual(Profile.objects.get().user, User.objects.get())

    def test_a_login_is_answered_as_ever(self):
        make_user("ada")
        with self.assertLogs("users.lockouts", "ERROR"):
            self.assertEqual(self.post_login("ada", "wrong").status_code, 200)
            self.assertRedirects(self.post_login("ada"), reverse("profile"))

    def test_a_reset_is_mailed(self):
        make_user("ada", email="ada@example.com")
        with self.assertLogs("users.throttle", "ERROR"), self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("password_reset"), {"email": "ada@example.com"})
        self.assertEqual([message.to for message in mail.outbox], [["ada@example.com"]])
