"""Files follow the database: none leaves before a commit, none that a row names, and none stays without a row."""

import errno
import io
import json
import os
import shutil
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from unittest import mock, skipUnless

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models.signals import post_save
from django.test import TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from users import files
from users.models import Profile
from users.tests.pictures.test_normalising import RemoteStorage, StoredPicturesMixin, encoded, plain
from users.tests.test_ways import define_models

User = get_user_model()


def upload(colour=(200, 100, 50)):
    """Return a new picture, as a form or code gives it."""
    return SimpleUploadedFile("photo.png", encoded(plain(colour=colour), "PNG"))


class FilesMixin(StoredPicturesMixin):
    """A user with a stored picture, and transactions that commit within a test."""

    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        self.profile = Profile.objects.get(user=self.user)
        self.profile.image = upload()
        self.profile.save()
        self.old = self.profile.image.name

    def commit(self, using="default"):
        """Return a transaction whose end is a commit."""
        return self.captureOnCommitCallbacks(using=using, execute=True)

    def failing_delete(self):
        """Make the storage refuse to delete."""
        refusal = mock.patch.object(RemoteStorage, "delete", side_effect=OSError("read-only"))
        refusal.start()
        self.addCleanup(refusal.stop)


class ReplacedPicturesTests(FilesMixin, TestCase):
    """A picture that nobody uses any more leaves the storage once that is committed."""

    def test_a_replaced_picture_leaves_after_the_commit(self):
        with self.captureOnCommitCallbacks() as callbacks:
            self.profile.image = upload()
            self.profile.save()
            new = self.profile.image.name
        self.assertNotEqual(new, self.old)
        self.assertEqual(self.stored(), sorted([self.old, new]))
        for callback in callbacks:
            callback()
        self.assertEqual(self.stored(), [new])

    def test_a_replaced_picture_leaves_whoever_replaces_it(self):
        def by_stale_copy():
            stale = Profile.objects.get(user=self.user)
            Profile.objects.filter(user=self.user).update(bio="Newer")
            stale.image = upload()
            stale.save()

        def by_stub():
            Profile(pk=self.profile.pk, user_id=self.user.pk, name_key="ada", image=upload()).save()

        def by_deferred():
            profile = Profile.objects.defer("image").get(user=self.user)
            profile.image = upload()
            profile.save()

        def by_user():
            user = User.objects.get(pk=self.user.pk)
            user.profile.image = upload()
            user.save()

        def by_page():
            self.assertRedirects(self.send(upload()), reverse("profile"))

        def by_update_fields():
            self.profile.image = upload()
            self.profile.save(update_fields=["image"])

        for action in (by_stale_copy, by_stub, by_deferred, by_user, by_page, by_update_fields):
            with self.subTest(action.__name__):
                before = self.current()
                with self.commit():
                    action()
                self.assertNotEqual(self.current(), before)
                self.assertEqual(self.stored(), [self.current()])

    def test_a_cleared_picture_leaves(self):
        for value in ("", None):
            with self.subTest(value), self.commit():
                self.profile.image = upload()
                self.profile.save()
            with self.commit():
                self.profile.image = value
                self.profile.save()
            self.assertFalse(self.current())
            self.assertEqual(self.stored(), [])

    def test_a_picture_deleted_by_its_file_leaves_after_the_commit(self):
        profile = Profile.objects.get(user=self.user)
        with self.captureOnCommitCallbacks(execute=True):
            profile.image.delete()
            self.assertEqual((self.current(), self.stored()), ("", [self.old]))
        self.assertEqual(self.stored(), [])
        with self.assertNumQueries(0):
            profile.image.delete()

    def test_a_proxy_of_profiles_keeps_the_storage_clean_too(self):
        def proxy():
            class Card(Profile):
                class Meta:
                    proxy = True
                    app_label = "users"

            return Card

        card = define_models(self, proxy).objects.get(user=self.user)
        with self.captureOnCommitCallbacks(execute=True):
            card.image = upload()
            card.save()
        self.assertEqual(self.stored(), [self.current()])
        self.assertNotEqual(self.current(), self.old)
        with self.captureOnCommitCallbacks(execute=True):
            card.delete()
        self.assertEqual(self.stored(), [])

    def test_a_picture_cleared_on_the_page_leaves(self):
        self.client.force_login(self.user)
        data = {"username": "ada", "email": "ada@example.com", "image-clear": "on"}
        with self.commit():
            self.assertRedirects(self.client.post(reverse("profile"), data), reverse("profile"))
        self.assertEqual((self.current(), self.stored()), ("", []))

    def test_the_picture_of_a_deleted_profile_leaves(self):
        ways = {
            "profile": lambda profile: profile.delete(),
            "stub": lambda profile: Profile(pk=profile.pk).delete(),
            "stale copy": lambda profile: Profile(pk=profile.pk, image=self.old).delete(),
            "without the column": lambda profile: Profile.objects.only("pk").get(pk=profile.pk).delete(),
            "queryset": lambda profile: Profile.objects.filter(pk=profile.pk).delete(),
            "base manager": lambda profile: Profile._base_manager.filter(pk=profile.pk).delete(),
            "user": lambda profile: profile.user.delete(),
            "users": lambda profile: User.objects.filter(profile=profile).delete(),
        }
        for way, delete in ways.items():
            with self.subTest(way):
                profile = User.objects.create_user("bruno").profile
                profile.image = upload()
                profile.save()
                name = profile.image.name
                with self.commit():
                    delete(profile)
                    self.assertEqual(self.stored(), sorted([self.old, name]))
                self.assertEqual(self.stored(), [self.old])
                User.objects.filter(username="bruno").delete()

    def test_a_deleted_account_leaves_no_file(self):
        self.user.set_password("a good passphrase")
        self.user.save()
        self.client.force_login(self.user)
        with self.commit():
            response = self.client.post(reverse("delete_account"), {"password": "a good passphrase"})
        self.assertRedirects(response, reverse("home"))
        self.assertEqual(self.stored(), [])

    def test_a_rollback_keeps_the_row_and_the_file(self):
        def replace():
            self.profile.image = upload()
            self.profile.save()

        def clear():
            self.profile.image = ""
            self.profile.save()

        for action in (replace, clear, self.profile.delete, self.user.delete):
            with self.subTest(action.__name__):
                pk = self.profile.pk
                with self.assertRaises(ZeroDivisionError), self.commit(), transaction.atomic():
                    action()
                    1 / 0  # noqa: B018 - anything that fails later
                self.profile = Profile.objects.get(pk=pk)
                self.user.pk = self.profile.user_id
                self.assertEqual(self.profile.image.name, self.old)
                self.assertIn(self.old, self.stored())

    def test_there_and_back_in_one_transaction_keeps_the_first_and_removes_the_second(self):
        with self.commit():
            self.profile.image = upload()
            self.profile.save()
            self.assertEqual(len(self.stored()), 2)
            self.profile.image = self.old
            self.profile.save()
        self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))

    def test_two_pictures_in_one_transaction_leave_the_last(self):
        with self.commit():
            for _ in range(3):
                self.profile.image = upload()
                self.profile.save()
        self.assertEqual(self.stored(), [self.current()])

    def test_replaced_and_deleted_in_one_transaction_leaves_nothing(self):
        with self.commit():
            self.profile.image = upload()
            self.profile.save()
            self.profile.delete()
        self.assertEqual(self.stored(), [])

    def test_a_file_that_two_rows_share_leaves_with_the_last_of_them(self):
        bruno = User.objects.create_user("bruno")
        bruno.profile.delete()
        copy = Profile.objects.get(pk=self.profile.pk)
        copy.pk, copy.user, copy.name_key, copy._state.adding = None, bruno, "bruno", True
        copy.save()
        self.assertEqual(copy.image.name, self.old)
        with self.commit():
            self.profile.image = upload()
            self.profile.save()
        self.assertEqual(self.stored(), sorted([self.old, self.current()]))
        with self.commit():
            copy.delete()
        self.assertEqual(self.stored(), [self.current()])

    def test_a_file_that_a_row_of_another_database_uses_stays(self):
        user = User.objects.get(pk=self.user.pk)
        user.save(using="other")
        copy = Profile.objects.using("other").get(user_id=user.pk)
        copy.image = self.old
        copy.save(using="other")
        with self.commit():
            self.profile.delete()
        self.assertEqual(self.stored(), [self.old])
        with self.commit("other"):
            copy.delete()
        self.assertEqual(self.stored(), [])

    def test_new_bytes_under_the_same_name_stay(self):
        # A storage that overwrites, and a name that repeats: the old name is the new one.
        with (
            mock.patch.object(RemoteStorage, "get_available_name", lambda self, name, max_length=None: name),
            mock.patch("users.pictures.normalising.uuid.uuid4") as uuid4,
            self.commit(),
        ):
            uuid4().hex = Path(self.old).stem
            self.profile.image = upload((10, 20, 30))
            self.profile.save()
        self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))
        with default_storage.open(self.old) as stored:
            self.assertLess(max(Image.open(stored).getpixel((9, 9))), 50)

    def test_a_save_that_leaves_the_picture_out_keeps_the_file(self):
        with self.commit():
            self.profile.image = ""
            self.profile.bio = "New"
            self.profile.save(update_fields=["bio"])
            Profile.objects.only("bio").get(pk=self.profile.pk).save()
        self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))

    def test_another_name_assigned_removes_the_file_of_the_first(self):
        other = default_storage.save("pictures/other.webp", ContentFile(b"other"))
        with self.commit():
            self.profile.image = other
            self.profile.save()
        self.assertEqual((self.current(), self.stored()), (other, [other]))

    def test_a_failed_save_keeps_both_until_it_is_known_what_is_used(self):
        with self.assertRaises(ValidationError), self.commit(), transaction.atomic():
            self.profile.image = SimpleUploadedFile("photo.png", b"no picture")
            self.profile.save()
        self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))

    def test_a_fixture_keeps_what_it_names(self):
        for pk in (self.profile.pk, self.profile.pk + 1000):
            for name in (self.old, f"pictures/{pk}.webp"):
                with self.subTest(same_row=pk == self.profile.pk, same_file=name == self.old):
                    if name != self.old:
                        default_storage.save(name, ContentFile(b"fixture"))
                    fields = {"user": self.user.pk, "image": name, "name_key": "ada"}
                    fields |= {"created_at": "2026-01-01T00:00Z", "updated_at": "2026-01-01T00:00Z"}
                    with self.commit():
                        self.load([{"model": "users.profile", "pk": pk, "fields": fields}])
                    self.assertEqual((Profile.objects.get(user=self.user).pk, self.current()), (pk, name))
                    self.assertIn(name, self.stored())

    def load(self, rows):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = Path(folder, "profiles.json")
        path.write_text(json.dumps(rows))
        call_command("loaddata", path, verbosity=0)

    def test_a_storage_that_refuses_to_delete_is_logged_and_breaks_nothing(self):
        self.failing_delete()
        with self.assertLogs("users.files", "ERROR") as log, self.commit():
            self.assertRedirects(self.send(upload()), reverse("profile"))
        self.assertIn(self.old, log.output[0])
        self.assertNotEqual(self.current(), self.old)
        with self.assertLogs("users.files", "ERROR"), self.commit():
            User.objects.get(pk=self.user.pk).delete()
        self.assertFalse(User.objects.filter(pk=self.user.pk).exists())

    def test_without_a_new_picture_nobody_asks_for_files(self):
        with mock.patch("users.files.used") as used, self.commit():
            self.profile.bio = "New"
            self.profile.save()
            self.user.save()
            User.objects.create_user("bruno").delete()
        used.assert_not_called()


