"""Users and profiles in the admin."""

import re

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from listening.muting import sent
from users.events import user_added
from users.models import Interest, Profile
from users.profiles.missing import create_missing
from users.tests.steps import PASSWORD, PageTestCase, form_fields, make_public, make_user, picture, stored_pictures

User = get_user_model()

USERS = reverse("admin:auth_user_changelist")
PROFILES = reverse("admin:users_profile_changelist")
ADD_USER = reverse("admin:auth_user_add")


class AdminTestCase(PageTestCase):
    def setUp(self):
        super().setUp()
        self.before = stored_pictures()
        self.admin = User.objects.create_superuser("root", "root@example.com", PASSWORD)
        self.log_in(self.admin)

    def stored(self):
        return stored_pictures() - self.before

    def names(self, url, **query):
        """Return the user names that a list shows."""
        rows = self.client.get(url, query).context["cl"].result_list
        return [str(row) for row in rows]

    def save(self, url, expected=302, **changes):
        """Open a page of the admin and submit its form with changes."""
        fields = form_fields(self.client.get(url))
        fields = {name: value for name, value in fields.items() if not name.startswith("_")}
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(url, {**fields, **changes})
        self.assertEqual(response.status_code, expected, self.errors(response))
        return response

    def errors(self, response):
        return response.context and [response.context["adminform"].errors, response.context["errors"]]

    def change_url(self, user):
        return reverse("admin:auth_user_change", args=[user.pk])


class ListTests(AdminTestCase):
    def fill(self, count):
        User.objects.bulk_create(
            User(username=f"user{n}", email=f"user{n}@example.com", first_name="A") for n in range(count)
        )
        create_missing(Profile, "default")
        Profile.objects.filter(user__username__startswith="user").update(image="pictures/x.webp", location="Here")

    def statements(self, url):
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(url)
        self.assertEqual(response.status_code, 200)
        return len(queries), len(response.context["cl"].result_list)

    def test_the_lists_ask_the_same_few_questions_for_ten_rows_and_for_a_hundred(self):
        counts = {}
        for size in (10, 99):
            User.objects.exclude(pk=self.admin.pk).delete()
            self.fill(size)
            for url, most in ((USERS, 6), (PROFILES, 5), (f"{USERS}?q=user", 6), (f"{PROFILES}?q=user", 5)):
                statements, rows = self.statements(url)
                self.assertGreaterEqual(rows, size)
                self.assertLessEqual(statements, most, url)
                self.assertEqual(counts.setdefault(url, statements), statements, url)

    def test_a_user_without_a_profile_costs_no_more_and_gets_none_by_being_listed(self):
        before = self.statements(USERS)[0]
        User.objects.bulk_create(User(username=f"bulk{n}") for n in range(20))
        self.assertEqual(self.statements(USERS), (before, 21))
        self.assertFalse(Profile.objects.filter(user__username__startswith="bulk").exists())

    def test_each_row_shows_the_picture(self):
        Profile.objects.filter(user=self.admin).update(image="pictures/mine.webp")
        make_user("ada")
        for url in (USERS, PROFILES):
            response = self.client.get(url)
            self.assertContains(response, 'src="/media/pictures/mine.webp"', count=1)
            self.assertContains(response, "default-picture", count=1)

    def test_users_are_searched_by_name_and_address(self):
        make_user("ada", email="lovelace@example.com")
        make_user("grace")
        for query in ("ADA", "lovelace"):
            self.assertEqual(self.names(USERS, q=query), ["ada"])

    def test_profiles_are_searched_by_user_address_and_location(self):
        profile = make_user("ada", email="lovelace@example.com").profile
        profile.location = "London"
        profile.save()
        make_user("grace")
        for query in ("ADA", "lovelace", "london"):
            self.assertEqual(self.names(PROFILES, q=query), ["ada"])

    def test_filters_narrow_the_lists(self):
        make_public("ada")
        make_user("grace", is_active=False)
        Profile.objects.filter(user__username="grace").update(email_verified_at=timezone.now())
        self.assertEqual(self.names(PROFILES, is_public__exact=1), ["ada"])
        self.assertEqual(self.names(PROFILES, email_verified_at__isempty=0), ["grace"])
        self.assertEqual(self.names(USERS, profile__email_verified_at__isempty=0), ["grace"])
        self.assertEqual(self.names(USERS, is_active__exact=0), ["grace"])

    def test_lists_can_be_ordered_by_each_column(self):
        for url, columns in ((USERS, 7), (PROFILES, 6)):
            for column in range(1, columns + 1):
                self.assertEqual(self.client.get(url, {"o": f"-{column}"}).status_code, 200)

    def test_odd_queries_are_no_server_error(self):
        for query in ("q=%00", "q=%FF", "o=x", "p=-1", "p=x", "is_public__exact=x", "e=1", "all=", "id__in=x", "x=1"):
            for url in (USERS, PROFILES):
                self.assertLess(self.client.get(f"{url}?{query}").status_code, 500, query)


