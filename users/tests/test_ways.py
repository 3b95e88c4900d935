"""
However a user came into being: one profile, on the user's own database, and a profile page that answers.

Each way has a test or a subtest, and its assertion says how the profile comes: by signal, at the commit (fixtures,
which may bring profiles of their own), or by healing (nothing announced the user), on first use or by
``create_missing_profiles``.
"""

import copy
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from textwrap import dedent
from unittest import mock

from django import forms as django_forms
from django.apps import apps
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, connections, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.test import AsyncClient, Client, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from listening.muting import sent
from listening.testing import connections_of, move_to_front, restored
from users import forms
from users import signals as receivers
from users.events import fields_changed
from users.identity.folding import fold
from users.models import Interest, Profile

User = get_user_model()

PASSWORD = "correct horse 7"
SIGNALS = (pre_save, post_save, pre_delete, post_delete)
TRANSACTION_CONTROL = ("SET LOCAL", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class ProfileAssertions:
    """Say of a user how the profile comes, and that it is the only one."""

    def profiles_of(self, user, using="default"):
        return Profile._base_manager.using(using).filter(user_id=user.pk)

    browser = Client()  # one for all: each new one loads the middleware

    def profile_page(self, user):
        """Log a user in and return the status of the profile page."""
        self.browser.cookies.clear()
        self.browser.force_login(user)
        return self.browser.get(reverse("profile")).status_code

    def assertHasOneProfile(self, user, using="default"):
        """One profile, with true keys, on this database; who lives on the default one can log in and see it."""
        stored = self.assertHasOneRow(user, using)
        if using == "default" and stored.is_active:
            self.assertEqual(self.profile_page(stored), 200)
            self.assertEqual(self.profiles_of(user).count(), 1)

    def assertHasOneRow(self, user, using="default"):
        """One profile, with true keys, on this database. Return the stored user."""
        stored = User._base_manager.using(using).get(pk=user.pk)
        profile = self.profiles_of(user, using).get()
        self.assertEqual((stored.profile, stored.profile._state.db), (profile, using))
        if stored.username.isascii():
            name = fold(stored.username)
            self.assertIn(profile.name_key, (name, f"{name} {stored.pk}"))
        return stored

    def assertComesBySignal(self, *users, using="default"):
        """The rows are there before anybody asks for them. The page is asked for the last of the users."""
        for user in users:
            self.assertEqual(self.profiles_of(user, using).count(), 1, f"{user!r} got no profile by signal")
            self.assertHasOneRow(user, using)
        self.assertHasOneProfile(users[-1], using)

    def assertComesAtCommit(self, *users, using="default"):
        """As by signal; the caller has run what waits for the commit."""
        self.assertComesBySignal(*users, using=using)

    def assertHealsOnFirstUse(self, *users, using="default"):
        """No row; the profile page, or ``user.profile`` where there is no page, makes it."""
        for user in users:
            self.assertEqual(self.profiles_of(user, using).count(), 0)
            stored = User._base_manager.using(using).get(pk=user.pk)
            if using == "default" and stored.is_active:
                self.assertEqual(self.profile_page(stored), 200)
            else:
                self.assertIsNotNone(stored.profile.pk)
            self.assertHasOneProfile(user, using)

    def assertHealsByCommand(self, *users, using="default"):
        """No rows; ``create_missing_profiles`` makes them, and no others."""
        for user in users:
            self.assertEqual(self.profiles_of(user, using).count(), 0)
        out = StringIO()
        call_command("create_missing_profiles", database=using, stdout=out)
        self.assertEqual(out.getvalue().split()[0], str(len(users)))
        for user in users:
            self.assertHasOneProfile(user, using)

    def assertHeals(self, *users, using="default"):
        """The first of some users heals on first use, the others by the command."""
        self.assertHealsOnFirstUse(users[0], using=using)
        self.assertHealsByCommand(*users[1:], using=using)

    @contextmanager
    def assertStatements(self, number, using="default"):
        """As assertNumQueries, without the transaction control, which is no question to the database."""
        with CaptureQueriesContext(connections[using]) as context:
            yield
        statements = [q["sql"] for q in context if not q["sql"].startswith(TRANSACTION_CONTROL)]
        self.assertEqual(len(statements), number, "\n".join(statements))


def register(name, **values):
    """Register somebody as the view does, and return the user."""
    data = {"username": name, "email": f"{name}@example.com", "password1": PASSWORD, "password2": PASSWORD}
    form = forms.UserRegisterForm({**data, **values})
    assert form.is_valid(), form.errors
    assert forms.save_together(form), form.errors
    return form.instance


def restore_receivers(test):
    """At the end of a test, connect what is connected to the model signals now, in the same order."""
    test.enterContext(restored(*SIGNALS))


def hear_saved_users(test, function, before_ours=False):
    """Connect other code to ``post_save`` of users until the end of a test, after our receivers or before them."""
    restore_receivers(test)
    post_save.connect(function, sender=User, weak=False)
    if before_ours:
        move_to_front(post_save, function)


def define_models(test, function):
    """Return the model classes that a function makes; at the end of a test they are gone from Django again."""
    restore_receivers(test)
    known, attributes = dict(apps.all_models["users"]), set(vars(User))

    def forget():
        apps.all_models["users"].clear()
        apps.all_models["users"].update(known)
        for name in set(vars(User)) - attributes:
            delattr(User, name)
        apps.clear_cache()

    test.addCleanup(forget)
    return function()


def person(name="ada", **values):
    """Return an unsaved user."""
    return User(username=name, email=f"{name}@example.com", password="!", **values)


def insert_user(name, using="default"):
    """Insert a user by SQL, and return it."""
    columns = "username, first_name, last_name, email, password, is_staff, is_superuser, is_active, date_joined"
    values = [name, "", "", "", "!", False, False, True, "2020-02-02 20:20:20+00:00"]
    with connections[using].cursor() as cursor:
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO auth_user ({columns}) VALUES ({places})", values)
    return User.objects.using(using).get(username=name)


# Forms


class FormTests(ProfileAssertions, TestCase):
    data = {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD}

    def test_the_register_page(self):
        response = self.client.post(reverse("register"), self.data)
        self.assertRedirects(response, reverse("profile"))
        self.assertComesBySignal(User.objects.get())

    def test_the_register_form_saved_together(self):
        self.assertComesBySignal(register("ada"))

    def test_the_register_form_saved_by_itself(self):
        self.assertComesBySignal(forms.UserRegisterForm(self.data).save())

    def test_a_form_saved_without_commit(self):
        user = forms.UserRegisterForm(self.data).save(commit=False)
        user.save()
        self.assertComesBySignal(user)

    def test_the_forms_of_django(self):
        for form_class in (auth_forms.UserCreationForm, auth_forms.BaseUserCreationForm):
            with self.subTest(form_class.__name__), transaction.atomic():
                self.assertComesBySignal(form_class({**self.data, "username": form_class.__name__}).save())

    def test_the_form_of_the_admin_without_a_password(self):
        user = auth_forms.AdminUserCreationForm({"username": "ada", "usable_password": "false"}).save()
        self.assertFalse(user.has_usable_password())
        self.assertComesBySignal(user)

    def test_a_model_form_and_a_formset(self):
        form_class = django_forms.modelform_factory(User, fields=["username"])
        self.assertComesBySignal(form_class({"username": "ada"}).save())
        formset_class = django_forms.modelformset_factory(User, fields=["username"], extra=2)
        data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0, "form-0-username": "bo", "form-1-username": "cy"}
        self.assertComesBySignal(*formset_class(data, queryset=User.objects.none()).save())

    def test_a_profile_that_fails_leaves_no_user_and_the_name_is_free(self):
        def fail(sender, **kwargs):
            raise OSError("no room")

        restore_receivers(self)
        pre_save.connect(fail, sender=Profile)
        form = forms.UserRegisterForm(self.data)
        self.assertTrue(form.is_valid())
        with self.assertRaisesMessage(OSError, "no room"):
            forms.save_together(form)
        self.assertFalse(User.objects.exists())
        pre_save.disconnect(fail, sender=Profile)
        with self.subTest("the same form again"), transaction.atomic():
            self.assertTrue(forms.save_together(form))
            self.assertComesBySignal(form.instance)
            transaction.set_rollback(True)
        with self.subTest("a new form"):
            self.assertComesBySignal(register("ada"))


# Model.save()


