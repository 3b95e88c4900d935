"""What the forms accept, and which columns they write."""

import re

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import RequestFactory, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from users import forms, passwords
from users.admin import UserChangeForm, UserCreationForm
from users.models import Interest, Profile
from users.tests.steps import (
    PASSWORD,
    PageTestCase,
    form_fields,
    make_user,
    picture,
    profile_data,
    registration,
    stored_pictures,
)

User = get_user_model()


def register(username="ada", **changes):
    """Return a registration form; ``email`` follows the name unless given."""
    return forms.UserRegisterForm(
        registration(**{"username": username, "email": f"{len(username)}@example.com", **changes})
    )


def errors(form, field):
    """Return the codes of a field's errors."""
    return [error.code for error in form.errors.as_data().get(field, [])]


class OneAccountMixin:
    """A name and an address belong to one account: the same story for each form that takes them."""

    def form(self, **changes):
        """Return a form for somebody else's account, filled in with names that are free but for the changes."""
        raise NotImplementedError

    def assertTaken(self, field, *values):
        for value in values:
            with self.subTest(value):
                self.assertEqual(errors(self.form(**{field: value}), field), ["unique"])

    def assertFree(self, field, *values):
        for value in values:
            with self.subTest(value):
                self.assertEqual(dict(self.form(**{field: value}).errors), {})

    def test_the_name_of_a_registered_user_is_taken_in_every_spelling(self):
        self.assertTrue(forms.save_together(register("Straße", email="a@example.com")))
        self.assertTaken("username", "Straße", "straße", "STRASSE", "ｓtrasse")
        self.assertFree("username", "strase", "straße2")

    def test_the_name_of_a_user_whom_no_form_made_is_taken_in_every_spelling(self):
        for name in ("Ärger", "ΣΟΦΟΣ", "Straße", "king"):
            make_user(name, email="")
        self.assertTaken("username", "ärger", "ÄRGER", "A\N{COMBINING DIAERESIS}rger")
        self.assertTaken("username", "σοφος", "σοφοσ", "strasse", "\N{KELVIN SIGN}ing", "KING")

    def test_the_name_of_a_user_without_profile_is_taken(self):
        User.objects.bulk_create([User(username="Ärger"), User(username="Ada", email="Ada@example.com")])
        self.assertFalse(Profile.objects.filter(user__username__in=["Ada", "Ärger"]).exists())
        self.assertTaken("username", "ada", "ADA", "ａｄａ", "ärger")
        self.assertTaken("email", "ada@EXAMPLE.com")

    def test_the_name_of_a_user_renamed_past_the_signals_is_taken(self):
        make_user("before", email="before@example.com")
        User.objects.filter(username="before").update(username="Äfter", email="After@example.com")
        self.assertTaken("username", "äfter", "ÄFTER")
        self.assertTaken("email", "AFTER@example.com")

    def test_an_address_is_taken_in_every_spelling(self):
        self.assertTrue(forms.save_together(register("ada", email="Ada@münchen.example")))
        self.assertTaken("email", "ada@MÜNCHEN.example", "ADA@xn--mnchen-3ya.example")
        self.assertTaken("email", "ada@mün\N{ZERO WIDTH SPACE}chen.example")
        self.assertFree("email", "ada@munchen.example")

    def test_names_with_something_invisible_are_refused(self):
        make_user("ada", email="")
        for invisible in "\u200b\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0":
            with self.subTest(repr(invisible)):
                self.assertTrue(errors(self.form(username=f"ada{invisible}"), "username"))

    def test_names_that_are_reserved_or_mix_scripts_are_refused(self):
        self.assertEqual(errors(self.form(username="Support"), "username"), ["reserved"])
        self.assertEqual(errors(self.form(username="pаypal"), "username"), ["mixed_scripts"])

    def test_addresses_that_can_not_be_encoded_are_refused(self):
        for address in ("ä@example.com", "\N{KELVIN SIGN}@example.com", f"a@{'ä' * 60}.example", "a", "a@b@c"):
            with self.subTest(address):
                self.assertEqual(errors(self.form(email=address), "email")[:1], ["invalid"])

    def test_the_check_is_one_query(self):
        form = self.form(username="somebody", email="somebody@example.com")
        self.assertTrue(form.is_valid(), form.errors)
        with self.assertNumQueries(1):
            form.validate_unique()


