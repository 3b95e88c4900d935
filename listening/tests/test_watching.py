"""The promise about field changes: the value really replaced, the value really stored, once, if committed."""

import datetime
import threading
from decimal import Decimal
from functools import partial
from unittest import skipUnless

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.db import connection, connections, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Lower, Upper
from django.db.models.signals import post_save, pre_save
from django.test import TestCase, TransactionTestCase
from django.test.utils import isolate_apps, override_settings

from listening import watching
from listening.announcing import announce, announcing
from listening.between import MOST_WAITING
from listening.muting import muted
from listening.testing import move_to_front, restored
from listening.watching import watch
from users.events import fields_changed
from users.models import Profile

User = get_user_model()


MD5 = "django.contrib.auth.hashers.MD5PasswordHasher"
PBKDF2 = "django.contrib.auth.hashers.PBKDF2PasswordHasher"


class OverwritingStorage(InMemoryStorage):
    """A storage that keeps the name it is given, as some remote ones do."""

    def get_available_name(self, name, max_length=None):
        return name


class ChangesMixin:
    """Hear the announcements, and the changes that reactions get."""

    def setUp(self):
        super().setUp()
        self.enterContext(muted(announcing))  # a model of a test is known to no other process
        self.announced = []
        fields_changed.connect(self.hear, dispatch_uid="test")
        self.addCleanup(fields_changed.disconnect, dispatch_uid="test")

    def hear(self, sender, changes, **kwargs):
        self.announced.append((sender.__name__, changes))

    def changes_of(self, action, using="default"):
        """Run an action in a transaction that commits, and return what was announced of it."""
        self.announced.clear()
        with self.captureOnCommitCallbacks(using=using, execute=True), transaction.atomic(using=using):
            action()
        return [changes for _, changes in self.announced]