class CommittedPicturesTests(StoredPicturesMixin, TransactionTestCase):
    """What only real commits show."""

    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        self.user = User.objects.create_user("ada", "ada@example.com")
        self.user.profile.image = upload()
        self.user.profile.save()
        self.old = self.current()

    @skipUnless(connection.vendor == "postgresql", "two transactions that write at the same time")
    def test_two_tabs_that_replace_at_the_same_time_leave_one_file(self):
        both_read = threading.Barrier(2, timeout=10)
        problems = []

        def replace():
            try:
                profile = Profile.objects.get(user=self.user)
                both_read.wait()
                with transaction.atomic():
                    profile.image = upload()
                    profile.save(update_fields=["image"])
            except Exception as error:
                problems.append(error)
            finally:
                connections.close_all()

        for _ in range(5):
            tabs = [threading.Thread(target=replace) for _ in range(2)]
            for tab in tabs:
                tab.start()
            for tab in tabs:
                tab.join()
            self.assertEqual(problems, [])
            self.assertEqual(self.stored(), [self.current()])

    @skipUnless(connection.vendor == "postgresql", "two transactions that write at the same time")
    def test_a_picture_replaced_while_the_account_is_deleted_leaves_nothing(self):
        replaced = threading.Event()

        def replace():
            try:
                with transaction.atomic():
                    profile = Profile.objects.get(user=self.user)
                    profile.image = upload()
                    profile.save(update_fields=["image"])
                    replaced.set()
                    time.sleep(0.3)  # the deletion waits for this row meanwhile, or has read the old name
            finally:
                connections.close_all()

        tab = threading.Thread(target=replace)
        tab.start()
        replaced.wait(10)
        User.objects.get(pk=self.user.pk).delete()
        tab.join()
        self.assertEqual(self.stored(), [])

    def test_outside_a_transaction_the_file_leaves_at_once(self):
        self.user.profile.image = upload()
        self.user.profile.save()
        self.assertNotEqual(self.current(), self.old)
        self.assertEqual(self.stored(), [self.current()])

    def test_an_error_after_the_commit_takes_nothing_back(self):
        def fail_after_commit(instance, **kwargs):
            transaction.on_commit(lambda: 1 / 0)

        post_save.connect(fail_after_commit, sender=Profile, dispatch_uid="test")
        self.addCleanup(post_save.disconnect, sender=Profile, dispatch_uid="test")
        with self.assertRaises(ZeroDivisionError), self.assertLogs("django.request", "ERROR"):
            self.send(upload())
        self.assertNotEqual(self.current(), self.old)
        self.assertIn(self.current(), self.stored())

    def test_a_database_that_fails_after_the_file_was_stored_leaves_no_file(self):
        for error in (DatabaseError, IntegrityError, ZeroDivisionError):
            stored = []

            def fail(instance, error=error, stored=stored, **kwargs):
                stored.extend(self.stored())
                raise error

            with self.subTest(error.__name__):
                post_save.connect(fail, sender=Profile, dispatch_uid="test")
                try:
                    with self.assertRaises(error), self.assertLogs("django.request", "ERROR"):
                        self.send(upload())
                finally:
                    post_save.disconnect(sender=Profile, dispatch_uid="test")
                self.assertEqual(len(stored), 2)  # it was there
                self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))

    def test_without_the_table_on_any_database_no_file_is_removed(self):
        with mock.patch.object(Profile._meta, "db_table", "no_such_table"):
            with self.assertLogs("users.files", "ERROR"):
                self.assertFalse(files.remove_unused(self.old))
            with self.assertRaisesMessage(CommandError, "No file was removed"):
                call_command("clean_orphan_images", wait=0)
        self.assertEqual(self.stored(), [self.old])

    def test_a_database_without_the_table_beside_one_that_has_it_uses_no_file(self):
        Profile.objects.all().delete()
        unused = default_storage.save("pictures/unused.webp", ContentFile(b"unused"))
        execute = connections["other"].ops.compiler("SQLCompiler").execute_sql

        def missing_on_other(compiler, *args, **kwargs):
            if compiler.using == "other":
                raise DatabaseError("no such table")
            return execute(compiler, *args, **kwargs)

        tables = type(connections["other"].introspection)
        with (
            mock.patch("django.db.models.sql.compiler.SQLCompiler.execute_sql", missing_on_other),
            mock.patch.object(tables, "table_names", return_value=[]),
        ):
            self.assertTrue(files.remove_unused(unused))
        self.assertEqual(self.stored(), [])