class RegisterFormTests(OneAccountMixin, TestCase):
    def form(self, **changes):
        return forms.UserRegisterForm(
            registration(**{"username": "newcomer", "email": "newcomer@example.com", **changes})
        )

    def test_an_address_is_required(self):
        self.assertEqual(errors(self.form(email=""), "email"), ["required"])

    def test_fields_that_are_not_the_forms_change_nothing(self):
        extra = {"is_staff": "on", "is_superuser": "on", "pk": "7", "id": "7", "is_active": "", "last_login": "x"}
        extra |= {"name_key": "x", "user": "7", "groups": "1", "date_joined": "2000-01-01"}
        form = self.form(**extra)
        self.assertTrue(forms.save_together(form), form.errors)
        user = User.objects.get(username="newcomer")
        self.assertEqual((user.is_staff, user.is_superuser, user.is_active), (False, False, True))
        self.assertEqual((user.profile.name_key, user.groups.count()), ("newcomer", 0))
        self.assertNotEqual(user.date_joined.year, 2000)
        self.assertTrue(user.check_password(PASSWORD))

    def test_a_name_taken_since_the_check_is_an_error_of_the_form(self):
        for taken in ("Newcomer", "ｎewcomer", "newcomer"):
            with self.subTest(taken), transaction.atomic():
                form = self.form(email="late@example.com")
                self.assertTrue(form.is_valid())
                self.assertTrue(forms.save_together(self.form(username=taken)))
                self.assertIs(forms.save_together(form), False)
                self.assertEqual(errors(form, "username"), ["unique"])
                self.assertFalse(User.objects.filter(email="late@example.com").exists())
                transaction.set_rollback(True)

    def test_an_address_taken_since_the_check_is_an_error_of_the_form(self):
        form = self.form(email="a@example.com")
        self.assertTrue(form.is_valid())
        self.assertTrue(forms.save_together(self.form(username="first", email="A@example.com")))
        self.assertIs(forms.save_together(form), False)
        self.assertEqual(errors(form, "email"), ["unique"])
        self.assertFalse(User.objects.filter(username="newcomer").exists())

    def test_an_error_that_is_no_name_taken_stays_an_error(self):
        form = self.form()
        form.instance.date_joined = None
        with self.assertRaises(Exception) as caught:
            forms.save_together(form)
        self.assertIn("date_joined", str(caught.exception))


class PasswordRuleTests(TestCase):
    def codes(self, password, username="ada"):
        form = register(username, password=password)
        self.assertEqual(errors(form, "password2"), [])
        return errors(form, "password1")

    def test_short_common_and_numeric_passwords_and_the_users_name_are_refused(self):
        self.assertEqual(self.codes("aB3-xyz"), ["password_too_short"])
        self.assertEqual(self.codes("password1"), ["password_too_common"])
        self.assertIn("password_entirely_numeric", self.codes("830482991734"))
        self.assertEqual(self.codes("grace.hopper1", "grace.hopper"), ["password_too_similar"])

    def test_a_mismatch_belongs_to_the_confirmation_and_a_rule_to_the_password(self):
        form = register(password1="password1", password2="another-horse-8")
        self.assertEqual(errors(form, "password1"), ["password_too_common"])
        self.assertEqual(errors(form, "password2"), ["password_mismatch"])
        data = {"old_password": PASSWORD, "new_password1": "password1", "new_password2": "password1"}
        request = RequestFactory().post("/")
        for form in (
            passwords.SetPasswordForm(make_user(), data),
            passwords.PasswordChangeForm(User.objects.get(), data, request=request),
        ):
            self.assertEqual(errors(form, "new_password1"), ["password_too_common"])
            self.assertEqual(errors(form, "new_password2"), [])

    def test_passwords_may_be_long_and_hold_any_characters(self):
        for password in (
            "aB3-xyzw",
            "x1" * 64,
            "correct horse battery",
            "пароль-дома",
            "🔑🔒🗝️-key",
            "a" * 2000 + "b9",
        ):
            with self.subTest(password[:30]):
                self.assertEqual(self.codes(password), [])

    def test_a_password_is_taken_verbatim(self):
        password = "  \ufb01rst Horse \t"
        self.assertTrue(forms.save_together(register(password=password)))
        user = User.objects.get(username="ada")
        self.assertTrue(user.check_password(password))
        for other in (password.strip(), password.lower(), password.replace("\ufb01", "fi")):
            self.assertFalse(user.check_password(other))


class WatchfulHasher(MD5PasswordHasher):
    """A hasher that notes whether it was called inside a transaction."""

    algorithm = "watchful"
    in_transaction = []

    def encode(self, password, salt):
        self.in_transaction.append(connection.in_atomic_block)
        return super().encode(password, salt)


