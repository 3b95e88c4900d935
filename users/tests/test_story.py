"""The story of an account, from the form to the end, as the pages tell it: also run without the apps that listen."""

import io
import json
import zipfile

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import TransactionTestCase
from django.urls import reverse

from users.models import Interest, Profile
from users.sessions import AccountSession
from users.tests.steps import form_fields, picture

User = get_user_model()

PASSWORD, OTHER_PASSWORD = "tr0ub4dor&3x", "correct-horse-7"


class AccountStoryTests(TransactionTestCase):
    """With real commits, so that everybody who listens is heard."""

    databases = "__all__"

    def setUp(self):
        cache.clear()  # where mails to an address are counted

    def post(self, name, follow=True, **data):
        return self.client.post(reverse(name), data, follow=follow)

    def save_profile(self, **changes):
        fields = form_fields(self.client.get(reverse("profile")))
        self.assertContains(self.post("profile", **{**fields, **changes}), "Your profile was saved.")

    def test_from_registration_to_deletion(self):
        chess = Interest.objects.create(name="Chess")
        welcome = self.post(
            "register", username="ada", email="ada@example.com", password1=PASSWORD, password2=PASSWORD
        )
        self.assertContains(welcome, "Your profile was created.")
        user = User.objects.get()

        self.client.post(user.profile.get_verification_path())
        self.assertContains(self.client.get(reverse("profile")), "verified")
        self.save_profile(email="new@example.com", bio="Writes compilers.", is_public="on", interests=[chess.pk])
        self.assertIsNone(Profile.objects.get().email_verified_at)
        self.save_profile(image=picture())
        self.assertContains(self.client.get(reverse("person", args=["ada"])), "Writes compilers.")

        passwords = {"old_password": PASSWORD, "new_password1": OTHER_PASSWORD, "new_password2": OTHER_PASSWORD}
        self.assertEqual(self.post("password_change", **passwords).status_code, 200)
        self.post("logout")
        with self.assertLogs("axes.handlers.cache", "WARNING"):
            self.assertContains(self.post("login", username="ada", password=PASSWORD), "correct username and password")
        self.assertContains(self.post("login", username="ada", password=OTHER_PASSWORD), "Your profile")

        exported = self.post("export_account", password=OTHER_PASSWORD).getvalue()
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            self.assertEqual(json.loads(archive.read("data.json"))["account"]["email"], "new@example.com")

        stored = Profile.objects.get().image.name
        self.assertContains(self.post("delete_account", password=OTHER_PASSWORD), "Your account was deleted.")
        self.assertFalse(
            User.objects.exists()
            or Profile.objects.exists()
            or AccountSession.objects.exclude(account_id=None).exists()
        )
        self.assertFalse(default_storage.exists(stored))
