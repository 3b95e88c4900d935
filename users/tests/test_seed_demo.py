"""``seed_demo`` makes a few valid accounts, once; in production nobody knows their passwords."""

import io
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import TestCase, override_settings
from django.urls import reverse
from PIL import Image

from users.management.commands import seed_demo
from users.models import Interest, Profile
from users.tests.pictures.test_normalising import StoredPicturesMixin

User = get_user_model()

NAMES = [seed_demo.ADMIN, *(person[0] for person in seed_demo.PEOPLE)]


def not_migrated(execute, sql, *args):
    """Stand in for a database without tables, where transactions begin and end as ever."""
    if sql.startswith("SELECT"):
        raise OperationalError("no such table")
    return execute(sql, *args)


class SeedDemoTests(StoredPicturesMixin, TestCase):
    """Demo accounts, as the first start of the project makes them."""

    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        pass  # an empty database, as in a fresh clone

    def seed(self, *args):
        """Run the command; return name to password of the logins that it tells, and all of its output."""
        output = io.StringIO()
        call_command(seed_demo.Command(), *args, stdout=output)  # not that of an app which makes more of it
        lines = output.getvalue().splitlines()
        return dict(line.strip().split(" / ") for line in lines if " / " in line and "name" not in line), lines

    def snapshot(self):
        """Return all that is stored."""
        users = list(User.objects.order_by("pk").values())
        profiles = list(Profile.objects.order_by("pk").values())
        return users, profiles, list(Interest.objects.order_by("pk").values()), self.stored()

    def test_a_database_that_is_not_migrated_is_one_sentence(self):
        sentence = 'Has "manage.py migrate" been run?'
        with self.assertRaisesMessage(CommandError, sentence), connection.execute_wrapper(not_migrated):
            self.seed("--if-empty")

    def test_nobody_gets_the_address_of_somebody_else(self):
        User.objects.create_user("lovelace", "ADA@example.com")
        User.objects.create_user("root", "admin@example.com")
        self.seed()
        made = [name for name in NAMES if name not in ("ada", "admin")]
        self.assertEqual(sorted(User.objects.values_list("username", flat=True)), sorted([*made, "lovelace", "root"]))

    def test_an_admin_and_a_few_people_are_made(self):
        self.seed()
        self.assertEqual(sorted(User.objects.values_list("username", flat=True)), sorted(NAMES))
        admin = User.objects.get(username=seed_demo.ADMIN)
        self.assertTrue(admin.is_staff and admin.is_superuser)
        self.assertFalse(User.objects.exclude(pk=admin.pk).filter(is_staff=True).exists())
        self.assertEqual(Profile.objects.count(), User.objects.count())
        self.assertFalse(Profile.objects.exclude(user=admin).filter(interests=None).exists())

    def test_everything_that_is_made_is_valid(self):
        self.seed()
        for user in User.objects.all():
            with self.subTest(user.username):
                user.full_clean()
                user.profile.full_clean()
        for interest in Interest.objects.all():
            interest.full_clean()

    def test_people_have_pictures_that_differ(self):
        self.seed()
        pictures = {}
        for profile in Profile.objects.exclude(user__username=seed_demo.ADMIN).select_related("user"):
            with default_storage.open(profile.image.name) as stored:
                image = Image.open(stored)
                self.assertEqual((image.format, image.size), ("WEBP", (512, 512)))
                pictures[profile.user.username] = image.tobytes()
        self.assertEqual(len(set(pictures.values())), len(seed_demo.PEOPLE))
        self.assertEqual(len(self.stored()), len(seed_demo.PEOPLE))

    def test_a_picture_follows_from_the_name(self):
        self.assertEqual(seed_demo.draw_picture("ada"), seed_demo.draw_picture("ada"))
        self.assertNotEqual(seed_demo.draw_picture("ada"), seed_demo.draw_picture("bruno"))

    def test_their_pages_answer_and_the_private_one_is_private(self):
        self.seed()
        people = self.client.get(reverse("people"))
        for user in User.objects.exclude(username__in=[seed_demo.ADMIN, *seed_demo.PRIVATE]):
            with self.subTest(user.username):
                self.assertEqual(self.client.get(reverse("person", args=[user.username])).status_code, 200)
                self.assertContains(people, user.get_full_name())
        for name in seed_demo.PRIVATE:
            with self.subTest(name):
                with self.assertLogs("django.request", "WARNING"):
                    self.assertEqual(self.client.get(reverse("person", args=[name])).status_code, 404)
                self.assertNotContains(people, User.objects.get(username=name).get_full_name())
        self.assertTrue(seed_demo.PRIVATE)

    @override_settings(DEBUG=True)
    def test_while_debug_all_can_log_in_with_the_password_that_is_told(self):
        logins, _ = self.seed()
        self.assertEqual(logins, dict.fromkeys(NAMES, seed_demo.PASSWORD))
        for name, password in logins.items():
            with self.subTest(name):
                self.client.logout()
                response = self.client.post(reverse("login"), {"username": name, "password": password})
                self.assertRedirects(response, reverse("profile"))

    def test_without_debug_each_has_a_password_of_its_own_which_is_told_once(self):
        logins, _ = self.seed()
        self.assertEqual(list(logins), NAMES)
        self.assertEqual(len(set(logins.values())), len(NAMES))
        for user in User.objects.all():
            self.assertTrue(user.check_password(logins[user.username]))
            self.assertFalse(user.check_password(seed_demo.PASSWORD))
            self.assertGreaterEqual(len(logins[user.username]), 20)
        logins, lines = self.seed()
        self.assertEqual((logins, lines), ({}, ["No demo account was made: there are accounts already."]))

    def test_a_second_time_changes_nothing(self):
        for debug in (True, False):
            with self.subTest(debug=debug), override_settings(DEBUG=debug):
                self.seed()
                before = self.snapshot()
                self.seed()
                self.seed("--if-empty")
                self.assertEqual(self.snapshot(), before)

    def test_what_people_have_changed_is_kept_and_what_is_missing_is_made(self):
        self.seed()
        User.objects.filter(username="ada").update(first_name="Augusta")
        Profile.objects.filter(user__username="ada").update(bio="Changed", image="")
        User.objects.get(username="bruno").delete()
        logins, _ = self.seed()
        self.assertEqual(list(logins), ["bruno"])
        ada = User.objects.get(username="ada")
        self.assertEqual((ada.first_name, ada.profile.bio, ada.profile.image.name), ("Augusta", "Changed", ""))
        self.assertTrue(User.objects.get(username="bruno").profile.image)

    def test_somebody_of_the_same_name_in_another_case_is_left_alone(self):
        User.objects.create_user("ADA", "somebody@example.com")
        User.objects.create_user("Admin", "somebody.else@example.com")
        self.seed()
        self.assertFalse(User.objects.filter(username__in=["ada", "admin"]).exists())
        self.assertFalse(User.objects.filter(is_superuser=True).exists())
        self.assertTrue(User.objects.filter(username="bruno").exists())

    def test_if_empty_does_nothing_where_there_is_an_account(self):
        User.objects.create_user("somebody")
        with override_settings(DEBUG=True):
            logins, lines = self.seed("--if-empty")
        self.assertEqual((logins, lines), ({}, ["No demo account was made: there are accounts already."]))
        self.assertEqual(User.objects.count(), 1)

    def test_if_empty_seeds_an_empty_database(self):
        logins, _ = self.seed("--if-empty")
        self.assertEqual(list(logins), NAMES)

    @override_settings(DEBUG=True)
    def test_a_later_start_tells_the_logins_that_still_work(self):
        self.seed()
        ada = User.objects.get(username="ada")
        ada.set_password("a passphrase of her own")
        ada.save()
        User.objects.get(username="bruno").delete()
        logins, _ = self.seed("--if-empty")
        self.assertEqual(sorted(logins), sorted(set(NAMES) - {"ada", "bruno"}))

    @override_settings(DEBUG=True)
    def test_a_later_start_hashes_once_and_not_for_each_account(self):
        self.seed()
        checks = mock.patch.object(seed_demo, "check_password", wraps=check_password)
        with checks as counted, self.assertNumQueries(2):
            self.seed("--if-empty")
        self.assertEqual(counted.call_count, 1)

    def test_a_seed_that_fails_leaves_no_account(self):
        with mock.patch.object(seed_demo, "draw_picture", side_effect=[OSError]), self.assertRaises(OSError):
            self.seed()
        self.assertFalse(User.objects.exists())
        self.assertFalse(Interest.objects.exists())
