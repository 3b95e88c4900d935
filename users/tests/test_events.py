"""What the app says to others: when, with what, and that nobody who listens can break it."""

import io
import json
import random
import re
import threading
import zipfile
from contextlib import ExitStack
from datetime import timedelta
from unittest import mock

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from listening import announce
from listening.events import Event
from listening.muting import muted, sent
from users import events, links
from users.export import one_by_one
from users.management.commands.seed_demo import draw_picture
from users.models import Interest, Profile
from users.tests.test_ways import define_models

User = get_user_model()

PASSWORD = "tr0ub4dor&3x"


def registration(**values):
    return {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD, **values}


class ListenMixin:
    """Connect receivers for the length of a test."""

    def listen(self, signal, receiver):
        signal.connect(receiver, weak=False)
        self.addCleanup(signal.disconnect, receiver)


class RegisteringTests(ListenMixin, TestCase):
    def test_a_receiver_refuses_with_its_own_words_and_nothing_was_written(self):
        def refuse(instance, **kwargs):
            raise ValidationError("Not from this address, please.")

        self.listen(events.user_registering, refuse)
        with sent(events.user_registered) as registered:
            response = self.client.post("/register/", registration())
        self.assertContains(response, "Not from this address, please.")
        self.assertEqual((User.objects.count(), Profile.objects.count(), len(registered)), (0, 0, 0))

    def test_a_refusal_can_name_the_field(self):
        def refuse(instance, **kwargs):
            raise ValidationError({"email": "Not this provider."})

        self.listen(events.user_registering, refuse)
        form = self.client.post("/register/", registration()).context["form"]
        self.assertEqual(form.errors, {"email": ["Not this provider."]})

    def test_nobody_is_asked_about_a_form_that_is_wrong_anyway(self):
        User.objects.create_user("ada")
        with sent(events.user_registering) as calls:
            self.client.post("/register/", registration())
            self.client.post("/register/", registration(username="eve", password2="another"))
        self.assertEqual(len(calls), 0)

    def test_the_user_has_a_name_and_an_address_and_no_password(self):
        seen = []

        def look(sender, instance, **kwargs):
            seen.append((sender, instance.username, instance.email, instance.pk, instance.password, {*kwargs}))

        self.listen(events.user_registering, look)
        self.client.post("/register/", registration())
        self.assertEqual(seen, [(User, "ada", "ada@example.com", None, "", {"signal"})])


class RegisteredTests(ListenMixin, TransactionTestCase):
    """With real commits."""

    def test_it_is_told_after_the_commit_when_the_profile_is_there(self):
        seen = []

        def look(sender, instance, using, **kwargs):
            stored = Profile.objects.filter(user=instance).exists()
            seen.append((sender, instance.username, using, stored, connection.in_atomic_block))

        self.listen(events.user_registered, look)
        self.client.post("/register/", registration())
        self.assertEqual(seen, [(User, "ada", "default", True, False)])

    def test_a_receiver_that_fails_breaks_nothing_and_the_next_one_hears(self):
        heard = []

        def fail(**kwargs):
            raise RuntimeError("a listener that fails")

        def break_the_database(**kwargs):
            connection.cursor().execute("SELECT nonsense FROM nowhere")

        def hear(instance, **kwargs):
            heard.append(instance.username)

        for receiver in (fail, break_the_database, hear):
            self.listen(events.user_registered, receiver)
        with self.assertLogs("django.dispatch", "ERROR") as logs:
            response = self.client.post("/register/", registration())
        self.assertRedirects(response, "/profile/")
        self.assertEqual(heard, ["ada"])
        self.assertIn("fail", logs.output[0])
        self.assertIn("break_the_database", logs.output[1])

    def test_only_the_form_registers(self):
        with sent(events.user_registered) as calls:
            User.objects.create_user("bruno")
            User.objects.create_superuser("chiara")
        self.assertEqual(len(calls), 0)