class HashingTests(TransactionTestCase):
    @override_settings(PASSWORD_HASHERS=[f"{__name__}.WatchfulHasher"])
    def test_the_password_is_hashed_before_the_transaction_begins(self):
        WatchfulHasher.in_transaction.clear()
        form = register()
        self.assertTrue(form.is_valid() and forms.save_together(form))
        self.assertEqual(WatchfulHasher.in_transaction, [False])
        self.assertTrue(User.objects.get().check_password(PASSWORD))


class UserUpdateFormTests(OneAccountMixin, TestCase):
    def setUp(self):
        self.user = make_user("myself", email="myself@example.com")

    def form(self, **changes):
        data = {"username": "myself", "email": "myself@example.com", "first_name": "", "last_name": "", **changes}
        return forms.UserUpdateForm(data, instance=User.objects.get(pk=self.user.pk))

    def test_an_address_is_required(self):
        self.assertEqual(errors(self.form(email=""), "email"), ["required"])

    def test_ones_own_name_and_address_are_free_in_another_spelling(self):
        form = self.form(username="MYSELF", email="MySelf@example.com")
        self.assertTrue(forms.save_together(form), form.errors)
        self.user.refresh_from_db()
        self.assertEqual((self.user.username, self.user.email), ("MYSELF", "MySelf@example.com"))

    def test_a_name_that_no_form_would_accept_today_may_be_kept(self):
        for name in ("admin", "pаypal", "ada lovelace", "<b>", "ada\N{HANGUL JUNGSEONG FILLER}"):
            with self.subTest(name):
                User.objects.filter(pk=self.user.pk).update(username=name)
                form = self.form(username=name, first_name="Ada")
                self.assertTrue(forms.save_together(form), form.errors)
                self.user.refresh_from_db()
                self.assertEqual((self.user.username, self.user.first_name), (name, "Ada"))
                User.objects.filter(pk=self.user.pk).update(first_name="")

    def test_an_address_that_two_old_accounts_share_may_be_kept(self):
        make_user("twin", email="MYSELF@example.com")
        form = self.form(first_name="Ada")
        self.assertTrue(forms.save_together(form), form.errors)

    def test_a_name_taken_since_the_check_is_an_error_of_the_form(self):
        form = self.form(username="wanted", first_name="Ada")
        self.assertTrue(form.is_valid())
        self.assertTrue(forms.save_together(register("Wanted", email="w@example.com")))
        self.assertIs(forms.save_together(form), False)
        self.assertEqual(errors(form, "username"), ["unique"])
        self.user.refresh_from_db()
        self.assertEqual((self.user.username, self.user.first_name), ("myself", ""))


class AdminChangeFormTests(OneAccountMixin, TestCase):
    def setUp(self):
        self.user = make_user("myself", email="myself@example.com")

    def form(self, **changes):
        user = User.objects.get(pk=self.user.pk)
        data = {"username": user.username, "email": user.email, "is_active": "on"}
        data |= {"date_joined_0": "2020-01-01", "date_joined": "2020-01-01 10:00", **changes}
        return UserChangeForm(data, instance=user)

    def test_a_reserved_name_may_be_kept(self):
        User.objects.filter(pk=self.user.pk).update(username="admin")
        self.assertFree("first_name", "Ada")

    def test_an_address_is_not_required(self):
        self.assertFree("email", "")


class AdminCreationFormTests(OneAccountMixin, TestCase):
    def form(self, **changes):
        data = {"username": "newcomer", "email": "newcomer@example.com", "usable_password": "true"}
        # The fields are those of the add page.
        fields = {"email": User._meta.get_field("email").formfield(required=False)}
        form = type("AddForm", (UserCreationForm,), fields)
        return form({**data, "password1": PASSWORD, "password2": PASSWORD, **changes})


