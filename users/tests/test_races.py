"""
What happens at the same moment, with real connections.

Most of it needs a second connection to the test database. SQLite's lives in memory, where a second writer is
refused instead of waiting, so those tests run on PostgreSQL.
"""

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pkgutil import resolve_name
from unittest import mock, skipUnless

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.signals import user_logged_out
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.models.signals import post_save, pre_save
from django.test import Client, TransactionTestCase
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from listening.muting import sent
from users import events
from users.models import AccountSession, Interest, Profile
from users.profiles.missing import create_missing
from users.tests.test_ways import (
    PASSWORD,
    ProfileAssertions,
    hear_saved_users,
    load,
    person,
    register,
    restore_receivers,
)

User = get_user_model()

TIMEOUT = 20  # seconds: a test that waits longer has failed

needs_second_connection = skipUnless(
    connection.vendor == "postgresql", "SQLite's in-memory test database has no second writer; PostgreSQL runs this"
)


def closing_connections(action):
    """Return an action that closes the connections of its thread."""

    def run(*args):
        try:
            return action(*args)
        finally:
            connections.close_all()

    return run


def together(*actions):
    """Run actions at once, a thread and a connection each, and return their results; raise what one raises."""
    start = threading.Barrier(len(actions), timeout=TIMEOUT)

    def run(action):
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        futures = [pool.submit(closing_connections(run), action) for action in actions]
        return [future.result(TIMEOUT) for future in futures]


def elsewhere(action):
    """Run an action on another connection, and return its result."""
    return together(action)[0]


class Waiting:
    """An action on another connection that runs into a lock of ours."""

    result = None

    def __init__(self, pool, action):
        self.submit = lambda: pool.submit(closing_connections(action))

    def start(self):
        """Start the action, and return when it waits."""
        self.future = self.submit()
        with connection.cursor() as cursor:
            for _attempt in range(TIMEOUT * 100):
                cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")
                cursor.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone():
                    return
        raise AssertionError("The other connection does not wait.")


@contextmanager
def waiting(action):
    """Run a block in a transaction; what it starts elsewhere waits for its end, and has its result afterwards."""
    with ThreadPoolExecutor(1) as pool:
        other = Waiting(pool, action)
        with transaction.atomic():
            yield other
        other.result = other.future.result(TIMEOUT)


def post(name, data, client=None, *args):
    """Post to a page, and return the status and the text. Errors are answers, not exceptions."""
    client = client or Client()
    client.raise_request_exception = False
    response = client.post(reverse(name, args=args), data)
    return response.status_code, response.content.decode()


class RaceTestCase(ProfileAssertions, TransactionTestCase):
    def hold_first_saves(self, number):
        """Let no thread save its first user before this number of them is about to: all found the name free."""
        barrier = threading.Barrier(number, timeout=TIMEOUT)
        thread = threading.local()
        thread.was_here = True  # the test's own, which saves users later

        def wait(**kwargs):
            if not hasattr(thread, "was_here"):
                thread.was_here = True
                barrier.wait()

        restore_receivers(self)
        pre_save.connect(wait, sender=User, weak=False)

    def assertOneGotIt(self, answers, sentence):
        """One was redirected, all others see their form again, with the sentence."""
        self.assertEqual(sorted(status for status, _ in answers), [200] * (len(answers) - 1) + [302])
        for status, text in answers:
            self.assertEqual(sentence in text, status == 200)