class UserChangesTests(ChangesMixin, TestCase):
    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", "ada@example.com")

    def fresh(self):
        return User.objects.get(pk=self.user.pk)

    def save_with(self, **values):
        user = self.fresh()
        for name, value in values.items():
            setattr(user, name, value)
        return self.changes_of(user.save)

    def test_a_changed_address_is_announced_with_the_old_and_the_new_one(self):
        self.assertEqual(self.save_with(email="new@example.com"), [{"email": ("ada@example.com", "new@example.com")}])

    def test_the_sender_is_the_model_class_and_the_arguments_are_those_of_the_contract(self):
        calls = []

        def listen(signal, **kwargs):
            calls.append(kwargs)

        fields_changed.connect(listen)
        self.addCleanup(fields_changed.disconnect, listen)
        user = self.fresh()
        user.email = "new@example.com"
        self.changes_of(user.save)
        expected = {"email": ("ada@example.com", "new@example.com")}
        self.assertEqual(calls, [{"sender": User, "instance": user, "changes": expected, "using": "default"}])

    def test_a_save_that_changes_nothing_says_nothing(self):
        self.assertEqual(self.save_with(), [])
        self.assertEqual(self.save_with(last_login=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)), [])

    def test_a_new_row_is_no_change(self):
        self.assertEqual(self.changes_of(lambda: User.objects.create_user("bruno", "b@example.com")), [])

    def test_update_fields_that_leave_the_field_out_change_nothing_and_ask_nothing(self):
        user = self.fresh()
        user.email = "new@example.com"
        self.assertEqual(self.changes_of(lambda: user.save(update_fields=["last_login"])), [])
        with self.assertNumQueries(1):
            user.save(update_fields=["last_login"])

    def test_update_fields_that_name_the_field_change_it(self):
        user = self.fresh()
        user.email, user.username = "new@example.com", "eve"
        heard = self.changes_of(lambda: user.save(update_fields=["email"]))
        self.assertEqual(heard, [{"email": ("ada@example.com", "new@example.com")}])

    def test_a_change_left_out_before_is_announced_when_it_is_saved(self):
        user = self.fresh()
        user.email = "new@example.com"
        user.save(update_fields=["last_login"])
        self.assertEqual(self.changes_of(user.save), [{"email": ("ada@example.com", "new@example.com")}])

    def test_a_deferred_field_that_is_assigned_unread_is_compared_with_the_row(self):
        user = User.objects.only("username").get(pk=self.user.pk)
        user.email = "new@example.com"
        self.assertEqual(self.changes_of(user.save), [{"email": ("ada@example.com", "new@example.com")}])

    def test_a_deferred_field_that_is_not_assigned_is_not_read(self):
        user = User.objects.only("username").get(pk=self.user.pk)
        self.assertEqual(self.changes_of(user.save), [])
        self.assertIn("email", user.get_deferred_fields())

    def test_a_stale_instance_reports_the_value_that_it_really_replaced(self):
        first, second = self.fresh(), self.fresh()
        first.email, second.email = "first@example.com", "second@example.com"
        self.assertEqual(self.changes_of(first.save), [{"email": ("ada@example.com", "first@example.com")}])
        self.assertEqual(self.changes_of(second.save), [{"email": ("first@example.com", "second@example.com")}])

    def test_a_stale_instance_that_puts_the_old_value_back_changes_it(self):
        stale = self.fresh()
        User.objects.filter(pk=self.user.pk).update(email="new@example.com")
        self.assertEqual(self.changes_of(stale.save), [{"email": ("new@example.com", "ada@example.com")}])

    def test_a_stub_made_from_a_primary_key_is_compared_with_the_row(self):
        stub = User(pk=self.user.pk, username="ada", password=self.user.password, email="new@example.com")
        self.assertEqual(self.changes_of(stub.save), [{"email": ("ada@example.com", "new@example.com")}])

    def test_an_explicit_primary_key_that_is_free_makes_a_new_row(self):
        user = User(pk=self.user.pk + 1000, username="bruno", email="b@example.com")
        self.assertEqual(self.changes_of(user.save), [])

    def test_an_instance_that_takes_over_another_row_replaces_the_values_of_that_one(self):
        other = User.objects.create_user("bruno", "b@example.com")
        user = self.fresh()
        user.pk, user.username, user.email = other.pk, "bruno", "ada2@example.com"
        user.password = other.password
        self.assertEqual(self.changes_of(user.save), [{"email": ("b@example.com", "ada2@example.com")}])

    def test_a_copy_is_a_new_row(self):
        copy = self.fresh()
        copy.pk, copy.username = None, "ada2"
        self.assertEqual(self.changes_of(copy.save), [])
        copy.email = "copy@example.com"
        self.assertEqual(self.changes_of(copy.save), [{"email": ("ada@example.com", "copy@example.com")}])

    def test_a_copy_after_a_failed_save_remembers_nothing_of_the_original(self):
        user = self.failed_save(email="new@example.com")
        user.pk, user.username = None, "ada2"
        self.assertEqual(self.changes_of(user.save), [])

    def test_a_copy_to_another_database_is_a_new_row_there_and_a_change_the_next_time(self):
        user = self.fresh()
        self.assertEqual(self.changes_of(lambda: user.save(using="other"), using="other"), [])
        user.email = "other@example.com"
        heard = self.changes_of(lambda: user.save(using="other"), using="other")
        self.assertEqual(heard, [{"email": ("ada@example.com", "other@example.com")}])

    def failed_save(self, **values):
        """Return an instance whose save was stopped by another receiver of pre_save."""
        user = self.fresh()
        for name, value in values.items():
            setattr(user, name, value)

        def refuse(sender, **kwargs):
            raise ValueError

        pre_save.connect(refuse, sender=User)
        try:
            with self.assertRaises(ValueError), transaction.atomic():
                user.save()
        finally:
            pre_save.disconnect(refuse, sender=User)
        return user

    def test_a_save_that_failed_announces_nothing_and_its_repetition_does_once(self):
        user = self.failed_save(email="new@example.com")
        self.assertEqual(self.announced, [])
        self.assertEqual(self.changes_of(user.save), [{"email": ("ada@example.com", "new@example.com")}])
        self.assertEqual(self.changes_of(user.save), [])

    def test_a_failed_save_whose_value_somebody_else_stored_meanwhile_is_no_change(self):
        user = self.failed_save(email="new@example.com")
        User.objects.filter(pk=user.pk).update(email="new@example.com")
        self.assertEqual(self.changes_of(user.save), [])

    def test_a_change_that_is_rolled_back_is_not_announced(self):
        user = self.fresh()
        user.email = "new@example.com"

        def save_and_roll_back():
            with transaction.atomic():
                user.save()
                transaction.set_rollback(True)

        self.assertEqual(self.changes_of(save_and_roll_back), [])
        self.assertEqual(self.changes_of(user.save), [{"email": ("ada@example.com", "new@example.com")}])

    def test_two_saves_in_one_transaction_are_two_changes_in_their_order(self):
        user = self.fresh()

        def save_twice():
            for address in ("one@example.com", "two@example.com"):
                user.email = address
                user.save()

        self.assertEqual(
            self.changes_of(save_twice),
            [
                {"email": ("ada@example.com", "one@example.com")},
                {"email": ("one@example.com", "two@example.com")},
            ],
        )

    def test_of_two_saves_the_one_in_a_rolled_back_savepoint_is_not_announced(self):
        user = self.fresh()

        def save_twice():
            user.email = "one@example.com"
            user.save()
            with transaction.atomic():
                user.email = "two@example.com"
                user.save()
                transaction.set_rollback(True)

        self.assertEqual(self.changes_of(save_twice), [{"email": ("ada@example.com", "one@example.com")}])

    def test_a_value_taken_back_by_refresh_from_db_is_no_change(self):
        user = self.fresh()
        user.email = "new@example.com"
        user.refresh_from_db()
        self.assertEqual(self.changes_of(user.save), [])

    def test_a_value_that_refresh_from_db_brought_is_no_change(self):
        user = self.fresh()
        User.objects.filter(pk=user.pk).update(email="new@example.com")
        user.refresh_from_db()
        self.assertEqual(self.changes_of(user.save), [])

    def test_an_expression_is_announced_with_the_value_that_it_gave(self):
        self.assertEqual(self.save_with(email=Upper("email")), [{"email": ("ada@example.com", "ADA@EXAMPLE.COM")}])
        self.assertEqual(
            self.save_with(email=Value("x@example.com")), [{"email": ("ADA@EXAMPLE.COM", "x@example.com")}]
        )

    def test_an_expression_that_changes_nothing_is_no_change(self):
        self.assertEqual(self.save_with(email=Lower("email")), [])

    def test_several_fields_of_one_save_are_one_announcement(self):
        self.assertEqual(
            self.save_with(email="new@example.com", username="eve"),
            [{"username": ("ada", "eve"), "email": ("ada@example.com", "new@example.com")}],
        )

    def test_a_later_receiver_that_normalises_the_value_is_believed(self):
        def lower(sender, instance, **kwargs):
            instance.email = instance.email.lower()

        pre_save.connect(lower, sender=User)
        self.addCleanup(pre_save.disconnect, lower, sender=User)
        self.assertEqual(self.save_with(email="ADA@example.com"), [])
        self.assertEqual(self.save_with(email="New@Example.com"), [{"email": ("ada@example.com", "new@example.com")}])

    def test_a_receiver_that_saves_the_instance_again_makes_no_second_announcement(self):
        def save_again(sender, instance, update_fields, **kwargs):
            if update_fields is None:
                instance.save(update_fields=["email"])

        post_save.connect(save_again, sender=User)
        self.addCleanup(post_save.disconnect, save_again, sender=User)
        heard = self.save_with(email="new@example.com", username="eve")
        self.assertEqual(heard, [{"username": ("ada", "eve"), "email": ("ada@example.com", "new@example.com")}])

    def test_a_receiver_before_ours_that_saves_the_instance_again_hides_no_change(self):
        def save_again(sender, instance, update_fields, **kwargs):
            if update_fields is None:
                instance.save(update_fields=["email"])

        self.enterContext(restored(post_save))
        post_save.connect(save_again, sender=User)
        move_to_front(post_save, save_again)
        Profile.objects.filter(user=self.user).update(email_verified_at=datetime.datetime.now(datetime.UTC))
        heard = self.save_with(email="new@example.com")
        self.assertEqual(heard, [{"email": ("ada@example.com", "new@example.com")}])
        self.assertIsNone(Profile.objects.get(user=self.user).email_verified_at)

    def test_saves_that_fail_leave_little_behind(self):
        user = self.fresh()
        for _ in range(3 * MOST_WAITING):
            with self.assertRaises(ValidationError), transaction.atomic():
                user.date_joined = "no date"
                user.save()
        self.assertLessEqual(len(user.__dict__[watching.REPLACED.attribute]), MOST_WAITING)
        user.date_joined, user.email = self.user.date_joined, "new@example.com"
        self.assertEqual(self.changes_of(user.save), [{"email": ("ada@example.com", "new@example.com")}])

    def test_a_fixture_is_no_change(self):
        user = self.fresh()
        user.email = "new@example.com"
        self.assertEqual(self.changes_of(lambda: user.save_base(raw=True)), [])

    def test_a_proxy_is_heard_as_the_model(self):
        with isolate_apps("users"):

            class Person(User):
                class Meta:
                    proxy = True
                    app_label = "users"

        person = Person.objects.get(pk=self.user.pk)
        person.email = "new@example.com"
        heard = self.changes_of(person.save)
        self.assertEqual(heard, [{"email": ("ada@example.com", "new@example.com")}])
        self.assertEqual(self.announced[0][0], "User")

    def test_what_sends_no_signal_is_not_heard(self):
        def update():
            user = self.fresh()
            user.email = "one@example.com"
            User.objects.bulk_update([user], ["email"])
            User.objects.filter(pk=user.pk).update(email="two@example.com")

        self.assertEqual(self.changes_of(update), [])

    def test_a_new_password_is_announced_and_its_values_are_not(self):
        user = self.fresh()
        user.set_password("tr0ub4dor&3x")
        self.assertEqual(self.changes_of(user.save), [{"password": (None, None)}])
        user.password = make_password("another of these")
        self.assertEqual(self.changes_of(user.save), [{"password": (None, None)}])
        self.assertEqual(self.changes_of(user.save), [])

    def test_an_old_password_that_is_hashed_anew_at_a_login_is_no_new_one(self):
        user = self.fresh()
        user.password = PBKDF2PasswordHasher().encode("tr0ub4dor&3x", "salt", iterations=1)
        user.save()
        with override_settings(PASSWORD_HASHERS=[MD5, PBKDF2]):
            heard = self.changes_of(lambda: self.assertTrue(user.check_password("tr0ub4dor&3x")))
        self.assertTrue(self.fresh().password.startswith("md5$"))
        self.assertEqual(heard, [])

    def test_names_are_announced(self):
        heard = self.save_with(first_name="Ada", last_name="Okafor")
        self.assertEqual(heard, [{"first_name": ("", "Ada"), "last_name": ("", "Okafor")}])

    def test_rights_are_announced(self):
        self.assertEqual(
            self.save_with(is_staff=True, is_active=False), [{"is_active": (True, False), "is_staff": (False, True)}]
        )

    def test_a_watched_save_costs_one_statement_more(self):
        user = self.fresh()
        with self.assertNumQueries(2):
            user.save()

    def test_nothing_stays_on_the_instance(self):
        user = self.fresh()
        user.email = "new@example.com"
        user.save()
        self.assertTrue(watching.REPLACED.is_empty(user))

    def test_a_listener_that_raises_breaks_nothing_and_the_next_one_hears(self):
        def fail(**kwargs):
            raise RuntimeError("a listener that fails")

        fields_changed.disconnect(dispatch_uid="test")
        fields_changed.connect(fail)
        self.addCleanup(fields_changed.disconnect, fail)
        fields_changed.connect(self.hear, dispatch_uid="test")
        with self.assertLogs("django.dispatch", "ERROR") as logs:
            self.assertEqual(len(self.save_with(email="new@example.com")), 1)
        self.assertIn("fail", logs.output[0])
        self.assertEqual(self.fresh().email, "new@example.com")

    def test_a_changed_address_is_not_verified_any_more_and_a_kept_one_is(self):
        now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        Profile.objects.filter(user=self.user).update(email_verified_at=now)
        self.save_with(first_name="Ada")
        self.assertEqual(Profile.objects.get(user=self.user).email_verified_at, now)
        self.save_with(email="new@example.com")
        self.assertIsNone(Profile.objects.get(user=self.user).email_verified_at)

    def test_a_reaction_that_fails_fails_the_save(self):
        self.enterContext(restored())

        @watch(User, "email")
        def refuse(sender, **kwargs):
            raise ValueError("not this one")

        user = self.fresh()
        user.email = "new@example.com"
        with self.assertRaisesMessage(ValueError, "not this one"), transaction.atomic():
            user.save()
        self.assertEqual(self.fresh().email, "ada@example.com")