class SaveTests(ProfileAssertions, TestCase):
    def saved(self, user, **kwargs):
        user.save(**kwargs)
        return user

    def test_save(self):
        self.assertComesBySignal(self.saved(person()))

    def test_save_costs_two_statements_and_an_update_of_the_last_login_one(self):
        user = person()
        with self.assertStatements(2):
            user.save()
        with self.assertStatements(1):
            user.save(update_fields=["last_login"])

    async def test_asave(self):
        user = person()
        await user.asave()
        self.assertEqual(await Profile.objects.filter(user=user).acount(), 1)

    def test_force_insert(self):
        self.assertComesBySignal(self.saved(person(), force_insert=True))

    def test_a_primary_key_of_ones_own(self):
        for pk in (2**31 - 1, 0, -1):
            with self.subTest(pk=pk):
                self.assertComesBySignal(self.saved(person(f"pk{pk}", pk=pk)))

    def test_a_first_save_with_update_fields_makes_nobody(self):
        user = person(pk=77)
        with self.assertRaises(DatabaseError), transaction.atomic():
            user.save(update_fields=["email"])
        user.save(update_fields=[])
        self.assertFalse(User.objects.exists() or Profile.objects.exists())
        self.assertComesBySignal(self.saved(user))

    def test_every_kind_of_user(self):
        for kind in ("is_staff", "is_superuser"):
            with self.subTest(kind):
                self.assertComesBySignal(self.saved(person(kind, **{kind: True})))
        with self.subTest("inactive"):
            user = self.saved(person("idle", is_active=False))
            self.assertComesBySignal(user)
            user.is_active = True
            self.assertComesBySignal(self.saved(user))

    def test_every_name(self):
        names = [
            "/",
            "..",
            "a/b",
            "",
            " ",
            "\n",
            "?",
            "#",
            "%",
            "%s",
            "'",
            '"',
            "\\",
            "<script>",
            "-1",
            "None",
            "a@b.example",
        ]
        names += [
            "😀",
            "é",
            "e\u0301",
            "ß",
            "K",
            "ı",
            "\u202eada",
            "\u200b",
            "ﷺ" * 150,
            "İ" * 150,
            "a" * 150,
            "people",
        ]
        for name in names:
            with self.subTest(name):
                self.assertComesBySignal(self.saved(person(name)))

    def test_every_name_that_no_signal_announced(self):
        names = ["/", "..", "", " ", "\n", "%s", "'", "\\", "😀", "ß", "ﷺ" * 150, "İ" * 150, "\u202eada"]
        for name in names:
            with self.subTest(name):
                self.assertHealsOnFirstUse(*User.objects.bulk_create([person(name)]))

    def test_names_that_fold_to_one(self):
        self.assertComesBySignal(*[self.saved(person(name)) for name in ("ada", "Ada", "ADA", "ａｄａ")])

    def test_every_address(self):
        for number, email in enumerate(
            ["", "", "none", "a" * 242 + "@example.com", "Ada@example.com", "ada@example.com"]
        ):
            with self.subTest(email):
                self.assertComesBySignal(self.saved(User(username=f"user{number}", email=email)))

    def test_without_an_address(self):
        self.assertComesBySignal(User.objects.create_user("ada", email=None))
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.saved(User(username="bo", email=None))
        self.assertEqual((User.objects.count(), Profile.objects.count()), (1, 1))

    def test_a_user_that_was_pickled_before_the_save(self):
        self.assertComesBySignal(self.saved(pickle.loads(pickle.dumps(person()))))

    def test_in_nested_savepoints(self):
        with transaction.atomic(), transaction.atomic(), transaction.atomic():
            user = self.saved(person())
        self.assertComesBySignal(user)

    def test_in_what_waits_for_a_commit(self):
        user = person()
        with self.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(user.save)
        self.assertComesBySignal(user)

    def test_after_a_rollback(self):
        user = person()
        with transaction.atomic():
            user.save()
            transaction.set_rollback(True)
        self.assertFalse(User.objects.exists() or Profile.objects.exists())
        self.assertComesBySignal(self.saved(user))

    def test_after_a_rollback_and_a_look_at_the_profile(self):
        user = person()
        with transaction.atomic():
            user.save()
            user.profile.bio = "lost with the rest"
            transaction.set_rollback(True)
        self.assertComesBySignal(self.saved(user))

    def test_after_a_rollback_under_another_name(self):
        user = person()
        with transaction.atomic():
            user.save()
            transaction.set_rollback(True)
        user.username = "bo"
        self.assertComesBySignal(self.saved(user), self.saved(person("ada")))

    def test_after_a_save_that_failed(self):
        self.saved(person())
        user = person()
        with self.assertRaises(IntegrityError), transaction.atomic():
            user.save()
        user.username = "bo"
        self.assertComesBySignal(self.saved(user), User.objects.get(username="ada"))

    def test_over_the_row_of_somebody(self):
        user = self.saved(person())
        self.profiles_of(user).update(bio="stays")
        self.assertComesBySignal(self.saved(person("bo", pk=user.pk)))
        self.assertEqual(self.profiles_of(user).get().bio, "stays")

    def test_save_base_raw(self):
        user = person()
        with self.captureOnCommitCallbacks(execute=True):
            user.save_base(raw=True)
        self.assertComesAtCommit(user)


class CopyTests(ProfileAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.update(bio="ada's own")

    def assertCopied(self, double):
        double.username = "bo"
        double.save()
        self.assertNotEqual(double.pk, self.user.pk)
        self.assertComesBySignal(double, self.user)
        bios = Profile.objects.filter(user__in=[self.user, double]).order_by("user").values_list("bio", flat=True)
        self.assertEqual(list(bios), ["ada's own", ""])

    def test_pk_none(self):
        double = User.objects.get()
        double.pk = None
        self.assertCopied(double)

    def test_pk_none_and_adding(self):
        double = User.objects.get()
        double.pk, double._state.adding = None, True
        self.assertCopied(double)

    def test_pk_none_with_the_loaded_profile(self):
        double = User.objects.select_related("profile").get()
        double.profile.bio = "changed before the copy"
        double.pk = None
        self.assertCopied(double)

    def test_another_primary_key(self):
        double = User.objects.select_related("profile").get()
        double.pk += 1
        self.assertCopied(double)

    def test_shallow_deep_and_pickled_copies(self):
        ways = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda user: pickle.loads(pickle.dumps(user))}
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic():
                double = way(User.objects.select_related("profile").get())
                double.pk = None
                self.assertCopied(double)
                transaction.set_rollback(True)

    def test_the_copy_of_somebody_who_has_registered(self):
        double = register("eve")
        double.pk, double.username = None, "eve2"
        double.save()
        self.assertComesBySignal(double, User.objects.get(username="eve"))

    def test_a_deferred_user(self):
        double = User.objects.only("username").get()
        double.first_name, double.last_name, double.email = "B", "O", ""  # read, as a copy needs every column
        double.password, double.date_joined, double.is_active = "!", self.user.date_joined, True
        double.is_staff = double.is_superuser = False
        double.last_login = None
        double.pk = None
        self.assertCopied(double)


class DeletedTests(ProfileAssertions, TestCase):
    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")

    def test_a_user_who_was_deleted_and_is_saved_again(self):
        self.user.profile  # noqa: B018 - in hand
        self.user.delete()
        self.user.save()
        self.assertComesBySignal(self.user)

    def test_a_stale_instance_of_a_user_who_was_deleted(self):
        self.user.profile  # noqa: B018 - in hand
        User.objects.filter(pk=self.user.pk).delete()
        self.user.save()
        self.assertComesBySignal(self.user)

    def test_a_new_user_with_an_old_primary_key(self):
        pk = self.user.pk
        self.user.delete()
        self.assertComesBySignal(User.objects.create(pk=pk, username="bo"))

    def test_a_profile_deleted_on_its_own(self):
        self.user.profile.delete()
        self.assertHealsOnFirstUse(self.user)

    def test_a_profile_deleted_by_a_queryset(self):
        Profile.objects.all().delete()
        self.assertHealsOnFirstUse(self.user)

    def test_a_profile_deleted_without_signals(self):
        Profile.objects.all()._raw_delete("default")
        self.assertHealsByCommand(self.user)

    def test_a_profile_deleted_by_sql(self):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM users_profile")
        self.assertHealsOnFirstUse(self.user)

    def test_a_profile_deleted_while_it_is_in_hand(self):
        self.user.profile.bio = "written after the row was gone"
        Profile.objects.all()._raw_delete("default")
        self.user.save()
        self.assertHasOneProfile(self.user)
        self.assertEqual(self.profiles_of(self.user).get().bio, "written after the row was gone")

    def test_a_profile_deleted_while_it_is_in_hand_and_then_saved(self):
        profile = self.user.profile
        Profile.objects.all()._raw_delete("default")
        profile.save()
        self.assertHasOneProfile(self.user)

    def test_a_profile_deleted_and_made_anew_by_hand(self):
        self.user.profile.delete()
        Profile.objects.create(user=self.user, bio="new")
        self.assertHasOneProfile(self.user)

    def test_a_profile_is_given_to_nobody_else(self):
        other = User.objects.create_user("bo")
        for names in (None, ["user"], ["bio"]):
            profile = Profile.objects.get(user=self.user)
            profile.user = other
            with self.subTest(names), self.assertRaisesMessage(ValueError, "stays with its user"):
                profile.save(update_fields=names)
        self.assertHasOneProfile(other)
        self.assertHasOneProfile(self.user)