@needs_second_connection
class RegistrationRaceTests(RaceTestCase):
    names = ["ada", "Ada", "ADA", "aDa", "adA", "ADa", "aDA", "ａｄａ"]

    def register(self, name, email):
        data = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}
        return lambda: post("register", data)

    def assertOneAccount(self):
        self.assertEqual((User.objects.count(), Profile.objects.count()), (1, 1))
        self.assertHasOneProfile(User.objects.get())

    def test_one_name_in_eight_browsers(self):
        self.hold_first_saves(8)
        answers = together(*[self.register("ada", f"ada{number}@example.com") for number in range(8)])
        self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertOneAccount()

    def test_one_name_in_eight_spellings(self):
        self.hold_first_saves(8)
        answers = together(*[self.register(n, f"ada{number}@example.com") for number, n in enumerate(self.names)])
        self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertOneAccount()

    def test_one_address_in_eight_spellings(self):
        self.hold_first_saves(8)
        answers = together(
            *[self.register(f"user{number}", f"{name}@Example.com") for number, name in enumerate(self.names[:7])],
            self.register("user7", "ada@example.COM"),
        )
        self.assertOneGotIt(answers, "There is an account with this address already.")
        self.assertOneAccount()

    def test_one_name_without_holding_anybody(self):
        for number in range(3):
            answers = together(*[self.register(f"ada{number}", f"{number}.{n}@example.com") for n in range(8)])
            self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertEqual((User.objects.count(), Profile.objects.count()), (3, 3))

    def test_different_names_all_get_in(self):
        self.hold_first_saves(8)
        answers = together(*[self.register(f"ada{number}", f"ada{number}@example.com") for number in range(8)])
        self.assertEqual([status for status, _ in answers], [302] * 8)
        self.assertEqual((User.objects.count(), Profile.objects.count()), (8, 8))

    def test_eight_people_who_take_one_new_name_at_once(self):
        clients = [Client() for _ in range(8)]
        for number, client in enumerate(clients):
            client.force_login(User.objects.create_user(f"user{number}", f"user{number}@example.com"))
        self.hold_first_saves(8)
        answers = together(
            *[
                partial(post, "profile", {"username": name, "email": f"user{number}@example.com"}, client)
                for number, (name, client) in enumerate(zip(self.names, clients, strict=True))
            ]
        )
        self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertEqual(Profile.objects.filter(name_key="ada").count(), 1)


@needs_second_connection
class ImportRaceTests(RaceTestCase):
    def test_an_import_beside_a_registration_with_its_address(self):
        def bring():
            with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
                file.write("username,email\nbo,ADA@example.com\n")
                file.flush()
                try:
                    call_command("import_users", file.name, stdout=StringIO())
                except CommandError as error:
                    return str(error)

        with waiting(bring) as refusal:
            register("ada")
            refusal.start()
        self.assertIn("Line 2 ('bo'): the name or the address was taken.", refusal.result)
        self.assertEqual(User.objects.count(), 1)


@needs_second_connection
class AdminRaceTests(RaceTestCase):
    """The admin's forms, used by four of the staff at once."""

    inline = {"profile-TOTAL_FORMS": 0, "profile-INITIAL_FORMS": 0}

    def setUp(self):
        self.clients = [Client() for _ in range(4)]
        for number, client in enumerate(self.clients):
            client.force_login(User.objects.create_superuser(f"root{number}", f"root{number}@example.com", PASSWORD))
        self.hold_first_saves(4)

    def add(self, *people):
        """Post one person a client to the *add user* page."""
        password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, **self.inline}
        return together(
            *[
                partial(post, "admin:auth_user_add", {"username": name, "email": email, **password}, client)
                for (name, email), client in zip(people, self.clients, strict=True)
            ]
        )

    def test_one_new_name_in_four_spellings(self):
        answers = self.add(*[(name, f"ada{n}@example.com") for n, name in enumerate(("ada", "ada", "Ada", "ａｄａ"))])
        self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertHasOneProfile(User.objects.get(username__iexact="ada"))
        self.assertEqual((User.objects.count(), Profile.objects.count()), (5, 5))

    def test_one_new_address(self):
        answers = self.add(*[(f"ada{number}", "ada@example.com") for number in range(4)])
        self.assertOneGotIt(answers, "There is an account with this address already.")
        self.assertEqual(User.objects.count(), 5)

    def test_four_accounts_that_are_given_one_name(self):
        joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
        data = {"username": "ada", "email": "", "is_active": "on", **joined, **self.inline}
        users = User.objects.bulk_create([person(f"user{number}") for number in range(4)])
        answers = together(
            *[
                partial(post, "admin:auth_user_change", data, client, user.pk)
                for user, client in zip(users, self.clients, strict=True)
            ]
        )
        self.assertOneGotIt(answers, "A user with that username already exists.")
        self.assertEqual(User.objects.filter(username="ada").count(), 1)


