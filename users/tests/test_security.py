"""What keeps accounts safe: the throttle, sessions, cookies, headers, escaping, and settings that refuse nonsense."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.signals import user_login_failed
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.models.signals import post_save
from django.shortcuts import resolve_url
from django.test import Client, RequestFactory, SimpleTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.views.debug import ExceptionReporter

from userprofile_project import environment
from userprofile_project.mailers import settings_from_url
from users.checks import tell_how_mail_goes_out, tell_whose_address_counts
from users.forms import ConfirmPasswordForm
from users.models import AccountSession, Interest, Profile
from users.tests.steps import (
    PASSWORD,
    QUIET,
    PageTestCase,
    form_fields,
    make_public,
    make_user,
    profile_data,
    registration,
)
from users.throttle import client_address, client_network

User = get_user_model()

LIMIT = settings.AXES_FAILURE_LIMIT
LOGINS = ("login", "admin:login")
PROMPTS = ("delete_account", "export_account", "password_change")


class ThrottleTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user(is_staff=True)

    def fail(self, times, username="ada", **options):
        """Fail to log in; return the last answer."""
        for _ in range(times):
            response = self.post_login(username, "wrong", client=Client(), **options)
        return response

    def assertLocked(self, **options):
        response = self.post_login(client=Client(), **options)
        self.assertContains(response, "Too many failed attempts", status_code=429)
        self.assertNotIn("sessionid", response.cookies)

    def assertOpen(self, **options):
        self.assertEqual(self.post_login(client=Client(), **options).status_code, 302)

    def test_pages_that_are_cached_meanwhile_end_no_lock(self):
        self.fail(LIMIT)
        cache.set_many({f"page-{number}": number for number in range(2_000)})
        self.assertLocked()

    def test_five_failures_lock_even_the_right_password_out(self):
        for url in LOGINS:
            with self.subTest(url):
                self.assertEqual(self.fail(LIMIT - 1, url=url).status_code, 200)
                self.assertOpen(url=url)
                self.assertEqual(self.fail(LIMIT, url=url).status_code, 429)
                self.assertLocked(url=url)
                cache.clear()

    def test_failures_at_one_login_count_at_the_other(self):
        for url, other in (LOGINS, LOGINS[::-1]):
            with self.subTest(url):
                self.fail(LIMIT, url=url)
                self.assertLocked(url=other)
                cache.clear()

    def test_no_header_escapes_the_count(self):
        for number in range(LIMIT):
            address = f"198.51.100.{number}"
            names = ("x-forwarded-for", "x-real-ip", "forwarded", "client-ip", "true-client-ip", "cf-connecting-ip")
            headers = {
                **dict.fromkeys(names, address),
                "user-agent": f"agent {number}",
                "accept-language": f"x{number}",
            }
            self.fail(1, headers=headers)
        self.assertLocked()
        self.assertLocked(headers={"x-forwarded-for": "203.0.113.9", "user-agent": "another"})

    def test_no_spelling_of_the_name_escapes_the_count(self):
        for name in ("ada", "ADA", " Ada ", "ａｄａ", "aDa"):
            self.fail(1, name)
        self.assertLocked()

    def test_a_parameter_in_the_address_escapes_nothing(self):
        for number in range(LIMIT):
            url = reverse("login", query={"username": f"user{number}", "next": f"/{number}/"})
            Client().post(url, {"username": "ada", "password": "wrong"})
        self.assertLocked()

    def test_a_stranger_locks_nobody_out_elsewhere(self):
        self.fail(LIMIT, REMOTE_ADDR="203.0.113.9")
        self.assertLocked(REMOTE_ADDR="203.0.113.9")
        self.assertOpen()

    def test_no_address_of_ones_own_network_escapes_the_count(self):
        for number in range(LIMIT):
            self.fail(1, REMOTE_ADDR=f"2001:db8:1:2:{number}::{number}")
        self.assertLocked(REMOTE_ADDR="2001:db8:1:2:ffff::1")
        self.assertOpen(REMOTE_ADDR="2001:db8:1:3::1")

    def test_other_names_from_the_same_address_are_not_locked(self):
        self.fail(LIMIT, "grace")
        self.assertOpen()

    def test_a_login_forgets_the_failures_before_it(self):
        for _ in range(2):
            self.fail(LIMIT - 1)
            self.assertOpen()

    def test_whoever_is_logged_in_stays_so(self):
        self.log_in(self.user)
        self.fail(LIMIT)
        self.assertLoggedIn()

    @override_settings(AXES_COOLOFF_TIME=timedelta(seconds=1))
    def test_the_lock_ends(self):
        self.fail(LIMIT)
        self.assertLocked()
        time.sleep(1.1)
        self.assertOpen()

    def test_a_try_during_the_lock_does_not_put_its_end_off(self):
        self.fail(LIMIT)
        seconds = settings.AXES_COOLOFF_TIME.total_seconds()
        with self.later(seconds - 30):
            self.assertEqual(self.fail(2).status_code, 429)
        with self.later(seconds + 30):
            self.assertOpen()

    def later(self, seconds):
        """Make the cache believe that time has gone by."""
        return mock.patch("time.time", return_value=time.time() + seconds)

    def test_a_password_that_was_reset_by_mail_is_of_use_at_once(self):
        for address in ("192.0.2.1", "2001:db8::1"):
            with self.subTest(address):
                self.fail(LIMIT, "Ada", REMOTE_ADDR=address)
                self.fail(LIMIT, REMOTE_ADDR="203.0.113.9")
                self.assertLocked(REMOTE_ADDR=address)
                self.reset("another-horse-8", REMOTE_ADDR=address)
                response = self.post_login(password="another-horse-8", client=Client(), REMOTE_ADDR=address)
                self.assertEqual(response.status_code, 302)
                self.assertLocked(REMOTE_ADDR="203.0.113.9")  # a stranger's lock stays

    def test_a_password_that_the_rules_refuse_ends_no_lock(self):
        self.fail(LIMIT)
        self.reset("password")
        self.assertLocked()

    def reset(self, password, **options):
        """Follow the link of a mail and set a password."""
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("password_reset"), {"email": "ada@example.com"})
        form = self.client.get(re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]).url
        self.client.post(form, {"new_password1": password, "new_password2": password}, **options)

    def test_unknown_names_are_locked_alike(self):
        answers = [self.fail(LIMIT + 1, name).content for name in ("ada", "nobody")]
        self.assertEqual(*answers)


class PromptTests(PageTestCase):
    """The pages that ask for the password once more count wrong ones as the login does."""

    def setUp(self):
        super().setUp()
        self.user = make_user()
        self.log_in(self.user)

    def send(self, page, password):
        new = {"new_password1": "another-horse-8", "new_password2": "another-horse-8"}
        return self.client.post(reverse(page), {"password": password, "old_password": password, **new})

    def test_too_many_wrong_passwords_lock_even_the_right_one_out_everywhere(self):
        for page in PROMPTS:
            with self.subTest(page):
                cache.clear()
                for _ in range(LIMIT - 1):
                    self.assertEqual(self.send(page, "wrong").status_code, 200)
                self.assertContains(self.send(page, "wrong"), "Too many failed attempts", status_code=429)
                for other in PROMPTS:
                    self.assertEqual(self.send(other, PASSWORD).status_code, 429)
                self.assertEqual(self.post_login(client=Client()).status_code, 429)
                self.assertTrue(User.objects.get().check_password(PASSWORD))
                self.assertLoggedIn()

    def test_the_right_one_forgets_the_failures_before_it(self):
        for _ in range(2):
            for _ in range(LIMIT - 1):
                self.send("export_account", "wrong")
            self.assertEqual(self.send("export_account", PASSWORD).headers["Content-Type"], "application/zip")
        self.assertEqual(self.post_login(client=Client()).status_code, 302)

    def test_each_wrong_one_is_told_to_who_listens_and_holds_no_password(self):
        heard = []

        def hear(sender, credentials, request, **kwargs):
            heard.append((credentials["username"], "wrong" in str(credentials), request.path))

        user_login_failed.connect(hear)
        self.addCleanup(user_login_failed.disconnect, hear)
        for page in PROMPTS:
            self.send(page, "wrong")
        self.assertEqual(heard, [("ada", False, reverse(page)) for page in PROMPTS])

    def test_the_password_of_somebody_else_is_none(self):
        make_user("grace", password="another-horse-9")
        response = self.client.post(reverse("delete_account"), {"username": "grace", "password": "another-horse-9"})
        self.assertContains(response, "This is not your password.")
        self.assertEqual(User.objects.count(), 2)

    def test_it_costs_one_statement_which_looks_the_account_up(self):
        for page in ("delete_account", "export_account"):
            request = RequestFactory().post(reverse(page), {"password": PASSWORD})
            request.user = self.user
            form = ConfirmPasswordForm(request.POST, request=request)
            with self.assertNumQueries(1):
                self.assertTrue(form.is_valid())

    def test_the_admin_s_own_page_for_it_leads_to_the_one_that_counts(self):
        response = self.client.post("/admin/password_change/", {"old_password": "wrong"})
        self.assertRedirects(response, reverse("password_change"))


class ClientAddressTests(SimpleTestCase):
    def address(self, proxies, *forwarded):
        request = RequestFactory().post(
            "/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": ", ".join(forwarded)}
        )
        if not forwarded:
            del request.META["HTTP_X_FORWARDED_FOR"]
        with self.settings(PROXY_COUNT=proxies):
            return client_address(request)

    def test_without_a_proxy_of_ours_the_header_means_nothing(self):
        self.assertEqual(self.address(0, "203.0.113.9"), "192.0.2.1")

    def test_each_proxy_of_ours_vouches_for_one_address(self):
        self.assertEqual(self.address(1, "203.0.113.9"), "203.0.113.9")
        self.assertEqual(self.address(2, "203.0.113.9", "10.0.0.1"), "203.0.113.9")

    def test_what_the_client_writes_before_them_means_nothing(self):
        self.assertEqual(self.address(1, "invented", "also invented", "203.0.113.9"), "203.0.113.9")
        self.assertEqual(self.address(2, "invented", "203.0.113.9", "10.0.0.1"), "203.0.113.9")

    def test_a_request_that_came_past_the_proxies_has_its_own_address(self):
        self.assertEqual(self.address(1), "192.0.2.1")
        self.assertEqual(self.address(2, "203.0.113.9"), "192.0.2.1")


class ClientNetworkTests(SimpleTestCase):
    def network(self, address):
        return client_network(RequestFactory().get("/", REMOTE_ADDR=address))

    def test_of_ipv4_it_is_the_address_in_either_spelling(self):
        self.assertEqual(self.network("192.0.2.1"), "192.0.2.1")
        self.assertEqual(self.network("::ffff:192.0.2.1"), "192.0.2.1")

    def test_of_ipv6_it_is_the_network_of_64_bits(self):
        for address in ("2001:db8::1", "2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::%eth0"):
            self.assertEqual(self.network(address), "2001:db8::/64")
        self.assertEqual(self.network("2001:db8:0:1::1"), "2001:db8:0:1::/64")

    def test_what_is_no_address_is_not_counted_by(self):
        for text in (
            "",
            "unknown",
            "unix:",
            "_hidden",
            "/run/app.sock",
            "1.2.3",
            "203.0.113.9:5:1",
            "[203.0.113.9",
            "x]:1",
        ):
            self.assertIsNone(self.network(text), text)


class SpelledAddressTests(PageTestCase):
    """What proxies and servers write: one client has one address, whatever port it comes from."""

    spellings = {
        "203.0.113.9": ("203.0.113.9", "203.0.113.9:{port}", '"203.0.113.9:{port}"', "[203.0.113.9]:{port}"),
        "2001:db8::7": ("2001:db8::7", "[2001:db8::7]", "[2001:DB8:0::7]:{port}", '"[2001:db8::7]:{port}"'),
        "fe80::7": ("fe80::7%eth0", "[fe80::7%eth0]:{port}"),
        "192.0.2.1": ("::ffff:192.0.2.1", "[::ffff:192.0.2.1]:{port}"),
    }

    def test_each_is_read(self):
        for address, spellings in self.spellings.items():
            for text in [spelling.format(port=51234) for spelling in spellings]:
                self.assertEqual(client_address(RequestFactory().get("/", REMOTE_ADDR=text)), address, text)
                with self.settings(PROXY_COUNT=1):
                    request = RequestFactory().get("/", headers={"x-forwarded-for": f"invented, {text}"})
                    self.assertEqual(client_address(request), address, text)

    @override_settings(PROXY_COUNT=1)
    def test_whoever_fails_too_often_is_locked_out(self):
        make_user()
        for text in ("203.0.113.9:{port}", "[2001:db8::7]:{port}", "word{port}", "unix:"):
            cache.clear()
            answers = [
                self.post_login("ada", "wrong", headers={"x-forwarded-for": text.format(port=51234 + number)})
                for number in range(5)
            ]
            self.assertEqual(answers[-1].status_code, 429, text)


class CountingHasher(MD5PasswordHasher):
    """A hasher that counts its work."""

    algorithm = "counting"
    calls = 0

    def encode(self, password, salt):
        type(self).calls += 1
        return super().encode(password, salt)


@override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"])
class OneAnswerTests(PageTestCase):
    """Unknown, wrong, inactive: a stranger can't tell which."""

    def setUp(self):
        super().setUp()
        make_user()
        make_user("left", is_active=False)
        make_user("external", password=None)
        known = (("ada", "wrong"), ("left", PASSWORD), ("left", "wrong"), ("external", PASSWORD))
        self.attempts = (("nobody", PASSWORD), *known)

    def answer(self, username, password, url):
        response = self.post_login(username, password, client=Client(), url=url)
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
        return response.status_code, page.replace(f'"{username}"', '""'), tuple(response.cookies)

    def test_the_answer_is_the_same(self):
        for url in LOGINS:
            answers = {self.answer(*attempt, url) for attempt in self.attempts}
            self.assertEqual(len(answers), 1)
            self.assertEqual(next(iter(answers))[0], 200)

    def test_the_work_is_the_same(self):
        # Hashing is what takes the time, so as much of it for each is as long for each.
        work = set()
        for attempt in self.attempts:
            CountingHasher.calls = 0
            self.answer(*attempt, "login")
            work.add(CountingHasher.calls)
        self.assertEqual(work, {1})


class SessionTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user()

    def test_the_session_changes_at_login(self):
        session = self.client.session
        session["visited"] = "people"
        session.save()
        key = session.session_key
        self.post_login()
        self.assertLoggedIn()
        self.assertEqual(self.client.session["visited"], "people")
        self.assertNotEqual(self.client.cookies["sessionid"].value, key)
        self.assertFalse(AccountSession.objects.filter(session_key=key).exists())

    def test_a_login_that_begins_a_session_writes_it_once(self):
        with CaptureQueriesContext(connection) as statements:
            self.post_login()
            written = [query["sql"] for query in statements if AccountSession._meta.db_table in query["sql"]]
        self.assertEqual([sql.partition(" ")[0] for sql in written], ["INSERT"])
        self.assertLoggedIn()

    def test_a_key_that_somebody_else_chose_is_not_taken(self):
        self.client.cookies["sessionid"] = key = "chosen0by0somebody0else000000000"
        self.post_login()
        self.assertLoggedIn()
        self.assertNotEqual(self.client.cookies["sessionid"].value, key)

    def test_a_logout_ends_the_session_on_the_server(self):
        self.log_in(self.user)
        stolen = Client()
        stolen.cookies["sessionid"] = self.client.cookies["sessionid"].value
        self.assertLoggedIn(stolen)
        self.client.post(reverse("logout"))
        self.assertFalse(AccountSession.objects.exists())
        self.assertLoggedOut(stolen)

    def test_a_deactivated_account_is_out_at_once(self):
        self.log_in(self.user)
        User.objects.update(is_active=False)
        self.assertLoggedOut()

    def test_the_sessions_of_an_account_are_known(self):
        self.log_in(self.user)
        self.assertEqual(AccountSession.objects.get().account_id, str(self.user.pk))


class CsrfTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user(is_staff=True, is_superuser=True)
        self.strict = Client(enforce_csrf_checks=True)

    def test_a_visitors_form_without_a_token_changes_nothing(self):
        before = User.objects.values().get()
        for name, data in (
            ("login", {"username": "ada", "password": PASSWORD}),
            ("admin:login", {"username": "ada", "password": PASSWORD}),
            ("register", registration(username="grace", email="grace@example.com")),
            ("password_reset", {"email": "ada@example.com"}),
        ):
            self.assertRefused(reverse(name), data)
        self.assertEqual((User.objects.values().get(), mail.outbox), (before, []))
        self.assertFalse(AccountSession.objects.exists())

    def test_an_owners_form_without_a_token_changes_nothing(self):
        self.log_in(self.user, self.strict)
        before = [list(model.objects.values()) for model in (User, Profile, AccountSession)]
        new = {"old_password": PASSWORD, "new_password1": "another-horse-8", "new_password2": "another-horse-8"}
        for name, data in (
            ("logout", {}),
            ("profile", profile_data(self.user, bio="changed")),
            ("password_change", new),
            ("delete_account", {"password": PASSWORD}),
            ("export_account", {"password": PASSWORD}),
            ("send_verification", {}),
            (self.user.profile.get_verification_path(), {}),
            ("admin:logout", {}),
            ("admin:auth_user_add", registration(username="grace", email="grace@example.com")),
        ):
            self.assertRefused(resolve_url(name), data)
        self.assertEqual([list(model.objects.values()) for model in (User, Profile, AccountSession)], before)
        self.assertLoggedIn(self.strict)

    def assertRefused(self, url, data):
        for token in ({}, {"csrfmiddlewaretoken": "x" * 64}):
            with self.subTest(url, token=token):
                response = self.strict.post(url, {**data, **token})
                self.assertContains(response, "The form was not accepted", status_code=403)

    def test_each_form_that_is_posted_carries_a_token(self):
        self.assertTokens(["login", "register", "password_reset"])
        self.log_in(self.user)
        link = self.user.profile.get_verification_path()
        self.assertTokens(["home", "people", "profile", link, "password_change", "export_account", "delete_account"])

    def assertTokens(self, names):
        for name in names:
            forms = self.client.get(resolve_url(name)).content.decode().split("<form")[1:]
            posted = [form for form in forms if 'method="post"' in form.partition(">")[0]]
            self.assertTrue(posted, name)
            for form in posted:
                self.assertIn("csrfmiddlewaretoken", form.partition("</form>")[0], name)

    def test_a_form_with_its_token_is_accepted(self):
        self.strict.post(reverse("login"), {**form_fields(self.strict.get(reverse("login"))), **self.credentials()})
        self.assertLoggedIn(self.strict)
        fields = form_fields(self.strict.get(reverse("profile")))
        self.assertEqual(self.strict.post(reverse("profile"), {**fields, "bio": "changed"}).status_code, 302)
        self.assertEqual(Profile.objects.get().bio, "changed")

    def test_a_form_from_another_site_is_refused_even_with_a_token(self):
        self.log_in(self.user, self.strict)
        fields = form_fields(self.strict.get(reverse("profile")))
        response = self.strict.post(reverse("profile"), fields, headers={"origin": "https://evil.example"})
        self.assertEqual(response.status_code, 403)

    def credentials(self):
        return {"username": "ada", "password": PASSWORD}


