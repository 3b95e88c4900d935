"""Profiles: ``user.profile``, saving it with the user, its keys, and what restores the ones that are missing."""

import io
import pickle
from io import StringIO
from unittest import mock, skipUnless

from django.contrib.auth import get_user_model
from django.contrib.auth.models import update_last_login
from django.contrib.sessions.backends.base import UpdateError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower, Upper
from django.db.models.signals import class_prepared, post_delete, post_save
from django.test import Client, TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from listening.testing import connections_of
from users import forms
from users.identity.folding import fold
from users.identity.keys import KEY_LENGTH
from users.models import AccountSession, Interest, Profile
from users.profiles.missing import create_missing
from users.tests.test_ways import ProfileAssertions, define_models, person, register

User = get_user_model()


class UserProfileTests(ProfileAssertions, TestCase):
    """``user.profile`` never raises."""

    def setUp(self):
        self.user = User.objects.create_user("ada")

    def test_a_stored_one_costs_one_statement_and_then_none(self):
        user = User.objects.get()
        with self.assertStatements(1):
            profile = user.profile
        with self.assertStatements(0):
            self.assertIs(user.profile, profile)
            self.assertIs(profile.user, user)

    def test_one_that_came_with_the_user_costs_none(self):
        for users in (User.objects.select_related("profile"), User.objects.prefetch_related("profile")):
            user = users.get()
            with self.assertStatements(0):
                self.assertEqual(user.profile, Profile(pk=self.user.profile.pk))

    def test_a_missing_one_is_made_once(self):
        Profile.objects.all().delete()
        user = User.objects.get()
        with self.assertStatements(3):  # look, insert, read
            profile = user.profile
        with self.assertStatements(0):
            self.assertIs(user.profile, profile)
            self.assertIs(profile.user, user)

    def test_a_missing_one_that_was_looked_for_by_a_join(self):
        Profile.objects.all().delete()
        self.assertIsNotNone(User.objects.select_related("profile").get().profile.pk)

    def test_a_missing_one_that_somebody_made_since_it_was_looked_for(self):
        Profile.objects.all().delete()
        user = User.objects.select_related("profile").get()
        profile = Profile.objects.create(user=self.user)
        self.assertEqual(user.profile, profile)

    def test_a_user_who_is_not_saved_gets_an_unsaved_one_without_a_statement(self):
        user = person("bo")
        with self.assertStatements(0):
            self.assertIsNone(user.profile.pk)
            self.assertIs(user.profile.user, user)
            self.assertIs(user.profile, user.profile)

    def test_a_user_who_was_deleted_gets_an_unsaved_one(self):
        deleted, stale = User.objects.get(), User.objects.get()
        deleted.delete()
        for user in (deleted, stale, User(pk=stale.pk)):
            self.assertIsNone(user.profile.pk)
        self.assertIsNotNone(self.user.profile)  # still in hand
        self.assertFalse(Profile.objects.exists())

    def test_a_user_that_stands_for_no_row_gets_an_unsaved_one(self):
        self.assertIsNone(User(pk=self.user.pk + 1).profile.pk)
        self.assertEqual(Profile.objects.count(), 1)

    def test_hasattr_and_getattr(self):
        self.assertTrue(hasattr(User(), "profile"))
        self.assertIsNone(getattr(User(), "profile", "nothing").pk)

    def test_the_class_has_the_descriptor(self):
        self.assertEqual(User.profile.related.related_model, Profile)