class FullStorage(FileSystemStorage):
    """A disk that has room for half of a file."""

    def _save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read()[:100])
        raise OSError(errno.ENOSPC, "No space left on device")


class FullDiskTests(StoredPicturesMixin, TestCase):
    """A disk that takes no file is an error of the form, and what was there stays."""

    databases = {"default", "other"}
    storage = "django.core.files.storage.FileSystemStorage"

    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        media = override_settings(MEDIA_ROOT=folder)
        media.enable()
        self.addCleanup(media.disable)
        super().setUp()
        self.folder = Path(folder)
        self.user.profile.image = upload()
        self.user.profile.save()
        self.old = self.current()

    def full(self):
        """Fill the disk."""
        return mock.patch.object(FileSystemStorage, "_save", FullStorage._save)

    def test_half_a_file_really_stays_without_us(self):
        with self.full(), self.assertRaises(OSError), transaction.atomic():
            self.user.profile.image = upload()
            self.user.profile.save()
        self.assertEqual(len(self.stored()), 2)

    def test_a_full_disk_is_an_error_of_the_form_and_half_a_file_is_removed(self):
        with self.full():
            response = self.send(upload(), bio="Typed", username="ada2")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.context["profile_form"].errors["image"],
            ["The picture can't be stored at the moment. Please try again later."],
        )
        self.assertContains(response, "Typed")
        self.assertContains(response, default_storage.url(self.old))
        self.assertEqual((self.current(), self.stored()), (self.old, [self.old]))
        self.assertTrue(User.objects.filter(username="ada", profile__bio="").exists())
        self.assertRedirects(self.send(upload()), reverse("profile"))  # there is room again

    def test_a_disk_that_cannot_be_written_is_an_error_of_the_form(self):
        shutil.rmtree(self.folder / "pictures")
        (self.folder / "pictures").write_text("A file where the directory should be.")
        with self.assertLogs("users.files", "ERROR"):  # it can't be cleaned either
            response = self.send(upload())
        self.assertEqual(response.status_code, 200)
        self.assertIn("image", response.context["profile_form"].errors)
        self.assertEqual(self.current(), self.old)