# Names of settings in production that the tests of pages take over.
PRODUCTION = (
    "DEBUG",
    "ALLOWED_HOSTS",
    "SITE_HOST",
    "CSRF_COOKIE_SECURE",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
)
GOOD = {
    "DEBUG": "False",
    "SECRET_KEY": "x4kd9wq71mzpl0vh5ncb2gtr8yje63ufosia" + "Qm7RtZp2Lw9KxVb4Ns",
    "ALLOWED_HOSTS": "signals.example,www.signals.example",
    "CACHE_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "PROXY_COUNT": "1",
}


def run(*arguments, **variables):
    """Run Python with the environment of a server, without the variables of the tests."""
    ours = {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CACHE_URL", "EMAIL_URL", "PROXY_COUNT", "MEDIA_ROOT"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=settings.BASE_DIR,
        env={**kept, "DJANGO_SETTINGS_MODULE": "userprofile_project.settings", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


class EnvironmentTests(SimpleTestCase):
    """A wrong environment stops the start, with one message that names all of it."""

    def complaint(self, base_dir=Path("/nowhere"), **variables):
        """Return the message about an environment, "" if it is accepted."""
        with mock.patch.dict(os.environ, variables, clear=True):
            try:
                environment.read(base_dir)
            except environment.WrongEnvironment as error:
                return str(error)
        return ""

    def named(self, **variables):
        return re.findall(r"^  (\w+): \S", self.complaint(**variables), re.MULTILINE)

    def test_an_empty_environment_is_one_for_development(self):
        self.assertEqual(self.complaint(), "")

    def test_a_servers_environment_is_accepted(self):
        self.assertEqual(self.complaint(**GOOD), "")

    def test_a_connection_that_was_lost_while_idle_is_noticed_before_it_is_used(self):
        source = "from userprofile_project.settings import DATABASES; db = DATABASES['default']"
        result = run(
            "-c",
            f"{source}; print(db['CONN_MAX_AGE'], db['CONN_HEALTH_CHECKS'])",
            **{**GOOD, "DATABASE_URL": "mysql://me@127.0.0.1/x"},  # psycopg is no requirement of the tests
        )
        self.assertEqual((result.stdout.strip(), result.stderr), ("60 True", ""))

    def test_what_production_lacks_is_named_at_once(self):
        self.assertEqual(self.named(DEBUG="False"), ["ALLOWED_HOSTS", "SECRET_KEY"])

    def test_all_that_is_wrong_is_named_at_once(self):
        wrong = {
            "DEBUG": "maybe",
            "SECRET_KEY": "short",
            "DATABASE_URL": "nonsense://x",
            "CACHE_URL": "nonsense://x",
            "EMAIL_URL": "nonsense://x",
            "PROXY_COUNT": "-1",
            "SIGNAL_INSPECTOR_ENABLED": "perhaps",
            "EVENTS_URL": "amqp://me@a.example",
        }
        self.assertEqual(self.named(**wrong), sorted(wrong))

    def test_each_value_that_is_no_good_in_production_is_refused(self):
        for name, value in (
            ("ALLOWED_HOSTS", ""),
            ("ALLOWED_HOSTS", "*"),
            ("ALLOWED_HOSTS", "signals.example,*"),
            ("SECRET_KEY", ""),
            ("SECRET_KEY", "x" * 49),
            ("DEBUG", "2"),
            ("PROXY_COUNT", "one"),
            ("EMAIL_URL", "mail.example"),
            ("SECRET_KEY", environment.DEVELOPMENT_SECRET_KEY),
        ):
            with self.subTest(name, value=value):
                self.assertEqual(self.named(**{**GOOD, name: value}), [name])

    def test_each_value_that_is_no_good_anywhere_is_refused(self):
        for name, values in {
            "ALLOWED_HOSTS": (
                "https://a.example",
                "a.example/",
                "a.example, b.example",
                "a.example,",
                "a.example:80",
                "[::1]:80",
                "[a",
            ),
            "SITE_HOST": ("https://a.example", "a.example/", " a.example", "me@a.example", "[a"),
            "EMAIL_URL": (
                "smtp://a.example?tls=True&ssl=True",
                "smtp://a.example?ssl=False&tls=True",  # dj_email_url would use neither
                "smtp://a.example?tls=Treu",
                "smtp://a.example?tls=tRUE",
                "smtp://a.example?ssl=",
                "smtp://a.example?ttl=True",
            ),
            "MEDIA_ROOT": ("", ".", "/", str(settings.BASE_DIR), __file__, f"{__file__}/media"),
            "DATABASE_URL": ("", "nonsense"),
            "CACHE_URL": ("", "nonsense"),
            "EVENTS_URL": (
                "nonsense",
                "amqp://a.example/",
                "amqp://a.example/?exchange=",
                "redis://a.example/?exchange=x",
            ),
        }.items():
            for value in values:
                with self.subTest(name, value=value):
                    self.assertEqual(self.named(base_dir=settings.BASE_DIR, **{name: value}), [name])

    def test_no_folder_for_pictures_is_refused_wherever_the_process_was_started(self):
        self.assertEqual(self.named(base_dir=Path("/nowhere"), MEDIA_ROOT=""), ["MEDIA_ROOT"])

    def test_what_a_server_or_a_developer_may_say_is_accepted(self):
        for name, value in (
            ("ALLOWED_HOSTS", "a.example,.b.example,127.0.0.1,[::1]"),
            ("ALLOWED_HOSTS", "*"),
            ("SITE_HOST", "127.0.0.1:8000"),
            ("SITE_HOST", ""),
            ("EMAIL_URL", "smtp://a.example?tls=ON&timeout=5&_server_email=a@a.example"),
            ("MEDIA_ROOT", "/nowhere/media"),
            ("EVENTS_URL", ""),
            ("EVENTS_URL", "amqp://a.example/site?exchange=events"),
        ):
            with self.subTest(name, value=value):
                self.assertEqual(self.complaint(**{name: value}), "")

    def test_a_package_that_a_value_needs_is_named_with_the_file_that_has_it(self):
        with mock.patch.object(environment, "find_spec", return_value=None):
            for name, value, package in (
                ("CACHE_URL", "redis://a.example", "redis"),
                ("DATABASE_URL", "postgres://a.example/x", "psycopg"),
                ("TASK_WORKER", "True", "django-tasks-db"),
                ("DELIVERY_URL", "tasks:", "django-tasks-db"),
                ("DELIVERY_URL", "amqp://a.example", "celery"),
                ("EVENTS_URL", "amqp://a.example/?exchange=events", "celery"),
            ):
                sentence = f"  {name}: The package {package} is not installed; it is in requirements-prod.txt."
                with self.subTest(name):
                    self.assertEqual(self.complaint(**{name: value}), f"The environment is wrong:\n{sentence}")
            self.assertEqual(self.complaint(TASK_WORKER="False"), "")

    def test_a_worker_for_tasks_beside_another_engine_stops_the_start(self):
        self.assertEqual(self.complaint(TASK_WORKER="True", DELIVERY_URL="tasks:"), "")
        with mock.patch.object(environment, "find_spec"):
            told = self.complaint(TASK_WORKER="True", DELIVERY_URL="amqp://a.example")
        self.assertIn("TASK_WORKER: True means DELIVERY_URL=tasks:", told)

    def test_a_complaint_repeats_no_secret(self):
        message = self.complaint(**{**GOOD, "SECRET_KEY": "hunter2", "DATABASE_URL": "nonsense://me:hunter2@db/x"})
        self.assertNotIn("hunter2", message)

    def test_the_process_stops_with_that_message_alone(self):
        for command in ("check", "runserver", "seed_demo"):
            with self.subTest(command):
                result = run("manage.py", command, DEBUG="False")
                self.assertEqual(result.returncode, 1)
                self.assertRegex(
                    result.stderr, r"^The environment is wrong:\n  ALLOWED_HOSTS: .*\n  SECRET_KEY: .*\n$"
                )

    def test_the_deployment_check_has_nothing_to_complain_of_and_tells_where_mails_go_and_whose_address_counts(self):
        result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **GOOD)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"^System check identified some issues:\n\nINFOS:\n")
        self.assertIn("Mails go to 127.0.0.1, port 25, without TLS", result.stderr)
        self.assertIn("192.0.2.66, 203.0.113.9 counts as one of 203.0.113.9.", result.stderr)
        self.assertIn("identified 2 issues", result.stderr)

    def test_the_deployment_check_follows_the_number_of_proxies(self):
        for count, address in ((0, "198.51.100.0"), (1, "203.0.113.9"), (3, "203.0.113.9")):
            with self.settings(PROXY_COUNT=count):
                (told,) = tell_whose_address_counts(None)
            self.assertIn(f"counts as one of {address}.", told.msg)

    def test_the_deployment_check_tells_of_the_encryption_of_mails(self):
        for url, words in (
            ("smtps://mail.example", "port 465, with TLS from the first byte"),
            ("submission://mail.example", "port 587, with STARTTLS"),
            ("smtp://mail.example", "port 25, without TLS"),
            ("console:", "to no server"),
        ):
            with override_settings(**settings_from_url(url)):
                (told,) = tell_how_mail_goes_out(None)
            self.assertIn(words, told.msg)

    def test_the_deployment_check_tells_of_a_cache_that_is_not_shared(self):
        result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **{**GOOD, "CACHE_URL": "locmem://"})
        self.assertEqual(result.returncode, 0)
        self.assertIn("users.I001", result.stderr)