class ChangedColumnsTests(PageTestCase):
    """The profile page writes what the person changed, and nothing else."""

    def setUp(self):
        super().setUp()
        self.user = make_user(first_name="Ada", is_staff=True)
        self.log_in(self.user)

    def forms(self, **changes):
        """Return the page's two forms, made before whatever the test does next."""
        user = User.objects.get(pk=self.user.pk)
        data = profile_data(user, **changes)
        both = forms.UserUpdateForm(data, instance=user), forms.ProfileUpdateForm(data, {}, instance=user.profile)
        self.assertTrue(all(form.is_valid() for form in both), [form.errors for form in both])
        return both

    def test_nothing_changed_writes_nothing(self):
        both = self.forms()
        with self.assertNumQueries(0):
            for form in both:
                form.save()

    def test_only_the_changed_columns_are_written(self):
        for changes, table, columns in (
            ({"first_name": "Augusta"}, "auth_user", {"first_name"}),
            ({"bio": "Hello", "is_public": "on"}, "users_profile", {"bio", "is_public", "updated_at"}),
        ):
            with self.subTest(changes), CaptureQueriesContext(connection) as queries:
                self.assertTrue(forms.save_together(*self.forms(**changes)))
            updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
            self.assertEqual(len(updates), 1)
            self.assertIn(f'"{table}"', updates[0])
            self.assertEqual(set(re.findall(r'"(\w+)" = ', updates[0].split(" WHERE ")[0])), columns)

    def test_what_others_change_meanwhile_survives(self):
        both = self.forms(last_name="Lovelace", bio="Hello")
        other = User.objects.get(pk=self.user.pk)
        other.set_password("a-new-password-9")
        other.is_active = other.is_staff = False
        other.first_name = "Augusta"
        other.save()
        Profile.objects.filter(user=other).update(location="London", is_public=True)
        self.assertTrue(forms.save_together(*both))
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password("a-new-password-9"))
        self.assertEqual((self.user.is_active, self.user.is_staff), (False, False))
        self.assertEqual((self.user.first_name, self.user.last_name), ("Augusta", "Lovelace"))
        profile = Profile.objects.get(user=other)
        self.assertEqual((profile.location, profile.is_public, profile.bio), ("London", True, "Hello"))

    def test_fields_that_are_not_the_forms_change_nothing(self):
        mallory = make_user("mallory")
        before = User.objects.filter(pk=self.user.pk).values().get()
        owner = Profile.objects.filter(user=self.user).values("id", "user_id", "name_key", "created_at").get()
        extra = {"is_superuser": "on", "is_staff": "", "is_active": "", "id": mallory.pk, "pk": mallory.pk}
        extra |= {"user": mallory.pk, "user_id": mallory.pk, "name_key": "x", "email_key": "x", "password": "x"}
        extra |= {"email_verified_at": "2020-01-01", "created_at": "2020-01-01", "groups": "1", "instance": "1"}
        response = self.post_profile(self.user, bio="changed", **extra)
        self.assertRedirects(response, reverse("profile"))
        self.assertEqual(User.objects.filter(pk=self.user.pk).values().get(), before)
        profile = Profile.objects.get(user=self.user)
        self.assertEqual((profile.bio, profile.email_verified_at), ("changed", None))
        self.assertEqual({name: getattr(profile, name) for name in owner}, owner)
        self.assertEqual(Profile.objects.get(user=mallory).bio, "")


