"""The public card is cached, and never shown once it is not true any more."""

import os
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path
from unittest import SkipTest

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings

from users import cards
from users.cards import get_card
from users.models import Interest, Profile

User = get_user_model()


@override_settings(PROFILE_CARD_SECONDS=300)
class CardTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", "ada@example.com", first_name="Ada")
        cls.user.profile.is_public, cls.user.profile.bio = True, "Writes compilers."
        cls.user.profile.save()
        cls.interest = Interest.objects.create(name="Chess")

    def setUp(self):
        cache.clear()

    def after(self, action):
        """Return the card as it is after a committed action, having been cached before it."""
        get_card("ada")
        with self.captureOnCommitCallbacks(execute=True):
            action()
        return get_card("ada")

    def test_the_second_look_asks_the_cache_alone(self):
        first = get_card("ada")
        with self.assertNumQueries(0):
            self.assertEqual(get_card("ada"), first)
        self.assertEqual((first["bio"], first["full_name"]), ("Writes compilers.", "Ada"))

    def test_a_card_holds_no_address(self):
        self.assertNotIn("ada@example.com", str(get_card("ada")))

    def test_what_is_not_public_has_no_card(self):
        self.assertIsNone(get_card("nobody"))
        for model, values in ((Profile, {"is_public": False}), (User, {"is_active": False})):
            with self.subTest(model.__name__), transaction.atomic():
                model.objects.filter(**{"user": self.user} if model is Profile else {"pk": self.user.pk}).update(
                    **values
                )
                cache.clear()
                self.assertIsNone(get_card("ada"))
                transaction.set_rollback(True)

    def test_a_saved_profile_shows(self):
        def save():
            self.user.profile.bio = "Repairs radios."
            self.user.profile.save()

        self.assertEqual(self.after(save)["bio"], "Repairs radios.")

    def test_a_saved_user_shows(self):
        def save():
            self.user.last_name = "Okafor"
            self.user.save()

        self.assertEqual(self.after(save)["full_name"], "Ada Okafor")

    def test_a_fixture_that_changes_a_user_shows(self):
        fixture = serializers.serialize("json", [User(pk=self.user.pk, username="ada", last_name="Okafor")])

        def load():
            for loaded in serializers.deserialize("json", fixture):
                loaded.save()

        self.assertEqual(self.after(load)["full_name"], "Okafor")

    def test_a_profile_made_private_and_a_user_made_inactive_are_gone(self):
        def hide():
            self.user.profile.is_public = False
            self.user.profile.save()

        def close():
            self.user.is_active = False
            self.user.save(update_fields=["is_active"])

        self.assertIsNone(self.after(close))
        User.objects.update(is_active=True)
        cache.clear()
        self.assertIsNone(self.after(hide))

    def test_interests_that_are_taken_dropped_renamed_or_deleted_show(self):
        profile = self.user.profile
        self.assertEqual(self.after(lambda: profile.interests.add(self.interest))["interests"], ["Chess"])
        self.assertEqual(self.after(lambda: self.interest.profiles.remove(profile))["interests"], [])
        self.assertEqual(self.after(lambda: self.interest.profiles.set([profile]))["interests"], ["Chess"])

        def rename():
            self.interest.name = "Go"
            self.interest.save()

        self.assertEqual(self.after(rename)["interests"], ["Go"])
        self.assertEqual(self.after(profile.interests.clear)["interests"], [])
        profile.interests.add(self.interest)
        cache.clear()
        self.assertEqual(self.after(Interest.objects.get(pk=self.interest.pk).delete)["interests"], [])

    def test_the_old_name_leads_nowhere_after_a_rename_and_the_new_one_does(self):
        def rename():
            self.user.username = "eve"
            self.user.save()

        self.assertIsNone(self.after(rename))
        self.assertEqual(get_card("eve")["username"], "eve")

    def test_a_deleted_user_is_gone(self):
        self.assertIsNone(self.after(self.user.delete))

    def test_what_is_rolled_back_drops_nothing(self):
        get_card("ada")
        with self.captureOnCommitCallbacks(execute=True), transaction.atomic():
            self.user.profile.bio = "Never stored."
            self.user.profile.save()
            transaction.set_rollback(True)
        with self.assertNumQueries(0):
            self.assertEqual(get_card("ada")["bio"], "Writes compilers.")

    def test_a_login_drops_nothing(self):
        get_card("ada")
        with self.captureOnCommitCallbacks(execute=True):
            self.client.force_login(self.user)
        with self.assertNumQueries(0):
            get_card("ada")

    def test_a_reader_who_read_before_the_commit_can_not_bring_the_old_card_back(self):
        read = cards._read

        def read_then_be_overtaken(username):
            card = read(username)
            cards._read = read
            with self.captureOnCommitCallbacks(execute=True):
                profile = Profile.objects.get(user=self.user)
                profile.bio = "Repairs radios."
                profile.save()
            return card

        cards._read = read_then_be_overtaken
        self.addCleanup(setattr, cards, "_read", read)
        self.assertEqual(get_card("ada")["bio"], "Writes compilers.")  # true when it was read
        self.assertEqual(get_card("ada")["bio"], "Repairs radios.")

    def test_the_page_is_there_without_a_cache(self):
        broken = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
        }
        with override_settings(CACHES=broken), self.assertLogs("users.cards", "ERROR"):
            self.assertEqual(get_card("ada")["username"], "ada")

    def test_the_person_page_shows_the_card(self):
        self.client.get("/people/ada/")
        with self.assertNumQueries(0):
            self.assertContains(self.client.get("/people/ada/"), "Writes compilers.")


@override_settings(PROFILE_CARD_SECONDS=300)
class TwoProcessesTests(TransactionTestCase):
    """Two processes, one Redis: the card of the one is dropped by the other."""

    def test_no_stale_card_stays(self):
        if connection.vendor == "sqlite":
            raise SkipTest("Two processes share no database in memory.")
        location = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:6379/9"}
        with override_settings(CACHES={"default": {**location, "KEY_PREFIX": uuid.uuid4().hex}}):
            try:
                caches["default"].set("ping", 1, 1)
            except Exception as error:
                raise SkipTest("No Redis answers on this machine.") from error
            user = User.objects.create_user("ada")
            Profile.objects.filter(user=user).update(is_public=True)
            for bio in ("one", "two", "three"):
                get_card("ada")
                self.save_elsewhere(user.pk, bio)
                self.assertEqual(get_card("ada")["bio"], bio)

    def save_elsewhere(self, pk, bio):
        script = f"""
            import django
            from django.conf import settings
            settings.DATABASES["default"]["NAME"] = {connection.settings_dict["NAME"]!r}
            settings.CACHES = {settings.CACHES!r}
            settings.PROFILE_CARD_SECONDS = 300
            django.setup()
            from users.models import Profile
            profile = Profile.objects.get(user={pk})
            profile.bio = {bio!r}
            profile.save()
        """
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "userprofile_project.test_settings"}
        command = [sys.executable, "-c", textwrap.dedent(script)]
        subprocess.run(command, cwd=Path(settings.BASE_DIR), env=environment, check=True, timeout=30)
