"""The page that asks "what if?"."""

import re
from contextlib import suppress
from unittest import mock
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from signal_inspector.models import StoredTrace
from signal_inspector.pages import bench_views
from signal_inspector.tests.support import POST_SAVE, site

asked = Signal()
HERE = __name__


def make_right(sender, instance, using, **kwargs):
    kind = ContentType.objects.db_manager(using).get_for_model(Group)
    Permission.objects.using(using).create(codename="x", name="x", content_type=kind)


def look_on(sender, **kwargs):
    """Do nothing."""


def answer_nothing(sender, **kwargs):
    """Do nothing."""


def answer(sender, **kwargs):
    Group.objects.create(name="answered")


def save_nothing(group, **kwargs):
    """Save, and hide that it failed."""
    with suppress(IntegrityError), transaction.atomic():
        pre_save.send(Group, instance=group)
        raise IntegrityError


def ask():
    return lambda: asked.send_robust("somebody")


@site
@override_settings(DEBUG=True, SIGNAL_INSPECTOR_STORIES={"a question": f"{HERE}.ask"})
class BenchTests(TestCase):
    databases = {"default", "other"}

    def setUp(self):
        ContentType.objects.get_for_model(Group)
        post_save.connect(make_right, sender=Group)
        self.addCleanup(post_save.disconnect, make_right, sender=Group)
        asked.connect(answer)
        self.addCleanup(asked.disconnect, answer)
        self.address = reverse("signal_inspector:try")

    def run_it(self, **choice):
        return self.client.post(self.address, {"run": "1", **choice}, follow=True)

    def create(self, **choice):
        return self.run_it(do="create", model="auth.Group", **{"set~name": "Editors"}, **choice)

    def changed(self, action, **choice):
        return self.create(**{f"at~{POST_SAVE}~{HERE}.make_right": action}, **choice)


class ChoosingTests(BenchTests):
    def test_opening_the_address_runs_nothing(self):
        with mock.patch.object(bench_views.running, "run") as run:
            page = self.client.get(self.address, {"do": "create", "model": "auth.Group", "set~name": "Editors"})
        run.assert_not_called()
        self.assertContains(page, "Nothing has run yet.")
        self.assertContains(page, 'value="Editors"')

    def test_the_address_holds_the_choice(self):
        page = self.changed("raise", atomic="on")
        (address, status), *_rest = page.redirect_chain
        self.assertEqual(status, 307)
        query = {
            "do": "create",
            "model": "auth.Group",
            "set~name": "Editors",
            "atomic": "on",
            f"at~{POST_SAVE}~{HERE}.make_right": "raise",
        }
        self.assertEqual(address, f"{self.address}?{urlencode(query)}#result")
        again = self.client.get(f"{self.address}?{urlencode(query)}")
        self.assertContains(again, '<option value="raise" selected>raises</option>', html=True)

    def test_no_token_is_in_the_address(self):
        page = self.client.post(
            self.address, {"show": "1", "do": "save", "model": "auth.Group", "csrfmiddlewaretoken": "x"}
        )
        self.assertRedirects(page, f"{self.address}?do=save&model=auth.Group")

    def test_the_form_needs_its_token(self):
        client = Client(enforce_csrf_checks=True)
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(client.post(self.address, {"run": "1"}).status_code, 403)

    def test_a_new_row_gets_values_and_no_secret_is_asked_for(self):
        page = self.client.get(self.address, {"do": "create", "model": "auth.User"})
        self.assertContains(page, 'value="newcomer"')
        self.assertNotContains(page, 'name="set~password"')
        self.assertContains(page, "make_right", 0)

    def test_who_is_connected_stands_there_before_a_run(self):
        page = self.client.get(self.address, {"do": "create", "model": "auth.Group"})
        self.assertContains(page, f'name="at~{POST_SAVE}~{HERE}.make_right~auth.Group"')
        page = self.client.get(self.address, {"do": "update", "model": "auth.Group"})
        self.assertNotContains(page, "make_right")

    def test_nonsense_is_no_error(self):
        for query in ({"do": "x"}, {"model": "no.Model"}, {"do": "save", "key": "x"}, {"at~": "off", "at~a": "off"}):
            with self.subTest(query):
                self.assertEqual(self.client.get(self.address, query).status_code, 200)

    @override_settings(DEBUG=False)
    def test_it_is_for_staff(self):
        with mock.patch.object(bench_views.running, "run") as run:
            self.assertEqual(self.client.post(f"{self.address}?do=create", {"run": "1"}).status_code, 302)
            self.client.force_login(get_user_model().objects.create_user("ada"))
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.post(f"{self.address}?do=create", {"run": "1"}).status_code, 403)
        run.assert_not_called()
        self.client.force_login(get_user_model().objects.create_user("boss", is_staff=True))
        self.assertEqual(self.client.get(self.address).status_code, 200)