class ReactionTests(TestCase):
    """What a reaction is called with, and when."""

    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", "ada@example.com")

    def setUp(self):
        self.enterContext(restored())
        self.heard = []

    def save_with(self, **values):
        user = User.objects.get(pk=self.user.pk)
        for name, value in values.items():
            setattr(user, name, value)
        user.save()
        return user

    def test_it_is_called_like_a_receiver(self):
        @watch(User, "email")
        def react(**kwargs):
            self.heard.append(kwargs)

        user = self.save_with(email="new@example.com", username="eve")
        changes = {"email": ("ada@example.com", "new@example.com")}
        self.assertEqual(self.heard, [{"sender": User, "instance": user, "changes": changes, "using": "default"}])

    def test_the_decorator_and_the_argument_are_one(self):
        def react(changes, **kwargs):
            self.heard.append(changes)

        self.assertIs(watch(User, "email", then=react), react)
        self.save_with(email="new@example.com")
        self.assertEqual(self.heard, [{"email": ("ada@example.com", "new@example.com")}])

    def test_one_that_watches_twice_is_called_once_with_all_that_it_waits_for(self):
        @watch(User, "email")
        @watch(User, "username")
        def react(changes, **kwargs):
            self.heard.append(sorted(changes))

        self.save_with(email="new@example.com", username="eve", first_name="Eve")
        self.assertEqual(self.heard, [["email", "username"]])

    def test_they_are_called_in_the_order_in_which_they_were_named(self):
        for number in (1, 2, 3):

            def react(number=number, **kwargs):
                self.heard.append(number)

            watch(User, "email", then=partial(react))
        self.save_with(email="new@example.com")
        self.assertEqual(self.heard, [1, 2, 3])

    def test_a_proxy_that_is_watched_too_is_heard_by_both(self):
        with isolate_apps("users"):

            class Person(User):
                class Meta:
                    proxy = True
                    app_label = "users"

        @watch(Person, "first_name")
        def react_to_a_person(sender, changes, **kwargs):
            self.heard.append((sender, changes))

        @watch(User, "email")
        def react(sender, changes, **kwargs):
            self.heard.append((sender, changes))

        person = Person.objects.get(pk=self.user.pk)
        person.first_name, person.email = "Ada", "new@example.com"
        person.save()
        email, name = {"email": ("ada@example.com", "new@example.com")}, {"first_name": ("", "Ada")}
        self.assertEqual(self.heard, [(User, email), (Person, name)])
        self.heard.clear()
        self.save_with(first_name="Grace")
        self.assertEqual(self.heard, [])

    def test_two_functions_of_one_name_are_two_reactions(self):
        watch(User, "email", then=lambda **kwargs: self.heard.append(1))
        watch(User, "email", then=lambda **kwargs: self.heard.append(2))
        self.save_with(email="new@example.com")
        self.assertEqual(self.heard, [1, 2])

    def test_nobody_is_called_for_a_save_that_changes_nothing(self):
        @watch(User, "email")
        def react(**kwargs):
            self.heard.append(kwargs)

        self.save_with(first_name="Ada")
        self.assertEqual(self.heard, [])


