"""The outbox in the admin."""

from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse

from notifications.models import Mail
from notifications.tests.outbox import MailMixin


class AdminTests(MailMixin, TestCase):
    def setUp(self):
        super().setUp()
        self.say_registered()
        self.client.force_login(get_user_model().objects.create_superuser("root"))
        self.mail = Mail.objects.get()

    def test_it_shows_the_mails_with_as_many_queries_for_many_as_for_one(self):
        url = reverse("admin:notifications_mail_changelist")
        self.assertContains(self.client.get(url), "ada@example.com")
        with self.assertNumQueries(4) as one:
            self.client.get(url)
        for _ in range(5):
            self.say_registered()
        with self.assertNumQueries(len(one)):
            self.client.get(url)

    def test_nothing_can_be_written_there(self):
        opts = ("notifications_mail", [self.mail.pk])
        self.assertEqual(self.client.get(reverse("admin:notifications_mail_add")).status_code, 403)
        for action in ("change", "delete"):
            url = reverse(f"admin:{opts[0]}_{action}", args=opts[1])
            self.assertEqual(self.client.post(url, {"post": "yes", "recipient": "x@example.com"}).status_code, 403)
        self.mail.refresh_from_db()
        self.assertEqual(self.mail.recipient, "ada@example.com")