class AddUserTests(AdminTestCase):
    new = {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD}

    def test_a_new_user_gets_the_profile_that_the_signal_makes(self):
        self.save(ADD_USER, **self.new)
        profile = Profile.objects.get(user__username="ada")
        self.assertEqual((profile.name_key, profile.email_key), ("ada", "ada@example.com"))
        self.assertTrue(profile.user.check_password(PASSWORD))

    def test_a_filled_in_inline_fills_in_that_profile(self):
        chess = Interest.objects.create(name="Chess")
        inline = {"bio": "Hello", "website": "example.com", "is_public": "on", "interests": [chess.pk]}
        filled = {f"profile-0-{name}": value for name, value in {**inline, "image": picture()}.items()}
        self.save(ADD_USER, **self.new, **filled)
        profile = Profile.objects.get(user__username="ada")
        self.assertEqual((profile.bio, profile.website), ("Hello", "https://example.com"))
        self.assertEqual((profile.is_public, list(profile.interests.all())), (True, [chess]))
        self.assertEqual((profile.name_key, profile.email_key), ("ada", "ada@example.com"))
        self.assertEqual(self.stored(), {profile.image.name})

    def test_a_bad_picture_in_the_inline_makes_no_user(self):
        no_picture = SimpleUploadedFile("me.png", b"GIF89a no picture", content_type="image/png")
        response = self.save(ADD_USER, 200, **self.new, **{"profile-0-image": no_picture})
        self.assertContains(response, "This is not a picture that can be read.")
        self.assertFalse(User.objects.filter(username="ada").exists())
        self.assertEqual(self.stored(), set())

    def test_names_and_addresses_obey_the_rules_of_the_site(self):
        make_user("Grace")
        for changes, message in (
            ({"username": "GRACE"}, "A user with that username already exists."),
            ({"username": "support"}, "This name is reserved."),
            ({"username": "pаypal"}, "Please use letters of one alphabet only."),
            ({"email": "GRACE@example.com"}, "There is an account with this address already."),
        ):
            self.assertContains(self.save(ADD_USER, 200, **{**self.new, **changes}), message)

    def test_what_the_database_refuses_once_is_saved_with_its_picture_and_announced_once(self):
        refusals = [IntegrityError("somebody was faster, and has gone again")]

        def refuse(instance, **kwargs):
            if instance.image and refusals:
                raise refusals.pop()

        post_save.connect(refuse, sender=Profile)
        self.addCleanup(post_save.disconnect, refuse, sender=Profile)
        with sent(user_added) as calls:
            self.save(ADD_USER, **self.new, **{"profile-0-bio": "Hello", "profile-0-image": picture()})
        profile = Profile.objects.get(user__username="ada")
        self.assertEqual((profile.bio, refusals), ("Hello", []))
        self.assertIn(profile.image.name, self.stored())
        self.assertEqual(len(self.stored()), 2)  # clean_orphan_images finds that of the first try
        self.assertEqual(calls, [(User, {"instance": profile.user, "by": self.admin, "using": "default"})])

    def test_what_the_database_refuses_again_is_an_error(self):
        def refuse(**kwargs):
            raise IntegrityError("for a reason of its own")

        pre_save.connect(refuse, sender=User)
        self.addCleanup(pre_save.disconnect, refuse, sender=User)
        with self.assertRaisesMessage(IntegrityError, "for a reason of its own"):
            self.save(ADD_USER, **self.new)

    def test_an_address_may_be_left_out(self):
        self.save(ADD_USER, **{**self.new, "email": ""})
        self.save(ADD_USER, **{**self.new, "username": "grace", "email": ""})
        self.assertEqual(Profile.objects.filter(user__email="", email_key=None).count(), 2)

    def test_a_user_may_be_added_without_a_password(self):
        self.save(ADD_USER, **{**self.new, "usable_password": "false", "password1": "", "password2": ""})
        self.assertFalse(User.objects.get(username="ada").has_usable_password())