class StalePageTests(PageTestCase):
    """A page that was left open while another tab saved."""

    def setUp(self):
        super().setUp()
        self.chess, self.music = (Interest.objects.create(name=name) for name in ("Chess", "Music"))
        self.user = make_user(first_name="Ada")
        self.user.profile.bio, self.user.profile.is_public = "Old\nlines", True
        self.user.profile.save()
        self.user.profile.interests.set([self.chess])
        self.log_in(self.user)
        self.opened = form_fields(self.client.get(reverse("profile")))
        self.other_tab = {"first_name": "Augusta", "bio": "New", "location": "London", "is_public": None}
        self.post_profile(self.user, **self.other_tab, interests=[self.music.pk])

    def submit(self, expected=302, **changes):
        sent = {**self.opened, **changes}
        response = self.client.post(reverse("profile"), {k: v for k, v in sent.items() if v is not None})
        self.assertEqual(response.status_code, expected)
        self.user = User.objects.get(pk=self.user.pk)
        return response

    def values(self):
        profile = self.user.profile
        chosen = [interest.name for interest in profile.interests.all()]
        return self.user.first_name, profile.bio, profile.location, profile.is_public, chosen

    def test_untouched_fields_put_nothing_back(self):
        self.submit()
        self.assertEqual(self.values(), ("Augusta", "New", "London", False, ["Music"]))

    def test_touched_fields_are_saved(self):
        self.submit(last_name="Lovelace", website="https://example.com/")
        self.assertEqual(self.values(), ("Augusta", "New", "London", False, ["Music"]))
        self.assertEqual((self.user.last_name, self.user.profile.website), ("Lovelace", "https://example.com/"))

    def test_a_field_that_both_have_touched_is_an_error_that_shows_both(self):
        typed = {"bio": "Mine", "last_name": "Lovelace", "interests": [self.chess.pk, self.music.pk]}
        refused = self.submit(200, **typed)
        self.assertEqual(self.values(), ("Augusta", "New", "London", False, ["Music"]))
        errors = refused.context["profile_form"].errors
        words = "Meanwhile this was changed elsewhere, to “%s”. Save again to replace that by yours."
        self.assertEqual(errors, {"bio": [words % "New"], "interests": [words % "Music"]})
        self.assertEqual(refused.context["user_form"].errors, {})
        self.assertContains(refused, ">\nMine</textarea>")

    def test_whoever_saves_again_replaces_it(self):
        typed = {"bio": "Mine", "last_name": "Lovelace", "interests": [self.chess.pk, self.music.pk]}
        self.opened = form_fields(self.submit(200, **typed))
        self.submit()
        self.assertEqual(self.values(), ("Augusta", "Mine", "London", False, ["Chess", "Music"]))
        self.assertEqual(self.user.last_name, "Lovelace")

    def test_a_third_change_is_told_too(self):
        self.opened = form_fields(self.submit(200, bio="Mine"))
        Profile.objects.filter(user=self.user).update(bio="Newer")
        self.assertContains(self.submit(200), "to “Newer”")

    def test_what_both_have_changed_alike_is_no_conflict(self):
        self.submit(bio="New", location="London", first_name="Augusta")

    def test_what_was_emptied_elsewhere_is_told(self):
        Profile.objects.filter(user=self.user).update(bio="")
        self.assertContains(self.submit(200, bio="Mine"), "this was emptied elsewhere")

    def test_a_field_can_be_set_back_by_hand(self):
        fresh = form_fields(self.client.get(reverse("profile")))
        self.client.post(reverse("profile"), {**fresh, "bio": "Old\r\nlines", "is_public": "on"})
        self.user = User.objects.get(pk=self.user.pk)
        self.assertEqual(self.values()[1:4], ("Old\nlines", "London", True))

    def test_a_rejected_page_stays_as_old_as_it_was(self):
        rejected = self.submit(200, website="no address", last_name="Lovelace")
        self.opened = form_fields(rejected)
        self.assertEqual((self.opened["last_name"], self.opened["bio"]), ("Lovelace", "Old\r\nlines"))
        self.submit(website="")
        self.assertEqual(self.values(), ("Augusta", "New", "London", False, ["Music"]))
        self.assertEqual(self.user.last_name, "Lovelace")

    def test_without_the_signed_fields_the_stored_row_is_compared_with(self):
        for token in (None, "", "forged", self.opened["profile_seen"][:-1]):
            with self.subTest(token):
                Profile.objects.filter(user=self.user).update(bio="New")
                self.submit(user_seen=token, profile_seen=token)
                self.assertEqual(self.user.first_name, "Ada")
                self.assertEqual(self.user.profile.bio, "Old\nlines")

    def test_without_the_signed_fields_a_rejected_page_keeps_what_was_typed(self):
        rejected = self.submit(200, user_seen=None, profile_seen=None, website="no address", bio="Typed")
        self.opened = form_fields(rejected)
        self.post_profile(self.user, last_name="King")
        self.submit(website="")
        self.assertEqual((self.user.profile.bio, self.user.last_name), ("Typed", "King"))

    def test_the_signed_field_of_another_account_means_nothing(self):
        other = make_user("grace", first_name="Ada")
        self.log_in(other)
        self.client.post(reverse("profile"), {**self.opened, "username": "grace", "email": "grace@example.com"})
        self.assertEqual(Profile.objects.get(user=other).bio, "Old\nlines")


class LinesTests(TestCase):
    def form(self, bio, stored=""):
        profile = make_user(f"u{User.objects.count()}").profile
        profile.bio = stored
        data = {"bio": bio, "location": "", "website": ""}
        return forms.ProfileUpdateForm(data, instance=profile)

    def test_a_line_end_counts_as_one_character_as_in_the_browser(self):
        form = self.form("x\r\n" * 500)
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual(form.cleaned_data["bio"].count("\n"), 499)  # white space around the text is dropped
        self.assertNotIn("\r", form.cleaned_data["bio"])
        self.assertEqual(errors(self.form("x" * 1001), "bio"), ["max_length"])

    def test_line_ends_that_the_browser_sends_in_its_way_are_no_change(self):
        for stored in ("two\nlines", "two\r\nlines"):
            self.assertEqual(self.form("two\r\nlines", stored).changed_data, [])
        self.assertEqual(self.form("two\r\nlines", "two lines").changed_data, ["bio"])