class ClosedTests(TransactionTestCase):
    def closed(self, action):
        with sent(events.account_closed) as calls:
            action()
        return [{name: call.kwargs[name] for name in ("user_id", "username", "email", "using")} for call in calls]

    def test_it_is_told_by_values_for_every_way_of_deleting(self):
        ways = {
            "instance": lambda user: user.delete(),
            "queryset": lambda user: User.objects.filter(pk=user.pk).delete(),
            "page": lambda user: self.delete_on_the_page(user),
        }
        for name, delete in ways.items():
            with self.subTest(name):
                user = User.objects.create_user("ada", "ada@example.com", PASSWORD)
                expected = {"user_id": user.pk, "username": "ada", "email": "ada@example.com", "using": "default"}
                self.assertEqual(self.closed(lambda user=user, delete=delete: delete(user)), [expected])

    def delete_on_the_page(self, user):
        self.client.force_login(user)
        self.client.post("/account/delete/", {"password": PASSWORD})

    def test_what_is_rolled_back_is_not_told(self):
        user = User.objects.create_user("ada")

        def delete_and_roll_back():
            with transaction.atomic():
                user.delete()
                transaction.set_rollback(True)

        self.assertEqual(self.closed(delete_and_roll_back), [])


class ToldOutsideTests(TransactionTestCase):
    """What other programs hear of an account, where events are published."""

    def told(self, action):
        """Return what an action tells outside: pairs of the name of an event and its data."""
        public = [value for value in vars(events).values() if isinstance(value, Event) and value.public]
        heard = []

        def hear(sender, signal, **kwargs):
            heard.append((signal.__name__, signal.public(sender=sender, **kwargs)))

        with ExitStack() as stack:
            for signal in public:
                signal.connect(hear)
                stack.callback(signal.disconnect, hear)
            action()
        return heard

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com", PASSWORD)
        self.account = {"id": self.user.pk, "username": "ada"}

    def test_a_registration_tells_which_account_it_is_and_no_address(self):
        told = self.told(lambda: self.client.post("/register/", registration(username="eve", email="eve@example.com")))
        account = {"id": User.objects.get(username="eve").pk, "username": "eve"}
        self.assertEqual(told, [("user_registered", account)])

    def test_so_does_a_user_who_was_added_and_nobody_hears_by_whom(self):
        staff = User.objects.create_superuser("staff")
        announced = {"sender": User, "instance": self.user, "by": staff, "using": "default"}
        self.assertEqual(self.told(lambda: announce(events.user_added, **announced)), [("user_added", self.account)])

    def test_a_change_tells_the_names_of_the_fields_and_no_value(self):
        def change():
            self.user.first_name, self.user.email = "Ada", "countess@example.com"
            self.user.set_password("another one")
            self.user.save()

        fields = ["email", "first_name", "password"]
        self.assertEqual(self.told(change), [("fields_changed", {**self.account, "fields": fields})])

    def test_a_change_of_the_profile_is_nobodys_business(self):
        interest = Interest.objects.create(name="chess")
        self.assertEqual(self.told(lambda: self.user.profile.interests.add(interest)), [("fields_changed", None)])

    def test_a_verified_address_is_not_told_itself(self):
        path = self.user.profile.get_verification_path()
        self.assertEqual(self.told(lambda: self.client.post(path)), [("email_verified", self.account)])

    def test_of_a_closed_account_only_the_key_is_told(self):
        key = self.user.pk
        self.assertEqual(self.told(self.user.delete), [("account_closed", {"id": key})])

    def test_what_asks_for_a_link_or_an_answer_is_told_to_nobody(self):
        private = [value.__name__ for value in vars(events).values() if isinstance(value, Event) and not value.public]
        wanted = ["user_registering", "verification_requested", "password_reset_requested", "collecting_export"]
        self.assertEqual(private, wanted)