class ChangeUserTests(AdminTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user("ada")
        self.url = self.change_url(self.user)

    def test_user_and_profile_are_changed_on_one_page(self):
        self.save(self.url, first_name="Ada", **{"profile-0-bio": "Hello", "profile-0-image": picture()})
        profile = Profile.objects.select_related("user").get(user=self.user)
        self.assertEqual((profile.user.first_name, profile.bio), ("Ada", "Hello"))
        self.assertEqual(self.stored(), {profile.image.name})

    def test_a_picture_is_replaced_and_cleared_without_leaving_files(self):
        for changes in ({"image": picture()}, {"image": picture(colour="red")}, {"image-clear": "on"}):
            self.save(self.url, **{f"profile-0-{name}": value for name, value in changes.items()})
            name = Profile.objects.get(user=self.user).image.name
            self.assertEqual(self.stored(), {name} if name else set())
        self.assertEqual(name, "")

    def test_a_deleted_inline_takes_its_file_and_the_profile_comes_back_empty(self):
        self.save(self.url, **{"profile-0-bio": "Hello", "profile-0-image": picture()})
        self.save(self.url, **{"profile-0-DELETE": "on"})
        self.assertFalse(Profile.objects.filter(user=self.user).exists())
        self.assertEqual(self.stored(), set())
        self.log_in(self.user)
        self.assertLoggedIn()
        self.assertEqual(Profile.objects.get(user=self.user).bio, "")

    def test_names_and_addresses_obey_the_rules_of_the_site(self):
        make_user("Grace")
        for changes, message in (
            ({"username": "GRACE"}, "A user with that username already exists."),
            ({"username": "support"}, "This name is reserved."),
            ({"email": "GRACE@example.com"}, "There is an account with this address already."),
        ):
            self.assertContains(self.save(self.url, 200, **changes), message)

    def test_a_changed_name_is_the_accounts_alone(self):
        self.save(self.url, username="Augusta", email="Augusta@example.com")
        profile = Profile.objects.get(user=self.user)
        self.assertEqual((profile.name_key, profile.email_key), ("augusta", "augusta@example.com"))

    def test_a_reserved_name_may_be_kept(self):
        self.save(self.change_url(self.admin), first_name="Root")
        self.assertEqual(User.objects.get(username="root").first_name, "Root")

    def test_a_picture_that_can_not_be_read_is_an_error(self):
        no_picture = SimpleUploadedFile("me.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")
        response = self.save(self.url, 200, **{"profile-0-image": no_picture})
        self.assertContains(response, "This is not a picture that can be read.")
        self.assertEqual(self.stored(), set())

    def test_a_deleted_user_takes_profile_and_file_along(self):
        self.save(self.url, **{"profile-0-image": picture()})
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("admin:auth_user_delete", args=[self.user.pk]), {"post": "yes"})
        self.assertEqual((User.objects.get(), Profile.objects.get().user), (self.admin, self.admin))
        self.assertEqual(self.stored(), set())

    def test_deleting_several_users_takes_their_profiles_and_files_along(self):
        for user in (self.user, make_user("grace")):
            self.save(self.change_url(user), **{"profile-0-image": picture()})
        chosen = User.objects.exclude(pk=self.admin.pk).values_list("pk", flat=True)
        data = {"action": "delete_selected", "_selected_action": list(chosen), "post": "yes"}
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(USERS, data)
        self.assertEqual(Profile.objects.get().user, self.admin)
        self.assertEqual(self.stored(), set())

    def test_the_page_shows_no_hash(self):
        response = self.client.get(self.url)
        self.assertNotContains(response, self.user.password)
        self.assertNotContains(response, self.user.password.rpartition("$")[2])