# Managers and querysets


class ManagerTests(ProfileAssertions, TestCase):
    def test_the_methods_of_the_manager(self):
        make = User.objects
        ways = {
            "create": lambda: make.create(username="ada"),
            "create_user": lambda: make.create_user("ada"),
            "create_superuser": lambda: make.create_superuser("ada", "ada@example.com", PASSWORD),
            "get_or_create": lambda: make.get_or_create(username="ada")[0],
            "update_or_create": lambda: make.update_or_create(username="ada", defaults={"email": "a@example.com"})[0],
            "update_or_create with create_defaults": lambda: make.update_or_create(
                username="ada", create_defaults={"email": "a@example.com"}
            )[0],
            "the base manager": lambda: User._base_manager.create(username="ada"),
            "a queryset": lambda: make.filter(is_staff=True).create(username="ada"),
            "db_manager": lambda: make.db_manager("default").create_user("ada"),
        }
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic():
                self.assertComesBySignal(way())
                transaction.set_rollback(True)

    async def test_their_async_twins(self):
        make = User.objects
        ways = {
            "acreate": make.acreate(username="ada1"),
            "acreate_user": make.acreate_user("ada2"),
            "acreate_superuser": make.acreate_superuser("ada3", "ada@example.com", PASSWORD),
            "aget_or_create": make.aget_or_create(username="ada4"),
            "aupdate_or_create": make.aupdate_or_create(username="ada5", defaults={"email": "a@example.com"}),
        }
        for name, way in ways.items():
            with self.subTest(name):
                made = await way
                user = made[0] if isinstance(made, tuple) else made
                self.assertEqual(await Profile.objects.filter(user=user).acount(), 1)
                self.assertEqual((await Profile.objects.aget(user=user)).name_key, f"{user.username} {user.pk}")

    def test_get_or_create_and_update_or_create_of_somebody_who_is_there(self):
        user = User.objects.create(username="ada")
        User.objects.get_or_create(username="ada")
        User.objects.update_or_create(username="ada", defaults={"username": "bo", "email": "a@example.com"})
        self.assertComesBySignal(user)

    def test_the_manager_of_a_related_object(self):
        group = Group.objects.create(name="people")
        permission = Permission.objects.first()
        ways = {
            "group.user_set.create": lambda: group.user_set.create(username="ada"),
            "group.user_set.get_or_create": lambda: group.user_set.get_or_create(username="ada")[0],
            "group.user_set.update_or_create": lambda: group.user_set.update_or_create(username="ada")[0],
            "permission.user_set.create": lambda: permission.user_set.create(username="ada"),
        }
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic():
                self.assertComesBySignal(way())
                transaction.set_rollback(True)

    def test_the_backend_of_remote_users(self):
        backend = "django.contrib.auth.backends.RemoteUserBackend"
        with override_settings(AUTHENTICATION_BACKENDS=[backend]):
            self.assertComesBySignal(authenticate(None, remote_user="ada"))

    def test_the_middleware_of_remote_users(self):
        middleware = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.RemoteUserMiddleware"]
        backends = ["django.contrib.auth.backends.RemoteUserBackend"]
        with override_settings(AUTHENTICATION_BACKENDS=backends, MIDDLEWARE=middleware):
            self.assertEqual(self.client.get(reverse("profile"), REMOTE_USER="ada").status_code, 200)
        self.assertComesBySignal(User.objects.get())


class BulkTests(ProfileAssertions, TestCase):
    def people(self, **values):
        return [person(name, **values) for name in ("ada", "bo", "cy")]

    def test_bulk_create(self):
        self.assertHeals(*User.objects.bulk_create(self.people()))

    async def test_abulk_create(self):
        for user in await User.objects.abulk_create(self.people()):
            self.assertFalse(await Profile.objects.filter(user=user).aexists())
            client = AsyncClient()
            await client.aforce_login(user)
            self.assertEqual((await client.get(reverse("profile"))).status_code, 200)
            self.assertEqual(await Profile.objects.filter(user=user).acount(), 1)

    def test_bulk_create_in_batches(self):
        self.assertHeals(*User.objects.bulk_create(self.people(), batch_size=1))

    def test_bulk_create_of_a_generator(self):
        self.assertHeals(*User.objects.bulk_create(user for user in self.people()))

    def test_bulk_create_with_primary_keys(self):
        self.assertHeals(*User.objects.bulk_create([person("ada", pk=1001), person("bo", pk=-1001)]))

    def test_bulk_create_that_ignores_conflicts(self):
        ada = User.objects.create(username="ada")
        User.objects.bulk_create(self.people(), ignore_conflicts=True)
        self.assertComesBySignal(ada)
        self.assertHeals(*User.objects.exclude(pk=ada.pk))

    def test_bulk_create_that_updates_conflicts(self):
        ada = User.objects.create(username="ada")
        options = {"update_conflicts": True, "unique_fields": ["username"], "update_fields": ["first_name"]}
        User.objects.bulk_create(self.people(first_name="A"), **options)
        self.assertComesBySignal(ada)
        self.assertHeals(*User.objects.exclude(pk=ada.pk))

    def test_bulk_create_of_users_and_then_of_their_profiles(self):
        users = User.objects.bulk_create(self.people())
        Profile.objects.bulk_create([Profile(user=user) for user in users])
        for user in users:
            self.assertHasOneProfile(user)

    def test_bulk_create_of_users_and_of_profiles_that_name_them_by_key(self):
        users = User.objects.bulk_create(self.people())
        Profile.objects.bulk_create([Profile(user_id=user.pk) for user in users], ignore_conflicts=True)
        for user in users:
            self.assertHasOneProfile(user)

    def test_bulk_create_of_a_user_and_then_a_save(self):
        ada, bo, cy = User.objects.bulk_create(self.people())
        ada.save()
        bo.username = "bobby"
        bo.save()
        cy.profile.bio = "healed in between"
        cy.save()
        self.assertHeals(ada, bo)
        self.assertHasOneProfile(cy)
        self.assertEqual(self.profiles_of(cy).get().bio, "healed in between")

    def test_bulk_update_and_update(self):
        users = [User.objects.create_user(name) for name in ("ada", "bo", "cy")]
        for user in users:
            user.first_name = "A"
        User.objects.bulk_update(users, ["first_name"])
        User.objects.update(last_name="B")
        self.assertComesBySignal(*users)

    async def test_abulk_update(self):
        user = await User.objects.acreate_user("ada")
        user.first_name = "A"
        await User.objects.abulk_update([user], ["first_name"])
        self.assertEqual(await Profile.objects.filter(user=user).acount(), 1)

    def test_bulk_update_of_users_without_profiles(self):
        users = User.objects.bulk_create(self.people())
        User.objects.bulk_update(users, ["first_name"], batch_size=1)
        self.assertHeals(*users)

    def test_sql(self):
        self.assertHeals(insert_user("ada"), insert_user("bo"))

    def test_sql_that_selects(self):
        insert_user("ada")
        columns = "first_name, last_name, email, password, is_staff, is_superuser, is_active, date_joined"
        with connection.cursor() as cursor:
            select = f"SELECT 'copy of ' || username, {columns} FROM auth_user"
            cursor.execute(f"INSERT INTO auth_user (username, {columns}) {select}")
        self.assertHeals(*User.objects.all())

    def test_users_older_than_the_app_heal_after_migrate(self):
        users = User.objects.bulk_create(self.people())
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
        self.assertComesBySignal(*users)

    def test_a_muted_signal(self):
        restore_receivers(self)
        post_save.disconnect(sender=User, dispatch_uid="users.create_profile")
        self.assertHeals(User.objects.create_user("ada"), User.objects.create_user("bo"))


