"""What an instance knows of its row moves forward with the commit: what a rollback took back is saved again."""

import copy
import pickle
from contextlib import contextmanager
from unittest import mock

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models.signals import pre_save
from django.test import TransactionTestCase
from django.utils import timezone

from listening.muting import muted
from users.events import fields_changed
from users.models import Profile
from users.tests.steps import picture

User = get_user_model()


@contextmanager
def rolled_back():
    """Run a block in a transaction, or a savepoint, that is rolled back."""
    try:
        with transaction.atomic():
            yield
            raise InterruptedError
    except InterruptedError:
        pass


class RollbackTests(TransactionTestCase):
    """In transactions of their own: what a TestCase rolls back stands in its own transaction still."""

    databases = {"default", "other"}  # both are asked whether a file is used, before it is removed

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        self.profile = self.user.profile

    def stored(self):
        return Profile.objects.get(user=self.user)

    def test_a_profile_that_is_saved_again_is_written(self):
        self.profile.bio = "hello"
        with rolled_back():
            self.profile.save()
        self.profile.save()
        self.assertEqual(self.stored().bio, "hello")

    def test_a_user_that_is_saved_again_writes_the_profile(self):
        self.user.profile.bio = "hello"
        with rolled_back():
            self.user.save()
        self.user.save()
        self.assertEqual(self.stored().bio, "hello")

    def test_a_savepoint_takes_back_its_own_part_alone(self):
        with transaction.atomic():
            self.profile.bio = "kept"
            self.profile.save()
            self.profile.location = "Lagos"
            with rolled_back():
                self.profile.save()
        self.assertEqual(self.profile.unsaved_fields(), ["location"])
        self.profile.save()
        self.assertEqual((self.stored().bio, self.stored().location), ("kept", "Lagos"))

    def test_what_is_set_back_in_the_transaction_is_written_back(self):
        with transaction.atomic():
            for bio in ("hello", ""):
                self.profile.bio = bio
                self.profile.save()
        self.assertEqual(self.stored().bio, "")

    def test_what_was_saved_is_not_written_again_before_the_commit(self):
        with transaction.atomic():
            self.profile.bio = "hello"
            self.profile.save()
            Profile.objects.update(bio="of another copy")
            self.profile.location = "Lagos"
            self.profile.save()
        self.assertEqual((self.stored().bio, self.stored().location), ("of another copy", "Lagos"))

    def test_a_save_of_the_user_leaves_alone_what_another_copy_wrote(self):
        with transaction.atomic():
            self.user.profile.bio = "hello"
            self.user.save()
            Profile.objects.update(bio="of another copy")
            with self.assertNumQueries(2):  # the stored row, the user
                self.user.save()
        self.assertEqual(self.stored().bio, "of another copy")

    def test_a_picture_of_another_copy_is_not_lost(self):
        other = self.stored()
        with transaction.atomic():
            self.profile.image = ContentFile(picture().read(), name="me.png")
            self.profile.save()
            other.image = ContentFile(picture().read(), name="me.png")
            other.save()
            self.profile.location = "Lagos"
            self.profile.save()
        stored = self.stored()
        self.assertEqual(stored.image.name, other.image.name)
        self.assertTrue(stored.image.storage.exists(stored.image.name))
        stored.image.delete()

    def test_what_was_read_after_a_save_is_what_counts_after_the_commit(self):
        with transaction.atomic():
            self.profile.bio = "first"
            self.profile.save()
            Profile.objects.update(bio="second")
            self.profile.refresh_from_db()
        self.profile.bio = "first"
        self.profile.save()
        self.assertEqual(self.stored().bio, "first")

    def test_a_copy_made_in_a_transaction_takes_what_was_saved_for_stored(self):
        for make in (copy.copy, lambda profile: pickle.loads(pickle.dumps(profile))):
            with self.subTest(make):
                with transaction.atomic():
                    self.profile.bio = "hello"
                    self.profile.save()
                    twin = make(self.profile)
                Profile.objects.update(bio="of somebody else")
                twin.location = "Lagos"
                twin.save()
                self.assertEqual(self.stored().bio, "of somebody else")
                self.profile.bio = ""
                self.profile.save()

    def test_a_row_that_was_never_committed_and_whose_number_somebody_got_is_left_alone(self):
        user = User(username="bo")
        with rolled_back():
            user.save()
        cy = User.objects.create_user("cy")
        profile, user.pk = user.profile, None
        profile.bio = "hello"
        user.save()
        profile.save()
        self.assertEqual(Profile.objects.get(user=cy).bio, "")
        self.assertEqual(Profile.objects.count(), 3)

    def test_a_new_profile_writes_nothing_over_what_its_transaction_changed(self):
        with transaction.atomic():
            user = User.objects.create_user("bo")
            Profile.objects.filter(user=user).update(bio="of somebody else")
            user.save()
        self.assertEqual(Profile.objects.get(user=user).bio, "of somebody else")

    def test_what_is_committed_is_not_written_again(self):
        with transaction.atomic():
            self.profile.bio = "hello"
            self.profile.save()
        Profile.objects.update(bio="of somebody else")
        self.user.save()
        self.profile.save()
        self.assertEqual(self.stored().bio, "of somebody else")

    def test_a_new_picture_is_written(self):
        self.profile.image = ContentFile(picture().read(), name="me.png")
        with rolled_back():
            self.profile.save()
        self.profile.save()
        self.assertTrue(self.stored().image)
        self.assertTrue(self.stored().image.storage.exists(self.stored().image.name))
        self.profile.image.delete()

    def test_a_profile_changed_after_a_rolled_back_creation_is_saved(self):
        user = User(username="bo")
        with rolled_back():
            user.save()
        user.profile.bio = "hello"
        user.save()
        self.assertEqual(Profile.objects.get(user=user).bio, "hello")
        self.assertEqual(Profile.objects.get(user=user), user.profile)

    def test_a_profile_prepared_before_a_rolled_back_creation_is_saved(self):
        user = User(username="bo")
        user.profile.bio = "hello"
        with rolled_back():
            user.save()
        user.save()
        self.assertEqual(Profile.objects.get(user=user).bio, "hello")

    def test_a_rolled_back_change_of_address_takes_no_verification(self):
        Profile.objects.update(email_verified_at=timezone.now())
        user = User.objects.select_related("profile").get(pk=self.user.pk)
        with rolled_back():
            user.email = "new@example.com"
            user.save()
        user.email = "ada@example.com"
        user.profile.bio = "hello"
        user.save()
        self.assertEqual(self.stored().bio, "hello")
        self.assertIsNotNone(self.stored().email_verified_at)
        self.assertEqual(user.profile.email_stamp, self.stored().email_stamp)

    def test_a_read_in_a_transaction_that_is_rolled_back_stays_a_read(self):
        Profile.objects.update(bio="second")
        with rolled_back():
            self.profile.refresh_from_db()
        Profile.objects.update(bio="third")
        self.profile.location = "Lagos"
        self.profile.save()
        self.assertEqual((self.stored().bio, self.stored().location), ("third", "Lagos"))

    def test_a_deferred_field_that_is_read_in_a_transaction_that_is_rolled_back_is_not_written(self):
        profile = Profile.objects.defer("bio").get(user=self.user)
        with rolled_back():
            self.assertEqual(profile.bio, "")
        self.assertEqual(profile.unsaved_fields(), [])

    def test_a_reload_after_a_rollback_is_what_counts(self):
        self.profile.bio = "hello"
        with rolled_back():
            self.profile.save()
        Profile.objects.update(updated_at=timezone.now())
        self.profile.refresh_from_db()
        self.assertEqual(self.profile.unsaved_fields(), [])
        self.assertEqual(self.profile.updated_at, self.stored().updated_at)

    def test_keys_written_past_a_deferred_profile_are_not_read_first(self):
        user = User.objects.get(pk=self.user.pk)
        user.profile = Profile.objects.only("bio", "user").get(user=self.user)
        user.email = "new@example.com"
        with muted(fields_changed), self.assertNumQueries(3):  # the stored row, the user, the keys
            user.save()

    def test_a_change_on_another_database_is_not_one_of_this_profile(self):
        Profile.objects.update(email_verified_at=timezone.now())
        user = User.objects.select_related("profile").get(pk=self.user.pk)
        User.objects.db_manager("other").create_user("ada", "ada@example.com", pk=user.pk)
        user.email = "new@example.com"
        user.save(using="other")
        self.assertEqual(user.profile.unsaved_fields(), [])
        self.assertIsNotNone(user.profile.email_verified_at)

    def test_a_copy_can_be_pickled_in_a_transaction(self):
        with transaction.atomic():
            self.profile.bio = "hello"
            self.profile.save()
            self.assertEqual(pickle.loads(pickle.dumps(self.profile)).bio, "hello")

    def test_nothing_waits_outside_of_a_transaction(self):
        self.profile.bio = "hello"
        self.profile.save()
        self.assertEqual(self.profile.unsaved_fields(), [])