class ProfilePageTests(AdminTestCase):
    def setUp(self):
        super().setUp()
        self.profile = make_user("ada").profile
        self.url = reverse("admin:users_profile_change", args=[self.profile.pk])

    def test_a_profile_is_changed(self):
        self.save(self.url, bio="Hello", location="London", website="example.com", image=picture())
        profile = Profile.objects.get(pk=self.profile.pk)
        self.assertEqual((profile.bio, profile.location, profile.website), ("Hello", "London", "https://example.com"))
        self.assertEqual(self.stored(), {profile.image.name})

    def test_a_picture_that_can_not_be_read_is_an_error(self):
        no_picture = SimpleUploadedFile("me.png", b"no picture", content_type="image/png")
        self.assertContains(self.save(self.url, 200, image=no_picture), "This is not a picture that can be read.")

    def test_a_website_that_is_none_is_an_error(self):
        self.assertContains(self.save(self.url, 200, website="javascript:alert(1)"), "Enter a valid URL.")

    def test_a_second_profile_for_a_user_is_an_error(self):
        url = reverse("admin:users_profile_add")
        response = self.save(url, 200, user=self.profile.user_id)
        self.assertContains(response, "Profile with this User already exists.")
        self.assertEqual(Profile.objects.filter(user=self.profile.user).count(), 1)

    def test_the_users_to_choose_from_are_searched(self):
        query = {"app_label": "users", "model_name": "profile", "field_name": "user", "term": "AD"}
        response = self.client.get(reverse("admin:autocomplete"), query)
        self.assertEqual(response.json()["results"], [{"id": str(self.profile.user_id), "text": "ada"}])


class ActionTests(AdminTestCase):
    def run_action(self, users):
        data = {"action": "create_missing_profiles", "_selected_action": [user.pk for user in users]}
        response = self.client.post(USERS, data, follow=True)
        return [str(message) for message in response.context["messages"]]

    def test_missing_profiles_of_the_chosen_users_are_made(self):
        made = User.objects.bulk_create(User(username=f"bulk{n}") for n in range(3))
        users = User.objects.filter(pk__in=[user.pk for user in made]).order_by("pk")
        Profile.objects.all().delete()
        self.assertEqual(self.run_action(users[:2]), ["2 profiles were created."])
        self.assertEqual(set(Profile.objects.values_list("user", flat=True)), {user.pk for user in users[:2]})
        self.assertEqual(self.run_action(users), ["1 profile was created."])
        self.assertEqual(self.run_action(users), ["0 profiles were created."])

    def test_it_is_for_those_who_may_add_users(self):
        staff = make_user("staff", is_staff=True)
        staff.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
        self.log_in(staff)
        Profile.objects.filter(user=self.admin).delete()
        self.run_action([self.admin])
        self.assertFalse(Profile.objects.filter(user=self.admin).exists())


class AccessTests(AdminTestCase):
    methods = ("get", "post", "head")  # to the others each page answers 405, whoever asks

    def urls(self):
        profile = self.admin.profile
        yield from (USERS, PROFILES, ADD_USER, reverse("admin:index"), self.change_url(self.admin))
        yield from (reverse("admin:auth_user_delete", args=[self.admin.pk]), reverse("admin:users_interest_add"))
        yield reverse("admin:auth_user_password_change", args=[self.admin.pk])
        yield reverse("admin:users_profile_change", args=[profile.pk])
        yield reverse("admin:users_profile_delete", args=[profile.pk])
        yield from (reverse("admin:autocomplete"), "/admin/nothing/here/")

    def assertTurnedAway(self):
        for url in self.urls():
            for method in self.methods:
                with self.subTest(url=url, method=method):
                    data = {"post": "yes", "action": "delete_selected", "_selected_action": [self.admin.pk]}
                    response = getattr(self.client, method)(url, data)
                    self.assertEqual(response.status_code, 302)
                    self.assertTrue(re.match(r"/admin/login/\?next=", response.url), response.url)
        self.assertTrue(User.objects.filter(pk=self.admin.pk, profile__isnull=False).exists())

    def test_visitors_are_turned_away(self):
        self.client.logout()
        self.assertTurnedAway()

    def test_people_who_are_not_staff_are_turned_away(self):
        self.log_in(make_user("ada"))
        self.assertTurnedAway()

    def test_whoever_loses_staff_is_turned_away_at_once(self):
        staff = make_user("ada", is_staff=True, is_superuser=True)
        self.log_in(staff)
        self.assertEqual(self.client.get(USERS).status_code, 200)
        User.objects.filter(pk=staff.pk).update(is_staff=False)
        self.assertTurnedAway()

    def test_staff_without_permission_see_and_change_nothing(self):
        self.log_in(make_user("ada", is_staff=True))
        for url in (USERS, PROFILES, ADD_USER, self.change_url(self.admin)):
            self.assertEqual(self.client.get(url).status_code, 403)
            self.assertEqual(self.client.post(url, {"is_superuser": "on"}).status_code, 403)