class SeveralSendersTests(BenchTests):
    def setUp(self):
        super().setUp()
        post_save.connect(look_on)  # of all senders: it hears the permission first, which the group's receiver makes
        self.addCleanup(post_save.disconnect, look_on)
        self.parameter = f"at~{POST_SAVE}~{HERE}.look_on"

    def options(self, page):
        selects = re.findall(rf'name="{re.escape(self.parameter)}~([\w.]+)">(.*?)</select>', page.text, re.DOTALL)
        return {sender: "".join(re.findall(r'value="(\w+)"\s+selected', options)) for sender, options in selects}

    def test_a_receiver_is_changed_for_each_sender(self):
        page = self.create(**{f"{self.parameter}~auth.Permission": "off"})
        self.assertEqual(self.options(page), {"auth.Group": "", "auth.Permission": "off"})
        self.assertContains(page, "only as it is:", 2)  # it, and the signal that nobody else hears

    def test_an_address_without_a_sender_means_all_of_them(self):
        page = self.create(**{self.parameter: "off"})
        self.assertEqual(self.options(page), {"auth.Group": "off", "auth.Permission": "off"})
        self.assertContains(page, "only as it is:", 3)


class RunningTests(BenchTests):
    def test_as_it_is(self):
        page = self.create()
        self.assertContains(page, "make_right")
        self.assertContains(page, "<td>1 created</td>", 2)
        self.assertContains(page, "You changed no receiver yet.")
        self.assertFalse(Group.objects.exists())
        self.assertFalse(StoredTrace.objects.exists())

    def test_what_is_missing_is_said_plainly(self):
        page = self.changed("raise")
        self.assertContains(page, "There: the group. Not there: the permission.")
        self.assertContains(page, "It ends with RaisedOnPurpose, which whoever called it gets.")
        self.assertContains(page, "came out differently:")

    def test_atomic_leaves_nothing(self):
        page = self.changed("raise", atomic="on")
        self.assertContains(page, "Nothing is left in the database.")
        self.assertContains(page, "On its way out it left the atomic() around it all")

    def test_a_story_of_the_project(self):
        page = self.run_it(do="story", story="a question")
        self.assertContains(page, "answer")
        self.assertContains(page, f'name="send~{HERE}.asked"')
        with self.assertLogs("django.dispatch", "ERROR"):
            page = self.run_it(do="story", story="a question", **{f"at~{HERE}.asked~{HERE}.answer": "raise"})
        self.assertContains(page, "raised RaisedOnPurpose")
        self.assertNotContains(page, "which whoever called it gets")

    def test_send_for_send_robust(self):
        changes = {f"at~{HERE}.asked~{HERE}.answer": "raise", f"send~{HERE}.asked": "send"}
        page = self.run_it(do="story", story="a question", **changes)
        self.assertContains(page, "which whoever called it gets")

    def test_each_operation_runs(self):
        group = Group.objects.create(name="Editors")
        right = Permission.objects.first()
        for choice, told in (
            ({"do": "save", "model": "auth.Group", "key": group.pk, "set~name": "Writers"}, "1 changed"),
            ({"do": "save", "model": "auth.Group", "key": group.pk, "only": "name"}, "update_fields"),
            ({"do": "delete", "model": "auth.Group", "key": group.pk}, "1 deleted"),
            (
                {"do": "add", "model": "auth.Group", "key": group.pk, "relation": "permissions", "members": right.pk},
                "auth.Group_permissions",
            ),
            (
                {"do": "set", "model": "auth.Group", "key": group.pk, "relation": "permissions", "members": ""},
                "No row",
            ),
            ({"do": "update", "model": "auth.Group", "set~name": "Writers"}, "1 changed"),
            ({"do": "bulk_create", "model": "auth.Group", "set~name": "x", "rows": "3"}, "3 created"),
        ):
            with self.subTest(choice), mock.patch.object(post_save, "send", return_value=[]):
                self.assertContains(self.run_it(**choice), told)
        self.assertEqual(list(Group.objects.values_list("name", flat=True)), ["Editors"])

    def test_what_can_not_be_done_is_said(self):
        for choice, told in (
            ({"do": "save", "model": "auth.Group", "key": "77"}, "has no auth.Group with the primary key 77"),
            ({"do": "create", "model": "auth.Permission", "set~content_type": "x"}, "content_type"),
            ({"do": "create"}, "Choose a model."),
            ({"do": "delete", "model": "auth.Group"}, "There is no row of auth.Group"),
        ):
            with self.subTest(choice):
                page = self.run_it(**choice)
                self.assertContains(page, "It could not be tried")
                self.assertContains(page, told)

    def test_a_row_is_named_by_its_key(self):
        group = Group.objects.create(name="Editors")
        self.assertContains(
            self.run_it(do="delete", model="auth.Group"),
            f"Fill in the primary key of the row; some are: {group.pk}.",
        )
        self.assertContains(self.run_it(do="delete", model="auth.Group", key=f"auth.Group:{group.pk}"), "1 deleted")
        page = self.client.get(self.address, {"do": "delete", "model": "auth.Group"})
        self.assertContains(
            page, f'<input id="bench-key" type="text" name="key" value="{group.pk}" list="bench-keys">', html=True
        )

    def test_the_order_is_looked_into(self):
        page = self.other_orders()
        self.assertContains(page, "there is no other order")

    def test_how_many_runs_it_takes_is_said(self):
        post_save.connect(look_on, sender=Group)
        self.addCleanup(post_save.disconnect, look_on, sender=Group)
        page = self.other_orders()
        self.assertContains(page, "The order does not matter here.")
        self.assertContains(page, "those at random are the same ones each time")
        self.assertContains(page, "takes about 13 runs")  # twice as it is, in reverse, ten at random
        self.assertNotContains(page, "What you chose held")
        for receiver in (look_on, answer_nothing):
            post_save.connect(receiver, sender=Permission)
            self.addCleanup(post_save.disconnect, receiver, sender=Permission)
        self.assertContains(self.create(), "takes about 14 runs")
        without_permissions = {f"at~{POST_SAVE}~{HERE}.make_right": "off"}
        for page in (self.create(**without_permissions), self.other_orders(**without_permissions)):
            self.assertContains(page, "takes about 13 runs")

    def other_orders(self, **choice):
        data = {"shuffle": "1", "do": "create", "model": "auth.Group", "set~name": "x", **choice}
        return self.client.post(self.address, data, follow=True)

    def test_what_is_unknown_is_said_and_runs_nothing(self):
        for choice, told in (
            ({"do": "drop"}, "do=drop"),
            ({"do": "story", "story": "none"}, "story=none"),
            ({"do": "create", "model": "no.Model"}, "model=no.Model"),
            ({"do": "add", "model": "auth.Group", "key": "1", "relation": "x"}, "relation=x"),
            ({"do": "create", "model": "auth.Group", "set~nothing": "x"}, "set~nothing=x"),
            ({"at~x~y": "raise"}, "at~x~y=raise"),
            ({f"at~{POST_SAVE}~{HERE}.gone": "off"}, f"at~{POST_SAVE}~{HERE}.gone=off"),
            ({f"at~{POST_SAVE}~{HERE}.make_right": "explode"}, "make_right=explode"),
            ({f"send~{HERE}.asked": "shout"}, "asked=shout"),
            ({"what": "ever"}, "what=ever"),
        ):
            with self.subTest(choice), mock.patch.object(bench_views.running, "run") as run:
                for page in (self.client.get(self.address, choice), self.run_it(**choice)):
                    self.assertContains(page, "Unknown in this address:")
                    self.assertContains(page, f"<code>{told}" if told in choice else told)
                run.assert_not_called()

    def test_the_browser_may_go_back_to_what_has_come_of_it(self):
        self.assertEqual(self.create()["Cache-Control"], "private, no-cache")
        self.assertIn("no-store", self.client.get(self.address)["Cache-Control"])

    def test_receivers_stand_where_they_stood_before_the_run(self):
        def heard(page):
            return [each.key for each in page.context["way"]]

        for name in ("Group", "Permission"):
            post_save.connect(look_on, sender=apps.get_model("auth", name))
            self.addCleanup(post_save.disconnect, look_on, sender=apps.get_model("auth", name))
        before = self.client.get(self.address, {"do": "create", "model": "auth.Group"})
        after = self.create()
        self.assertEqual(heard(after)[: len(heard(before))], heard(before))
        self.assertEqual(heard(self.changed("raise")), heard(after))
        self.assertIn((POST_SAVE, f"{HERE}.look_on", "auth.Permission"), heard(after))

    def test_what_it_raises_is_told_in_full(self):
        Group.objects.create(name="Editors")
        self.assertContains(self.create(), "As it is, it raised IntegrityError: ")

    def test_a_save_that_does_not_end_is_told(self):
        with mock.patch.object(Group, "save", save_nothing):
            page = self.create()
        self.assertContains(page, "A save of auth.Group began (pre_save) and did not end (no post_save)")
        self.assertContains(page, f"rolled back at {HERE}:")

    def test_what_is_chosen_holds_under_each_order(self):
        post_save.connect(look_on, sender=Group)
        self.addCleanup(post_save.disconnect, look_on, sender=Group)
        parameter = f"at~{POST_SAVE}~{HERE}.look_on"
        for of_one in ("", "~auth.Group"):
            page = self.other_orders(**{f"{parameter}{of_one}": "raise"})
            self.assertContains(page, "make_right has to run before")
            self.assertContains(page, "What you chose held in each of these runs")
        page = self.other_orders(**{parameter: "earlier"})
        self.assertContains(page, "The order does not matter here.")
        self.assertContains(page, "were left aside")
        self.assertNotContains(page, "What you chose held")

    async def test_under_asgi(self):
        async def listen(sender, **kwargs):
            """Listen."""

        post_save.connect(listen, sender=Group)
        self.addCleanup(post_save.disconnect, listen, sender=Group)
        address = f"{self.address}?do=create&model=auth.Group&set~name=x"
        form = {"run": "1", "do": "create", "model": "auth.Group", "set~name": "x"}
        page = await self.async_client.post(address, form)
        self.assertContains(page, "<td>1 created</td>", 2)
        self.assertContains(page, "listen")
        self.assertFalse(await Group.objects.aexists())

    def test_one_waits_for_another(self):
        with mock.patch.object(bench_views, "_turn") as turn:
            turn.acquire.return_value = False
            self.assertContains(self.create(), "Somebody else&#x27;s trial is still running.")

    @override_settings(TASKS={"default": {"BACKEND": "somewhere.CeleryBackend"}})
    def test_callbacks_are_not_offered_where_tasks_leave_the_database(self):
        page = self.create()
        self.assertContains(page, "Not offered here: what waits for the commit.")