class InterestsTests(TransactionTestCase):
    def setUp(self):
        self.profile = User.objects.create_user("ada").profile
        self.chess, self.music = (Interest.objects.create(name=name) for name in ("Chess", "Music"))

    def changes(self, action):
        with sent(events.fields_changed, sender=Profile) as calls:
            action()
        return [(call.kwargs["instance"].pk, *call.kwargs["changes"]["interests"]) for call in calls]

    def test_every_action_tells_the_old_and_the_new_names(self):
        pk, interests = self.profile.pk, self.profile.interests
        steps = (
            (lambda: interests.add(self.chess), [(pk, [], ["Chess"])]),
            (lambda: interests.add(self.chess), []),
            (lambda: interests.add(self.chess, self.music), [(pk, ["Chess"], ["Chess", "Music"])]),
            (lambda: interests.remove(self.chess), [(pk, ["Chess", "Music"], ["Music"])]),
            (lambda: interests.remove(self.chess), []),
            (lambda: interests.set([self.chess]), [(pk, ["Music"], ["Chess"])]),
            (lambda: interests.set([self.chess]), []),
            (lambda: interests.set([self.chess], clear=True), []),
            (lambda: interests.set([self.music], clear=True), [(pk, ["Chess"], ["Music"])]),
            (lambda: interests.set([self.music, self.chess], clear=True), [(pk, ["Music"], ["Chess", "Music"])]),
            (lambda: interests.remove(Interest(pk=self.music.pk)), [(pk, ["Chess", "Music"], ["Chess"])]),
            (interests.clear, [(pk, ["Chess"], [])]),
            (interests.clear, []),
        )
        for number, (action, expected) in enumerate(steps):
            with self.subTest(number):
                self.assertEqual(self.changes(action), expected)

    def test_the_other_side_tells_it_of_each_profile(self):
        pk, profiles = self.profile.pk, self.chess.profiles
        other = User.objects.create_user("bruno").profile
        self.profile.interests.add(self.music)
        steps = (
            (lambda: profiles.add(self.profile), [(pk, ["Music"], ["Chess", "Music"])]),
            (lambda: profiles.set([other]), [(pk, ["Chess", "Music"], ["Music"]), (other.pk, [], ["Chess"])]),
            (lambda: profiles.remove(self.profile), []),
            (lambda: profiles.set([other], clear=True), []),
            (lambda: Interest(pk=self.chess.pk).profiles.remove(other), [(other.pk, ["Chess"], [])]),
            (lambda: profiles.add(other), [(other.pk, [], ["Chess"])]),
            (profiles.clear, [(other.pk, ["Chess"], [])]),
        )
        for number, (action, expected) in enumerate(steps):
            with self.subTest(number):
                self.assertEqual(self.changes(action), expected)

    def test_a_transaction_is_one_change_of_what_is_there_at_its_end(self):
        pk, interests = self.profile.pk, self.profile.interests

        def back_and_forth():
            with transaction.atomic():
                interests.add(self.chess)
                with transaction.atomic():
                    interests.add(self.music)
                    transaction.set_rollback(True)
                interests.remove(self.chess)

        def renamed():
            with transaction.atomic():
                interests.set([self.chess])
                Interest.objects.update(name=Concat("name", Value("!")))

        def first_one_rolled_back():
            with transaction.atomic():
                with transaction.atomic():
                    interests.clear()
                    transaction.set_rollback(True)
                interests.add(self.music)

        def rolled_back():
            with transaction.atomic():
                interests.clear()
                transaction.set_rollback(True)

        self.assertEqual(self.changes(back_and_forth), [])
        self.assertEqual(self.changes(rolled_back), [])
        self.assertEqual(self.changes(renamed), [(pk, [], ["Chess!"])])
        self.assertEqual(self.changes(first_one_rolled_back), [(pk, ["Chess!"], ["Chess!", "Music!"])])

    def test_a_profile_that_is_gone_at_the_commit_is_not_told_of(self):
        def take_and_delete():
            with transaction.atomic():
                self.profile.interests.add(self.chess)
                self.profile.user.delete()

        self.assertEqual(self.changes(take_and_delete), [])

    def test_a_deleted_interest_is_told_of_each_profile_that_had_it(self):
        def proxy():
            class Hobby(Interest):
                class Meta:
                    proxy = True
                    app_label = "users"

            return Hobby

        hobby = define_models(self, proxy)
        other = User.objects.create_user("bruno").profile
        pk = self.profile.pk
        one = [(pk, ["Chess", "Music"], ["Music"]), (other.pk, ["Chess"], [])]
        both = [(pk, ["Chess", "Music"], []), (other.pk, ["Chess"], [])]
        for delete, expected in (
            (lambda: self.chess.delete(), one),
            (lambda: Interest(pk=self.chess.pk).delete(), one),
            (lambda: Interest.objects.only("pk").get(pk=self.chess.pk).delete(), one),
            (lambda: hobby.objects.get(pk=self.chess.pk).delete(), one),
            (lambda: Interest.objects.filter(pk=self.chess.pk).delete(), one),
            (lambda: Interest.objects.only("pk").delete(), both),
        ):
            Interest.objects.all().delete()
            self.chess, self.music = (Interest.objects.create(name=name) for name in ("Chess", "Music"))
            self.profile.interests.set([self.chess, self.music])
            other.interests.set([self.chess])
            self.assertEqual(self.changes(delete), expected)

    def test_any_number_of_profiles_costs_a_few_statements(self):
        users = User.objects.bulk_create([User(username=f"user{number}") for number in range(20)])
        profiles = [user.profile for user in users]
        self.chess.profiles.set(profiles)
        silence, hearing = muted(events.fields_changed), sent(events.fields_changed)
        with silence, hearing as calls, CaptureQueriesContext(connection) as queries:
            self.chess.delete()
        self.assertEqual(len(calls), 20)
        self.assertLessEqual(len([query for query in queries if query["sql"].startswith("SELECT")]), 4, queries)

    def test_it_costs_nothing_if_nobody_listens(self):
        with (
            muted(events.fields_changed),
            self.assertNumQueries(4),
        ):  # BEGIN, SELECT, INSERT, COMMIT: what Django does by itself
            self.profile.interests.add(self.chess)