class ProductionTests(PageTestCase):
    """Pages with the settings that a server gets from its environment."""

    @classmethod
    def setUpClass(cls):
        # Before the transaction of the class begins: Django leaves it open if this fails after it, and each test that
        # comes later in this process runs within it, migrations on SQLite first of all.
        script = "from django.conf import settings; import json, sys"
        script += "; print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))"
        result = run("-c", script, *PRODUCTION, **GOOD)
        if result.returncode:
            raise AssertionError(result.stderr)
        production = override_settings(**json.loads(result.stdout))
        production.enable()
        cls.addClassCleanup(production.disable)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.user = make_user()
        self.client = Client(headers={"host": "signals.example", "x-forwarded-proto": "https"})

    def test_cookies_are_for_https_and_not_for_scripts(self):
        self.client.get(reverse("login"))
        self.post_login()
        self.client.get(reverse("profile"))
        self.assertEqual(set(self.client.cookies), {"sessionid", "csrftoken"})
        for name, cookie in self.client.cookies.items():
            self.assertTrue(cookie["secure"], name)
            self.assertEqual(cookie["samesite"], "Lax")
            self.assertEqual(cookie["domain"], "")
        self.assertTrue(self.client.cookies["sessionid"]["httponly"])

    def test_http_leads_to_https_and_stays_there(self):
        response = Client(headers={"host": "signals.example"}).get(reverse("home"))
        self.assertEqual((response.status_code, response.url), (301, "https://signals.example/"))
        response = self.client.get(reverse("home"))
        self.assertEqual(response.headers["Strict-Transport-Security"], "max-age=31536000; includeSubDomains; preload")

    def test_a_host_that_is_not_ours_is_refused(self):
        response = self.client.get(reverse("home"), headers={"host": "evil.example"})
        self.assertEqual(response.status_code, 400)
        self.assertNotContains(response, "evil.example", status_code=400)

    def test_mails_lead_to_https_on_the_first_host(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("password_reset"), {"email": "ada@example.com"})
        self.assertIn("https://signals.example/password-reset/", mail.outbox[0].body)

    def test_error_pages_show_nothing_of_the_inside(self):
        self.client.raise_request_exception = False

        def fail(*args):
            raise OperationalError("the inside")

        with connection.execute_wrapper(fail):
            response = self.client.get(reverse("people"))
        self.assertEqual(response.status_code, 500)
        for page in (response, self.client.get("/nowhere/"), self.client.get("/media/"), self.client.get("/static/")):
            self.assertIn(page.status_code, (404, 500))
            for inside in (
                "the inside",
                "Traceback",
                "Error:",
                "settings",
                "urlconf",
                "SECRET",
                "/people/<",
                "users.",
            ):
                self.assertNotContains(page, inside, status_code=page.status_code)


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class HeaderTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_public("ada", is_staff=True, is_superuser=True)
        self.client = Client(raise_request_exception=False)

    def assertGuarded(self, response, status):
        with self.subTest(response.request["PATH_INFO"], status=status):
            self.assertEqual(response.status_code, status)
            for name, value in HEADERS.items():
                self.assertEqual(response.headers.get(name), value)
            policy = dict(
                part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";")
            )
            self.assertEqual(policy["default-src"], "'self'")
            self.assertEqual(policy["frame-ancestors"], "'none'")
            self.assertEqual((policy["object-src"], policy["base-uri"]), ("'none'", "'none'"))
            self.assertEqual(policy["form-action"], "'self'")
            self.assertNotIn("script-src", policy)  # default-src holds for scripts and styles
            self.assertNotIn("unsafe", str(policy))

    def test_pages_are_guarded(self):
        for name in ("home", "login", "register", "people", "password_reset", "password_reset_done", "admin:login"):
            self.assertGuarded(self.client.get(reverse(name)), 200)
        self.log_in(self.user)
        for name in ("profile", "password_change", "delete_account", "admin:index", "admin:auth_user_changelist"):
            self.assertGuarded(self.client.get(reverse(name)), 200)
        self.assertGuarded(self.client.get(reverse("person", args=["ada"])), 200)

    def test_error_pages_are_guarded(self):
        big = b"a=" + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        many = b"a=1&" * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)
        form = "application/x-www-form-urlencoded"
        self.assertGuarded(self.client.get(reverse("home"), headers={"host": "evil.example"}), 400)
        self.assertGuarded(self.client.post(reverse("login"), many, content_type=form), 400)
        self.assertGuarded(Client(enforce_csrf_checks=True).post(reverse("login")), 403)
        self.assertGuarded(self.client.get("/nowhere/"), 404)
        self.assertGuarded(self.client.post(reverse("home")), 405)
        self.assertGuarded(self.client.post(reverse("login"), big, content_type=form), 413)
        for _ in range(LIMIT):
            response = self.post_login(password="wrong")
        self.assertGuarded(response, 429)

    def test_the_page_of_a_server_error_is_guarded(self):
        def fail(*args):
            raise OperationalError

        with connection.execute_wrapper(fail):
            self.assertGuarded(self.client.get(reverse("people")), 500)

    def test_redirects_are_guarded(self):
        self.assertGuarded(self.client.get(reverse("profile")), 302)
        self.assertGuarded(self.client.get("/login"), 301)