class FieldTypesTests(ChangesMixin, TestCase):
    """Fields that the project's own models don't have, on a model with a table of its own."""

    @classmethod
    def setUpClass(cls):
        with isolate_apps("users"):

            class Sample(models.Model):
                number = models.IntegerField(default=0)
                price = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("1.00"))
                moment = models.DateTimeField(null=True)
                day = models.DateField(null=True)
                data = models.JSONField(default=dict)
                raw = models.BinaryField(default=b"")
                owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", db_constraint=False)
                file = models.FileField(storage=OverwritingStorage(), blank=True)

                class Meta:
                    app_label = "users"

                def __str__(self):
                    return f"Sample {self.pk}"

        cls.model = Sample
        # SQLite alters its schema outside transactions only, so the table is made before the class's begins.
        with connection.schema_editor() as editor:
            editor.create_model(Sample)
        cls.addClassCleanup(cls.drop)
        super().setUpClass()

        @watch(Sample, "number", "price", "moment", "day", "data", "raw", "owner", "file")
        def announce_changes(sender, **kwargs):
            announce(fields_changed, sender=sender, **kwargs)

    @classmethod
    def drop(cls):
        with connection.schema_editor() as editor:
            editor.delete_model(cls.model)
        for signal, uid in ((pre_save, "remember_stored_values"), (post_save, "confirm_changes")):
            signal.disconnect(sender=cls.model, dispatch_uid=f"listening.{uid}")
        watching._watches.pop(cls.model, None)

    def setUp(self):
        super().setUp()
        self.pk = self.model.objects.create().pk

    def save_with(self, **values):
        sample = self.model.objects.get(pk=self.pk)
        for name, value in values.items():
            setattr(sample, name, value)
        return self.changes_of(sample.save)

    def test_a_value_of_another_type_is_compared_as_it_is_stored(self):
        self.assertEqual(self.save_with(number="0"), [])
        self.assertEqual(self.save_with(number="7"), [{"number": (0, 7)}])
        self.assertEqual(self.save_with(day="2026-01-31"), [{"day": (None, datetime.date(2026, 1, 31))}])
        self.assertEqual(self.save_with(day="2026-01-31"), [])

    def test_an_expression_is_resolved(self):
        self.assertEqual(self.save_with(number=F("number") + 5), [{"number": (0, 5)}])
        self.assertEqual(self.save_with(number=F("number") * 1), [])

    def test_a_decimal_that_the_column_rounds_is_announced_rounded(self):
        self.assertEqual(self.save_with(price=Decimal("1.001")), [])
        self.assertEqual(self.save_with(price="2.499"), [{"price": (Decimal("1.00"), Decimal("2.50"))}])

    def test_a_time_in_another_zone_is_the_same_moment(self):
        moment = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
        self.assertEqual(self.save_with(moment=moment), [{"moment": (None, moment)}])
        self.assertEqual(self.save_with(moment=moment.astimezone(datetime.timezone(datetime.timedelta(hours=5)))), [])

    def test_json_changed_in_place_is_compared_with_the_row(self):
        sample = self.model.objects.get(pk=self.pk)
        sample.data["list"] = [1]
        self.assertEqual(self.changes_of(sample.save), [{"data": ({}, {"list": [1]})}])
        sample.data["list"].append(2)
        self.assertEqual(self.changes_of(sample.save), [{"data": ({"list": [1]}, {"list": [1, 2]})}])

    def test_what_was_announced_of_json_does_not_change_with_the_instance(self):
        sample = self.model.objects.get(pk=self.pk)
        sample.data["list"] = [1]
        heard = self.changes_of(sample.save)
        sample.data["list"].append(2)
        self.assertEqual(heard, [{"data": ({}, {"list": [1]})}])

    def test_json_that_only_python_calls_equal_is_a_change(self):
        for old, new in (({"a": 1}, {"a": True}), ([0], [False]), (1, 1.0)):
            with self.subTest(old=old, new=new):
                self.save_with(data=old)
                (heard,) = self.save_with(data=new)
                self.assertEqual(repr(heard), repr({"data": (old, new)}))

    def test_bytes_that_come_as_a_memoryview_are_compared(self):
        self.assertEqual(self.save_with(raw=memoryview(b"one")), [{"raw": (b"", b"one")}])
        self.assertEqual(self.save_with(raw=memoryview(b"one")), [])

    def test_json_that_is_stored_alike_is_no_change(self):
        self.save_with(data={"list": [1, 2]})
        self.assertEqual(self.save_with(data={"list": (1, 2)}), [])

    def test_a_foreign_key_is_followed_by_instance_and_by_id(self):
        first, second = User.objects.create_user("first"), User.objects.create_user("second")
        self.assertEqual(self.save_with(owner=first), [{"owner": (None, first.pk)}])
        self.assertEqual(self.save_with(owner_id=str(first.pk)), [])
        self.assertEqual(self.save_with(owner_id=second.pk), [{"owner": (first.pk, second.pk)}])

    def test_a_foreign_key_in_update_fields_goes_by_either_name(self):
        owner = User.objects.create_user("first")
        for name in ("owner", "owner_id"):
            with self.subTest(name):
                sample = self.model.objects.create()
                sample.owner = owner
                heard = self.changes_of(lambda sample=sample, name=name: sample.save(update_fields=[name]))
                self.assertEqual(heard, [{"owner": (None, owner.pk)}])

    def test_a_file_of_the_same_name_with_new_bytes_is_a_change(self):
        self.assertEqual(self.save_with(file=ContentFile(b"one", "a.txt")), [{"file": ("", "a.txt")}])
        self.assertEqual(self.save_with(file=ContentFile(b"two", "a.txt")), [{"file": ("a.txt", "a.txt")}])

    def test_a_file_that_is_kept_or_named_anew_is_compared_by_name(self):
        self.save_with(file=ContentFile(b"one", "a.txt"))
        self.assertEqual(self.save_with(), [])
        self.assertEqual(self.save_with(file="a.txt"), [])
        self.assertEqual(self.save_with(file="b.txt"), [{"file": ("a.txt", "b.txt")}])
        self.assertEqual(self.save_with(file=None), [{"file": ("b.txt", "")}])
        self.assertEqual(self.save_with(file=""), [])