class FirstUseTests(ProfileAssertions, TestCase):
    """A user without a profile, got out of the database in every way there is."""

    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.bulk_create([person(is_superuser=True, is_staff=True)])[0]

    def test_the_instance_that_was_made(self):
        self.assertIsNotNone(self.user.profile.pk)
        self.assertHasOneProfile(self.user)

    def test_the_ways_to_read_a_user(self):
        users = User.objects.filter(pk=self.user.pk)
        ways = {
            "get": users.get,
            "first": users.first,
            "only": lambda: users.only("pk").get(),
            "only another field": lambda: users.only("email").get(),
            "defer": lambda: users.defer("username", "email").get(),
            "select_related": lambda: users.select_related("profile").get(),
            "select_related and only": lambda: users.select_related("profile").only("username", "profile__bio").get(),
            "prefetch_related": lambda: users.prefetch_related("profile").get(),
            "prefetch_related_objects": lambda: self.prefetched(users.get()),
            "raw": lambda: User.objects.raw("SELECT * FROM auth_user")[0],
            "raw, one column": lambda: User.objects.raw("SELECT id FROM auth_user")[0],
            "in_bulk": lambda: User.objects.in_bulk([self.user.pk])[self.user.pk],
            "iterator": lambda: next(users.iterator()),
            "union": lambda: users.union(users)[0],
            "annotate": lambda: users.annotate(number=models.Count("groups")).get(),
            "pickled": lambda: pickle.loads(pickle.dumps(users.get())),
            "pickled queryset": lambda: pickle.loads(pickle.dumps(users))[0],
            "pickled, looked for and not found": lambda: pickle.loads(
                pickle.dumps(users.select_related("profile").get())
            ),
            "copied": lambda: copy.copy(users.get()),
            "natural key": lambda: User.objects.get_by_natural_key("ada"),
            "a stub made from a primary key": lambda: User(pk=self.user.pk),
            "with_perm": lambda: User.objects.with_perm("auth.add_user", backend=settings.AUTHENTICATION_BACKENDS[1])[
                0
            ],
            "the far end of a relation": lambda: self.in_group().user_set.get(),
            "refreshed": lambda: self.refreshed(users.get()),
        }
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic():
                user = way()
                self.assertEqual(self.profiles_of(user).count(), 0)
                self.assertEqual(user.profile, self.profiles_of(user).get())
                self.assertHasOneProfile(user)
                transaction.set_rollback(True)

    def prefetched(self, user):
        models.prefetch_related_objects([user], "profile")
        return user

    def refreshed(self, user):
        user.refresh_from_db()
        return user

    def in_group(self):
        group = Group.objects.create(name="people")
        group.user_set.add(self.user)
        return group

    def test_saving_a_deferred_user(self):
        for user in (User.objects.only("first_name").get(), User.objects.defer("username").get()):
            user.first_name = "A"
            user.save()
        self.assertHealsOnFirstUse(self.user)

    def test_the_pages_that_a_user_can_come_to_first(self):
        pages = [reverse("home"), reverse("people"), reverse("person", args=["ada"]), reverse("password_change")]
        pages += [reverse("delete_account"), reverse("admin:index"), reverse("admin:auth_user_changelist")]
        pages += [reverse("admin:auth_user_change", args=[self.user.pk]), reverse("admin:users_profile_changelist")]
        for page in pages:
            with self.subTest(page), transaction.atomic():
                client = Client()
                client.force_login(self.user)
                self.assertLess(client.get(page).status_code, 500)
                self.assertEqual(client.get(reverse("profile")).status_code, 200)
                self.assertHasOneProfile(self.user)
                transaction.set_rollback(True)

    def test_the_login_page(self):
        self.user.set_password(PASSWORD)
        self.user.save()
        response = self.client.post(reverse("login"), {"username": "ada", "password": PASSWORD}, follow=True)
        self.assertEqual((response.status_code, response.request["PATH_INFO"]), (200, reverse("profile")))
        self.assertHasOneProfile(self.user)

    def test_the_profile_form_as_the_first_thing(self):
        self.client.force_login(self.user)
        data = {"username": "ada", "email": "ada@example.com", "bio": "first words"}
        self.assertRedirects(self.client.post(reverse("profile"), data), reverse("profile"))
        self.assertHasOneProfile(self.user)
        self.assertEqual(self.profiles_of(self.user).get().bio, "first words")

    def test_deleting_the_account_without_having_had_a_profile(self):
        self.user.delete()
        self.assertFalse(User.objects.exists() or Profile.objects.exists())


# Commands


class CommandTests(ProfileAssertions, TestCase):
    def test_createsuperuser(self):
        call_command("createsuperuser", interactive=False, username="ada", email="ada@example.com", verbosity=0)
        self.assertComesBySignal(User.objects.get())

    def test_createsuperuser_by_the_environment(self):
        values = {"USERNAME": "ada", "EMAIL": "ada@example.com", "PASSWORD": PASSWORD}
        with mock.patch.dict(os.environ, {f"DJANGO_SUPERUSER_{name}": value for name, value in values.items()}):
            call_command("createsuperuser", interactive=False, verbosity=0)
        self.assertComesBySignal(User.objects.get())

    def test_createsuperuser_that_asks(self):
        terminal = StringIO()
        terminal.isatty = lambda: True
        command = "django.contrib.auth.management.commands.createsuperuser"
        with (
            mock.patch("builtins.input", side_effect=["ada", "ada@example.com"]),
            mock.patch(f"{command}.getpass.getpass", return_value=PASSWORD),
        ):
            call_command("createsuperuser", stdin=terminal, verbosity=0)
        self.assertComesBySignal(User.objects.get())

    def test_seed_demo(self):
        call_command("seed_demo", stdout=StringIO())
        self.assertComesBySignal(*User.objects.all())


# Other databases


class DatabaseTests(ProfileAssertions, TestCase):
    databases = {"default", "other"}

    def test_the_ways_to_name_a_database(self):
        users = User.objects.using("other")
        ways = {
            "save": lambda: person().save(using="other"),
            "create": lambda: users.create(username="ada"),
            "create_user": lambda: User.objects.db_manager("other").create_user("ada"),
            "get_or_create": lambda: users.get_or_create(username="ada"),
            "update_or_create": lambda: users.update_or_create(username="ada"),
            "a group": lambda: Group.objects.using("other").create(name="people").user_set.create(username="ada"),
            "createsuperuser": lambda: call_command(
                "createsuperuser", interactive=False, username="ada", email="", database="other", verbosity=0
            ),
        }
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic("other"):
                way()
                self.assertComesBySignal(users.get(), using="other")
                self.assertFalse(Profile.objects.exists())
                transaction.set_rollback(True, "other")

    def test_a_router(self):
        class Router:
            def db_for_write(self, model, **hints):
                return "other"

            db_for_read = db_for_write

        with override_settings(DATABASE_ROUTERS=[Router()]):
            user = User.objects.create_user("ada")
            self.assertEqual(User.objects.get().profile._state.db, "other")
        self.assertComesBySignal(user, using="other")
        self.assertFalse(Profile.objects.using("default").exists())

    def test_a_database_that_holds_no_profiles(self):
        class Router:
            def allow_migrate(self, db, app_label, **hints):
                return db != "other" or app_label != "users"

        with override_settings(DATABASE_ROUTERS=[Router()]):
            user = User.objects.db_manager("other").create_user("ada")
            with self.captureOnCommitCallbacks(using="other", execute=True):
                user.save_base(raw=True, using="other")
            user.email = "new@example.com"
            with CaptureQueriesContext(connections["other"]) as queries:
                user.save(using="other")
            self.assertNotIn("users_profile", str(queries.captured_queries))
            emit_post_migrate_signal(verbosity=0, interactive=False, db="other")
            self.assertEqual(self.profiles_of(user, "other").count(), 0)
        self.assertHealsOnFirstUse(user, using="other")

    def test_unannounced_users(self):
        bulk = User.objects.using("other").bulk_create([person("ada"), person("bo")])
        self.assertHeals(*bulk, using="other")
        self.assertHealsByCommand(insert_user("cy", "other"), using="other")

    def test_a_copy_from_one_database_to_the_other(self):
        for in_hand in (False, True):
            with self.subTest(in_hand=in_hand), transaction.atomic(), transaction.atomic("other"):
                user = User.objects.create_user("ada")
                if in_hand:
                    user.profile.bio = "on the default database"
                else:
                    user = User.objects.get()
                user.save(using="other")
                self.assertComesBySignal(user, using="other")
                user.save(using="default")
                self.assertComesBySignal(user)
                transaction.set_rollback(True)
                transaction.set_rollback(True, "other")

    def test_a_copy_with_another_primary_key(self):
        User.objects.db_manager("other").create_user("bo")
        user = User.objects.create_user("ada")
        user.pk = None
        user.save(using="other")
        self.assertComesBySignal(user, using="other")
        self.assertComesBySignal(User.objects.get())

    def test_namesakes(self):
        here, there = User.objects.create_user("ada"), User.objects.db_manager("other").create_user("ada")
        self.assertComesBySignal(here)
        self.assertComesBySignal(there, using="other")
        here.delete()
        self.assertComesBySignal(there, using="other")

    def test_a_namesake_loses_no_profile_to_the_other_database(self):
        here = User.objects.create_user("ada")
        there = User.objects.using("other").bulk_create([person(pk=here.pk)])[0]
        here.profile.delete()
        self.assertHealsOnFirstUse(there, using="other")
        self.assertHealsOnFirstUse(here)

    def test_loaddata(self):
        user = person(pk=7)
        with self.captureOnCommitCallbacks(using="other", execute=True):
            load([user], database="other")
        self.assertComesAtCommit(user, using="other")
        self.assertFalse(User.objects.exists() or Profile.objects.exists())

    def test_dumpdata_of_one_and_loaddata_of_the_other(self):
        for natural in (False, True):
            with self.subTest(natural=natural), transaction.atomic(), transaction.atomic("other"):
                User.objects.create_user("ada")
                Profile.objects.update(bio="travels")
                text = dump(natural)
                with self.captureOnCommitCallbacks(using="other", execute=True):
                    load(text, database="other")
                user = User.objects.using("other").get()
                self.assertComesAtCommit(user, using="other")
                self.assertEqual(self.profiles_of(user, "other").get().bio, "travels")
                transaction.set_rollback(True)
                transaction.set_rollback(True, "other")