class Elements(HTMLParser):
    """The names of the elements and attributes of a page, and its text."""

    def __init__(self, response):
        super().__init__()
        self.tags, self.attributes, self.scripts, self.text = set(), set(), [], ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.scripts.append(dict(attrs))

    def handle_data(self, data):
        self.text += data


class MarkupTests(PageTestCase):
    """Any text in any field changes no markup."""

    payload = "</title></textarea></script>\"'><x-mark onmark=1>{{ 7|add:35 }}{% x %}<script>alert(1)</script>"

    def setUp(self):
        super().setUp()
        self.user = make_public("ada", is_staff=True, is_superuser=True)
        short = "\"'><x-mark onmark=1>"
        self.names = {"username": self.payload, "first_name": self.payload[:150], "last_name": self.payload[:150]}
        User.objects.update(**self.names, email=f"{short}@example.com")
        texts = {"bio": self.payload, "location": short, "website": f"https://x/{short}", "image": f"pictures/{short}"}
        Profile.objects.update(**texts, name_key=self.payload.lower())
        interest = Interest.objects.create(name=short)
        self.user = User.objects.get()
        self.user.profile.interests.add(interest)
        self.log_in(self.user)

    def assertHarmless(self, response):
        with self.subTest(response.request["PATH_INFO"]):
            self.assertLess(response.status_code, 500)
            elements = Elements(response)
            self.assertNotIn("x-mark", elements.tags)
            self.assertNotIn("onmark", elements.attributes)
            self.assertTrue(all(script.get("src") for script in elements.scripts if "type" not in script))
            self.assertIn("&lt;x-mark", response.content.decode())
            self.assertNotIn("42", elements.text.split())

    def test_pages_show_it_as_text(self):
        for name in ("home", "profile", "people", "password_change", "delete_account"):
            self.assertHarmless(self.client.get(reverse(name)))
        self.assertHarmless(self.client.get(iri_to_uri(reverse("person", args=[self.payload]))))

    def test_rejected_forms_show_it_as_text(self):
        data = profile_data(self.user, website=self.payload, username=self.payload + "x", bio=self.payload)
        self.assertHarmless(self.client.post(reverse("profile"), data))
        self.assertHarmless(self.client.get(reverse("people"), {"q": self.payload}))
        self.client.logout()
        self.assertHarmless(self.client.post(reverse("register"), registration(username=self.payload)))
        self.assertHarmless(self.client.post(reverse("login"), {"username": self.payload, "password": "x"}))
        self.assertHarmless(self.client.get(reverse("login"), {"next": f"/{self.payload}"}))

    def test_the_admin_shows_it_as_text(self):
        profile = self.user.profile
        interest = Interest.objects.get()
        for url in (
            reverse("admin:auth_user_changelist"),
            reverse("admin:users_profile_changelist"),
            reverse("admin:users_interest_changelist"),
            reverse("admin:auth_user_change", args=[self.user.pk]),
            reverse("admin:auth_user_delete", args=[self.user.pk]),
            reverse("admin:auth_user_history", args=[self.user.pk]),
            reverse("admin:auth_user_password_change", args=[self.user.pk]),
            reverse("admin:users_profile_change", args=[profile.pk]),
            reverse("admin:users_profile_delete", args=[profile.pk]),
            reverse("admin:users_interest_change", args=[interest.pk]),
        ):
            self.assertHarmless(self.client.get(url))

    def test_error_pages_do_not_repeat_the_address(self):
        for path in ("/<x-mark onmark=1>/", "/people/<x-mark onmark=1>/", "/nowhere/?q=<x-mark onmark=1>"):
            response = self.client.get(path)
            self.assertNotContains(response, "x-mark", status_code=404)


