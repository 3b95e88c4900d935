"""The deliveries in the admin."""

from django.contrib.auth.models import Group, Permission, User
from django.test import TestCase
from django.urls import reverse

from delivery.tests import parcels
from delivery.tests.parcels import ParcelMixin

URL = "admin:delivery_delivery_changelist"


class AdminTests(ParcelMixin, TestCase):
    def setUp(self):
        super().setUp()
        self.open("first")
        self.open("second")
        self.first, self.second = self.rows()
        self.client.force_login(User.objects.create_superuser("root"))

    def act(self, action, *rows):
        data = {"action": action, "_selected_action": [row.pk for row in rows]}
        return self.client.post(reverse(URL), data, follow=True)

    def test_it_shows_what_waits_and_why_with_as_many_queries_for_many_as_for_one(self):
        self.first.take(parcels.write_down.lease)
        self.first.fail("Trouble 7")
        self.assertContains(self.client.get(reverse(URL)), "Trouble 7")
        with self.assertNumQueries(4) as one:
            self.client.get(reverse(URL))
        for _ in range(5):
            self.open()
        with self.assertNumQueries(len(one)):
            self.client.get(reverse(URL))

    def test_it_tells_of_a_next_attempt_only_where_there_is_one(self):
        self.first.take(parcels.write_down.lease)
        self.first.fail("Trouble", is_final=True)
        (second, first) = self.client.get(reverse(URL)).context["cl"].result_list
        shown = self.client.get(reverse(URL)).context["cl"].model_admin.next_attempt
        self.assertEqual((shown(first), shown(second)), (None, second.due_at))

    def test_it_says_that_a_receiver_is_gone(self):
        parcels.opened.disconnect(parcels.write_down, sender=Group)
        self.assertContains(self.client.get(reverse(URL)), "There is no such receiver")

    def test_one_is_found_by_its_key_and_by_the_id_of_its_event(self):
        for term in (str(self.group.pk), str(self.first.event_id)):
            self.assertContains(self.client.get(reverse(URL), {"q": term}), "write_down")
        self.assertNotContains(self.client.get(reverse(URL), {"q": "nothing"}), "write_down")

    def test_one_is_looked_into(self):
        url = reverse("admin:delivery_delivery_change", args=[self.first.pk])
        self.assertContains(self.client.get(url), "&quot;door&quot;: &quot;first&quot;")

    def test_what_was_given_up_is_started_again(self):
        self.first.take(parcels.write_down.lease)
        self.first.fail("Trouble", is_final=True)
        self.assertContains(self.act("start_again", self.first, self.second), "It concerns 1 delivery.")
        self.assertEqual(self.states(), [("waiting", 0)] * 2)

    def test_what_is_not_done_is_dropped(self):
        self.first.take(parcels.write_down.lease)
        self.first.finish()
        self.assertContains(self.act("drop", self.first, self.second), "It concerns 1 delivery.")
        self.assertEqual(self.states(), [("done", 1)])

    def test_nothing_can_be_written_there(self):
        self.assertEqual(self.client.get(reverse("admin:delivery_delivery_add")).status_code, 403)
        for action in ("change", "delete"):
            url = reverse(f"admin:delivery_delivery_{action}", args=[self.first.pk])
            self.assertEqual(self.client.post(url, {"post": "yes", "key": "x"}).status_code, 403)
        self.assertEqual(self.rows().count(), 2)

    def test_staff_who_may_only_look_can_not_act(self):
        staff = User.objects.create_user("staff", is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="view_delivery"))
        self.client.force_login(staff)
        self.assertNotContains(self.client.get(reverse(URL)), "start_again")
        self.act("drop", self.first)
        self.assertEqual(self.rows().count(), 2)
