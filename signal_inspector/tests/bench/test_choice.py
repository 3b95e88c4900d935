"""The choice on the bench, as the address holds it."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.http import QueryDict
from django.test import TestCase, override_settings
from django.utils import timezone

from signal_inspector.bench.choice import Choice


class ChoiceTests(TestCase):
    def choice(self, text):
        return Choice.of(QueryDict(text))

    def test_an_address_that_is_read_is_written_the_same(self):
        signal = "django.db.models.signals.pre_save"
        changes = f"at~{signal}~django.contrib.auth.models.update_last_login=off&send~{signal}=send"
        text = f"do=save&model=auth.Group&key=1&only=name&set~name=x&atomic=on&{changes}"
        self.assertEqual((self.choice(text).query(), self.choice(text).unknown), (text, []))

    def test_a_receiver_is_chosen_for_one_sender_or_for_all(self):
        signal, receiver = "django.db.models.signals.pre_save", "django.contrib.auth.models.update_last_login"
        text = f"do=create&model=auth.Group&at~{signal}~{receiver}~auth.Group=off&at~{signal}~{receiver}=raise"
        choice = self.choice(text)
        self.assertEqual((choice.query(), choice.unknown), (text, []))
        self.assertEqual(choice.changes.action(signal, receiver, "auth.Group"), "off")
        self.assertEqual(choice.changes.action(signal, receiver, "auth.User"), "raise")

    def test_what_does_not_belong_to_the_operation_is_left_out(self):
        text = "do=delete&model=auth.Group&key=1"
        choice = self.choice(f"{text}&only=name&rows=3&relation=x&story=y")
        self.assertEqual((choice.query(), choice.unknown), (text, []))

    def test_unknown_words_change_nothing(self):
        text = "do=create&model=auth.Group&at~a~b=explode&send~a=shout"
        choice = self.choice(text)
        self.assertFalse(choice.changes)
        self.assertEqual(choice.unknown, ["at~a~b=explode", "send~a=shout"])
        self.assertEqual(self.choice("at~a~b=&csrfmiddlewaretoken=x&run=1").unknown, [])

    @override_settings(SIGNAL_INSPECTOR_STORIES={"a tale": "x.y"})
    def test_a_story_comes_first(self):
        self.assertEqual((self.choice("").do, self.choice("").plain["story"]), ("story", "a tale"))
        self.assertEqual(self.choice("model=auth.Group").do, "create")

    def test_several_rows_differ_where_they_have_to(self):
        choice = self.choice("do=bulk_create&model=auth.Group&set~name=x&rows=2")
        rows = choice.prepare()()
        self.assertEqual([row.name for row in rows], ["x", "newcomer2"])


class InputTests(TestCase):
    def inputs(self, model, do="create"):
        return {each.name: each for each in Choice.of(QueryDict(f"do={do}&model={model}")).inputs()}

    def test_what_is_needed_comes_first_with_a_value(self):
        found = self.inputs("auth.Permission")
        self.assertEqual(list(found), ["name", "content_type", "codename"])
        self.assertEqual(found["content_type"].value, str(ContentType.objects.order_by("pk").first().pk))
        self.assertEqual(found["content_type"].about, "contenttypes.ContentType")

    def test_what_can_not_be_typed_is_not_asked_for(self):
        self.assertNotIn("id", self.inputs("auth.Group"))
        self.assertNotIn("password", self.inputs("auth.User"))

    def test_a_truth_is_chosen(self):
        self.assertEqual([value for value, _name in self.inputs("auth.User")["is_staff"].choices], ["yes", "no"])

    def test_keys_and_relations_are_offered(self):
        group = Group.objects.create(name="x")
        choice = Choice.of(QueryDict("do=add&model=auth.Group"))
        self.assertEqual(choice.keys(), [str(group.pk)])
        self.assertEqual(choice.relations(), ["permissions", "user_set"])

    def test_a_value_that_is_taken_is_not_suggested(self):
        self.assertEqual(self.inputs("auth.Group")["name"].value, "newcomer")
        Group.objects.create(name="newcomer")
        self.assertEqual(self.inputs("auth.Group")["name"].value, "newcomer2")

    def test_a_key_that_is_a_secret_is_not_offered(self):
        Session.objects.create(pk="a" * 32, session_data="x", expire_date=timezone.now())
        self.assertEqual(Choice.of(QueryDict("do=save&model=sessions.Session")).keys(), [])

    def test_a_permission_can_be_made_of_what_is_suggested(self):
        values = "&".join(f"set~{each.name}={each.value}" for each in self.inputs("auth.Permission").values())
        Choice.of(QueryDict(f"do=create&model=auth.Permission&{values}")).prepare()()
        self.assertTrue(Permission.objects.filter(codename="newcomer").exists())