class LogTests(PageTestCase):
    def setUp(self):
        super().setUp()
        for logger in map(logging.getLogger, QUIET):
            logger.setLevel(logging.INFO)  # the class puts it back

    def test_a_log_line_can_not_be_forged(self):
        forged = "x\r\nERROR root: forged\x1b[31m"
        with self.assertLogs(level="INFO") as logs:
            self.client.get("/nowhere%0D%0AERROR root: forged%1B[31m/")
            self.client.get(f"/people/{forged}/")
            self.client.get("/", headers={"host": "x\nERROR root: forged"})
            for _ in range(LIMIT):
                self.client.post(
                    reverse("login"), {"username": forged, "password": forged}, headers={"user-agent": forged}
                )
        self.assertGreater(len(logs.records), LIMIT)
        for record in logs.records:
            self.assertNotRegex(record.getMessage(), r"[\r\n\x1b]")

    def test_no_secret_is_logged(self):
        wrong = "mistyped-horse-9"
        with self.assertLogs(level="INFO") as logs:
            self.client.post(reverse("register"), registration())
            key = self.client.session.session_key
            self.client.post(reverse("delete_account"), {"password": wrong})
            self.client.post(reverse("logout"))
            self.post_login(password=wrong)
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post(reverse("password_reset"), {"email": "ada@example.com"})
            token = re.search(r"password-reset/\w+/([\w-]+)/", mail.outbox[0].body)[1]
            self.client.get(re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1].replace(token, "x" + token))
        text = "\n".join(logs.output)
        for secret in (PASSWORD, wrong, key, token, User.objects.get().password):
            self.assertNotIn(secret, text)

    def test_no_password_is_in_an_error_report(self):
        def fail(sender, **kwargs):
            raise RuntimeError("broken receiver")

        post_save.connect(fail, sender=User)
        self.addCleanup(post_save.disconnect, fail, sender=User)
        with self.assertLogs("django.request", "ERROR") as logs:
            client = Client(raise_request_exception=False)
            self.assertEqual(client.post(reverse("register"), registration()).status_code, 500)
        record = logs.records[-1]
        report = ExceptionReporter(record.request, *record.exc_info)
        for text in (report.get_traceback_text(), report.get_traceback_html()):
            self.assertIn("broken receiver", text)
            self.assertNotIn(PASSWORD, text)


class OwnerTests(PageTestCase):
    def test_a_staff_member_who_is_no_admin_gains_nothing_by_the_profile_page(self):
        user = make_user(is_staff=True)
        self.log_in(user)
        self.post_profile(user, is_superuser="on", user_permissions=["1"], groups=["1"])
        user = User.objects.get()
        self.assertEqual((user.is_superuser, user.user_permissions.count(), user.groups.count()), (False, 0, 0))