# Fixtures


def dump(natural=False):
    """Return users, interests and profiles as ``dumpdata`` writes them."""
    out = StringIO()
    options = {"use_natural_foreign_keys": natural, "use_natural_primary_keys": natural}
    call_command("dumpdata", "auth.user", "users.interest", "users.profile", stdout=out, **options)
    return out.getvalue()


def load(objects, format="json", **options):
    """Load instances, or a text, with ``loaddata``."""
    text = objects if isinstance(objects, str) else serializers.serialize(format, objects)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"fixture.{format}"
        path.write_text(text)
        call_command("loaddata", path, verbosity=0, **options)


class FixtureTests(ProfileAssertions, TestCase):
    def load(self, objects, **options):
        """Load a fixture and run what waits for the commit."""
        with self.captureOnCommitCallbacks(execute=True):
            load(objects, **options)

    def profile(self, user, pk, **values):
        values = {"created_at": user.date_joined, "updated_at": user.date_joined, **values}
        return Profile(pk=pk, user=user, name_key=f"{user.username} {user.pk}", **values)

    def test_users_only(self):
        for format in ("json", "jsonl", "xml"):
            with self.subTest(format), transaction.atomic():
                self.load([person(pk=7), person("bo", pk=8)], format=format)
                self.assertComesAtCommit(*User.objects.all())
                transaction.set_rollback(True)

    def test_standard_input(self):
        text = serializers.serialize("json", [person(pk=7)])
        with self.captureOnCommitCallbacks(execute=True), mock.patch("sys.stdin", StringIO(text)):
            call_command("loaddata", "-", format="json", verbosity=0)
        self.assertComesAtCommit(User.objects.get())

    def test_users_with_profiles_in_both_orders(self):
        ada, bo = person(pk=7), person("bo", pk=8)
        profiles = [self.profile(ada, 7, bio="A"), self.profile(bo, 8, bio="B")]
        for name, objects in {"users first": [ada, bo, *profiles], "profiles first": [*profiles, ada, bo]}.items():
            with self.subTest(name), transaction.atomic():
                self.load(objects)
                self.assertComesAtCommit(ada, bo)
                self.assertEqual([p.bio for p in Profile.objects.order_by("pk")], ["A", "B"])
                transaction.set_rollback(True)

    def test_profiles_with_other_primary_keys(self):
        ada, bo = person(pk=7), person("bo", pk=8)
        self.load([ada, bo, self.profile(ada, 8, bio="A"), self.profile(bo, 7, bio="B")])
        self.assertComesAtCommit(ada, bo)
        self.assertEqual([p.bio for p in Profile.objects.order_by("user")], ["A", "B"])

    def test_over_users_who_are_there(self):
        ada, bo = User.objects.create_user("ada"), User.objects.create_user("bo")
        interest = Interest.objects.create(name="Chess")
        ada.profile.interests.add(interest)
        first = Profile.objects.get(user=bo).pk
        self.load([ada, bo, self.profile(ada, first, bio="A"), self.profile(bo, first + 100, bio="B")])
        self.assertComesAtCommit(ada, bo)
        self.assertEqual([p.bio for p in Profile.objects.order_by("user")], ["A", "B"])

    def test_profiles_in_a_ring(self):
        users = [User.objects.create_user(name) for name in ("ada", "bo", "cy")]
        keys = [Profile.objects.get(user=user).pk for user in users]
        ring = [self.profile(user, pk) for user, pk in zip(users, [*keys[1:], keys[0]], strict=True)]
        self.load([*users, *ring])
        self.assertComesAtCommit(*users)

    def test_users_who_got_another_name(self):
        ada, bo = User.objects.create_user("ada"), User.objects.create_user("bo")
        self.load([person("adele", pk=ada.pk), person("ada", pk=bo.pk)])
        self.assertComesAtCommit(ada, bo)

    def test_a_profile_that_claims_the_key_of_somebody_else(self):
        ada = register("ada")
        bo = person("bo", pk=ada.pk + 1)
        profile = self.profile(bo, 900)
        profile.name_key, profile.email_key = "ada", "ada@example.com"
        self.load([bo, profile])
        self.assertComesAtCommit(bo, ada)

    def test_a_fixture_by_hand_without_the_keys(self):
        users = [person(pk=7), person("bo", pk=8)]
        people = json.loads(serializers.serialize("json", users))
        stamps = {"created_at": "2020-02-02T20:20:20Z", "updated_at": "2020-02-02T20:20:20Z"}
        profiles = [{"model": "users.profile", "fields": {"user": pk, "bio": "by hand", **stamps}} for pk in (7, 8)]
        for objects in ([*people, *profiles], [*profiles, *people]):
            with self.subTest(first=objects[0]["model"]), transaction.atomic():
                self.load(json.dumps(objects))
                self.assertComesAtCommit(*users)
                self.assertEqual(set(Profile.objects.values_list("bio", flat=True)), {"by hand"})
                transaction.set_rollback(True)

    def test_a_round_trip(self):
        for natural in (False, True):
            with self.subTest(natural=natural), transaction.atomic():
                for name in ("ada", "bo"):
                    User.objects.create_user(name).profile.interests.add(
                        Interest.objects.get_or_create(name="Chess")[0]
                    )
                register("cy")
                Profile.objects.update(bio="kept")
                text = dump(natural)
                User.objects.all().delete()
                User.objects.create_user("dan")  # so that natural keys meet other primary keys
                User.objects.all().delete()
                self.load(text)
                self.assertComesAtCommit(*User.objects.all())
                rows = Profile.objects.filter(bio="kept", interests__name="Chess")
                self.assertEqual((User.objects.count(), rows.count()), (3, 2))
                transaction.set_rollback(True)

    def test_the_same_fixture_twice(self):
        for natural in (False, True):
            with self.subTest(natural=natural), transaction.atomic():
                User.objects.create_user("ada").profile.interests.create(name="Chess")
                text = dump(natural)
                self.load(text)
                self.load(text)
                self.assertComesAtCommit(User.objects.get())
                transaction.set_rollback(True)

    def test_natural_keys_over_users_with_other_primary_keys(self):
        User.objects.create_user("ada").profile.interests.create(name="Chess")
        Profile.objects.update(bio="travels")
        text = dump(natural=True)
        User.objects.all().delete()
        User.objects.create_user("bo")
        ada = User.objects.create_user("ada")
        self.load(text)
        self.assertComesAtCommit(ada)
        self.assertEqual(self.profiles_of(ada).get().bio, "travels")

    def test_a_deserialized_stream(self):
        with self.captureOnCommitCallbacks(execute=True):
            for item in serializers.deserialize("json", serializers.serialize("json", [person(pk=7)])):
                item.save()
        self.assertComesAtCommit(User.objects.get())

    def test_a_deserialized_user_that_is_saved_as_any_other(self):
        for item in serializers.deserialize("json", serializers.serialize("json", [person(pk=7)])):
            item.object.save()
        self.assertComesBySignal(User.objects.get())

    def test_a_database_that_is_kept_as_a_string(self):
        ada = User.objects.create_user("ada")
        ada.profile.interests.create(name="Chess")
        bo = User.objects.bulk_create([person("bo")])[0]
        text = connection.creation.serialize_db_to_string()  # what serialized_rollback does, and how it comes back
        User.objects.all().delete()
        Interest.objects.all().delete()
        with self.captureOnCommitCallbacks(execute=True):
            connection.creation.deserialize_db_from_string(text)
        self.assertComesAtCommit(ada, bo)
        self.assertEqual(User.objects.get(pk=ada.pk).profile.interests.count(), 1)


