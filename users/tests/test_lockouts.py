"""A cache that can't be reached keeps nobody out, and says so in the log of errors."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from users.models import Profile
from users.tests.steps import PageTestCase, make_user, registration

User = get_user_model()

AWAY = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}}


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