class SaveProfileTests(ProfileAssertions, TestCase):
    """What was changed on ``user.profile`` is saved with the user, and that alone."""

    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        User.objects.create_user("ada", "ada@example.com")

    def setUp(self):
        self.user = User.objects.select_related("profile").get()

    def stored(self, *names):
        return Profile.objects.values_list(*names, flat=len(names) == 1).get()

    def test_a_change_is_saved(self):
        self.user.profile.bio = "changed"
        self.user.save()
        self.assertEqual(self.stored("bio"), "changed")

    async def test_a_change_is_saved_by_asave(self):
        user = await User.objects.select_related("profile").aget()
        user.profile.bio = "changed"
        await user.asave()
        self.assertEqual((await Profile.objects.aget()).bio, "changed")

    def test_a_change_of_every_kind_is_saved(self):
        values = {"location": "Lagos", "website": "https://example.com", "is_public": True}
        for name, value in values.items():
            setattr(self.user.profile, name, value)
        self.user.save()
        self.assertEqual(Profile.objects.filter(**values).count(), 1)

    def test_what_no_form_edits_is_saved_where_it_is_named(self):
        self.user.profile.email_verified_at = timezone.now()
        self.user.save()
        self.user.profile.save()
        self.assertIsNone(self.stored("email_verified_at"))
        self.user.profile.save(update_fields=["email_verified_at"])
        self.assertIsNotNone(self.stored("email_verified_at"))

    def test_a_picture_is_saved(self):
        content = io.BytesIO()
        Image.new("RGB", (4, 4)).save(content, "PNG")
        self.user.profile.image = ContentFile(content.getvalue(), "me.png")
        with self.captureOnCommitCallbacks(execute=True):
            self.user.save()
        self.assertRegex(self.stored("image"), r"^pictures/\w+\.webp$")
        with self.assertStatements(2):
            self.user.save()

    def test_no_change_costs_nothing(self):
        bare = User.objects.get()
        with self.assertStatements(2):  # the stored name and address, and the update
            bare.save()
        with self.assertStatements(2):
            self.user.save()

    def test_a_change_costs_one_statement_once(self):
        self.user.profile.bio = "changed"
        with self.captureOnCommitCallbacks(execute=True), self.assertStatements(3):
            self.user.save()
        with self.assertStatements(2):
            self.user.save()

    def test_a_change_that_was_taken_back_costs_nothing(self):
        self.user.profile.bio = "changed"
        self.user.profile.bio = ""
        with self.assertStatements(2):
            self.user.save()

    def test_update_fields_leave_the_profile_alone_and_cost_nothing(self):
        self.user.profile.bio = "changed"
        with self.assertStatements(1):
            self.user.save(update_fields=["last_login"])
        with self.assertStatements(0):
            self.user.save(update_fields=[])
        self.assertEqual(self.stored("bio"), "")
        self.user.save()
        self.assertEqual(self.stored("bio"), "changed")

    def test_a_login_costs_nothing(self):
        self.user.profile.bio = "changed"
        with self.assertStatements(1):
            update_last_login(None, self.user)

    def test_a_concurrent_edit_is_not_undone(self):
        Profile.objects.update(location="from elsewhere")
        self.user.save()
        self.user.profile.bio = "changed"
        self.user.save()
        self.assertEqual(self.stored("location", "bio"), ("from elsewhere", "changed"))

    def test_an_edit_by_another_instance_is_not_undone(self):
        other = User.objects.get()
        other.profile.bio = "theirs"
        other.save()
        self.user.first_name = "A"
        self.user.save()
        self.assertEqual(self.stored("bio"), "theirs")

    def test_two_stale_copies_save_what_was_changed_on_each(self):
        first, second = Profile.objects.get(), Profile.objects.get()
        first.bio, second.location = "first", "second"
        first.save()
        second.save()
        self.assertEqual(self.stored("bio", "location"), ("first", "second"))

    def test_a_copy_by_pickle_knows_what_was_changed_on_it(self):
        self.user.profile.bio = "changed"
        copy = pickle.loads(pickle.dumps(self.user))
        Profile.objects.update(location="from elsewhere")
        copy.save()
        self.assertEqual(self.stored("location", "bio"), ("from elsewhere", "changed"))

    def test_a_deferred_field_that_was_set_without_being_read(self):
        user = User.objects.select_related("profile").defer("profile__location").get()
        user.profile.location = "set"
        user.save()
        self.assertEqual(self.stored("location"), "set")

    def test_a_deferred_field_that_was_read(self):
        user = User.objects.select_related("profile").defer("profile__location", "profile__user").get()
        self.assertEqual((user.profile.location, user.profile.user_id), ("", user.pk))
        with self.assertStatements(2):
            user.save()

    def test_a_deferred_user_is_saved_with_update_fields_so_without_the_profile(self):
        user = User.objects.only("username").get()
        user.profile.location = "set"
        user.save()
        self.assertEqual(self.stored("location"), "")

    def test_refresh_from_db_forgets_the_change(self):
        self.user.profile.bio = "changed"
        self.user.profile.refresh_from_db()
        with self.assertStatements(2):
            self.user.save()
        self.user.profile.bio = self.user.profile.location = "changed"
        self.user.profile.refresh_from_db(fields=["bio"])
        self.user.save()
        self.assertEqual(self.stored("bio", "location"), ("", "changed"))

    def test_an_expression_is_saved_once(self):
        Profile.objects.update(location="lagos")
        self.user.profile.bio = Upper(F("location"))
        with self.captureOnCommitCallbacks(execute=True):
            self.user.save()
        self.assertEqual(self.stored("bio"), "LAGOS")
        with self.assertStatements(2):
            self.user.save()

    def test_a_user_that_is_saved_to_another_database_takes_no_profile_there(self):
        User.objects.db_manager("other").create_user("ada", pk=self.user.pk)
        self.user.profile.bio = "changed"
        self.user.save(using="other")
        self.assertEqual(Profile.objects.using("other").get().bio, "")
        self.assertEqual(self.stored("bio"), "")

    def test_a_profile_that_is_not_the_users_is_not_saved(self):
        bo = User.objects.create_user("bo")
        self.user.profile = bo.profile  # sets bo.profile.user; saving the user does not take the profile away
        bo.profile.user_id = bo.pk
        self.user.save()
        self.assertEqual(Profile.objects.filter(user=bo).count(), 1)

    def test_a_change_is_not_lost_when_the_save_of_the_user_fails(self):
        self.user.profile.bio, self.user.username = "changed", "x" * 10
        User.objects.create_user("x" * 10)
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.user.save()
        self.assertEqual(Profile.objects.get(user=self.user).bio, "")
        self.user.username = "ada"
        self.user.save()
        self.assertEqual(Profile.objects.get(user=self.user).bio, "changed")


