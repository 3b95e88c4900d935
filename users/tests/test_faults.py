"""Requests that nobody should send end in no 5xx, and faults in the middle of a request in no half state."""

import errno
from contextlib import contextmanager
from io import StringIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_delete, post_save
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse

from users import urls
from users.events import fields_changed
from users.identity.folding import fold
from users.models import AccountSession, Interest, Profile
from users.tests.steps import (
    PASSWORD,
    PageMixin,
    PageTestCase,
    make_user,
    picture,
    profile_data,
    registration,
    stored_pictures,
)

User = get_user_model()

FORM = "application/x-www-form-urlencoded"
FIELDS = (
    "username email first_name last_name bio location website interests is_public image password password1 password2 "
    "old_password new_password1 new_password2 next q after user_seen profile_seen image-clear csrfmiddlewaretoken"
).split()


def every_url():
    """Yield an address of each page of the site."""
    for page in urls.urlpatterns:
        yield reverse(page.name, kwargs=dict.fromkeys(page.pattern.converters, "AA"))
    for name in ("index", "login", "auth_user_changelist", "auth_user_add"):
        yield reverse(f"admin:{name}")
    # Of apps that only listen, by their paths: without them the paths lead nowhere, and not to an error.
    yield from ("/activity/", "/admin/activity/entry/", "/admin/delivery/delivery/")
    yield from ("/nowhere/", "/media/x.webp", "/static/x.css", "/favicon.ico", "//", "/%00/", "/%FF%FE/")


def part(name, content=b"x", more=""):
    """Return one part of a multipart body."""
    return b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
        name.encode(),
        more.encode(),
        content,
    )


def every_field(value):
    """Return a form body in which each field that any page knows has one value, already encoded."""
    return b"&".join(f"{name}=".encode() + value for name in FIELDS)