class LostFilesTests(FilesMixin, TestCase):
    """A file that is gone from the storage breaks nothing."""

    def setUp(self):
        super().setUp()
        Profile.objects.filter(user=self.user).update(is_public=True)
        default_storage.delete(self.old)
        self.assertEqual(self.stored(), [])

    def test_no_page_minds(self):
        self.user.is_staff = self.user.is_superuser = True
        self.user.save()
        self.client.force_login(self.user)
        pages = [reverse(name) for name in ("home", "profile", "people", "delete_account")]
        pages += [reverse("person", args=["ada"])]
        pages += [reverse(f"admin:{name}_changelist") for name in ("auth_user", "users_profile")]
        pages += [reverse("admin:auth_user_change", args=[self.user.pk])]
        pages += [reverse("admin:users_profile_change", args=[self.profile.pk])]
        for page in pages:
            with self.subTest(page):
                self.assertEqual(self.client.get(page).status_code, 200)

    def test_a_login_does_not_mind(self):
        self.user.set_password("a good passphrase")
        self.user.save()
        response = self.client.post(reverse("login"), {"username": "ada", "password": "a good passphrase"})
        self.assertRedirects(response, reverse("profile"))

    def test_saving_replacing_and_deleting_do_not_mind(self):
        with self.commit():
            Profile.objects.get(user=self.user).save()
            User.objects.get(pk=self.user.pk).save()
            self.assertRedirects(self.send(upload()), reverse("profile"))
        self.assertEqual(self.stored(), [self.current()])
        default_storage.delete(self.current())
        with self.commit():
            User.objects.get(pk=self.user.pk).delete()
        self.assertFalse(Profile.objects.exists())