class WebsiteTests(TestCase):
    def form(self, website, stored=""):
        profile = make_user(f"u{User.objects.count()}").profile
        profile.website = stored
        return forms.ProfileUpdateForm({"bio": "", "location": "", "website": website}, instance=profile)

    def test_only_what_a_page_links_to_is_taken(self):
        for website in ("http://example.com", "HTTPS://example.com/x", "example.com", ""):
            self.assertEqual(errors(self.form(website), "website"), [], website)
        for website in ("ftp://example.com", "FTPS://example.com/x"):
            self.assertEqual(errors(self.form(website), "website"), ["scheme"], website)
        self.assertEqual(errors(self.form("javascript:alert(1)"), "website"), ["invalid"])

    def test_an_older_one_may_be_kept(self):
        form = self.form("ftp://example.com", stored="ftp://example.com")
        self.assertTrue(form.is_valid(), form.errors)


class PictureFormTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.before = stored_pictures()
        self.user = make_user()
        self.log_in(self.user)

    def stored(self):
        return stored_pictures() - self.before

    def test_a_rejected_form_stores_nothing_and_keeps_the_old_picture(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.post_profile(self.user, image=picture())
        kept = Profile.objects.get(user=self.user).image.name
        for changes in (
            {"image": picture(colour="red"), "username": "admin"},
            {"image": picture(colour="red"), "website": "no address"},
            {"image": SimpleUploadedFile("me.png", b"no picture", content_type="image/png")},
            {"image": picture(), "image-clear": "on"},
        ):
            with self.subTest(changes):
                self.assertEqual(self.post_profile(User.objects.get(), **changes).status_code, 200)
                self.assertEqual(Profile.objects.get(user=self.user).image.name, kept)
                self.assertEqual(self.stored(), {kept})

    def test_a_file_name_that_no_storage_can_hold_is_an_error(self):
        profile = self.user.profile
        data = {"bio": "", "location": "", "website": ""}
        for name in ("ä" * 200 + ".png", "a\x01.png"):
            form = forms.ProfileUpdateForm(data, {"image": picture(name)}, instance=profile)
            self.assertEqual(errors(form, "image"), ["name"])

    def test_a_name_taken_since_the_check_leaves_no_file(self):
        user = User.objects.get()
        data = profile_data(user, username="wanted")
        both = (
            forms.UserUpdateForm(data, instance=user),
            forms.ProfileUpdateForm(data, {"image": picture()}, instance=user.profile),
        )
        self.assertTrue(all(form.is_valid() for form in both))
        self.assertTrue(forms.save_together(register("WANTED", email="w@example.com")))
        self.assertIs(forms.save_together(*both), False)
        self.assertEqual(self.stored(), set())


class PasswordFormTests(TestCase):
    def test_only_the_password_is_written(self):
        for make in (
            lambda user, data: passwords.SetPasswordForm(user, data),
            lambda user, data: passwords.PasswordChangeForm(
                user, {**data, "old_password": PASSWORD}, request=RequestFactory().post("/")
            ),
        ):
            User.objects.all().delete()
            user = make_user(is_staff=True)
            form = make(user, {"new_password1": "another-horse-8", "new_password2": "another-horse-8"})
            with self.subTest(form):
                self.assertTrue(form.is_valid(), form.errors)
                User.objects.update(is_staff=False, is_active=False, email="new@example.com")
                form.save()
                stored = User.objects.get()
                self.assertTrue(stored.check_password("another-horse-8"))
                self.assertEqual((stored.is_staff, stored.is_active, stored.email), (False, False, "new@example.com"))


class ClaimTests(TestCase):
    def test_code_that_saves_users_by_itself_is_never_refused(self):
        self.assertTrue(forms.save_together(register("ada", email="ada@example.com")))
        twin = make_user("ADA", email="ADA@example.com")
        twin.email = "ada@example.com"
        twin.save()
        self.assertEqual(Profile.objects.filter(user=twin).count(), 1)

    def test_a_form_takes_the_name_for_its_account_alone(self):
        form = register("Ada", email="Ada@example.com")
        self.assertTrue(forms.save_together(form))
        profile = Profile.objects.get(user__username="Ada")
        self.assertEqual((profile.name_key, profile.email_key), ("ada", "ada@example.com"))
        with self.assertRaisesMessage(Exception, "name_key"), transaction.atomic():
            Profile.objects.claim(make_user("aDA", email="x@example.com"))