class TransactionTests(RaceTestCase):
    """What happens inside the transaction of a registration, and what must not."""

    data = {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD}

    def test_the_password_is_hashed_before_the_transaction_begins(self):
        encode, seen = MD5PasswordHasher.encode, []

        def spy(hasher, password, salt):
            seen.append(connection.in_atomic_block)
            return encode(hasher, password, salt)

        with mock.patch.object(MD5PasswordHasher, "encode", spy):
            self.assertEqual(post("register", self.data)[0], 302)
        self.assertEqual(seen, [False])
        self.assertTrue(User.objects.get().check_password(PASSWORD))

    def test_user_and_profile_are_one_transaction(self):
        seen = []
        hear_saved_users(self, lambda **kwargs: seen.append(connection.in_atomic_block))
        self.assertEqual(post("register", self.data)[0], 302)
        self.assertTrue(seen[0])

    @needs_second_connection
    def test_nobody_sees_a_user_without_a_profile(self):
        seen = []

        def look(**kwargs):
            seen.append(elsewhere(lambda: (User.objects.count(), Profile.objects.count())))

        hear_saved_users(self, lambda **kwargs: look(), before_ours=True)
        hear_saved_users(self, lambda **kwargs: look())
        pre_save.connect(look, sender=Profile, weak=False)
        post_save.connect(look, sender=Profile, weak=False)
        self.assertEqual(post("register", self.data)[0], 302)
        self.assertEqual(seen[:4], [(0, 0)] * 4)
        self.assertEqual(elsewhere(lambda: (User.objects.count(), Profile.objects.count())), (1, 1))

    @needs_second_connection
    def test_nobody_ever_sees_one_while_people_register(self):
        done = threading.Event()

        def register_some():
            try:
                for number in range(10):
                    post("register", {**self.data, "username": f"ada{number}", "email": f"a{number}@example.com"})
            finally:
                done.set()

        def look():
            polls = []
            while not done.is_set():
                polls.append(User.objects.filter(profile=None).count())
            return polls

        _, polls = together(register_some, look)
        self.assertEqual((set(polls), User.objects.count()), ({0}, 10))


@needs_second_connection
class ProfileRaceTests(RaceTestCase):
    def test_a_user_who_is_saved_does_not_undo_an_edit_of_the_profile(self):
        User.objects.create_user("ada")
        user = User.objects.select_related("profile").get()
        elsewhere(lambda: Profile.objects.update(bio="from elsewhere"))
        user.first_name = "A"
        user.save()
        user.profile.location = "changed"
        elsewhere(lambda: Profile.objects.update(bio="from elsewhere again"))
        user.save()
        self.assertEqual(Profile.objects.values_list("bio", "location").get(), ("from elsewhere again", "changed"))

    def test_nor_do_many(self):
        User.objects.create_user("ada")

        def save_users():
            for number in range(30):
                user = User.objects.select_related("profile").get()
                user.profile.location = user.first_name = str(number)
                user.save()

        def edit_profiles():
            for _number in range(30):
                Profile.objects.update(bio=Concat(F("bio"), Value("x")))

        together(save_users, edit_profiles)
        self.assertEqual(Profile.objects.values_list("bio", "location").get(), ("x" * 30, "29"))

    def test_first_uses_at_once_make_one_profile(self):
        user = User.objects.bulk_create([person()])[0]
        found = together(*[lambda: User.objects.get().profile.pk] * 8)
        self.assertEqual(set(found), {Profile.objects.get().pk})
        self.assertHasOneProfile(user)

    def test_profile_pages_at_once_make_one_profile(self):
        user = User.objects.bulk_create([person()])[0]
        clients = [Client() for _ in range(4)]
        for client in clients:
            client.force_login(user)
        pages = [lambda client=client: client.get(reverse("profile")).status_code for client in clients]
        self.assertEqual(together(*pages), [200] * 4)
        self.assertHasOneProfile(user)

    def test_a_first_use_waits_for_the_one_under_way(self):
        user = User.objects.bulk_create([person()])[0]
        for rolled_back in (True, False):
            with self.subTest(rolled_back=rolled_back), waiting(lambda: User.objects.get().profile.pk) as found:
                create_missing(Profile, "default", [user.pk])
                found.start()
                transaction.set_rollback(rolled_back)
            self.assertEqual(found.result, Profile.objects.get().pk)
            Profile.objects.all().delete()

    def test_a_first_use_of_a_user_who_is_being_deleted(self):
        User.objects.bulk_create([person()])
        with waiting(lambda: User.objects.first().profile.pk) as found:
            User.objects.get().delete()
            found.start()
        self.assertIsNone(found.result)
        self.assertFalse(User.objects.exists() or Profile.objects.exists())

    def test_the_command_beside_a_registration_and_beside_itself(self):
        User.objects.bulk_create([person("ada"), person("bo")])
        with waiting(lambda: call_command("create_missing_profiles", stdout=StringIO())) as command:
            Profile.objects.create(user=User.objects.get(username="ada"))
            create_missing(Profile, "default")
            User.objects.create_user("cy")
            command.start()
        together(*[lambda: call_command("create_missing_profiles", stdout=StringIO())] * 4)
        self.assertEqual((User.objects.count(), Profile.objects.count()), (3, 3))

    def test_a_second_profile_beside_the_first(self):
        user = User.objects.bulk_create([person()])[0]
        with waiting(lambda: Profile.objects.create(user=User.objects.get(), bio="second").pk) as second:
            Profile.objects.create(user=user, location="first")
            second.start()
        profile = Profile.objects.get()
        self.assertEqual((profile.pk, profile.bio, profile.location), (second.result, "second", "first"))

    def test_a_fixture_beside_a_first_use(self):
        user = User.objects.bulk_create([person()])[0]
        together(lambda: load([user]), lambda: User.objects.get().profile)
        self.assertHasOneProfile(user)