class OtherDatabaseTests(TransactionTestCase):
    """What is known of a row on one database tells nothing of the row on another."""

    databases = {"default", "other"}

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        User.objects.db_manager("other").create_user("ada", pk=self.user.pk)
        self.profile = self.user.profile
        Profile.objects.using("other").update(id=self.profile.pk, bio="old", is_public=True)

    def there(self):
        return Profile.objects.using("other").get()

    def test_all_that_a_form_edits_is_written_there(self):
        self.profile.save(using="other")
        self.assertEqual((self.there().bio, self.there().is_public), ("", False))
        self.assertEqual((self.profile.bio, self.profile.is_public), ("", False))

    def test_a_row_is_made_there_with_what_is_still_to_be_read_here(self):
        Profile.objects.using("other").all().delete()
        Profile.objects.update(bio="hello")
        Profile.objects.defer("bio").get().save(using="other")
        self.assertEqual(self.there().bio, "hello")

    def test_a_save_that_fails_there_changes_nothing_about_the_next_one_here(self):
        self.profile.bio = "hello"
        with mock.patch("django.db.models.Model.save", side_effect=IntegrityError), self.assertRaises(IntegrityError):
            self.profile.save(using="other")
        self.profile.save()
        self.assertEqual((Profile.objects.get().bio, self.there().bio), ("hello", "old"))