BODIES = {
    "nothing": (FORM, b""),
    "nul": (FORM, every_field(b"%00")),
    "nul within": (FORM, every_field(b"a%00b@example.com")),
    "broken utf-8": (FORM, every_field(b"%FF%FE%C0%80")),
    "raw bytes": (FORM, every_field(b"\xff\xfe\x80")),
    "surrogates": (FORM, every_field(b"%ED%A0%80")),
    "separators": (FORM, b"&&&===;;;&=&"),
    "a megabyte": (FORM, b"username=" + b"x" * 1_000_000 + b"&password=" + b"x" * 1_000_000),
    "too many bytes": (FORM, b"bio=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)),
    "thousands of fields": (FORM, b"&".join(b"f%d=x" % number for number in range(5000))),
    "hundreds of values": (FORM, b"&".join([b"interests=1&username=x&is_public=on"] * 300)),
    "no boundary": ("multipart/form-data", b"x"),
    "an odd boundary": ("multipart/form-data; boundary=\xff", b"x"),
    "cut": ("multipart/form-data; boundary=x", part("username")[:-20]),
    "never closed": ("multipart/form-data; boundary=x", part("username") + part("password")),
    "headers only": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--\r\n"),
    "no name": ("multipart/form-data; boundary=x", part("") + b"--x--\r\n"),
    "nul in a part": ("multipart/form-data; boundary=x", b"".join(part(n, b"\x00") for n in FIELDS) + b"--x--\r\n"),
    "bytes in a part": ("multipart/form-data; boundary=x", b"".join(part(n, b"\xff") for n in FIELDS) + b"--x--\r\n"),
    "a file for each field": (
        "multipart/form-data; boundary=x",
        b"".join(part(name, more='; filename="x"') for name in FIELDS) + b"--x--\r\n",
    ),
    "odd file names": (
        "multipart/form-data; boundary=x",
        b"".join(
            part("image", more=f'; filename="{name}"')
            for name in ("../../x", "\x00", "x" * 1000, "a/b", "..", ".", "\\", "x\n.png", "😀.png")
        )
        + b"--x--\r\n",
    ),
    "too many files": (
        "multipart/form-data; boundary=x",
        b"".join(part(f"f{number}", more='; filename="x"') for number in range(150)) + b"--x--\r\n",
    ),
    "broken base64": (
        "multipart/form-data; boundary=x",
        part("image", b"a", '; filename="x"\r\nContent-Transfer-Encoding: base64') + b"--x--\r\n",
    ),
    "json": ("application/json", b'{"username": ["x"]}'),
    "a type that is none": ("\x00;;=", b"x"),
    "a charset that is none": (f"{FORM}; charset=nonsense", b"username=x"),
    "another charset": (f"{FORM}; charset=utf-7", every_field(b"%2B2AA-")),
    **{
        charset: (f"multipart/form-data; boundary=x; charset={charset}", part("username", b"+2AA-") + b"--x--\r\n")
        for charset in ("utf-7", "utf-16", "idna", "rot13", "undefined", "unicode_escape")
    },
}
QUERIES = ("q=%00", "next=%00", "after=%FF", "q=%ED%A0%80", "=", "&&", "next=" + "x" * 5000, "a=1&" * 3000)
HEADERS = (
    {"cookie": "sessionid=; csrftoken=; messages="},
    {"cookie": "sessionid=\xff\xfe; csrftoken=\x01"},
    {"cookie": 'messages="\\000:x:y"; csrftoken="\\000"'},
    {"cookie": "sessionid=" + "x" * 100_000},
    {"cookie": ";;;===;;"},
    {"cookie": 'sessionid="aaaaaaaaaaaaaaaa\\000"'},
    {"host": "evil.example"},
    {"host": "\x00"},
    {"host": "[::1"},
    {"host": "x" * 5000},
    {"x-forwarded-for": "\x00, ' OR 1=1", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher"},
    {"accept-language": "x" * 5000, "accept": "\xff", "accept-encoding": "x;q=nan"},
    {"if-modified-since": "yesterday", "if-none-match": "W/", "range": "bytes=5-1,-1,x"},
    {"origin": "null", "referer": "\x00://["},
    {"content-encoding": "gzip", "transfer-encoding": "chunked", "authorization": "Basic \xff"},
    {"user-agent": "\x00\r\n"},
)
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "NONSENSE", "P\xd6ST", "")


class OddRequestTests(PageTestCase):
    """No request makes the server fail."""

    def setUp(self):
        super().setUp()
        self.user = make_user(is_staff=True, is_superuser=True)
        self.client = Client(raise_request_exception=False)
        self.visitor = Client(raise_request_exception=False)
        self.log_in(self.user)
        self.cookies = self.client.cookies.output(header="", sep=";").strip()
        self.session = AccountSession.objects.values().get()

    def assertNoServerError(self, method, url, body=b"", content_type="", **options):
        """Send a request as a visitor and as the owner of an account."""
        for client in (self.visitor, self.client):
            response = client.generic(method, url, body, content_type=content_type, **options)
            told = (method, url[:60], body[:60], content_type, str(options)[:80])
            self.assertLess(response.status_code, 500, told)
        if not AccountSession.objects.exists():  # the page logged out
            AccountSession.objects.create(**self.session)
            self.client.cookies["sessionid"] = self.session["session_key"]

    def forms(self):
        """Return the addresses that take forms."""
        taken = [url for url in every_url() if self.visitor.post(url).status_code not in (404, 405)]
        self.assertGreater(len(taken), 8)
        return taken

    def test_odd_bodies(self):
        for url in self.forms():
            for content_type, body in BODIES.values():
                self.assertNoServerError("POST", url, body, content_type)

    def test_bodies_where_none_is_taken(self):
        for url in set(every_url()) - set(self.forms()):
            for name in ("nul", "cut", "thousands of fields", "a type that is none"):
                self.assertNoServerError("POST", url, BODIES[name][1], BODIES[name][0])

    def test_odd_queries(self):
        for url in every_url():
            for query in QUERIES:
                self.assertNoServerError("GET", f"{url}?{query}")

    def test_a_nul_in_a_query_is_refused_before_it_comes_to_a_database(self):
        lists = [reverse(f"admin:{name}_changelist") for name in ("auth_user", "auth_group", "users_profile")]
        for url in (*lists, reverse("people"), reverse("home"), "/nowhere/"):
            for query in ("q=a%00b", "e=%00", "%00=1", "is_staff__exact=%00", "q=\0"):
                with self.subTest(url, query=query):
                    response = self.client.get(url, QUERY_STRING=query)
                    self.assertContains(response, "The request could not be read", status_code=400)
        self.assertEqual(self.client.get(reverse("people"), {"q": "%00"}).status_code, 200)  # the three letters

    def test_odd_charsets(self):
        for url in every_url():
            for charset in ("utf-7", "utf-16", "unicode_escape"):
                self.assertNoServerError("GET", f"{url}?q=%2B2AA-", b"x", f"text/plain; charset={charset}")

    def test_a_charset_that_is_not_the_pages_is_refused(self):
        response = self.client.generic("POST", reverse("login"), b"x=x", content_type=f"{FORM}; charset=utf-7")
        self.assertContains(response, "The request could not be read", status_code=400)
        for spelling in ("utf-8", "UTF-8", "utf8"):
            response = self.visitor.post(reverse("login"), b"x=x", content_type=f"{FORM}; charset={spelling}")
            self.assertContains(response, "This field is required.")

    def test_odd_headers(self):
        for headers in HEADERS:
            for url in (reverse("home"), reverse("people"), reverse("profile"), reverse("admin:index"), "/nowhere/"):
                self.assertNoServerError("GET", url, headers=headers)
            self.assertNoServerError("POST", reverse("login"), b"username=x&password=x", FORM, headers=headers)

    def test_odd_methods(self):
        for url in every_url():
            for method in METHODS:
                self.assertNoServerError(method, url, b"username=x", FORM)

    def test_a_length_or_an_address_that_is_none(self):
        for url in self.forms():
            for environ in ({"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": ""}, {"REMOTE_ADDR": ""}):
                self.assertNoServerError("POST", url, b"username=x&password=x", FORM, **environ)

    @override_settings(DEBUG=True)
    def test_the_error_pages_of_development_do_not_fail_either(self):
        for url in (reverse("login"), reverse("profile"), "/nowhere/"):
            for content_type, body in BODIES.values():
                self.assertNoServerError("POST", url, body, content_type)
            for query in QUERIES:
                self.assertNoServerError("GET", f"{url}?{query}")
            for headers in HEADERS:
                self.assertNoServerError("GET", url, headers=headers)

    def test_the_account_survives_all_of_it(self):
        before = User.objects.values().get()
        for content_type, body in BODIES.values():
            for name in ("profile", "delete_account", "password_change"):
                self.assertNoServerError("POST", reverse(name), body, content_type)
        self.assertEqual(User.objects.values().get(), before)


class FailAt:
    """Make the n-th statement of a connection fail."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            raise OperationalError("The server closed the connection unexpectedly.")
        return execute(sql, params, many, context)


class FaultMixin(PageMixin):
    """Faults in the middle of a request, with real transactions."""

    databases = "__all__"

    def setUp(self):
        super().setUp()
        self.before = stored_pictures()
        self.client = Client(raise_request_exception=False)

    def stored(self):
        return stored_pictures() - self.before

    def each_failure(self, prepare, act, check):
        """
        Do something as often as it has statements, each time with another one failing.

        ``prepare()`` makes the state before, ``act()`` does it and returns the response, ``check(response)`` looks at
        what is left.
        """
        number, failed = 0, True
        while failed:
            number += 1
            prepare()
            fault = FailAt(number)
            with connection.execute_wrapper(fault):
                response = act()
            failed = fault.left <= 0
            with self.subTest(statement=number):
                check(response)
        self.assertGreater(number, 4)
        self.assertLess(response.status_code, 400)

    def assertWhole(self, user):
        """An account has its one profile, whose keys and files are true."""
        profile = Profile.objects.get(user=user)
        user = User.objects.get(pk=user.pk)
        self.assertEqual((profile.name_key, profile.email_key), (fold(user.username), fold(user.email)))
        if profile.image:
            self.assertIn(profile.image.name, self.stored())
        return user, profile

    def assertSwept(self, *names):
        """The storage holds some pictures, and a file too many at most, which the sweep finds."""
        self.assertLessEqual(len(self.stored()), len(names) + 1)
        call_command("clean_orphan_images", wait=0, stdout=StringIO())
        self.assertEqual(self.stored(), set(names))

    @contextmanager
    def connected(self, signal, receiver, **options):
        signal.connect(receiver, **options)
        try:
            yield
        finally:
            signal.disconnect(receiver, **options)


class RegistrationFaultTests(FaultMixin, TransactionTestCase):
    def register(self):
        return self.client.post(reverse("register"), registration())

    def start_again(self):
        User.objects.all().delete()
        self.client.cookies.clear()

    def test_whichever_statement_fails_there_is_a_whole_account_or_none(self):
        seen = []

        def check(response):
            seen.append(User.objects.exists())
            if User.objects.exists():
                self.assertWhole(User.objects.get())
                self.assertEqual(self.post_login(client=Client()).status_code, 302)
            else:
                self.assertFalse(Profile.objects.exists())
                self.assertRedirects(self.register(), reverse("profile"))

        self.each_failure(self.start_again, self.register, check)
        self.assertGreater(seen.count(True), 1)  # the login after the commit can fail too
        self.assertGreater(seen.count(False), 1)

    def test_a_receiver_that_raises_leaves_nothing_and_the_name_is_free(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        for sender in (User, Profile):
            with self.subTest(sender):
                self.start_again()
                with self.connected(post_save, fail, sender=sender):
                    self.assertEqual(self.register().status_code, 500)
                self.assertFalse(User.objects.exists() or Profile.objects.exists() or AccountSession.objects.exists())
                self.assertRedirects(self.register(), reverse("profile"))

    def test_a_receiver_of_the_login_that_raises_leaves_a_whole_account(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        with self.connected(user_logged_in, fail):
            self.assertEqual(self.register().status_code, 500)
        self.assertWhole(User.objects.get())
        self.assertLoggedOut()
        self.assertRedirects(self.post_login(), reverse("profile"))


class LoginFaultTests(FaultMixin, TransactionTestCase):
    def test_whichever_statement_fails_somebody_is_logged_in_or_not(self):
        make_user()

        def start_again():
            AccountSession.objects.all().delete()
            self.client.cookies.clear()

        def check(response):
            if response.status_code == 302:
                self.assertLoggedIn()
            else:
                self.assertGreaterEqual(response.status_code, 400)
                self.assertLoggedOut()
                self.assertRedirects(self.post_login(), reverse("profile"))

        self.each_failure(start_again, self.post_login, check)

    def test_a_receiver_that_raises_logs_nobody_in(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        make_user()
        with self.connected(user_logged_in, fail):
            self.assertEqual(self.post_login().status_code, 500)
        self.assertLoggedOut()
        self.assertRedirects(self.post_login(), reverse("profile"))


class AccountMixin(FaultMixin):
    """An account with a picture, and a change of all of it."""

    def start_again(self):
        """Make an account with a picture, as the pages make it."""
        User.objects.all().delete()
        self.client.cookies.clear()
        cache.clear()  # where mails to the new address are counted
        self.client.post(reverse("register"), registration())
        self.user = User.objects.get()
        self.post_profile(self.user, image=picture())
        Profile.objects.update(email_verified_at="2026-01-01T00:00Z")
        self.old = Profile.objects.get().image.name
        self.assertEqual(self.stored(), {self.old})
        self.interest = Interest.objects.get_or_create(name="Chess")[0]
        self.data = profile_data(
            User.objects.get(),
            email="new@example.com",
            bio="new",
            image=picture(colour="red"),
            interests=[self.interest.pk],
        )

    def change(self):
        return self.client.post(reverse("profile"), self.data)

    def state(self):
        """Return what the change changes, as old or new."""
        user, profile = self.assertWhole(self.user)
        return {
            user.email == "new@example.com",
            profile.email_verified_at is None,
            profile.bio == "new",
            profile.image.name != self.old,
            list(profile.interests.all()) == [self.interest],
        }


class ProfileFaultTests(AccountMixin, TransactionTestCase):
    def test_whichever_statement_fails_all_is_new_or_all_is_old(self):
        seen = set()

        def check(response):
            state = self.state()
            self.assertEqual(len(state), 1, "half")
            if response.status_code == 302:
                self.assertEqual(state, {True})
            seen.update(state)
            self.assertSwept(Profile.objects.get().image.name)

        self.each_failure(self.start_again, self.change, check)
        self.assertEqual(seen, {True, False})

    def test_a_listener_that_raises_breaks_nothing(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        self.start_again()
        with self.connected(fields_changed, fail), self.assertLogs("django.dispatch", "ERROR"):
            self.assertRedirects(self.change(), reverse("profile"))
        self.assertEqual(self.state(), {True})
        self.assertEqual(self.stored(), {Profile.objects.get().image.name})

    def test_somebody_elses_callback_that_raises_after_the_commit_loses_no_file(self):
        def fail_later(sender, **kwargs):
            transaction.on_commit(fail)

        def fail():
            raise RuntimeError

        self.start_again()
        with self.connected(post_save, fail_later, sender=Profile):
            self.assertEqual(self.change().status_code, 500)
        self.assertEqual(self.state(), {True})
        self.assertSwept(Profile.objects.get().image.name)

    def test_a_receiver_that_raises_changes_nothing(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        for sender in (User, Profile):
            with self.subTest(sender):
                self.start_again()
                with self.connected(post_save, fail, sender=sender):
                    self.assertEqual(self.change().status_code, 500)
                self.assertEqual(self.state(), {False})
                self.assertEqual(self.stored(), {self.old})


class FullStorage(InMemoryStorage):
    """A disk that is full, once it is said so: half of the file is there."""

    full = False

    def _save(self, name, content):
        if self.full:
            super()._save(name, SimpleUploadedFile(name, b"half"))
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._save(name, content)


class KeepingStorage(InMemoryStorage):
    """A disk that refuses to delete."""

    def delete(self, name):
        raise OSError(errno.EROFS, "Read-only file system")


def stored_in(storage):
    return override_settings(
        STORAGES={**settings.STORAGES, "default": {"BACKEND": f"{__name__}.{storage.__name__}"}},
    )


class VerificationFaultTests(AccountMixin, TransactionTestCase):
    def test_whichever_statement_fails_the_link_was_used_or_still_works(self):
        def prepare():
            self.start_again()
            Profile.objects.update(email_verified_at=None)
            self.path = self.user.profile.get_verification_path()

        def check(response):
            verified = self.assertWhole(self.user)[1].email_verified_at is not None
            seen.add((response.status_code, verified))
            if not verified:
                self.assertEqual(self.client.get(self.path).status_code, 200)

        seen = set()
        self.each_failure(prepare, lambda: self.client.post(self.path, follow=True), check)
        # What fails after the commit (the line in the log) is not the person's trouble; the page's own errors are.
        self.assertLessEqual(seen, {(500, False), (500, True), (200, True)})
        self.assertIn((500, False), seen)


class StorageFaultTests(AccountMixin, TransactionTestCase):
    @stored_in(FullStorage)
    def test_a_full_disk_is_an_error_of_the_field_and_the_old_picture_is_kept(self):
        self.start_again()
        FullStorage.full = True
        self.addCleanup(setattr, FullStorage, "full", False)
        response = self.change()
        self.assertContains(response, "The picture can&#x27;t be stored at the moment.")
        self.assertEqual(self.state(), {False})
        self.assertEqual(self.stored(), {self.old})

    @stored_in(KeepingStorage)
    def test_a_file_that_can_not_be_deleted_breaks_nothing(self):
        self.start_again()
        with self.assertLogs("users.files", "ERROR"):
            self.assertRedirects(self.change(), reverse("profile"))
        self.assertEqual(self.state(), {True})
        with self.assertLogs("users.files", "ERROR"):
            response = self.client.post(reverse("delete_account"), {"password": PASSWORD})
        self.assertRedirects(response, reverse("home"))
        self.assertFalse(User.objects.exists())


class DeletionFaultTests(AccountMixin, TransactionTestCase):
    def delete(self):
        return self.client.post(reverse("delete_account"), {"password": PASSWORD})

    def test_whichever_statement_fails_all_is_there_or_all_is_gone(self):
        seen = set()

        def check(response):
            there = User.objects.exists()
            seen.add(there)
            if there:
                self.assertGreaterEqual(response.status_code, 400)
                self.assertWhole(self.user)
                self.assertSwept(self.old)
                self.assertLoggedIn()
            else:
                self.assertFalse(Profile.objects.exists() or AccountSession.objects.exists())
                self.assertSwept()
                self.assertLoggedOut()

        self.each_failure(self.start_again, self.delete, check)
        self.assertEqual(seen, {True, False})

    def test_a_receiver_that_raises_deletes_nothing(self):
        def fail(sender, **kwargs):
            raise RuntimeError

        self.start_again()
        with self.connected(post_delete, fail, sender=User):
            self.assertEqual(self.delete().status_code, 500)
        self.assertWhole(self.user)
        self.assertEqual(self.stored(), {self.old})
        self.assertLoggedIn()