@needs_second_connection
class DeletionRaceTests(RaceTestCase):
    """Everybody takes the user first, then the profile, then its interests: so nobody waits in a ring."""

    def setUp(self):
        self.interests = [Interest.objects.create(name=name).pk for name in ("Chess", "Music", "Sailing", "Trees")]

    def edit(self, client, user, number, **changes):
        data = {"username": user.username, "email": user.email, "bio": f"bio {number}", **changes}
        interests = self.interests[2:] if number else self.interests[:1]
        return post("profile", {**data, "interests": interests}, client)[0]

    def test_two_edits_of_an_account_and_its_deletion(self):
        for name in ("ada", "bo", "cy", "dan"):
            changes = {"first_name": "A"} if name in ("ada", "bo") else {}
            user = register(name)
            user.profile.interests.set(self.interests[:2])
            clients = [Client() for _ in range(3)]
            for client in clients:
                client.force_login(user)
            answers = together(
                partial(self.edit, clients[0], user, 0, **changes),
                partial(self.edit, clients[1], user, 1, **changes),
                lambda client=clients[2]: post("delete_account", {"password": PASSWORD}, client)[0],
            )
            self.assertEqual(answers[2], 302)
            self.assertLess(max(answers), 500, answers)  # an edit may come when the account is gone
        self.assertFalse(User.objects.exists() or Profile.objects.exists())

    def test_two_edits_of_an_account(self):
        user = register("ada")
        clients = [Client() for _ in range(4)]
        for client in clients:
            client.force_login(user)
        edits = [
            partial(self.edit, client, user, number, first_name=f"A{number}") for number, client in enumerate(clients)
        ]
        self.assertEqual(together(*edits), [302] * 4)
        self.assertHasOneProfile(user)


@needs_second_connection
class VerificationRaceTests(RaceTestCase):
    def setUp(self):
        self.user = register("ada")
        self.path = self.user.profile.get_verification_path()

    def verified(self):
        return Profile.objects.get(user=self.user).email_verified_at is not None

    def test_a_link_that_is_used_while_the_address_changes_does_not_verify_the_new_one(self):
        with waiting(lambda: Client().post(self.path).status_code) as answer:
            self.user.email = "new@example.com"
            self.user.save()
            answer.start()
        self.assertEqual(answer.result, 410)
        self.assertFalse(self.verified())

    def test_a_link_that_is_used_twice_at_once_works_once_and_is_told_of_once(self):
        with sent(events.email_verified) as calls:
            codes = together(*[lambda: Client().post(self.path).status_code] * 4)
        self.assertEqual((sorted(codes), len(calls)), ([302, 410, 410, 410], 1))
        self.assertTrue(self.verified())


