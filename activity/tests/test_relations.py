"""Groups and permissions, given and taken, from both sides."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import transaction
from django.test import TestCase

from activity.tests.support import LogMixin, User, entries, make_user, statements, unwritable


class RelationsTests(LogMixin, TestCase):
    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        self.bruno = make_user("bruno")
        self.editors = Group.objects.create(name="Editors")
        self.writers = Group.objects.create(name="Writers")
        self.view, self.add = Permission.objects.filter(codename__in=["view_user", "add_user"]).order_by("-codename")

    def told(self, action, *args, using="default", **kwargs):
        """Run an action and return what it wrote: name of the account, kind, details with sorted lists."""
        before = {entry.pk for entry in entries(using)}
        action(*args, **kwargs)
        rows = [entry for entry in entries(using) if entry.pk not in before]
        return sorted(((row.username, row.what, self.in_order(row.details)) for row in rows), key=repr)

    def in_order(self, details):
        return {key: sorted(value) if isinstance(value, list) else value for key, value in sorted(details.items())}

    def given(self, name, *groups):
        return (name, "groups", {"added": list(groups)})

    def taken(self, name, *groups):
        return (name, "groups", {"removed": list(groups)})

    def test_from_the_account_each_action_tells_what_changed(self):
        groups = self.user.groups
        self.assertEqual(self.told(groups.add, self.editors, self.writers), [self.given("ada", "Editors", "Writers")])
        self.assertEqual(self.told(groups.remove, self.editors), [self.taken("ada", "Editors")])
        self.assertEqual(
            self.told(groups.set, [self.editors]), [self.given("ada", "Editors"), self.taken("ada", "Writers")]
        )
        self.assertEqual(self.told(groups.clear), [self.taken("ada", "Editors")])
        self.assertEqual(self.told(groups.create, name="New"), [self.given("ada", "New")])

    def test_from_the_group_each_account_has_an_entry(self):
        members = self.editors.user_set
        self.assertEqual(
            self.told(members.add, self.user, self.bruno),
            [self.given("ada", "Editors"), self.given("bruno", "Editors")],
        )
        self.assertEqual(self.told(members.remove, self.user), [self.taken("ada", "Editors")])
        self.assertEqual(
            self.told(members.set, [self.user]), [self.given("ada", "Editors"), self.taken("bruno", "Editors")]
        )
        self.assertEqual(self.told(members.clear), [self.taken("ada", "Editors")])

    def test_what_changes_nothing_is_not_told(self):
        self.user.groups.add(self.editors)
        for action, args in (
            (self.user.groups.add, [self.editors]),
            (self.user.groups.add, []),
            (self.user.groups.remove, [self.writers]),
            (self.user.groups.set, [[self.editors]]),
            (self.bruno.groups.clear, []),
            (self.editors.user_set.add, [self.user]),
            (self.editors.user_set.remove, [self.bruno]),
            (self.writers.user_set.clear, []),
        ):
            self.assertEqual(self.told(action, *args), [], action)

    def test_of_several_only_the_new_ones_are_told(self):
        self.user.groups.add(self.editors)
        self.assertEqual(self.told(self.user.groups.add, self.editors, self.writers), [self.given("ada", "Writers")])
        third = Group.objects.create(name="Third")
        self.assertEqual(self.told(self.user.groups.remove, self.editors, third), [self.taken("ada", "Editors")])

    def test_set_with_clear_takes_all_and_gives_all(self):
        self.user.groups.add(self.editors)
        told = self.told(self.user.groups.set, [self.editors, self.writers], clear=True)
        self.assertEqual(told, [self.given("ada", "Editors", "Writers"), self.taken("ada", "Editors")])

    def test_a_deleted_group_is_told_of_each_account_that_had_it(self):
        class DeletedGroup(Group):
            class Meta:
                proxy = True
                app_label = "activity"

        for delete in (
            lambda group: group.delete(),
            lambda group: Group(pk=group.pk).delete(),
            lambda group: Group.objects.only("pk").get(pk=group.pk).delete(),
            lambda group: Group.objects.filter(pk=group.pk).delete(),
            lambda group: DeletedGroup.objects.get(pk=group.pk).delete(),
        ):
            group = Group.objects.create(name="Guests")
            group.user_set.set([self.user, self.bruno])
            group.permissions.set([self.view])
            with statements() as run:
                told = self.told(delete, group)
            self.assertEqual(told, [self.taken("ada", "Guests"), self.taken("bruno", "Guests")])
            self.assertEqual(len([sql for sql in run if sql.startswith("INSERT")]), 1, run)

    def test_several_deleted_groups_are_told_of_each(self):
        self.user.groups.add(self.editors, self.writers)
        told = self.told(Group.objects.all().delete)
        self.assertEqual(told, [self.taken("ada", "Editors"), self.taken("ada", "Writers")])

    def test_a_deleted_permission_is_told_of_accounts_and_of_groups(self):
        content_type = ContentType.objects.create(app_label="gone", model="thing")
        for delete in (
            lambda permission: permission.delete(),
            lambda permission: Permission.objects.filter(codename="publish").delete(),
            lambda permission: content_type.delete(),
        ):
            permission = Permission.objects.create(codename="publish", name="x", content_type=content_type)
            self.user.user_permissions.add(permission)
            self.editors.permissions.add(permission)
            self.assertEqual(
                self.told(delete, permission),
                [
                    ("", "permissions", {"group": "Editors", "removed": ["gone.publish"]}),
                    ("ada", "permissions", {"removed": ["gone.publish"]}),
                ],
            )

    def test_a_deletion_in_the_admin_is_told_by_whom(self):
        self.editors.user_set.add(self.bruno)
        self.user.is_staff = self.user.is_superuser = True
        self.user.save()
        self.client.force_login(self.user)
        self.post("admin:auth_group_delete", {"post": "yes"}, self.editors.pk)
        entry = [entry for entry in entries() if entry.what == "groups"][-1]
        self.assertEqual((entry.username, entry.by, entry.details), ("bruno", self.user, {"removed": ["Editors"]}))

    def test_a_deletion_that_is_rolled_back_or_takes_nothing_is_not_told(self):
        def delete_and_roll_back():
            with transaction.atomic():
                self.editors.delete()
                transaction.set_rollback(True)

        self.assertEqual(self.told(self.writers.delete), [])
        self.editors.user_set.add(self.bruno)
        self.assertEqual(self.told(delete_and_roll_back), [])

    def test_what_a_fixture_sets_is_no_change(self):
        self.editors.permissions.add(self.view)
        self.user.groups.add(self.editors)
        self.user.user_permissions.add(self.add)
        text = serializers.serialize("json", [self.editors, self.user])

        def load():
            for loaded in serializers.deserialize("json", text):
                loaded.save()

        self.user.groups.set([self.writers])
        self.user.user_permissions.clear()
        self.editors.permissions.clear()
        self.assertEqual(self.told(load), [])
        self.assertEqual((self.user.groups.get(), self.user.user_permissions.get()), (self.editors, self.add))

    def test_permissions_of_an_account_are_told_by_their_codes(self):
        given = [("ada", "permissions", {"added": ["auth.add_user", "auth.view_user"]})]
        self.assertEqual(self.told(self.user.user_permissions.add, self.view, self.add), given)
        self.assertEqual(
            self.told(self.view.user_set.clear), [("ada", "permissions", {"removed": ["auth.view_user"]})]
        )

    def test_permissions_of_a_group_are_told_of_the_group(self):
        given = [("", "permissions", {"added": ["auth.view_user"], "group": "Editors"})]
        self.assertEqual(self.told(self.editors.permissions.add, self.view), given)
        self.assertEqual(
            self.told(self.view.group_set.set, [self.writers]),
            [
                ("", "permissions", {"added": ["auth.view_user"], "group": "Writers"}),
                ("", "permissions", {"group": "Editors", "removed": ["auth.view_user"]}),
            ],
        )
        self.assertIsNone(entries()[-1].user_id)

    def test_a_proxy_of_the_user_is_the_user(self):
        class ProxyUser(User):
            class Meta:
                proxy = True
                app_label = "activity"

        proxy = ProxyUser.objects.get(pk=self.user.pk)
        self.assertEqual(self.told(proxy.groups.add, self.editors), [self.given("ada", "Editors")])

    def test_entries_go_to_the_database_where_the_change_is(self):
        user = make_user("ada", using="other")
        group = Group.objects.using("other").create(name="Elsewhere")
        told = self.told(user.groups.add, group, using="other")
        self.assertEqual(told, [self.given("ada", "Elsewhere")])
        self.assertLog()

    def test_any_number_of_accounts_costs_one_statement(self):
        for action in (
            lambda: self.editors.user_set.add(self.user, self.bruno),
            lambda: self.editors.user_set.remove(self.user),
            lambda: self.editors.user_set.clear(),
            lambda: self.user.groups.add(self.editors, self.writers),
            lambda: self.user.groups.clear(),
        ):
            with statements() as run:
                action()
            self.assertEqual(len([sql for sql in run if "activity_entry" in sql]), 1, run)

    def test_nothing_to_tell_costs_nothing_where_that_is_known(self):
        self.user.groups.add(self.editors)
        with statements() as run, self.assertNoLogs("activity.log"):
            self.user.groups.add(self.editors)
            self.user.groups.set([self.editors])
        self.assertFalse([sql for sql in run if "activity_entry" in sql], run)

    def test_names_with_quotes_and_markup_are_kept_as_they_are(self):
        group = Group.objects.create(name="""<b>"'\\{}%s\n""")
        self.user.groups.add(group)
        self.assertEqual(entries()[-1].details, {"added": [group.name]})

    def test_a_log_that_cannot_be_written_takes_no_group_with_it(self):
        with unwritable(), self.reported() as log:
            self.user.groups.add(self.editors)
            self.editors.user_set.set([self.bruno])
        self.assertEqual(list(self.editors.user_set.all()), [self.bruno])
        self.assertEqual(len(log.output), 3)
