from django.contrib.auth.models import User
from django.test import TestCase
from django.urls import reverse


class PagesTests(TestCase):
    def test_the_list_and_the_search(self):
        with self.assertNumQueries(0):
            response = self.client.get(reverse("lessons:chapters"))
        self.assertContains(response, "/learn/chapters/pitfalls/")
        response = self.client.get(reverse("lessons:chapters"), {"q": "saves its own"})
        self.assertContains(response, "/learn/chapters/pitfalls/#a-receiver-that-saves-its-own-instance")
        response = self.client.get(reverse("lessons:chapters"), {"q": "<b>quagga"})
        self.assertContains(response, " 0 places with “&lt;b&gt;quagga”")
        self.assertNotContains(response, 'class="found"')
        with self.assertNumQueries(0):
            response = self.client.get(reverse("lessons:chapters"), {"q": "rollback"})
        self.assertContains(response, "/learn/questions/#in_my_transaction")
        self.assertContains(response, "<mark>rollback</mark>")
        response = self.client.get(reverse("lessons:chapters"), {"q": "a"})
        self.assertContains(response, "more are not shown")

    def test_a_chapter_with_its_contents(self):
        with self.assertNumQueries(0):
            response = self.client.get(reverse("lessons:chapter", args=["order"]))
        self.assertContains(response, '<h1 id="in-which-order">In which order</h1>', html=True)
        self.assertContains(response, "In this chapter")

    def test_staff_are_led_to_the_source_of_receivers(self):
        link = "/signals/receiver/?name=users.signals.create_profile"
        address = reverse("lessons:chapter", args=["map"])
        self.assertNotContains(self.client.get(address), link)
        self.client.force_login(User.objects.create_user("ada", is_staff=True))
        self.assertContains(self.client.get(address), link)

    def test_what_is_not_there(self):
        for path in ("nothing/", "README/", "images/nothing.png", "images/make_screenshots.py", "images/..%2Fmap.md"):
            with self.assertLogs("django.request", "WARNING"):
                self.assertEqual(self.client.get(f"/learn/chapters/{path}").status_code, 404, path)

    def test_pictures(self):
        response = self.client.get(reverse("lessons:image", args=["architecture.svg"]))
        self.assertEqual(response["Content-Type"], "image/svg+xml")
        self.assertTrue(b"".join(response.streaming_content).startswith(b"<svg"))