@needs_second_connection
class TwoClicksTests(RaceTestCase):
    """A button that is clicked twice, in one window or on two devices: one change, one line, one mail."""

    NEW, OTHER = "another-horse-8", "a-third-horse-9"

    def setUp(self):
        cache.clear()
        self.user = register("ada")
        self.client.force_login(self.user)

    def window(self, shares_session=True):
        """Return a client that is logged in: with the test's own session, or a new one as on another device."""
        client = Client()
        if shares_session:
            client.cookies = self.client.cookies.copy()
        else:
            client.force_login(self.user)
        return client

    def at_once(self, name, *requests, until):
        """Post to a page at once; nobody goes on before all have got through a function of the form."""
        barrier, function = threading.Barrier(len(requests), timeout=TIMEOUT), resolve_name(until)

        def wait(*args, **kwargs):
            answer = function(*args, **kwargs)
            barrier.wait()
            return answer

        with mock.patch(until, wait), sent(events.fields_changed, events.account_closed) as self.told:
            return together(*[partial(post, name, data, client, *args) for client, data, *args in requests])

    def assertToldOnce(self, kind=None):
        self.assertEqual([kind in call.kwargs.get("changes", {None}) for call in self.told], [True])

    def test_an_account_is_deleted_once(self):
        for shares_session in (True, False):
            clients = [self.window(shares_session) for _ in range(2)]
            requests = [(client, {"password": PASSWORD}) for client in clients]
            with self.subTest(shares_session=shares_session), sent(user_logged_out) as logged_out:
                answers = self.at_once("delete_account", *requests, until="users.forms.knows_password")
                self.assertEqual([status for status, _ in answers], [302, 302])
                self.assertToldOnce()
                self.assertEqual(len(logged_out), 1)
                self.assertFalse(User.objects.exists() or AccountSession.objects.exclude(account_id=None).exists())
            self.setUp()

    def test_an_address_is_changed_once(self):
        data = {"username": "ada", "email": "new@example.com"}
        requests = [(self.window(), data), (self.window(shares_session=False), data)]
        answers = self.at_once("profile", *requests, until="users.forms.find_taken")
        self.assertEqual([status for status, _ in answers], [302, 302])
        self.assertToldOnce("email")

    def change(self, *passwords):
        fields = [{"old_password": PASSWORD, "new_password1": new, "new_password2": new} for new in passwords]
        clients = [self.window(), self.window(shares_session=False)]
        requests = zip(clients, fields, strict=True)
        answers = self.at_once("password_change", *requests, until="users.passwords.knows_password")
        self.assertToldOnce("password")
        return answers, clients

    def test_a_password_is_changed_once(self):
        answers, clients = self.change(self.NEW, self.NEW)
        self.assertEqual([status for status, _ in answers], [302, 302])
        self.assertTrue(User.objects.get().check_password(self.NEW))
        self.assertEqual([client.get(reverse("profile")).status_code for client in clients], [200, 200])

    def test_of_two_new_passwords_one_is_refused(self):
        answers, _ = self.change(self.NEW, self.OTHER)
        self.assertOneGotIt(answers, "Your old password was entered incorrectly.")
        status = [status for status, _ in answers]
        self.assertTrue(User.objects.get().check_password((self.NEW, self.OTHER)[status.index(302)]))

    def reset(self, *passwords):
        uid, token = urlsafe_base64_encode(str(self.user.pk).encode()), default_token_generator.make_token(self.user)
        requests = []
        for new in passwords:
            client = Client()
            client.get(reverse("password_reset_confirm", args=[uid, token]))
            requests.append((client, {"new_password1": new, "new_password2": new}, uid, "set-password"))
        until = "users.passwords.RulesFirstMixin.validate_password_for_user"
        answers = self.at_once("password_reset_confirm", *requests, until=until)
        self.assertToldOnce("password")
        return answers

    def test_a_password_is_reset_once(self):
        answers = self.reset(self.NEW, self.NEW)
        self.assertEqual([status for status, _ in answers], [302, 302])
        self.assertTrue(User.objects.get().check_password(self.NEW))

    def test_a_link_sets_one_password(self):
        self.assertOneGotIt(self.reset(self.NEW, self.OTHER), "This link does not work")

    def test_the_staff_sets_a_password_once_and_another_one_all_the_same(self):
        staff = User.objects.create_superuser("root", "root@example.com", PASSWORD)
        clients = [Client(), Client()]
        for client in clients:
            client.force_login(staff)
        until = "users.passwords.RulesFirstMixin.validate_password_for_user"
        for new, other, times in ((self.NEW, self.NEW, 1), (self.OTHER, PASSWORD, 2)):
            requests = [
                (client, {"password1": password, "password2": password, "usable_password": "true"}, self.user.pk)
                for client, password in zip(clients, (new, other), strict=True)
            ]
            answers = self.at_once("admin:auth_user_password_change", *requests, until=until)
            self.assertEqual([status for status, _ in answers], [302, 302])
            self.assertEqual(len(self.told), times)
        self.assertTrue(User.objects.get(pk=self.user.pk).has_usable_password())