class AsynchronousTests(TransactionTestCase):
    async def test_what_was_written_past_a_loaded_profile_can_be_read_without_a_query(self):
        await User.objects.acreate(username="ada", email="ada@example.com")
        user = await User.objects.select_related("profile").aget()
        user.email = "new@example.com"
        await user.asave()
        self.assertIsNone(user.profile.email_verified_at)
        stored = await Profile.objects.aget()
        self.assertEqual(user.profile.email_stamp, stored.email_stamp)


class StubTests(TransactionTestCase):
    """Django's arguments mean what they mean for any model."""

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.update(bio="old")
        self.pk = Profile.objects.get().pk

    def test_update_fields_of_a_stub(self):
        Profile(pk=self.pk, bio="").save(update_fields=["bio"])
        self.assertEqual(Profile.objects.get().bio, "")
        Profile(pk=self.pk, bio="x").save(update_fields=[])
        self.assertEqual(Profile.objects.get().bio, "")

    def test_force_update_where_there_is_no_row(self):
        with self.assertRaises(DatabaseError):
            Profile(pk=self.pk + 99, user=self.user).save(force_update=True)
        self.assertEqual(Profile.objects.count(), 1)

    def test_a_deferred_user_is_not_read(self):
        profile = Profile.objects.only("bio").get()
        profile.bio = "new"
        with self.assertNumQueries(1):
            profile.save(update_fields=["bio"])

    def test_what_bulk_create_made_is_saved(self):
        [bo] = User.objects.bulk_create([User(username="bo")])
        [profile] = Profile.objects.bulk_create([Profile(user=bo, bio="old")])
        profile.bio = ""
        profile.save()
        self.assertEqual(Profile.objects.get(user=bo).bio, "")


class GoneTests(TransactionTestCase):
    """Instances whose row went, or moved, past them."""

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        self.bo = User.objects.create_user("bo", "bo@example.com")

    def test_a_deleted_profile_that_is_saved_with_the_user_becomes_the_healed_row(self):
        profile = self.user.profile
        profile.delete()
        healed = User.objects.get(username="ada").profile
        profile.bio = "hello"
        self.user.save()
        self.assertEqual((Profile.objects.get(user=self.user).bio, profile.pk), ("hello", healed.pk))

    def test_a_copy_without_a_primary_key_becomes_the_row_of_its_user(self):
        copy = self.user.profile
        copy.bio, copy.pk, copy.user = "hello", None, self.bo
        copy.save()
        self.assertEqual(Profile.objects.get(user=self.bo).bio, "hello")
        self.assertEqual(Profile.objects.count(), 2)

    def test_a_profile_whose_keys_were_forgotten_is_made_anew(self):
        profile = self.user.profile
        self.user.email = "new@example.com"
        self.user.save()
        Profile.objects.filter(user=self.user).delete()
        profile.bio = "hello"
        profile.save()
        stored = Profile.objects.get(user=self.user)
        self.assertEqual(
            (stored.bio, stored.name_key, stored.email_verified_at), ("hello", f"ada {self.user.pk}", None)
        )

    def test_a_number_that_no_row_has_stands_for_no_row(self):
        self.assertIsNone(User(pk=2**63).profile.pk)
        self.assertIsNone(User(pk=2**80).profile.pk)

    def test_what_a_receiver_changes_on_the_way_is_written_by_the_next_save(self):
        def shout(instance, **kwargs):
            instance.location = instance.bio.upper()

        pre_save.connect(shout, sender=Profile)
        self.addCleanup(pre_save.disconnect, shout, sender=Profile)
        profile = Profile.objects.get(user=self.user)
        profile.bio = "lagos"
        profile.save()
        profile.save()
        self.assertEqual(Profile.objects.get(user=self.user).location, "LAGOS")