class VerificationTests(TestCase):
    def setUp(self):
        cache.clear()  # where mails to an address are counted
        self.user = User.objects.create_user("ada", "ada@example.com", PASSWORD)
        self.path = self.user.profile.get_verification_path()

    def refused(self, path, status=410):
        """Answer on a page that is refused, of which Django warns; return the answer."""
        with self.assertLogs("django.request", "WARNING"):
            response = self.client.post(path)
        self.assertEqual(response.status_code, status)
        return response

    def verified(self):
        return Profile.objects.get(user=self.user).email_verified_at is not None

    def test_the_link_verifies_the_address_once_without_a_login(self):
        with sent(events.email_verified) as calls, self.captureOnCommitCallbacks(execute=True):
            self.assertContains(self.client.post(self.path, follow=True), "your address is verified")
            self.assertContains(self.refused(self.path), "used before", status_code=410)
        self.assertTrue(self.verified())
        self.assertEqual([(call.sender, call.kwargs["instance"]) for call in calls], [(User, self.user)])

    def test_opening_the_link_asks_and_changes_nothing(self):
        columns = Profile.objects.filter(user=self.user).values()
        before = columns.get()
        with sent(events.email_verified) as calls, self.captureOnCommitCallbacks(execute=True):
            for ask in (self.client.get, self.client.head, self.client.get):
                self.assertEqual(ask(self.path).status_code, 200)
        self.assertEqual((columns.get(), calls), (before, []))
        page = self.client.get(self.path)
        self.assertContains(page, "<bdi>ada@example.com</bdi>")
        self.assertContains(page, "Yes, verify the address")
        self.assertRedirects(self.client.post(self.path), reverse("profile"), fetch_redirect_response=False)

    def test_a_link_that_is_no_good_says_so_when_it_is_opened_and_names_no_address(self):
        with self.clock(links.LIFETIME + 1):
            self.assertRefusedOnOpening(self.path, "three days", 410)
        self.assertRefusedOnOpening(self.path[:-2] + "/", "not complete", 404)
        self.client.post(self.path)
        self.assertRefusedOnOpening(self.path, "used before", 410)

    def assertRefusedOnOpening(self, path, words, status):
        page = self.client.get(path)
        self.assertContains(page, words, status_code=status)
        self.assertNotContains(page, "ada@example.com", status_code=status)
        self.assertNotContains(page, "<form", status_code=status)
        self.assertEqual(self.client.head(path).status_code, status)

    def test_the_page_that_asks_is_kept_by_nobody_and_leads_to_no_other_site(self):
        page = self.client.get(self.path)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "same-origin")  # the link is not told to other sites
        targets = re.findall(r'(?:href|src|action)="([^"]*)"', page.content.decode())
        self.assertEqual([target for target in targets if not re.match(r"#|/(?!/)", target)], [])

    def test_the_page_of_somebody_elses_account_can_be_left_by_whoever_is_logged_in(self):
        self.client.force_login(User.objects.create_user("grace"))
        self.assertContains(self.client.post(self.path, follow=True), "Thank you, ada: your address is verified.")
        self.assertTrue(self.verified())

    def test_a_link_older_than_three_days_is_refused(self):
        with self.clock(links.LIFETIME + 1):
            self.assertContains(self.refused(self.path), "three days", status_code=410)
        self.assertFalse(self.verified())

    def test_a_link_of_nearly_three_days_is_taken(self):
        with self.clock(links.LIFETIME - 5):
            self.client.post(self.path)
        self.assertTrue(self.verified())

    def clock(self, seconds):
        """Make the signature believe that time has gone by."""
        return mock.patch("django.core.signing.time.time", return_value=timezone.now().timestamp() + seconds)

    def test_a_link_to_the_address_before_verifies_nothing(self):
        self.user.email = "new@example.com"
        self.user.save()
        self.refused(self.path)
        self.assertFalse(self.verified())

    def test_a_used_link_is_used_up_even_if_the_address_comes_back(self):
        self.client.post(self.path)
        self.change_address("new@example.com", "ada@example.com")
        self.assertContains(self.refused(self.path), "used before", status_code=410)
        self.assertFalse(self.verified())

    def test_a_link_that_was_not_used_dies_with_a_change_even_if_the_address_comes_back(self):
        self.change_address("new@example.com", "ada@example.com")
        self.refused(self.path)
        self.assertFalse(self.verified())
        self.client.post(User.objects.get().profile.get_verification_path())
        self.assertTrue(self.verified())

    def test_a_used_link_is_used_up_even_if_the_verification_is_withdrawn(self):
        self.client.post(self.path)
        Profile.objects.update(email_verified_at=None)
        self.refused(self.path)
        self.assertFalse(self.verified())

    def test_a_link_is_used_up_even_if_the_profile_is_made_anew(self):
        self.client.post(self.path)
        Profile.objects.all().delete()
        self.assertIsNone(User.objects.get().profile.email_verified_at)
        self.refused(self.path)
        self.assertFalse(self.verified())

    def test_of_two_links_to_one_address_the_second_is_used_up_with_the_first(self):
        with self.clock(60):
            second = User.objects.get().profile.get_verification_path()
        self.assertNotEqual(second, self.path)
        self.assertRedirects(self.client.post(self.path), reverse("profile"), fetch_redirect_response=False)
        self.refused(second)

    def test_other_changes_of_the_account_leave_a_link_good(self):
        user = User.objects.get()
        user.first_name, user.profile.bio = "Ada", "Writes compilers."
        user.set_password("correct-horse-7")
        user.save()
        self.client.force_login(user)
        self.assertRedirects(self.client.post(self.path), reverse("profile"), fetch_redirect_response=False)

    def test_a_link_without_a_stamp_from_before_there_was_one_verifies_nothing(self):
        claim = {"user": str(self.user.pk), "email": self.user.email}
        path = reverse("verify_email", args=[signing.dumps(claim, salt=links.SALT)])
        self.refused(path)
        self.assertFalse(self.verified())

    def change_address(self, *addresses):
        user = User.objects.get()
        for user.email in addresses:
            user.save()

    def test_a_changed_address_has_to_be_verified_anew(self):
        self.client.post(self.path)
        self.user.refresh_from_db()
        self.user.email = "new@example.com"
        self.user.save()
        self.assertFalse(self.verified())
        self.client.post(User.objects.get().profile.get_verification_path())
        self.assertTrue(self.verified())

    def test_a_link_that_is_not_ours_or_not_whole_is_refused(self):
        for path in (self.path[:-2] + "/", "/email/verify/nonsense/", self.path.replace("verify/", "verify/x")):
            with self.subTest(path):
                self.refused(path, 404)
        self.assertFalse(self.verified())

    def test_another_link_is_asked_for_a_few_times_an_hour(self):
        self.client.force_login(self.user)
        with sent(events.verification_requested) as calls, self.captureOnCommitCallbacks(execute=True):
            for _ in range(5):
                self.assertRedirects(self.client.post("/email/verify/"), "/profile/")
        self.assertEqual(len(calls), 3)
        with self.assertLogs("django.request", "WARNING"):
            self.assertEqual(self.client.get("/email/verify/").status_code, 405)

    def test_who_was_logged_out_meanwhile_comes_back_to_the_page_of_the_button(self):
        asked = self.client.post("/email/verify/")
        self.assertRedirects(asked, "/login/?next=/profile/")
        response = self.client.post(asked.url, {"username": "ada", "password": PASSWORD})
        self.assertRedirects(response, "/profile/")

    def test_no_link_is_asked_for_an_address_that_is_verified(self):
        Profile.objects.update(email_verified_at=timezone.now() - timedelta(days=1))
        self.client.force_login(self.user)
        with sent(events.verification_requested) as calls, self.captureOnCommitCallbacks(execute=True):
            self.client.post("/email/verify/")
        self.assertEqual(len(calls), 0)