class CleanOrphanImagesTests(FilesMixin, TestCase):
    """``clean_orphan_images`` removes what crashes and rollbacks have left, and nothing else."""

    def clean(self, wait=0, **options):
        output = io.StringIO()
        call_command("clean_orphan_images", wait=wait, stdout=output, **options)
        return output.getvalue().splitlines()

    def leave(self, *names):
        for name in names:
            default_storage.save(name, ContentFile(b"left"))

    def test_a_wait_that_is_no_time_or_never_ends_is_refused(self):
        self.leave("pictures/a.webp")
        for wait in ("-3", "nan", "inf", "1e9"):
            with self.subTest(wait), self.assertRaisesMessage(CommandError, "--wait is a number of seconds from 0 to"):
                call_command("clean_orphan_images", f"--wait={wait}")
        self.assertTrue(default_storage.exists("pictures/a.webp"))

    def test_unused_files_are_removed_and_used_ones_stay(self):
        self.leave("pictures/a.webp", "pictures/b.jpg", "documents/a.pdf")
        self.assertEqual(self.clean(), ["2 files removed."])
        self.assertEqual(self.stored(), [self.old])
        self.assertTrue(default_storage.exists("documents/a.pdf"))
        self.assertEqual(self.clean(), ["0 files removed."])

    def test_the_file_that_a_rollback_left_is_removed(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.profile.image = upload()
            self.profile.save()
            1 / 0  # noqa: B018 - anything that fails later
        self.assertEqual(len(self.stored()), 2)
        self.assertEqual(self.clean(), ["1 file removed."])
        self.assertEqual(self.stored(), [self.old])

    def test_dry_run_names_them_and_removes_nothing(self):
        self.leave("pictures/a.webp")
        with mock.patch("time.sleep") as sleep:
            self.assertEqual(self.clean(wait=5, dry_run=True), ["pictures/a.webp", "1 file would be removed."])
        sleep.assert_not_called()
        self.assertEqual(self.stored(), sorted([self.old, "pictures/a.webp"]))

    def test_verbose_names_what_was_removed(self):
        self.leave("pictures/a.webp")
        self.assertEqual(self.clean(verbosity=2), ["pictures/a.webp", "1 file removed."])

    def test_a_file_that_another_database_uses_stays(self):
        user = User.objects.using("other").create(username="bruno")
        self.leave("pictures/bruno.webp")
        Profile.objects.using("other").filter(user=user).update(image="pictures/bruno.webp")
        self.assertEqual(self.clean(), ["0 files removed."])

    def test_thousands_of_files_are_looked_up_in_batches(self):
        self.leave(*(f"pictures/{number}.webp" for number in range(2099)))
        with self.assertNumQueries(5, using="default"), self.assertNumQueries(5, using="other"):
            self.assertEqual(len(list(files.orphans(batch_size=500))), 2099)
        with self.assertNumQueries(1, using="default"):
            self.assertEqual(len(list(files.orphans(batch_size=5000))), 2099)

    def test_thousands_of_files_are_removed(self):
        self.leave(*(f"pictures/{number}.webp" for number in range(2099)))
        self.assertEqual(self.clean(), ["2099 files removed."])
        self.assertEqual(self.stored(), [self.old])

    def test_a_file_whose_transaction_ends_between_the_two_looks_stays(self):
        self.leave("pictures/new.webp", "pictures/left.webp")

        def commit(seconds):
            Profile.objects.filter(pk=self.profile.pk).update(image="pictures/new.webp")

        with mock.patch("time.sleep", side_effect=commit) as sleep:
            self.assertEqual(self.clean(wait=5), ["1 file removed."])
        sleep.assert_called_once()
        self.assertEqual(self.stored(), sorted([self.old, "pictures/new.webp"]))

    def test_it_waits_until_the_youngest_file_is_old_enough(self):
        self.leave("pictures/a.webp", "pictures/b.webp", "pictures/gone.webp")
        cases = {
            "young": ([1, 3, 100], 4),
            "old": ([60, 100, 200], 0),
            "from the future": ([60, -4_000_000, 60], 5),
            "unknown": ([60, NotImplementedError, 60], 5),
            "removed meanwhile": ([60, FileNotFoundError, 2], 3),
        }
        for label, (ages, expected) in cases.items():
            times = [timezone.now() - timedelta(seconds=age) if isinstance(age, int) else age for age in ages]
            with (
                self.subTest(label),
                mock.patch.object(RemoteStorage, "get_modified_time", side_effect=times),
                mock.patch("time.sleep") as sleep,
                mock.patch.object(RemoteStorage, "delete"),
            ):
                self.clean(wait=5)
                self.assertAlmostEqual(sleep.call_args.args[0], expected, delta=0.5)

    def test_a_storage_that_cannot_list_is_told_in_one_sentence(self):
        refusal = mock.patch.object(RemoteStorage, "listdir", side_effect=NotImplementedError)
        with refusal, self.assertRaisesMessage(CommandError, "The storage of pictures can't list its files."):
            self.clean()

    def test_without_a_directory_there_is_nothing_to_do(self):
        with mock.patch.object(RemoteStorage, "listdir", side_effect=FileNotFoundError):
            self.assertEqual(self.clean(), ["0 files removed."])

    def test_a_file_that_cannot_be_removed_is_logged_and_not_counted(self):
        self.leave("pictures/a.webp")
        self.failing_delete()
        with self.assertLogs("users.files", "ERROR"):
            self.assertEqual(self.clean(), ["0 files removed."])

    def test_on_a_disk(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
        with override_settings(STORAGES={"default": storage}):
            self.assertEqual(self.clean(), ["0 files removed."])  # no directory yet
            self.leave("pictures/old.webp", "pictures/kept.webp", "pictures/below/kept.webp")
            Profile.objects.filter(pk=self.profile.pk).update(image="pictures/kept.webp")
            os.utime(default_storage.path("pictures/old.webp"), (0, 0))
            self.assertEqual(self.clean(wait=60), ["1 file removed."])
            self.assertEqual(self.stored(), ["pictures/kept.webp"])
            self.assertTrue(default_storage.exists("pictures/below/kept.webp"))
