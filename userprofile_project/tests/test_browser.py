"""What all apps together show in a browser: the story of an account with its log and its mails, and the log's page."""

import json
import re
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings
from PIL import Image

from activity.models import Entry
from userprofile_project.tests.browser import NARROW, BrowserTestCase
from users.models import Interest

User = get_user_model()

PASSWORD, OTHER_PASSWORD = "a-long-Password-7", "another-Password-8"


class ActivityStoryTests(BrowserTestCase):
    """Each thing that a person does stands in the log, and the admin's log tells it when the account is gone."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def link(self, message):
        """Return the path of the link in a mail."""
        return re.search(r"https?://testserver(/email/verify/\S+)", message.body)[1]

    def entries(self):
        """Return the sentences of the page of the log, newest first."""
        return [sentence.text for sentence in self.browser.find_all("dd bdi")]

    def in_any_order(self, sentences, start, end):
        """Return a list in which some that come from one request are a set."""
        return [*sentences[:start], {*sentences[start:end]}, *sentences[end:]]

    def test_from_the_mail_to_the_log_of_the_admin(self):
        Interest.objects.create(name="Chess")
        User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        browser = self.browser
        browser.open("/register/")
        browser.fill(username="ada", email="ada@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        self.assertEqual(browser.text(".state-open"), "not verified yet")

        (welcome,) = mail.outbox
        browser.open(self.link(welcome))
        browser.follow("Yes, verify the address")
        self.assertIn("your address is verified", browser.text(".message"))
        self.assertEqual(browser.text(".state-good"), "verified")

        browser.fill(email="new@example.com")
        browser.follow("Save")
        self.assertEqual(browser.text(".state-open"), "not verified yet")
        _, verify, notice = mail.outbox
        self.assertEqual((verify.to, notice.to), (["new@example.com"], ["ada@example.com"]))

        portrait = self.folder / "portrait.png"
        Image.new("RGB", (80, 60), "teal").save(portrait)
        browser.fill(image=portrait)
        browser.tick("Chess")
        browser.follow("Save")
        browser.open("/password-change/")
        browser.fill(old_password=PASSWORD, new_password1=OTHER_PASSWORD, new_password2=OTHER_PASSWORD)
        browser.follow("Change the password", within="main")
        browser.follow("Log out")
        with self.assertLogs("axes", "WARNING"):
            browser.log_in("ada", PASSWORD)
        self.assertEqual(browser.path, "/login/")
        browser.log_in("ada", OTHER_PASSWORD)

        browser.follow("Activity", within="header")
        told = [
            "Logged in.",
            "Somebody tried to log in and failed.",
            "Logged out.",
            "The password was changed.",
            {"Interest added: Chess.", "A picture was added."},
            "The email address was changed from “ada@example.com” to “new@example.com”.",
            "The email address was verified.",
            "Logged in.",
            "The account was registered.",
        ]
        self.assertEqual(self.in_any_order(self.entries(), 4, 6), told)
        self.check("activity", "Activity")

        browser.open("/account/export/")
        browser.fill(password=OTHER_PASSWORD)
        with zipfile.ZipFile(browser.download("Download", self.folder)) as archive:
            data = json.loads(archive.read("data.json"))
            self.assertEqual(sorted(archive.namelist()), ["data.json", "picture.webp"])
        self.assertEqual(data["account"]["email"], "new@example.com")
        self.assertEqual([entry["what"] for entry in data["activity"]][-1], "registered")
        self.assertEqual(
            [row["kind"] for row in data["notifications"]][:3], ["welcome", "verify_address", "address_changed"]
        )

        browser.open("/account/delete/")
        browser.fill(password=OTHER_PASSWORD)
        browser.follow("Delete my account", within="main")
        self.assertIn("Your account was deleted.", browser.text(".message"))
        self.assertEqual(mail.outbox[-1].to, ["new@example.com"])

        browser.log_in("root-of-all", PASSWORD)
        browser.open("/admin/activity/entry/?q=ada")
        story = [cell.text for cell in browser.find_all("#result_list .field-told")]
        self.assertEqual(self.in_any_order(story, 6, 8), ["Logged out.", "The account was closed.", *told])


class ActivityPageTests(BrowserTestCase):
    """The page of the log in every state."""

    def record(self, what, **values):
        Entry.objects.record(what, using="default", person={"username": "ada"}, **values)

    def test_the_log_from_empty_to_deep(self):
        User.objects.create_user("ada", "ada@example.com", PASSWORD)
        root = User.objects.create_user("r" * 150)
        self.browser.log_in("ada", PASSWORD)
        self.check("before the first entry", "Activity", "/activity/?before=1")
        self.assertIn("Nothing happened before this.", self.browser.text())
        self.check("one entry", "Activity", "/activity/")
        self.record("rights", details={"is_staff": [False, True]}, by_name=root.username)
        self.record(
            "changed", details={"username": ["w" * 150, "m" * 150]}, address="2001:db8:ffff:ffff:ffff:ffff:ffff:1"
        )
        self.record("changed", details={"interests": [[], [f"Interest {n}" for n in range(30)]]})
        self.record("request_failed", details={"method": "POST", "route": "x" * 200, "error": "E" * 80})
        self.check("long words", "Activity", "/activity/")
        for _ in range(55):
            self.record("logged_in", address="127.0.0.1")
        self.check("more than a page", "Activity", "/activity/")
        self.browser.follow("Older entries")
        self.check("the second page", "Activity")
        self.browser.follow("Newest entries")
        self.assertEqual(self.browser.path, "/activity/")

    def test_the_log_of_the_admin_keeps_to_the_policy(self):
        User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        self.browser.log_in("root-of-all", PASSWORD)
        for address in ("/admin/activity/entry/", f"/admin/activity/entry/{Entry.objects.get().pk}/change/"):
            with self.subTest(address):
                self.browser.open(address)
                self.assertEqual(self.browser.path, address)
                self.assertQuiet()
        self.browser.open("/admin/delivery/delivery/")
        self.assertQuiet()


@override_settings(DEBUG=True, SIGNAL_INSPECTOR_ENABLED=True)
class HeaderTests(BrowserTestCase):
    """The header on a phone, with all entries that the menu can have."""

    def rows(self, selector):
        """Return the number of different heights that elements stand at."""
        return len({element.rect["y"] for element in self.browser.find_all(selector)})

    def test_it_has_a_row_for_the_account_and_one_for_the_menu(self):
        browser = self.browser
        name = "w" * 150
        User.objects.create_superuser(name, "root@example.com", PASSWORD)
        for scripts in (True, False):
            if not scripts:
                browser.switch_scripts_off()
            browser.open("/people/")
            browser.resize(NARROW)
            self.assertEqual(self.rows(".site-nav a"), 1)
            browser.log_in(name, PASSWORD)
            with self.subTest(scripts=scripts):
                self.assertFits(NARROW)
                self.assertEqual(len(browser.find_all(".site-nav a")), 7)
                self.assertEqual(self.rows(".site-nav a"), 1)
                self.assertLess(browser.find("header").size["height"], 110)
                self.assertGreater(browser.find(".account-name").size["width"], 40)
                self.assertEqual(browser.find(".brand").accessible_name, "Signals reference")
            browser.follow("Log out")


class MailTests(BrowserTestCase):
    """The mails as a program on a phone shows them."""

    def test_a_long_link_stays_in_the_window(self):
        browser = self.browser
        browser.open("/register/")
        browser.fill(username="ada", email="ada@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        html = mail.outbox[0].alternatives[0][0]
        self.assertGreater(max(map(len, re.findall(r">(https?://[^<]+)<", html))), 150)
        browser.driver.get("data:text/html;charset=utf-8," + quote(html))
        self.assertFits(NARROW)