class FixturesOfATestCaseTests(ProfileAssertions, TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fixtures = [write_fixture(cls)]
        super().setUpClass()

    def test_they_heal_since_a_test_case_never_commits(self):
        self.assertHeals(*User.objects.all())


class FixturesOfATransactionTestCaseTests(ProfileAssertions, TransactionTestCase):
    @classmethod
    def setUpClass(cls):
        cls.fixtures = [write_fixture(cls)]
        super().setUpClass()

    def test_they_are_complete(self):
        self.assertComesAtCommit(*User.objects.all())


def write_fixture(test_class):
    """Write a fixture of two users for a test class, and return its path."""
    directory = tempfile.TemporaryDirectory()
    test_class.addClassCleanup(directory.cleanup)
    path = Path(directory.name) / "people.json"
    path.write_text(serializers.serialize("json", [person(pk=7), person("bo", pk=8)]))
    return path


class CommitTests(ProfileAssertions, TransactionTestCase):
    """Ways in which something is really committed, or really not."""

    def test_without_a_transaction_around(self):
        self.assertComesBySignal(User.objects.create_user("ada"))

    def test_a_fixture(self):
        load([person(pk=7), person("bo", pk=8)])
        self.assertComesAtCommit(*User.objects.all())

    def test_a_fixture_that_fails_leaves_nobody(self):
        with self.assertRaises(IntegrityError):
            load([person(pk=7), person(pk=8)])
        self.assertFalse(User.objects.exists() or Profile.objects.exists())
        load([person(pk=8)])
        self.assertComesAtCommit(User.objects.get())

    def test_save_base_raw_without_a_transaction(self):
        user = person()
        user.save_base(raw=True)
        self.assertComesAtCommit(user)

    def test_after_a_rollback(self):
        user = person()
        with self.assertRaisesMessage(OSError, "never mind"), transaction.atomic():
            user.save()
            raise OSError("never mind")
        self.assertFalse(User.objects.exists() or Profile.objects.exists())
        user.save()
        self.assertComesBySignal(user)

    def test_after_a_flush(self):
        User.objects.create_user("ada")
        call_command("flush", interactive=False, verbosity=0)
        self.assertFalse(User.objects.exists() or Profile.objects.exists())
        self.assertComesBySignal(User.objects.create_user("ada"))


# Migrations


class HistoricalModelTests(ProfileAssertions, TestCase):
    """Models of a migration are classes of their own, which no receiver is connected to."""

    def setUp(self):
        self.users = MigrationLoader(connection).project_state().apps.get_model("auth", "User").objects

    def test_create(self):
        self.assertHeals(self.users.create(username="ada"), self.users.create(username="bo"))

    def test_bulk_create(self):
        self.assertHeals(*self.users.bulk_create(self.users.model(username=name) for name in ("ada", "bo")))

    def test_get_or_create_and_update_or_create(self):
        self.assertHeals(self.users.get_or_create(username="ada")[0], self.users.update_or_create(username="bo")[0])

    def test_a_historical_profile_too(self):
        profiles = MigrationLoader(connection).project_state().apps.get_model("users", "Profile").objects
        for name in ("ada", "bo"):
            user = self.users.create(username=name)
            profiles.create(user_id=user.pk)
            self.assertEqual(self.profiles_of(user).count(), 1)
            self.assertEqual(self.profile_page(User.objects.get(pk=user.pk)), 200)


class MigrationTests(ProfileAssertions, TransactionTestCase):
    def setUp(self):
        self.addCleanup(call_command, "migrate", verbosity=0)

    def test_users_older_than_the_app(self):
        before = User.objects.create_user("before")
        call_command("migrate", "users", "zero", verbosity=0)
        with self.assertLogs("users.profiles.missing", "WARNING"):
            User.objects.create_user("by the manager")
        with self.assertLogs("users.profiles.missing", "WARNING"), transaction.atomic():
            User.objects.create_user("in a transaction")
        with self.assertLogs("users.profiles.missing", "WARNING"):
            options = {"interactive": False, "username": "by-command", "email": "", "verbosity": 0}
            call_command("createsuperuser", **options, stdout=StringIO())  # it tells of the missing migrations
        User.objects.bulk_create([person("in bulk")])
        insert_user("by sql")
        out = StringIO()
        call_command("migrate", "users", stdout=out, no_color=True)
        self.assertIn("Created 6 missing profiles.", out.getvalue())
        self.assertComesBySignal(before, *User.objects.all())

    def test_an_instance_that_was_saved_before_there_was_a_table(self):
        call_command("migrate", "users", "zero", verbosity=0)
        user = person()
        with self.assertLogs("users.profiles.missing", "WARNING"):
            user.save()
        call_command("migrate", "users", verbosity=0)
        user.profile.bio = "in hand since then"
        user.save()
        self.assertComesBySignal(user)
        self.assertEqual(self.profiles_of(user).get().bio, "in hand since then")

    def test_a_fixture_before_there_was_a_table(self):
        call_command("migrate", "users", "zero", verbosity=0)
        with self.assertLogs("users.profiles.missing", "WARNING"):
            load([person(pk=7)])
        call_command("migrate", "users", verbosity=0)
        self.assertComesBySignal(User.objects.get())

    def test_a_data_migration(self):
        def import_people(state_apps, schema_editor):
            state_apps.get_model("auth", "User").objects.create(username="ada")

        class Migration(migrations.Migration):
            dependencies = [("auth", "__latest__")]
            operations = [migrations.RunPython(import_people)]

        state = MigrationLoader(connection).project_state()
        with connection.schema_editor() as editor:
            Migration("import", "people").apply(state, editor)
        self.assertHealsByCommand(User.objects.get())


# The admin


class AdminTests(ProfileAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.boss = User.objects.create_superuser("boss", "boss@example.com", PASSWORD)

    def setUp(self):
        self.client.force_login(self.boss)

    def post(self, name, *args, **data):
        """Post to a page of the admin and follow it."""
        response = self.client.post(reverse(f"admin:{name}", args=args), data, follow=True)
        self.assertEqual(response.status_code, 200)
        return response

    def inline(self, profile=None, **values):
        """Return the data of the profile inline of a user's page."""
        numbers = {"profile-TOTAL_FORMS": 1, "profile-INITIAL_FORMS": 1 if profile else 0}
        if profile:
            values = {"id": profile.pk, "user": profile.user_id, **values}
        return {**numbers, **{f"profile-0-{name}": value for name, value in values.items()}}

    def add(self, **data):
        password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        self.post("auth_user_add", **{"username": "ada", "email": "ada@example.com", **password, **data})
        return User.objects.get(username=data.get("username", "ada"))

    def change(self, user, **data):
        joined = {"date_joined_0": "2020-02-02", "date_joined_1": "20:20:20"}
        values = {"username": user.username, "email": user.email, "is_active": "on", **joined}
        self.post("auth_user_change", user.pk, **{**values, **data})

    def test_add(self):
        self.assertComesBySignal(self.add(**self.inline()))

    def test_add_without_a_password(self):
        self.assertComesBySignal(self.add(usable_password="false", password1="", password2="", **self.inline()))

    def test_add_with_the_inline_filled_in(self):
        interest = Interest.objects.create(name="Chess")
        user = self.add(**self.inline(bio="by hand", is_public="on", interests=[interest.pk]))
        self.assertComesBySignal(user)
        profile = self.profiles_of(user).get()
        self.assertEqual((profile.bio, profile.is_public, profile.interests.get()), ("by hand", True, interest))

    def test_add_in_a_popup_and_add_another(self):
        self.assertComesBySignal(self.add(_popup="1", **self.inline()))
        self.assertComesBySignal(self.add(username="bo", email="bo@example.com", _addanother="1", **self.inline()))

    def test_add_that_is_refused_makes_nobody(self):
        data = {"username": "ada", "usable_password": "true", "password1": "1", "password2": "2", **self.inline()}
        self.client.post(reverse("admin:auth_user_add"), data)
        self.assertEqual((User.objects.count(), Profile.objects.count()), (1, 1))

    def test_change(self):
        user = User.objects.create_user("ada", "ada@example.com")
        self.change(user, username="adele", first_name="A", **self.inline(user.profile, bio="changed"))
        user.refresh_from_db()
        self.assertEqual((user.username, user.profile.bio), ("adele", "changed"))
        self.assertComesBySignal(user)

    def test_change_of_a_user_without_a_profile(self):
        ada, bo, cy = User.objects.bulk_create([person("ada"), person("bo"), person("cy")])
        self.change(ada, **self.inline(bio="by hand"))
        self.assertHasOneProfile(ada)
        self.assertEqual(self.profiles_of(ada).get().bio, "by hand")
        self.change(bo, first_name="B", **self.inline())
        self.change(cy, username="cyd", **self.inline())
        self.assertHeals(bo)
        self.assertHasOneProfile(User.objects.get(pk=cy.pk))  # made to hold the name that the form claims

    def test_change_of_a_user_who_got_a_profile_meanwhile(self):
        user = User.objects.create_user("ada", "ada@example.com")
        Profile.objects.filter(user=user).update(location="kept")
        self.change(user, **self.inline(bio="from a page without a profile"))
        self.assertHasOneProfile(user)
        self.assertEqual(self.profiles_of(user).get().location, "kept")

    def test_the_inline_deleted(self):
        user = User.objects.create_user("ada", "ada@example.com")
        self.change(user, **self.inline(user.profile, DELETE="on"))
        self.assertHealsOnFirstUse(user)

    def test_the_list_editable_page_and_the_history(self):
        user = User.objects.bulk_create([person()])[0]
        for page in (reverse("admin:auth_user_changelist"), reverse("admin:auth_user_history", args=[user.pk])):
            self.assertEqual(self.client.get(page).status_code, 200)
        self.assertHealsOnFirstUse(user)

    def test_deleted_and_added_again(self):
        user = self.add(**self.inline())
        self.post("auth_user_delete", user.pk, post="yes")
        self.assertFalse(Profile.objects.filter(user_id=user.pk).exists())
        self.assertComesBySignal(self.add(**self.inline()))

    def test_deleted_by_the_action_and_added_again(self):
        user = self.add(**self.inline())
        bare = User.objects.bulk_create([person("bare")])[0]
        keys = [user.pk, bare.pk]
        self.post("auth_user_changelist", action="delete_selected", _selected_action=keys, post="yes")
        self.assertEqual((User.objects.count(), Profile.objects.count()), (1, 1))
        self.assertComesBySignal(self.add(**self.inline()))

    def test_the_action_create_missing_profiles(self):
        ada, bo, cy = User.objects.bulk_create([person("ada"), person("bo"), person("cy")])
        keys = [ada.pk, bo.pk, self.boss.pk]
        page = self.post("auth_user_changelist", action="create_missing_profiles", _selected_action=keys)
        self.assertContains(page, "2 profiles were created.")
        self.assertComesBySignal(ada, bo, self.boss)
        self.assertHealsOnFirstUse(cy)

    def test_the_action_for_all_of_a_filtered_and_sorted_list(self):
        users = User.objects.bulk_create([person("ada"), person("bo")])
        address = reverse("admin:auth_user_changelist") + "?profile__email_verified_at__isempty=1&q=a&o=2"
        data = {"action": "create_missing_profiles", "_selected_action": [users[0].pk], "select_across": "1"}
        self.assertEqual(self.client.post(address, data, follow=True).status_code, 200)
        self.assertComesBySignal(users[0])

    def test_a_profile_added_by_hand_for_a_user_who_has_one(self):
        user = User.objects.create_user("ada")
        page = self.post("users_profile_add", user=user.pk, bio="second")
        self.assertIn("user", page.context["adminform"].form.errors)
        self.assertComesBySignal(user)

    def test_a_profile_added_by_hand_for_users_who_have_none(self):
        for user in User.objects.bulk_create([person("ada"), person("bo")]):
            self.post("users_profile_add", user=user.pk, bio="by hand")
            self.assertHasOneProfile(user)
            self.assertEqual(self.profiles_of(user).get().bio, "by hand")

    def test_a_profile_deleted_by_hand_and_by_the_action(self):
        ada, bo = User.objects.create_user("ada"), User.objects.create_user("bo")
        self.post("users_profile_delete", ada.profile.pk, post="yes")
        self.assertHealsOnFirstUse(ada)
        keys = [bo.profile.pk]
        self.post("users_profile_changelist", action="delete_selected", _selected_action=keys, post="yes")
        self.assertHealsByCommand(bo)

    def test_nobody_gives_a_profile_to_another_user_by_hand(self):
        ada, bo = User.objects.create_user("ada"), User.objects.create_user("bo")
        self.post("users_profile_change", ada.profile.pk, user=bo.pk, bio="stays")
        self.assertHasOneProfile(bo)
        self.assertHasOneProfile(ada)
        self.assertEqual(Profile.objects.get(user=ada).bio, "stays")


# Other code that makes the profile too


class OtherCodeTests(ProfileAssertions, TestCase):
    ways = {
        "create": lambda user: Profile.objects.create(user=user, bio="theirs"),
        "create by key": lambda user: Profile.objects.create(user_id=user.pk, bio="theirs"),
        "save": lambda user: Profile(user=user, bio="theirs").save(),
        "force_insert": lambda user: Profile(user=user, bio="theirs").save(force_insert=True),
        "get_or_create": lambda user: Profile.objects.get_or_create(user=user),
        "update_or_create": lambda user: Profile.objects.update_or_create(user=user, defaults={"bio": "theirs"}),
        "the relation": lambda user: [setattr(user, "profile", Profile(bio="theirs")), user.profile.save()],
        "instance.profile.save()": lambda user: user.profile.save(),
        "bulk_create": lambda user: Profile.objects.bulk_create([Profile(user=user)], ignore_conflicts=True),
        "the same user saved again": lambda user: user.save(),
    }

    def test_a_receiver_before_ours_and_a_receiver_after_ours(self):
        for before_ours in (True, False):
            for name, way in self.ways.items():
                if before_ours and "same user" in name:
                    continue
                with self.subTest(name, before_ours=before_ours):
                    self.by_a_receiver(way, before_ours)

    def by_a_receiver(self, way, before_ours):
        def make_profile(sender, instance, created, **kwargs):
            if created:
                way(instance)

        hear_saved_users(self, make_profile, before_ours)
        with transaction.atomic():
            users = [User.objects.create_user("ada"), User.objects.create_user("bo")]
            self.assertComesBySignal(*users)
            registered = register("cy")
            self.assertComesBySignal(registered)
            self.assertEqual(self.profiles_of(registered).get().name_key, "cy")
            transaction.set_rollback(True)
        self.doCleanups()

    def test_code_after_the_save(self):
        for name, way in self.ways.items():
            with self.subTest(name), transaction.atomic():
                users = [User.objects.create_user("ada"), User.objects.create_user("bo")]
                for user in users:
                    way(user)
                self.assertComesBySignal(*users)
                transaction.set_rollback(True)

    def test_code_after_the_save_of_users_without_profiles(self):
        for name, way in self.ways.items():
            if "same user" not in name:
                with self.subTest(name), transaction.atomic():
                    users = User.objects.bulk_create([person("ada"), person("bo")])
                    for user in users:
                        way(user)
                        self.assertHasOneProfile(user)
                    transaction.set_rollback(True)

    def test_what_they_set_is_in_the_row(self):
        user = User.objects.create_user("ada")
        Profile.objects.filter(user=user).update(location="there before")
        profile = Profile.objects.create(user=user, bio="theirs")
        stored = self.profiles_of(user).get()
        self.assertEqual((stored.pk, stored.bio, stored.location), (profile.pk, "theirs", "there before"))

    def test_a_profile_prepared_before_the_user_is_saved(self):
        ways = {
            "Profile(user=user)": lambda user: Profile(user=user, bio="prepared"),
            "user.profile = profile": lambda user: setattr(user, "profile", Profile(bio="prepared")),
            "user.profile.bio": lambda user: setattr(user.profile, "bio", "prepared"),
        }
        for name, way in ways.items():
            with self.subTest(name), transaction.atomic():
                user = person()
                way(user)
                in_hand = user.profile
                user.save()
                self.assertComesBySignal(user)
                self.assertEqual(self.profiles_of(user).get().bio, "prepared")
                self.assertIs(user.profile, in_hand)
                transaction.set_rollback(True)

    def test_a_prepared_profile_that_is_saved_after_the_user(self):
        profile = Profile(user=person(), bio="prepared")
        profile.user.save()
        profile.save()
        self.assertComesBySignal(profile.user)
        self.assertEqual(Profile.objects.get().bio, "prepared")

    def test_a_receiver_that_saves_the_user_again(self):
        def touch(sender, instance, created, **kwargs):
            if created:
                instance.first_name = "A"
                instance.save()

        for before_ours in (True, False):
            with self.subTest(before_ours=before_ours), transaction.atomic():
                hear_saved_users(self, touch, before_ours)
                self.assertComesBySignal(User.objects.create_user("ada"))
                transaction.set_rollback(True)
                self.doCleanups()

    def test_a_receiver_that_deletes_the_profile(self):
        hear_saved_users(self, lambda instance, **kwargs: self.profiles_of(instance).delete())
        self.assertHealsOnFirstUse(User.objects.create_user("ada"))

    def test_receivers_that_are_imported_twice(self):
        restore_receivers(self)
        connected = [connections_of(signal) for signal in SIGNALS]
        spec = importlib.util.spec_from_file_location("a_second_name", receivers.__file__)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        self.assertEqual([connections_of(signal) for signal in SIGNALS], connected)
        with self.assertStatements(2):
            user = User.objects.create_user("ada")
        user.username = "adele"
        user.save()
        self.assertComesBySignal(user)


# Proxies and children of the user model


class ProxyTests(ProfileAssertions, TestCase):
    def setUp(self):
        def proxies():
            class Staff(User):
                class Meta:
                    proxy = True
                    app_label = "users"

            class Boss(Staff):
                class Meta:
                    proxy = True
                    app_label = "users"

            return Staff, Boss

        self.proxies = define_models(self, proxies)

    def test_the_ways_to_make_one(self):
        ways = {
            "save": lambda proxy: proxy(username="ada").save(),
            "create_user": lambda proxy: proxy.objects.create_user("ada"),
            "get_or_create": lambda proxy: proxy.objects.get_or_create(username="ada"),
            "copy": lambda proxy: proxy(pk=None, username="ada").save(),
        }
        for proxy in self.proxies:
            for name, way in ways.items():
                with self.subTest(name, proxy=proxy.__name__), transaction.atomic():
                    with self.assertStatements(3 if "or" in name else 2):
                        way(proxy)
                    self.assertComesBySignal(User.objects.get())
                    self.assertHasOneProfile(proxy.objects.get())
                    transaction.set_rollback(True)

    def test_a_fixture(self):
        for proxy in self.proxies:
            with self.subTest(proxy.__name__), transaction.atomic():
                with self.captureOnCommitCallbacks(execute=True):
                    proxy(pk=7, username="ada").save_base(raw=True)
                self.assertComesAtCommit(User.objects.get())
                transaction.set_rollback(True)

    def test_unannounced_ones(self):
        for proxy in self.proxies:
            with self.subTest(proxy.__name__), transaction.atomic():
                self.assertHeals(*proxy.objects.bulk_create([proxy(username="ada"), proxy(username="bo")]))
                transaction.set_rollback(True)

    def test_first_use_by_the_proxy(self):
        user = User.objects.bulk_create([person()])[0]
        for proxy in self.proxies:
            with self.subTest(proxy.__name__), transaction.atomic():
                self.assertIsNotNone(proxy.objects.get().profile.pk)
                self.assertHasOneProfile(user)
                transaction.set_rollback(True)

    def test_deleting_one(self):
        for proxy in self.proxies:
            User.objects.create_user("ada")
            proxy.objects.get().delete()
            self.assertFalse(User.objects.exists() or Profile.objects.exists())


class ChildTests(ProfileAssertions, TransactionTestCase):
    """Multi-table children of the user model. Their tables are made here, so there is a transaction to do without."""

    def setUp(self):
        def child():
            class Employee(User):
                room = models.CharField(max_length=10)

                class Meta:
                    app_label = "users"

            return Employee

        self.Employee = define_models(self, child)
        with connection.schema_editor() as editor:
            editor.create_model(self.Employee)
        self.addCleanup(self.drop)

    def drop(self):
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        with connection.schema_editor() as editor:
            editor.delete_model(self.Employee)

    def test_the_ways_to_make_one(self):
        ways = {
            "save": lambda: self.Employee(username="a", room="1").save(),
            "create_user": lambda: self.Employee.objects.create_user("b", room="1"),
            "get_or_create": lambda: self.Employee.objects.get_or_create(username="c"),
            "fixture": lambda: load([User(pk=77, username="d"), self.Employee(pk=77, room="1")]),
        }
        for name, way in ways.items():
            with self.subTest(name):
                way()
                self.assertComesBySignal(User.objects.latest("pk"))
                self.assertHasOneProfile(self.Employee.objects.latest("pk"))

    def test_first_use_by_the_child(self):
        self.Employee(username="ada").save()
        Profile.objects.all().delete()
        child = self.Employee.objects.get()
        self.assertEqual(child.profile, Profile.objects.get(user=child))
        self.assertHasOneProfile(User.objects.get())

    def test_a_profile_and_a_name_that_are_changed_by_the_child(self):
        child = self.Employee.objects.create_user("ada")
        child.profile.bio, child.username = "changed", "adele"
        child.save()
        self.assertComesBySignal(User.objects.get())
        self.assertEqual(Profile.objects.get().bio, "changed")

    def test_a_user_who_becomes_a_child(self):
        user = User.objects.create_user("ada")
        child = self.Employee(user_ptr=user)
        child.__dict__.update({name: value for name, value in vars(user).items() if name != "_state"})
        child.save()
        self.assertComesBySignal(user)

    def test_a_user_who_becomes_a_child_with_another_address(self):
        user = register("ada")
        Profile.objects.update(email_verified_at=timezone.now())
        child = self.Employee(user_ptr=user)
        child.__dict__.update({name: value for name, value in vars(user).items() if name != "_state"})
        with sent(fields_changed) as calls:
            child.save()
            self.assertEqual(Profile.objects.get().name_key, "ada")
            self.assertEqual(len(calls), 0)
            child = self.Employee.objects.get()
            child.delete(keep_parents=True)
            child = self.Employee(user_ptr=user)
            child.__dict__.update({name: value for name, value in vars(user).items() if name != "_state"})
            child.email = "new@example.com"
            child.save()
        self.assertEqual([call.kwargs["changes"]["email"][1] for call in calls], ["new@example.com"])
        self.assertIsNone(Profile.objects.get().email_verified_at)

    def test_a_child_row_alone(self):
        user = User.objects.create_user("ada")
        self.Employee(user_ptr=user).save_base(raw=True)
        self.assertComesBySignal(user)

    def test_a_child_deleted_but_not_the_user(self):
        user = self.Employee.objects.create_user("ada")
        client = Client()
        client.force_login(User.objects.get())
        user.delete(keep_parents=True)
        self.assertComesBySignal(User.objects.get())
        self.assertEqual(client.get(reverse("profile")).status_code, 200, "logged out")

    def test_a_child_deleted(self):
        self.Employee.objects.create_user("ada").delete()
        self.assertFalse(User.objects.exists() or Profile.objects.exists())


class ChildWithAKeyOfItsOwnTests(ProfileAssertions, TransactionTestCase):
    """A child whose number is not its user's: everything is about the user, and about nobody else."""

    def setUp(self):
        def child():
            class Badge(User):
                number = models.AutoField(primary_key=True)
                account = models.OneToOneField(User, models.CASCADE, parent_link=True)

                class Meta:
                    app_label = "users"

            return Badge

        self.Badge = define_models(self, child)
        with connection.schema_editor() as editor:
            editor.create_model(self.Badge)
        self.addCleanup(self.drop)
        self.stranger = User.objects.create_user("stranger", "stranger@example.com", pk=1)
        Profile.objects.update(email_verified_at=timezone.now())

    def drop(self):
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        with connection.schema_editor() as editor:
            editor.delete_model(self.Badge)

    def test_it_changes_its_own_account_alone(self):
        badge = self.Badge.objects.create_user("ada", "ada@example.com", number=1, id=7)
        Profile.objects.update(email_verified_at=timezone.now())
        badge.profile.bio = "hello"
        with sent(fields_changed) as calls:
            badge.email = "new@example.com"
            badge.save()
        self.assertEqual(
            [call.kwargs["changes"] for call in calls], [{"email": ("ada@example.com", "new@example.com")}]
        )
        own, others = Profile.objects.get(user=7), Profile.objects.get(user=1)
        self.assertEqual((own.bio, own.email_verified_at, own.name_key), ("hello", None, "ada 7"))
        self.assertEqual((others.bio, others.name_key), ("", "stranger 1"))
        self.assertIsNotNone(others.email_verified_at)

    def test_its_profile_heals(self):
        self.Badge.objects.create_user("ada", number=1, id=7)
        Profile.objects.filter(user=7).delete()
        badge = self.Badge.objects.get()
        self.assertEqual(badge.profile.user_id, 7)
        self.assertHasOneProfile(User.objects.get(pk=7))


# A user model of one's own


class SwappedUserTests(SimpleTestCase):
    maxDiff = None
    files = {
        "people/__init__.py": "",
        "people/models.py": """
            import uuid
            from django.contrib.auth.models import AbstractUser
            from django.db import models

            class Person(AbstractUser):
                id = models.UUIDField(primary_key=True, default=uuid.uuid4)
                username = models.CharField(max_length=250, unique=True)

            class Staff(Person):
                class Meta:
                    proxy = True

            class Employee(Person):
                room = models.CharField(max_length=10)
            """,
        "people/admin.py": """
            from django.contrib import admin
            from people.models import Person

            admin.site.register(Person)
            """,
        "swapped_settings.py": """
            from pathlib import Path
            from userprofile_project.test_settings import *

            INSTALLED_APPS = ["people", *INSTALLED_APPS]
            AUTH_USER_MODEL = "people.Person"
            DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
            STATIC_ROOT = Path(__file__).parent
            """,
        "check.py": """
            import django
            django.setup()

            from django.core.management import call_command
            from django.test import Client
            from django.test.utils import setup_test_environment
            call_command("makemigrations", "people", verbosity=0)
            call_command("migrate", verbosity=0)

            from people.models import Employee, Person, Staff
            from users.models import Profile

            setup_test_environment()
            made = [model.objects.create_user(model.__name__) for model in (Person, Staff, Employee)]
            assert Profile.objects.filter(user__in=[user.pk for user in made]).count() == 3, "by signal"
            made += Person.objects.bulk_create([Person(username="first use"), Person(username="\ufdfa" * 200)])
            made += Person.objects.bulk_create([Person(username="by-command")])
            assert made[3].profile.pk and made[4].profile.pk, "on first use"
            call_command("create_missing_profiles", verbosity=0)
            for user in made:
                client = Client()
                client.force_login(Person.objects.get(pk=user.pk))
                assert client.get("/profile/").status_code == 200, user
                assert Profile.objects.filter(user_id=user.pk).count() == 1, user
            made[0].delete()
            assert Profile.objects.count() == 5
            """,
    }

    def test_a_swapped_user_model(self):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in self.files.items():
                path = Path(directory) / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(dedent(text))
            paths = os.pathsep.join([directory, str(settings.BASE_DIR)])
            environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "swapped_settings", "PYTHONPATH": paths}
            command = [sys.executable, "-B", "-W", "error", "check.py"]
            result = subprocess.run(
                command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60
            )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