class ExportTests(ListenMixin, TestCase):
    databases = "__all__"

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com", PASSWORD, first_name="Ada")
        self.user.profile.bio = "Schreibt Übersetzer."
        self.user.profile.save()
        self.user.profile.interests.add(Interest.objects.create(name="Chess"))
        self.client.force_login(self.user)

    def export(self):
        response = self.client.post("/account/export/", {"password": PASSWORD})
        self.assertEqual(response["Content-Type"], "application/zip")
        self.assertIn("no-store", response["Cache-Control"])
        with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
            return json.loads(archive.read("data.json")), archive.namelist()

    def test_it_asks_for_the_password(self):
        self.assertEqual(self.client.get("/account/export/").status_code, 200)
        response = self.client.post("/account/export/", {"password": "wrong"})
        self.assertContains(response, "This is not your password.")
        self.client.logout()
        self.assertEqual(self.client.post("/account/export/", {"password": PASSWORD}).status_code, 302)

    def test_each_app_is_asked_by_the_user_model_which_it_may_have_connected_with(self):
        with sent(events.collecting_export, sender=User) as calls:
            self.export()
        self.assertEqual([(call.kwargs["instance"], call.kwargs["using"]) for call in calls], [(self.user, "default")])

    def test_the_file_holds_the_account_the_profile_and_the_picture(self):
        self.user.profile.image = ContentFile(draw_picture("ada"), "ada.png")
        self.user.profile.save()
        data, names = self.export()
        self.assertEqual((data["account"]["email"], data["account"]["first_name"]), ("ada@example.com", "Ada"))
        self.assertEqual((data["profile"]["bio"], data["profile"]["interests"]), ("Schreibt Übersetzer.", ["Chess"]))
        self.assertEqual(sorted(names), ["data.json", "picture.webp"])
        self.assertNotIn("password", json.dumps(data["account"]))

    def test_each_app_adds_its_part_and_the_one_that_fails_is_named(self):
        def answer(sender, instance, **kwargs):
            return {"of": instance.username, "at": timezone.now()}

        def fail(**kwargs):
            raise DatabaseError("a listener that fails")

        def answer_nonsense(**kwargs):
            return object()

        for receiver, module in ((fail, "django.contrib.admin"), (answer, "axes"), (answer_nonsense, "csp.apps")):
            receiver.__module__ = module
            self.listen(events.collecting_export, receiver)
        with self.assertLogs(level="ERROR"):
            data, _ = self.export()
        self.assertEqual(data["axes"]["of"], "ada")
        self.assertEqual([name for name in data["missing"] if name in ("admin", "csp")], ["admin", "csp"])

    def test_a_part_that_breaks_off_is_named_and_holds_what_there_was(self):
        def answer(**kwargs):
            yield {"number": 1}
            raise DatabaseError("gone away")

        answer.__module__ = "axes"
        self.listen(events.collecting_export, answer)
        with self.assertLogs("users.export", "ERROR"):
            data, _ = self.export()
        self.assertEqual((data["axes"], data["missing"]), ([{"number": 1}], ["axes"]))
        self.assertEqual(list(data)[-1], "missing")

    def test_a_part_may_be_empty_and_hold_half_a_character(self):
        def answer(**kwargs):
            return iter(())

        def answer_oddly(**kwargs):
            return {"name": "\ud800"}

        for receiver, module in ((answer, "axes"), (answer_oddly, "csp.apps")):
            receiver.__module__ = module
            self.listen(events.collecting_export, receiver)
        data, _ = self.export()
        self.assertEqual((data["axes"], data["csp"], data["missing"]), ([], {"name": "\ud800"}, []))

    def test_it_leaves_while_it_is_made(self):
        asked = []

        def answer(**kwargs):
            chance = random.Random(1)
            for number in range(100):
                asked.append(number)
                yield {"text": chance.randbytes(5_000).hex()}

        answer.__module__ = "axes"
        self.listen(events.collecting_export, answer)
        response = self.client.post("/account/export/", {"password": PASSWORD})
        self.assertEqual(asked, [])
        pieces = iter(response.streaming_content)
        start = next(pieces) + next(pieces)
        self.assertTrue(0 < len(asked) < 50, len(asked))
        with zipfile.ZipFile(io.BytesIO(start + b"".join(pieces))) as archive:
            self.assertEqual(len(json.loads(archive.read("data.json"))["axes"]), 100)

    async def test_it_leaves_while_it_is_made_by_a_server_of_asgi_too(self):
        asked = []

        def answer(**kwargs):
            for number in range(100):
                asked.append(number)
                yield {"text": random.Random(number).randbytes(5_000).hex(), "people": User.objects.count()}

        answer.__module__ = "axes"
        self.listen(events.collecting_export, answer)
        await self.async_client.aforce_login(self.user)
        response = await self.async_client.post("/account/export/", {"password": PASSWORD})
        pieces = aiter(response.streaming_content)
        start = await anext(pieces) + await anext(pieces)
        self.assertTrue(0 < len(asked) < 50, len(asked))
        with zipfile.ZipFile(io.BytesIO(start + b"".join([piece async for piece in pieces]))) as archive:
            self.assertEqual(len(json.loads(archive.read("data.json"))["axes"]), 100)

    async def test_a_download_that_is_given_up_ends_where_it_is(self):
        ended = []

        def numbers():
            try:
                yield from range(100)
            finally:
                ended.append(threading.current_thread())

        pieces = one_by_one(numbers())
        self.assertEqual([await anext(pieces), await anext(pieces)], [0, 1])
        await pieces.aclose()
        self.assertEqual(ended, [await sync_to_async(threading.current_thread)()])

    def test_a_lost_picture_is_named_and_the_rest_is_there(self):
        Profile.objects.filter(user=self.user).update(image="pictures/lost.webp")
        with self.assertLogs("users.export", "ERROR"):
            data, names = self.export()
        self.assertEqual((data["missing"], names), (["picture"], ["data.json"]))