class ProfileModelTests(ProfileAssertions, TestCase):
    """Saving profiles past their users."""

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.update(bio="stored", location="stored", is_public=True)

    def test_a_second_profile_is_saved_into_the_stored_row(self):
        pk = self.user.profile.pk
        second = Profile(user=self.user, bio="second")
        second.save()
        self.assertEqual((second.pk, second.location, second.is_public), (pk, "stored", True))
        self.assertEqual(Profile.objects.get().bio, "second")
        second.bio = "third"
        second.save()
        self.assertEqual(Profile.objects.get().bio, "third")

    def test_its_interests_are_those_of_the_row(self):
        second = Profile.objects.create(user=self.user)
        second.interests.add(Interest.objects.create(name="Chess"))
        self.assertEqual(User.objects.get().profile.interests.count(), 1)

    def test_it_does_not_touch_keys_and_verification(self):
        Profile.objects.update(name_key="ada", email_key="ada@example.com", email_verified_at=timezone.now())
        Profile.objects.create(user=self.user)
        profile = Profile.objects.get()
        self.assertEqual((profile.name_key, profile.email_key), ("ada", "ada@example.com"))
        self.assertIsNotNone(profile.email_verified_at)

    def test_a_profile_of_nobody_is_refused(self):
        for profile in (Profile(), Profile(user_id=self.user.pk + 1)):
            with self.assertRaises(IntegrityError), transaction.atomic():
                profile.save()
                connection.check_constraints()

    def test_a_profile_stays_with_its_user(self):
        profile = User.objects.create_user("bo").profile
        profile.user = self.user
        with self.assertRaisesMessage(ValueError, "stays with its user"):
            profile.save()
        self.assertEqual(Profile.objects.count(), 2)

    def test_a_stale_copy_does_not_bring_an_old_name_or_verification_back(self):
        Profile.objects.update(email_verified_at=timezone.now())
        stale = Profile.objects.get()
        self.user.username, self.user.email = "adele", "new@example.com"
        self.user.save()
        stale.bio = "changed"
        stale.save()
        profile = Profile.objects.get()
        self.assertEqual((profile.name_key, profile.bio), (f"adele {self.user.pk}", "changed"))
        self.assertIsNone(profile.email_verified_at)

    def test_a_save_without_a_change_is_still_a_save(self):
        calls = []
        self.addCleanup(post_save.disconnect, sender=Profile, dispatch_uid="test")
        post_save.connect(lambda **kwargs: calls.append(kwargs), sender=Profile, weak=False, dispatch_uid="test")
        profile = Profile.objects.get()
        profile.save()
        self.assertEqual([call["created"] for call in calls], [False])
        self.assertGreater(Profile.objects.get().updated_at, self.user.profile.updated_at)

    def test_update_fields_and_force_update_mean_what_they_mean(self):
        profile = Profile.objects.get()
        profile.bio = profile.location = "changed"
        profile.save(update_fields=["bio"])
        self.assertEqual((Profile.objects.get().bio, Profile.objects.get().location), ("changed", "stored"))
        with self.assertStatements(0):
            profile.save(update_fields=[])
        profile.save(force_update=True)
        self.assertEqual(Profile.objects.get().location, "changed")
        Profile.objects.all()._raw_delete("default")
        with self.assertRaises(DatabaseError), transaction.atomic():
            profile.save(update_fields=["bio"])

    def test_a_row_that_is_gone_is_made_again_and_one_that_is_new_is_taken(self):
        first, second = Profile.objects.get(), Profile.objects.get()
        Profile.objects.all()._raw_delete("default")
        first.bio = "made again"
        first.save()
        self.assertEqual(Profile.objects.get().bio, "made again")
        Profile.objects.all()._raw_delete("default")
        create_missing(Profile, "default")
        second.location = "taken"
        second.save()
        self.assertEqual((Profile.objects.get().location, second.pk), ("taken", Profile.objects.get().pk))

    def test_its_address_leads_somewhere_whatever_the_name(self):
        for name in ("ada", "/", "..", "", "\n"):
            with self.subTest(name):
                url = Profile(user=User(username=name)).get_absolute_url()
                self.assertLess(Client().get(url).status_code, 500)


