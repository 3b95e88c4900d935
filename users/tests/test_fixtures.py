"""A fixture is no change, and may leave out whatever has a default."""

import json
from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import TransactionTestCase
from django.utils import timezone

from listening.muting import sent
from users import events
from users.models import Interest, Profile
from users.tests.test_ways import ProfileAssertions, load

User = get_user_model()


def fixture(*rows):
    """Return the text of a fixture: label, primary key or None, fields."""
    return json.dumps(
        [{"model": model, **({"pk": pk} if pk is not None else {}), "fields": fields} for model, pk, fields in rows]
    )


class HandWrittenTests(ProfileAssertions, TransactionTestCase):
    def test_a_profile_of_a_user_and_a_text(self):
        user = ("auth.user", 7, {"username": "ada", "email": "ada@example.com"})
        profiles = [("users.profile", pk, {"user": 7, "bio": "Writes."}) for pk in (None, 3)]
        for rows in ([user, profiles[0]], [user, profiles[1]], [profiles[1], user]):
            User.objects.all().delete()
            start = timezone.now()
            load(fixture(*rows))
            profile = Profile.objects.get()
            self.assertEqual((profile.bio, profile.image.name, profile.is_public), ("Writes.", "", False))
            self.assertTrue(start <= profile.created_at <= timezone.now())
            self.assertTrue(start <= profile.updated_at <= timezone.now())
            self.assertComesAtCommit(User.objects.get())

    def test_a_profile_of_somebody_who_is_there(self):
        user = User.objects.create_user("ada", "ada@example.com")
        for pk in (None, user.profile.pk, 99):
            load(fixture(("users.profile", pk, {"user": user.pk, "bio": f"Writes {pk}."})))
            self.assertEqual(Profile.objects.get().bio, f"Writes {pk}.")
            self.assertIsNotNone(Profile.objects.get().created_at)

    def test_the_user_by_name_alone(self):
        load(fixture(("auth.user", None, {"username": "ada"}), ("users.profile", None, {"user": ["ada"], "bio": "x"})))
        self.assertEqual(Profile.objects.get(user__username="ada").bio, "x")

    def test_times_that_the_fixture_brings_stay(self):
        then = "2020-01-01T00:00:00Z"
        fields = {"user": 7, "created_at": then, "updated_at": then}
        load(fixture(("auth.user", 7, {"username": "ada"}), ("users.profile", 7, fields)))
        profile = Profile.objects.get()
        self.assertEqual({profile.created_at.year, profile.updated_at.year}, {2020})


class NoHistoryTests(TransactionTestCase):
    def setUp(self):
        self.chess, self.music = (Interest.objects.create(name=name) for name in ("Chess", "Music"))
        for name in ("ada", "bo"):
            User.objects.create_user(name).profile.interests.add(self.chess)

    def told(self, action):
        with sent(events.fields_changed) as calls:
            action()
        return [call.kwargs["changes"] for call in calls]

    def test_a_backup_that_is_loaded_tells_nothing(self):
        for options in ({}, {"natural": True}):
            keys = {"use_natural_foreign_keys": True, "use_natural_primary_keys": True} if options else {}
            text = self.dump(**keys)
            Profile.objects.get(user__username="ada").interests.set([self.music])
            self.assertEqual(self.told(lambda text=text: load(text)), [])
            call_command("flush", interactive=False, verbosity=0)
            self.assertEqual(self.told(lambda text=text: load(text)), [])
            names = Profile.objects.values_list("user__username", "interests__name").order_by("user__username")
            self.assertEqual(list(names), [("ada", "Chess"), ("bo", "Chess")])
            self.music = Interest.objects.get(name="Music")

    def dump(self, **options):
        out = StringIO()
        call_command("dumpdata", "auth.user", "users", stdout=out, verbosity=0, **options)
        return out.getvalue()

    def test_what_is_changed_afterwards_is_told(self):
        load(self.dump())
        profile = Profile.objects.get(user__username="ada")
        told = self.told(lambda: profile.interests.set([self.music]))
        self.assertEqual(told, [{"interests": (["Chess"], ["Music"])}])