class CommitTests(TransactionTestCase):
    """With real transactions."""

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com")
        self.announced = []
        fields_changed.connect(self.hear)
        self.addCleanup(fields_changed.disconnect, self.hear)

    def hear(self, changes, **kwargs):
        self.announced.append((connection.in_atomic_block, changes))

    def test_the_announcement_waits_for_the_commit(self):
        with transaction.atomic():
            self.user.email = "new@example.com"
            self.user.save()
            self.assertEqual(self.announced, [])
        self.assertEqual(self.announced, [(False, {"email": ("ada@example.com", "new@example.com")})])

    def test_without_a_transaction_it_follows_at_once(self):
        self.user.email = "new@example.com"
        self.user.save()
        self.assertEqual(self.announced, [(False, {"email": ("ada@example.com", "new@example.com")})])

    @skipUnless(connection.features.has_select_for_update, "only a database that locks rows makes the other one wait")
    def test_another_connection_can_not_commit_between_the_read_and_the_write(self):
        read, done = threading.Event(), threading.Event()

        def change_elsewhere():
            try:
                read.wait(5)
                User.objects.filter(pk=self.user.pk).update(email="elsewhere@example.com")
                done.set()
            finally:
                connections.close_all()

        def pause(sender, **kwargs):
            read.set()
            self.assertFalse(done.wait(0.3), "the other connection did not wait for the lock")

        pre_save.connect(pause, sender=User)
        self.addCleanup(pre_save.disconnect, pause, sender=User)
        thread = threading.Thread(target=change_elsewhere)
        thread.start()
        with transaction.atomic():
            self.user.email = "new@example.com"
            self.user.save()
        thread.join(5)
        self.assertEqual(self.announced, [(False, {"email": ("ada@example.com", "new@example.com")})])
        self.user.refresh_from_db()
        self.assertEqual(self.user.email, "elsewhere@example.com")