class KeyTests(ProfileAssertions, TestCase):
    """``name_key`` and ``email_key`` follow the user."""

    databases = {"default", "other"}

    def keys(self, user, using="default"):
        return self.profiles_of(user, using).values_list("name_key", "email_key").get()

    def test_who_registers_claims_both(self):
        self.assertEqual(self.keys(register("Ada", email="Ada@Example.com")), ("ada", "ada@example.com"))

    def test_code_claims_nothing(self):
        user = User.objects.create_user("Ada", "ada@example.com")
        self.assertEqual(self.keys(user), (f"ada {user.pk}", None))

    def test_healing_claims_nothing(self):
        user = User.objects.bulk_create([person("ADA")])[0]
        create_missing(Profile, "default")
        self.assertEqual(self.keys(user), (f"ada {user.pk}", None))

    def test_a_new_name_and_a_new_address(self):
        for update_fields in (None, ["username", "email"]):
            with self.subTest(update_fields), transaction.atomic():
                user = register("ada")
                user.username, user.email = "Adele", "adele@example.com"
                user.save(update_fields=update_fields)
                self.assertEqual(self.keys(user), (f"adele {user.pk}", None))
                self.assertEqual(user.profile.name_key, f"adele {user.pk}")
                transaction.set_rollback(True)

    def test_a_new_name_leaves_the_address_and_the_other_way_round(self):
        user = register("ada")
        Profile.objects.update(email_verified_at=timezone.now())
        user.username = "adele"
        user.save()
        self.assertEqual(self.keys(user), (f"adele {user.pk}", "ada@example.com"))
        self.assertIsNotNone(Profile.objects.get().email_verified_at)
        user.username = "ada"
        user.save()
        Profile.objects.claim(user, "username")
        user.email = "adele@example.com"
        user.save()
        self.assertEqual(self.keys(user), ("ada", None))
        self.assertIsNone(Profile.objects.get().email_verified_at)

    def test_the_form_claims_what_was_changed(self):
        user = User.objects.create_user("ada", "ada@example.com")
        data = {"username": "adele", "email": "adele@example.com"}
        self.assertTrue(forms.save_together(forms.UserUpdateForm(data, instance=user)))
        self.assertEqual(self.keys(user), ("adele", "adele@example.com"))

    def test_a_claim_of_one_leaves_the_other_alone(self):
        user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.claim(user, "email")
        self.assertEqual(self.keys(user), (f"ada {user.pk}", "ada@example.com"))

    def test_a_claim_is_for_one_save(self):
        user = register("ada")
        user.username = "bo"
        user.save()
        register("cy")
        user.username = "Cy"
        user.save()
        self.assertEqual(self.keys(user)[0], f"cy {user.pk}")

    def test_a_claim_that_somebody_else_has_is_refused(self):
        register("ada")
        for name, email in (("ADA", "bo@example.com"), ("bo", "ADA@example.com")):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Profile.objects.claim(User.objects.create_user(name, email))
        self.assertEqual((User.objects.count(), Profile.objects.count()), (1, 1))

    def test_another_save_leaves_them_alone(self):
        user = User.objects.get(pk=register("ada").pk)
        user.first_name = "A"
        user.save()
        user.profile.save()
        self.assertEqual(self.keys(user), ("ada", "ada@example.com"))

    def test_a_loaded_profile_does_not_bring_the_old_ones_back(self):
        user = User.objects.select_related("profile").get(pk=register("ada").pk)
        user.username, user.profile.bio = "adele", "changed"
        user.save()
        user.profile.location = "changed"
        user.profile.save()
        self.assertEqual(self.keys(user)[0], f"adele {user.pk}")

    def test_a_rename_of_who_has_no_profile(self):
        user = User.objects.bulk_create([person()])[0]
        user.username = "adele"
        user.save()
        self.assertEqual(user.profile.name_key, f"adele {user.pk}")

    def test_on_the_database_of_the_user_alone(self):
        here, there = User.objects.create_user("ada"), User.objects.db_manager("other").create_user("ada")
        there.username = "adele"
        there.save()
        self.assertEqual(self.keys(there, "other")[0], f"adele {there.pk}")
        self.assertEqual(self.keys(here)[0], f"ada {here.pk}")

    def test_names_that_grow_when_they_are_folded(self):
        for name in ("ﷺ" * 150, "ß" * 150):
            by_signal = User.objects.create(username=name)
            self.assertEqual(self.keys(by_signal)[0], f"{fold(name)[:KEY_LENGTH]} {by_signal.pk}")
            by_signal.delete()
            healed = User.objects.bulk_create([User(username=name)])[0]
            self.assertTrue(healed.profile.name_key.endswith(f" {healed.pk}"))

    def test_an_expression_gives_the_keys_of_the_stored_values(self):
        user = User.objects.create_user("ada", "ada@example.com")
        user.username = Concat(F("username"), Value("X"))
        user.save()
        self.assertEqual(Profile.objects.get().name_key, f"adax {user.pk}")
        bo = User(username=Lower(Value("BOB")))
        bo.save()
        self.assertEqual(Profile.objects.get(user=bo.pk).name_key, f"bob {bo.pk}")


