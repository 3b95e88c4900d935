"""The story of each page: what a person does, sees and gets."""

import re
import tempfile
import time
from unittest import mock

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening.announcing import announcing
from listening.muting import muted, sent
from userprofile_project.mailers import mail_settings
from users.events import verification_requested
from users.models import AccountSession, Interest, Profile
from users.resets import ResetMails
from users.tests.steps import (
    PASSWORD,
    PageTestCase,
    form_fields,
    make_public,
    make_user,
    picture,
    profile_data,
    registration,
    stored_pictures,
)
from users.throttle import MAIL_LIMIT

User = get_user_model()

NEW_PASSWORD = "another-horse-8"

DELIVERY = apps.is_installed("delivery")  # or what fails is told by Django

ABROAD = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "https:evil.example",
    "http://testserver@evil.example/",
)


def told(response):
    """Return the messages that wait for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


class HomeTests(PageTestCase):
    def test_a_visitor_is_offered_to_register_and_to_log_in(self):
        response = self.client.get(reverse("home"))
        self.assertContains(response, f'href="{reverse("register")}"')
        self.assertContains(response, f'href="{reverse("login")}"')

    def test_in_development_it_tells_where_the_logins_of_the_demo_people_are(self):
        words = "prints the logins of the demo people, and adds those who are missing"
        self.assertNotContains(self.client.get(reverse("home")), words)
        with self.settings(DEBUG=True):
            self.assertContains(self.client.get(reverse("home")), words)

    def test_the_owner_of_an_account_is_offered_the_profile(self):
        self.log_in(make_user())
        self.assertContains(self.client.get(reverse("home")), f'href="{reverse("profile")}"')

    def test_it_only_answers_to_reading(self):
        for page in (reverse("home"), reverse("people"), reverse("person", args=["ada"])):
            self.assertEqual(self.client.post(page).status_code, 405)


class RegisterTests(PageTestCase):
    def test_registering_makes_an_account_logs_in_and_shows_the_profile(self):
        response = self.client.post(reverse("register"), registration())
        self.assertRedirects(response, reverse("profile"), fetch_redirect_response=False)
        self.assertContains(self.client.get(reverse("profile")), "Welcome, ada! Your profile was created.")
        user = User.objects.get()
        self.assertTrue(user.check_password(PASSWORD))
        self.assertEqual((user.username, user.email), ("ada", "ada@example.com"))
        self.assertEqual(Profile.objects.filter(user=user).count(), 1)
        self.assertEqual(self.client.session["_auth_user_id"], str(user.pk))

    def test_a_rejected_form_makes_nothing_and_shows_what_was_typed(self):
        response = self.client.post(reverse("register"), registration(username="admin", email="ada@example"))
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "This name is reserved.")
        fields = form_fields(response)
        self.assertEqual((fields["username"], fields["email"]), ("admin", "ada@example"))
        self.assertEqual((fields["password1"], fields["password2"]), ("", ""))
        self.assertFalse(User.objects.exists())
        self.assertNotContains(response, PASSWORD)
        self.assertLoggedOut()

    def test_whoever_is_logged_in_goes_on_to_the_profile(self):
        self.log_in(make_user())
        for response in (
            self.client.get(reverse("register")),
            self.client.post(reverse("register"), registration(username="second", email="second@example.com")),
        ):
            self.assertRedirects(response, reverse("profile"))
        self.assertEqual(User.objects.count(), 1)

    def test_the_first_field_has_the_focus_until_an_error_has_it(self):
        self.assertContains(self.client.get(reverse("register")), "autofocus", count=1)
        refused = self.client.post(reverse("register"), registration(username="admin"))
        self.assertContains(refused, "autofocus", count=1)
        self.assertRegex(refused.text, r'error-summary"[^>]* autofocus')


class LogoutMessageTests(PageTestCase):
    def test_a_logout_is_told(self):
        self.log_in(make_user())
        self.assertContains(self.client.post(reverse("logout"), follow=True), "You are logged out.")

    def test_whoever_was_not_logged_in_is_told_nothing(self):
        self.assertNotContains(self.client.post(reverse("logout"), follow=True), "You are logged out.")


class LoginTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user()

    def test_logging_in_leads_to_the_profile(self):
        self.assertRedirects(self.post_login(), reverse("profile"))

    def test_logging_in_leads_back_to_the_page_that_asked(self):
        asked = self.client.get(reverse("password_change"))
        page = self.client.get(asked.url)
        response = self.client.post(asked.url, {**form_fields(page), "username": "ada", "password": PASSWORD})
        self.assertRedirects(response, reverse("password_change"))

    def test_a_wrong_password_logs_nobody_in(self):
        response = self.post_login(password="wrong")
        self.assertContains(response, "Please enter a correct username and password.")
        self.assertNotIn("sessionid", response.cookies)
        self.assertLoggedOut()

    def test_logging_out_leads_home(self):
        self.log_in(self.user)
        self.assertEqual(self.client.get(reverse("logout")).status_code, 405)
        self.assertLoggedIn()
        self.assertRedirects(self.client.post(reverse("logout")), reverse("home"))
        self.assertLoggedOut()


class NextTests(PageTestCase):
    """``next`` leads to pages of this site only."""

    def setUp(self):
        super().setUp()
        self.user = make_user()

    def test_a_login_never_leads_off_the_site(self):
        for url in ABROAD:
            with self.subTest(url):
                self.assertEqual(
                    self.client.post(reverse("login"), {**self.credentials(), "next": url}).url, "/profile/"
                )
                self.client.logout()
                response = self.client.post(reverse("login", query={"next": url}), self.credentials())
                self.assertEqual(response.url, "/profile/")
                self.client.logout()

    def test_a_login_page_carries_no_link_off_the_site(self):
        for url in ABROAD:
            with self.subTest(url):
                self.assertNotIn("next", form_fields(self.client.get(reverse("login"), {"next": url})))
        self.assertEqual(form_fields(self.client.get(reverse("login"), {"next": "/people/"}))["next"], "/people/")

    def test_whoever_is_logged_in_is_not_led_off_the_site(self):
        self.log_in(self.user)
        for url in ABROAD:
            with self.subTest(url):
                self.assertEqual(self.client.get(reverse("login"), {"next": url}).url, "/profile/")
        self.assertEqual(self.client.get(reverse("login"), {"next": "/people/"}).url, "/people/")

    def test_a_logout_never_leads_off_the_site(self):
        for url in ABROAD:
            with self.subTest(url):
                self.log_in(self.user)
                self.assertEqual(self.client.post(reverse("logout"), {"next": url}).url, "/")
                self.log_in(self.user)
                self.assertEqual(self.client.post(reverse("logout", query={"next": url})).url, "/")

    def test_a_login_that_leads_to_the_login_has_an_end(self):
        self.log_in(self.user)
        login = reverse("login")
        for url in (login, f"{login}?next={login}", f"{login}#x", f"//testserver{login}", f"http://testserver{login}"):
            with self.subTest(url):
                response = self.client.get(login, {"next": url}, follow=True)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.request["PATH_INFO"], reverse("profile"))

    def test_other_pages_take_no_notice_of_it(self):
        for page, data in (
            ("register", registration(username="grace", email="grace@example.com")),
            ("password_reset", {"email": "ada@example.com"}),
        ):
            response = self.client.post(reverse(page, query={"next": ABROAD[0]}), {**data, "next": ABROAD[0]})
            self.assertTrue(response.url.startswith("/"), response.url)

    def credentials(self):
        return {"username": "ada", "password": PASSWORD}


class PasswordChangeTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user()
        self.log_in(self.user)

    def change(self, old=PASSWORD, new=NEW_PASSWORD):
        data = {"old_password": old, "new_password1": new, "new_password2": new}
        return self.client.post(reverse("password_change"), data)

    def test_a_change_ends_the_other_sessions_and_keeps_this_one(self):
        elsewhere, key = Client(), self.client.session.session_key
        self.log_in(self.user, elsewhere)
        self.assertRedirects(self.change(), reverse("password_change_done"))
        self.assertLoggedIn()
        self.assertLoggedOut(elsewhere)
        self.assertNotEqual(self.client.session.session_key, key)
        self.assertTrue(User.objects.get().check_password(NEW_PASSWORD))

    def test_the_old_password_is_asked_for(self):
        self.assertContains(self.change(old="wrong"), "Your old password was entered incorrectly.")
        self.assertTrue(User.objects.get().check_password(PASSWORD))

    def test_the_new_password_obeys_the_rules(self):
        self.assertContains(self.change(new="password"), "This password is too common.")
        self.assertTrue(User.objects.get().check_password(PASSWORD))


class BrokenBackend(BaseEmailBackend):
    """A mail server that refuses."""

    def send_messages(self, email_messages):
        raise OSError("refused")


class PasswordResetTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user()

    def ask(self, email="ada@example.com", **headers):
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(reverse("password_reset"), {"email": email}, **headers)

    def link(self):
        """Ask for a link and return its path."""
        self.ask()
        return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]

    def use(self, link, password=NEW_PASSWORD, client=None):
        """Follow a link and set a password, if it works."""
        client = client or Client()
        response = client.get(link)
        if response.status_code == 302:
            data = {"new_password1": password, "new_password2": password}
            response = client.post(response.url, data)
        return response

    def assertDead(self, link):
        self.assertContains(self.use(link), "This link does not work")
        self.assertFalse(User.objects.get(pk=self.user.pk).check_password(NEW_PASSWORD))

    def test_a_link_sets_a_new_password_and_ends_all_sessions(self):
        self.log_in(self.user)
        self.assertRedirects(self.use(self.link()), reverse("password_reset_complete"))
        self.assertTrue(User.objects.get().check_password(NEW_PASSWORD))
        self.assertLoggedOut()

    def test_a_link_works_once(self):
        link = self.link()
        self.use(link, "yet-another-9")
        self.assertDead(link)

    def test_a_link_dies_with_a_change_of_address_or_password(self):
        for changes in ({"email": "new@example.com"}, {"password": "x"}):
            with self.subTest(changes):
                link = self.link()
                User.objects.update(**changes)
                self.assertDead(link)
                User.objects.update(email="ada@example.com", password=self.user.password)

    def test_a_link_of_somebody_else_or_a_changed_one_is_dead(self):
        link = self.link()
        uid, token = link.strip("/").split("/")[1:]
        other = make_user("grace")
        from_other = reverse("password_reset_confirm", args=[uid, token]).replace(uid, self.uid_of(other))
        self.assertDead(from_other)
        for broken in (f"{link[:-2]}x/", reverse("password_reset_confirm", args=["AAAA", token])):
            self.assertDead(broken)

    def uid_of(self, user):
        self.ask(user.email)
        return re.search(r"http://testserver/password-reset/(\w+)/", mail.outbox[-1].body)[1]

    def test_the_token_is_not_in_the_address_of_the_form(self):
        link = self.link()
        token = link.strip("/").split("/")[-1]
        response = self.client.get(link)
        self.assertNotIn(token, response.url)
        page = self.client.get(response.url)
        self.assertContains(page, "Choose a new password")
        self.assertNotContains(page, token)

    def test_the_new_password_obeys_the_rules(self):
        self.assertContains(self.use(self.link(), "password"), "This password is too common.")
        self.assertTrue(User.objects.get().check_password(PASSWORD))

    @override_settings(ALLOWED_HOSTS=["*"], SITE_HOST="signals.example")
    def test_the_link_leads_to_the_host_of_the_settings_whatever_the_header_says(self):
        self.ask(headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
        self.assertIn("http://signals.example/password-reset/", mail.outbox[0].body)
        self.assertNotIn("evil", mail.outbox[0].subject + mail.outbox[0].body)

    @override_settings(PASSWORD_KEPT_ELSEWHERE=lambda user: user.username == "external")
    def test_the_answer_is_the_same_for_known_and_unknown_addresses(self):
        make_user("left", is_active=False)
        make_user("external", password=None)
        answers = set()
        for email in (
            "ada@example.com",
            "ADA@example.com",
            "nobody@example.com",
            "left@example.com",
            "external@example.com",
        ):
            response = self.ask(email)
            answers.add((response.status_code, response.url, tuple(response.cookies)))
        self.assertEqual(answers, {(302, reverse("password_reset_done"), ())})
        self.assertEqual([message.to for message in mail.outbox], [["ada@example.com"], ["ada@example.com"]])

    @override_settings(**mail_settings(f"{__name__}.BrokenBackend"))
    def test_a_mail_that_can_not_be_sent_changes_nothing_about_the_answer(self):
        with self.assertLogs("delivery" if DELIVERY else "django.dispatch", "WARNING") as logs:
            response = self.ask()
        self.assertRedirects(response, reverse("password_reset_done"))
        self.assertNotIn("ada@example.com", "".join(logs.output))

    def test_the_request_does_the_same_for_known_and_unknown_addresses(self):
        counts, waiting = [], []
        with sent(announcing) as calls:
            for email in ("ada@example.com", "nobody@example.com"):
                with CaptureQueriesContext(connection) as queries, self.captureOnCommitCallbacks() as callbacks:
                    response = self.client.post(reverse("password_reset"), {"email": email})
                self.assertRedirects(response, reverse("password_reset_done"))
                counts.append(len(queries))
                waiting.append(callbacks)
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(mail.outbox, [])
        known, unknown = (call.kwargs["arguments"] for call in calls)
        self.assertEqual((known.pop("email"), unknown.pop("email")), ("ada@example.com", "nobody@example.com"))
        self.assertEqual(known, unknown)
        self.assertNotIn("token", str(known))
        for callbacks, number in zip(reversed(waiting), (0, 1), strict=True):
            with self.captureOnCommitCallbacks(execute=True):
                for callback in callbacks:
                    callback()
            self.assertEqual(len(mail.outbox), number)

    def test_a_failing_lookup_changes_nothing_about_the_answer(self):
        with (
            mock.patch.object(ResetMails, "get_users", side_effect=OperationalError("ada@example.com")),
            self.assertLogs("delivery" if DELIVERY else "django.dispatch", "WARNING"),
        ):
            response = self.ask()
        self.assertRedirects(response, reverse("password_reset_done"))

    def test_the_limit_holds_for_an_hour_on_a_cache_that_counts_by_reading_and_writing(self):
        with tempfile.TemporaryDirectory() as folder:
            kept = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": folder}
            with override_settings(CACHES={"default": kept}):
                for seconds, expected in ((0, MAIL_LIMIT), (20 * 60, MAIL_LIMIT), (61 * 60, MAIL_LIMIT + 1)):
                    with mock.patch("time.time", return_value=time.time() + seconds):
                        for _ in range(MAIL_LIMIT if not seconds else 1):
                            self.ask("ada@example.com")
                    self.assertEqual(len(mail.outbox), expected, seconds)

    def test_mails_to_one_address_are_limited_whatever_its_spelling(self):
        make_user("grace")
        for attempt in range(MAIL_LIMIT + 2):
            self.assertEqual(self.ask("ada@example.com" if attempt % 2 else "ADA@Example.com").status_code, 302)
        self.assertEqual(len(mail.outbox), MAIL_LIMIT)
        self.ask("grace@example.com")
        self.assertEqual(len(mail.outbox), MAIL_LIMIT + 1)

    def test_an_address_is_found_in_the_spelling_of_the_browser(self):
        self.client.post(reverse("register"), registration(username="jo", email="jo@münchen.example"))
        for email in ("jo@münchen.example", "JO@xn--mnchen-3ya.example"):
            self.ask(email)
        self.assertEqual([message.to for message in mail.outbox], [["jo@xn--mnchen-3ya.example"]] * 2)

    def test_the_mail_names_the_account_and_no_secret_but_the_link(self):
        self.link()
        message = mail.outbox[0]
        self.assertIn("Hello ada,", message.body)
        self.assertNotIn(self.user.password, message.body)
        self.assertNotIn("\n", message.subject)


class ProfileTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.before = stored_pictures()
        self.user = make_user(first_name="Ada")
        self.log_in(self.user)

    def test_everything_can_be_changed_at_once(self):
        chess = Interest.objects.create(name="Chess")
        response = self.post_profile(
            self.user,
            username="augusta",
            email="augusta@example.com",
            last_name="Lovelace",
            bio="Hello\r\nthere",
            location="London",
            website="example.com",
            interests=[chess.pk],
            is_public="on",
            image=picture(),
        )
        self.assertRedirects(response, reverse("profile"), fetch_redirect_response=False)
        self.assertContains(self.client.get(reverse("profile")), "Your profile was saved.")
        user = User.objects.get()
        self.assertEqual((user.username, user.email, user.last_name), ("augusta", "augusta@example.com", "Lovelace"))
        profile = Profile.objects.get()
        self.assertEqual((profile.bio, profile.location, profile.is_public), ("Hello\nthere", "London", True))
        self.assertEqual(profile.website, "https://example.com")
        self.assertEqual(list(profile.interests.all()), [chess])
        self.assertEqual(stored_pictures() - self.before, {profile.image.name})

    def test_the_page_shows_what_is_stored_and_sends_it_back_unchanged(self):
        interest = Interest.objects.create(name="Chess")
        Interest.objects.create(name="Music")
        profile = self.user.profile
        profile.bio, profile.location, profile.is_public = '<b>\n\nHello & "bye"', "Zürich", True
        profile.save()
        profile.interests.set([interest])
        rows = [list(model.objects.values()) for model in (User, Profile, Profile.interests.through)]
        fields = form_fields(self.client.get(reverse("profile")))
        self.assertEqual((fields["bio"], fields["interests"]), ('<b>\r\n\r\nHello & "bye"', [str(interest.pk)]))
        self.assertRedirects(self.client.post(reverse("profile"), fields), reverse("profile"))
        self.assertEqual([list(model.objects.values()) for model in (User, Profile, Profile.interests.through)], rows)

    def test_a_rejected_form_saves_nothing_and_shows_what_was_typed(self):
        response = self.post_profile(self.user, username="admin", first_name="Augusta", bio="Hello")
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "This name is reserved.")
        fields = form_fields(response)
        self.assertEqual((fields["username"], fields["first_name"], fields["bio"]), ("admin", "Augusta", "Hello"))
        self.assertEqual((User.objects.get().first_name, Profile.objects.get().bio), ("Ada", ""))

    def test_a_rejected_form_leaves_the_rest_of_the_page_true(self):
        changes = {"username": "augusta", "is_public": "on", "image": picture(), "website": "no address"}
        response = self.post_profile(self.user, **changes)
        self.assertContains(response, '<bdi class="account-name" title="ada">ada</bdi>', html=True)
        self.assertContains(response, "Your page is hidden")
        self.assertContains(response, "default-picture")
        self.assertEqual(response.wsgi_request.user.username, "ada")

    def test_errors_of_both_forms_are_shown_together(self):
        response = self.post_profile(self.user, username="admin", website="no address")
        self.assertContains(response, "This name is reserved.")
        self.assertContains(response, "Enter a valid URL.")

    def test_a_changed_address_is_not_verified(self):
        Profile.objects.update(email_verified_at="2026-01-01T00:00Z")
        self.post_profile(self.user, email="ADA@example.org")
        self.assertIsNone(Profile.objects.get().email_verified_at)

    def test_only_a_changed_address_is_told_where_its_link_goes_if_somebody_sends_links(self):
        def told(**changes):
            self.post_profile(User.objects.get(), **changes)
            return [str(message) for message in self.client.get(reverse("profile")).context["messages"]]

        self.assertEqual(told(bio="x"), ["Your profile was saved."])
        link = "A link that verifies your new address is on its way to {}."
        self.assertEqual(told(email="b@example.com"), ["Your profile was saved.", link.format("b@example.com")])
        with muted(verification_requested):
            self.assertEqual(told(email="c@example.com"), ["Your profile was saved."])

    def test_a_strangers_address_gets_a_few_mails_an_hour_however_often_it_is_given(self):
        def give(email, **changes):
            with self.captureOnCommitCallbacks(execute=True):
                return self.post_profile(User.objects.get(), email=email, **changes)

        for _ in range(MAIL_LIMIT + 1):
            give("grace@example.com", website="no address")  # a try that is refused for something else counts not
        for number in range(MAIL_LIMIT):
            self.assertRedirects(give("Grace@example.com" if number % 2 else "grace@example.com"), reverse("profile"))
            self.assertRedirects(give(f"own{number}@example.com"), reverse("profile"))
        sent, rows = len(mail.outbox), [list(model.objects.values()) for model in (User, Profile)]
        response = give("grace@example.com", first_name="Augusta", bio="Hello", image=picture())
        self.assertContains(response, "Several mails were sent to this address within the last hour.")
        self.assertEqual(form_fields(response)["email"], "grace@example.com")
        self.assertEqual(list(response.context["user_form"].errors), ["email"])
        self.assertEqual((len(mail.outbox), [list(model.objects.values()) for model in (User, Profile)]), (sent, rows))
        self.assertEqual(stored_pictures() - self.before, set())
        self.assertRedirects(self.client.post(reverse("send_verification")), reverse("profile"))  # to the own address
        self.assertRedirects(give("ada@example.com"), reverse("profile"))

    def test_a_link_that_was_sent_to_an_address_counts_for_the_change_to_it(self):
        for _ in range(MAIL_LIMIT):
            self.client.post(reverse("send_verification"))
        self.post_profile(self.user, email="new@example.com")
        self.assertContains(self.post_profile(User.objects.get(), email="ada@example.com"), "Several mails were sent")

    def test_what_begins_on_the_profile_page_can_be_cancelled(self):
        cancel = f'<a class="btn btn-outline-secondary" href="{reverse("profile")}">Cancel</a>'
        for name in ("password_change", "export_account", "delete_account"):
            with self.subTest(name):
                self.assertContains(self.client.get(reverse(name)), cancel, html=True)

    def test_who_deletes_the_account_is_told_what_stays_and_until_when(self):
        page = self.client.get(reverse("delete_account"))
        for words in ("The log of what happened to your account", "former names and email addresses", "no fixed end"):
            self.assertContains(page, words)
        self.assertContains(page, "The list of the mails to you")
        self.assertContains(page, "30 days")
        with muted(verification_requested):  # nobody sends mails, so nobody keeps a list of them
            self.assertNotContains(self.client.get(reverse("delete_account")), "mails to you")

    def test_a_picture_is_replaced_and_cleared_without_leaving_files(self):
        for changes in ({"image": picture()}, {"image": picture(colour="red")}, {"image-clear": "on"}):
            with self.captureOnCommitCallbacks(execute=True):
                self.post_profile(User.objects.get(), **changes)
            name = Profile.objects.get().image.name
            self.assertEqual(stored_pictures() - self.before, {name} if name else set())
        self.assertEqual(name, "")

    def test_a_picture_that_can_not_be_read_is_an_error_of_its_field(self):
        with open(__file__, "rb") as no_picture:
            response = self.post_profile(self.user, image=no_picture)
        self.assertContains(response, "This is not a picture that can be read.")

    def test_an_interest_that_there_is_not_is_an_error(self):
        for value in ("999", "x", "", "\0", "1 OR 1=1"):
            with self.subTest(value):
                self.assertContains(self.post_profile(self.user, interests=[value]), "Select a valid choice.")

    def test_nobody_edits_somebody_else(self):
        other = make_user("grace")
        data = profile_data(self.user, bio="mine", user=other.pk, pk=other.pk, id=other.pk)
        self.client.post(reverse("profile", query={"user": other.pk, "username": "grace"}), data)
        self.assertEqual(Profile.objects.get(user=other).bio, "")
        self.assertEqual(Profile.objects.get(user=self.user).bio, "mine")


class DeleteAccountTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.before = stored_pictures()
        self.user = make_user()
        self.log_in(self.user)

    def delete(self, password=PASSWORD):
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(reverse("delete_account"), {"password": password})

    def test_the_account_goes_with_profile_file_and_sessions(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.post_profile(self.user, image=picture(), interests=[Interest.objects.create(name="Chess").pk])
        self.assertEqual(len(stored_pictures() - self.before), 1)
        elsewhere, grace = Client(), make_user("grace")
        self.log_in(self.user, elsewhere)
        other = Client()
        self.log_in(grace, other)
        response = self.delete()
        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        self.assertEqual(response.cookies["sessionid"].value, "")
        self.assertContains(self.client.get(reverse("home")), "Your account was deleted.")
        self.assertEqual((User.objects.get(), Profile.objects.get().user), (grace, grace))
        self.assertFalse(Profile.interests.through.objects.exists())
        self.assertEqual(stored_pictures() - self.before, set())
        self.assertEqual(AccountSession.objects.get().account_id, str(grace.pk))
        self.assertLoggedOut()
        self.assertLoggedOut(elsewhere)
        self.assertLoggedIn(other)

    def test_the_password_is_asked_for(self):
        for password in ("wrong", "", PASSWORD.upper(), f" {PASSWORD}"):
            with self.subTest(password):
                self.assertEqual(self.delete(password).status_code, 200)
        self.assertContains(self.delete("wrong"), "This is not your password.")
        self.assertEqual(self.client.get(reverse("delete_account")).status_code, 200)
        self.assertTrue(User.objects.filter(pk=self.user.pk).exists())
        self.assertLoggedIn()

    def test_nobody_deletes_somebody_else(self):
        other = make_user("grace")
        url = reverse("delete_account", query={"user": other.pk, "username": "grace"})
        self.client.post(url, {"password": PASSWORD, "user": other.pk, "username": "grace", "pk": other.pk})
        self.assertEqual(User.objects.get(), other)

    def test_an_account_that_another_tab_has_just_deleted_is_no_error(self):
        statements = []

        def delete_first(execute, sql, params, many, context):
            statements.append(sql)
            if len(statements) == 4:  # after those that load the session and the user, and check the password
                User.objects.all().delete()
            return execute(sql, params, many, context)

        with connection.execute_wrapper(delete_first):
            response = self.delete()
        self.assertFalse(User.objects.exists())
        self.assertRedirects(response, reverse("home"))


class CookieAndCacheTests(PageTestCase):
    def test_mere_visitors_get_no_cookie(self):
        make_public("grace")
        for page in (reverse("home"), reverse("people"), reverse("person", args=["grace"]), "/nowhere/"):
            with self.subTest(page):
                self.assertEqual(dict(self.client.get(page).cookies), {})
        self.assertFalse(AccountSession.objects.exists())

    def test_private_pages_are_not_cached(self):
        user = make_user()
        public = (reverse("login"), reverse("register"), user.profile.get_verification_path())
        for page in (
            *public,
            reverse("profile"),
            reverse("password_change"),
            reverse("delete_account"),
            reverse("export_account"),
            reverse("person", args=["ada"]),
        ):
            with self.subTest(page):
                if page not in public:
                    self.log_in(user)
                response = self.client.get(page)
                self.assertEqual(response.status_code, 200)
                self.assertIn("no-store", response.headers["Cache-Control"])
                self.assertIn("private", response.headers["Cache-Control"])

    def test_every_page_that_shows_who_is_logged_in_is_not_cached(self):
        public = make_public("grace")
        pages = [reverse("home"), reverse("people"), reverse("person", args=["grace"])]
        for page in pages:
            self.assertNotIn("Cache-Control", self.client.get(page).headers, page)
        self.log_in(public)
        for page in (*pages, reverse("password_change_done")):
            with self.subTest(page):
                response = self.client.get(page)
                self.assertContains(response, 'title="grace"')
                self.assertIn("no-store", response.headers["Cache-Control"])
        for page in ("/nowhere/", "/people/nobody/"):  # these show nobody
            response = self.client.get(page)
            self.assertNotContains(response, "grace", status_code=404)
        self.assertIn("no-store", self.client.post(reverse("logout")).headers["Cache-Control"])
        self.assertNotIn("Cache-Control", self.client.get(pages[0]).headers)

    def test_pages_that_differ_by_account_say_so_to_caches(self):
        self.log_in(make_public("ada"))
        for page in (reverse("home"), reverse("people"), reverse("person", args=["ada"])):
            self.assertIn("Cookie", self.client.get(page).headers["Vary"])

    def test_pages_of_an_account_send_visitors_to_the_login(self):
        for name in ("profile", "password_change", "password_change_done", "export_account", "delete_account"):
            for method in (self.client.get, self.client.post)[: 1 if name == "password_change_done" else 2]:
                response = method(reverse(name))
                self.assertRedirects(
                    response, f"{reverse('login')}?next={reverse(name)}", fetch_redirect_response=False
                )