class CommandTests(ProfileAssertions, TestCase):
    """``create_missing_profiles``."""

    databases = {"default", "other"}

    def call(self, **options):
        out = StringIO()
        call_command("create_missing_profiles", stdout=out, **options)
        return out.getvalue().strip()

    def people(self, number, using="default"):
        people = [person(f"Person{index}") for index in range(number)]
        return User.objects.using(using).bulk_create(people)

    def test_it_tells_how_many(self):
        User.objects.create_user("ada")
        self.assertEqual(self.call(), "0 profiles were created.")
        bo = User.objects.bulk_create([person("bo")])
        self.assertEqual(self.call(), "1 profile was created.")
        self.people(3)
        self.assertEqual(self.call(), "3 profiles were created.")
        self.assertEqual(self.call(), "0 profiles were created.")
        self.assertComesBySignal(*bo)

    def test_a_dry_run_changes_nothing(self):
        self.people(2)
        self.assertEqual(self.call(dry_run=True), "2 profiles would be created.")
        self.assertEqual(self.call(dry_run=True), "2 profiles would be created.")
        self.assertFalse(Profile.objects.exists())
        User.objects.last().profile  # noqa: B018 - heals
        self.assertEqual(self.call(dry_run=True), "1 profile would be created.")

    def test_it_is_one_statement_for_any_number(self):
        for number in (0, 1, 300):
            with self.subTest(number), transaction.atomic():
                self.people(number)
                with self.assertStatements(1):
                    self.call()
                self.assertEqual(Profile.objects.count(), number)
                transaction.set_rollback(True)

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL alone chooses by statistics.")
    def test_statistics_of_an_empty_table_cost_no_second_look(self):
        """With a nested loop, each user has all the profiles read that the statement has inserted so far."""
        plans = []

        def explain(execute, sql, params, many, context):
            if sql.startswith("INSERT"):
                context["cursor"].cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("".join(row[0] for row in context["cursor"].cursor.fetchall()))
            return execute(sql, params, many, context)

        self.people(2_000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE users_profile")
            with connection.execute_wrapper(explain):
                self.assertEqual(self.call(), "2000 profiles were created.")
            cursor.execute("SHOW enable_nestloop")
            self.assertEqual(cursor.fetchone()[0], "on")
        self.assertIn("Anti Join", plans[0])
        self.assertNotIn("Nested Loop", plans[0])

    def test_one_database_at_a_time(self):
        self.people(1)
        self.people(2, using="other")
        self.assertEqual(self.call(database="other"), "2 profiles were created.")
        self.assertEqual((Profile.objects.count(), Profile.objects.using("other").count()), (0, 2))
        self.assertEqual(self.call(), "1 profile was created.")

    def test_an_unknown_database(self):
        with self.assertRaisesMessage(CommandError, "invalid choice: 'elsewhere'"):
            call_command("create_missing_profiles", "--database", "elsewhere")

    def test_the_rows_are_those_that_the_signal_makes(self):
        before = timezone.now()
        users = [*self.people(1), User.objects.create_user("person1"), *User.objects.bulk_create([person("Cy")])]
        self.call()
        names = [field.attname for field in Profile._meta.concrete_fields if field.name not in ("id", "user")]
        rows = [Profile.objects.values(*names).get(user=user) for user in users]
        for user, row in zip(users, rows, strict=True):
            self.assertEqual(row.pop("name_key"), f"{user.username.lower()} {user.pk}")
            for stamp in (row.pop("created_at"), row.pop("updated_at")):
                self.assertTrue(before <= stamp <= timezone.now())
            self.assertTrue(row.pop("email_stamp"))
        self.assertEqual(rows, [rows[0]] * 3)

    def test_it_leaves_the_profiles_that_are_there_as_they_are(self):
        User.objects.create_user("ada")
        Profile.objects.update(bio="mine")
        self.people(1)
        self.call()
        self.assertEqual(list(Profile.objects.order_by("pk").values_list("bio", flat=True)), ["mine", ""])


class PostMigrateTests(ProfileAssertions, TestCase):
    def migrate(self, verbosity=1):
        """Say that migrations have run, and return what was printed."""
        out = StringIO()
        emit_post_migrate_signal(verbosity=verbosity, interactive=False, db="default", stdout=out)
        return out.getvalue()

    def test_it_makes_the_missing_ones_and_says_so(self):
        User.objects.bulk_create([person("ada")])
        self.assertIn("Created 1 missing profile.\n", self.migrate())
        User.objects.bulk_create([person("bo"), person("cy")])
        self.assertIn("Created 2 missing profiles.\n", self.migrate())
        self.assertComesBySignal(*User.objects.all())

    def test_it_says_nothing_when_there_is_nothing_to_say(self):
        User.objects.create_user("ada")
        self.assertNotIn("profile", self.migrate())
        User.objects.bulk_create([person("bo")])
        self.assertEqual(self.migrate(verbosity=0), "")
        self.assertEqual(Profile.objects.count(), 2)


class NoTableTests(ProfileAssertions, TransactionTestCase):
    """Between ``migrate users zero`` and ``migrate``."""

    def setUp(self):
        self.addCleanup(call_command, "migrate", verbosity=0)

    def test_what_works_and_what_says_why_it_does_not(self):
        with self.assertNoLogs("users", "WARNING"):  # the receiver of post_migrate meets the missing table
            call_command("migrate", "users", "zero", verbosity=0)
        for options in ({}, {"dry_run": True}):
            with self.assertRaisesMessage(CommandError, '"manage.py migrate --database default"'):
                call_command("create_missing_profiles", **options)
        with self.assertLogs("users.profiles.missing", "WARNING") as logs:
            call_command(
                "createsuperuser", interactive=False, username="ada", email="", verbosity=0, stdout=StringIO()
            )
        self.assertIn("manage.py migrate", logs.output[0])
        User.objects.get().save(update_fields=["last_login"])
        call_command("migrate", verbosity=0)
        self.assertComesBySignal(User.objects.get())

    def test_backwards_and_forwards_again(self):
        User.objects.create_user("before")
        call_command("migrate", "users", "zero", verbosity=0)
        with self.assertLogs("users.profiles.missing", "WARNING"):
            User.objects.create_user("meanwhile")
        User.objects.bulk_create([person("in bulk")])
        call_command("migrate", "users", verbosity=0)
        call_command("migrate", "users", verbosity=0)
        self.assertComesBySignal(User.objects.create_user("after"), *User.objects.all())


class SessionTests(TestCase):
    """The sessions of an account end when it is deleted."""

    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        # Primary keys that begin alike, so that a comparison that is none shows.
        cls.ada, cls.bo = [User.objects.create_user(name, pk=pk) for name, pk in (("ada", 1), ("bo", 11))]

    def browser(self, user):
        client = Client()
        client.force_login(user)
        return client

    def assertLoggedIn(self, client, expected=True):
        self.assertEqual(client.get(reverse("profile")).status_code, 200 if expected else 302)

    def test_a_session_knows_its_account(self):
        client = self.browser(self.ada)
        self.assertEqual(AccountSession.objects.get().account_id, "1")
        client.post(reverse("logout"))
        self.assertFalse(AccountSession.objects.exists())
        client.session.save()
        self.assertIsNone(AccountSession.objects.get().account_id)

    def test_a_key_that_is_taken_is_not_given_again(self):
        taken = self.browser(self.ada).session.session_key
        with mock.patch("users.sessions.get_random_string", side_effect=[taken, "n" * 32]):
            session = Client().session
        self.assertEqual(session.session_key, "n" * 32)
        self.assertEqual(AccountSession.objects.get(pk=taken).account_id, "1")

    def test_all_of_them_end_and_nobody_elses(self):
        clients = [self.browser(self.ada), self.browser(self.ada)]
        others = self.browser(self.bo)
        Client().session.save()
        self.ada.delete()
        for client in clients:
            self.assertLoggedIn(client, False)
        self.assertLoggedIn(others)
        self.assertEqual(set(AccountSession.objects.values_list("account_id", flat=True)), {"11", None})

    def test_by_a_queryset(self):
        self.browser(self.ada)
        self.browser(self.bo)
        User.objects.all().delete()
        self.assertFalse(AccountSession.objects.exists())

    def test_not_when_the_deletion_is_rolled_back(self):
        client = self.browser(self.ada)
        with transaction.atomic():
            User.objects.get(pk=1).delete()
            transaction.set_rollback(True)
        self.assertLoggedIn(client)

    def test_not_those_of_a_namesake_on_another_database(self):
        client = self.browser(self.ada)
        User.objects.db_manager("other").create_user("ada", pk=1).delete()
        self.assertLoggedIn(client)

    def test_a_request_under_way_does_not_bring_a_session_back(self):
        session = self.browser(self.ada).session
        session["visits"] = 1
        self.ada.delete()
        with self.assertRaises(UpdateError):
            session.save()
        self.assertFalse(AccountSession.objects.exists())


class ClassPreparedTests(ProfileAssertions, TestCase):
    """A class of users that comes late, after the receivers were connected."""

    def define(self, abstract=False, **attributes):
        options = {"abstract": True} if abstract else {"proxy": True}
        meta = type("Meta", (), {"app_label": "users", **options})
        return define_models(self, lambda: type("Late", (User,), {"__module__": __name__, "Meta": meta, **attributes}))

    def test_a_late_proxy_is_a_user(self):
        late = self.define()
        user = late.objects.create_user("ada", "ada@example.com")
        self.assertComesBySignal(user)
        user.profile.bio, user.username = "changed", "adele"
        user.save()
        profile = Profile.objects.get()
        self.assertEqual((profile.bio, profile.name_key), ("changed", f"adele {user.pk}"))
        client = Client()
        client.force_login(User.objects.get())
        user.delete()
        self.assertFalse(AccountSession.objects.exists() or Profile.objects.exists())

    def test_it_costs_what_a_user_costs(self):
        late = self.define()
        with self.assertStatements(2):
            user = late.objects.create_user("ada")
        with self.assertStatements(1):
            user.save(update_fields=["last_login"])
        with self.assertStatements(2):
            user.save()

    def test_a_class_that_is_prepared_twice_is_connected_once(self):
        late = self.define()
        before = connections_of(post_save)
        class_prepared.send(late)
        self.assertEqual(connections_of(post_save), before)

    def test_other_classes_are_left_alone(self):
        before = [connections_of(signal) for signal in (post_save, post_delete)]
        self.define(abstract=True)
        meta = type("Meta", (), {"app_label": "users"})
        define_models(self, lambda: type("User", (models.Model,), {"__module__": __name__, "Meta": meta}))
        self.assertEqual([connections_of(signal) for signal in (post_save, post_delete)], before)
