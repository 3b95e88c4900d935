"""The site as people meet it: whole stories in a browser, and what holds for every page."""

import os
import tempfile
import time
import zipfile
from pathlib import Path
from unittest import SkipTest, mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.files.base import ContentFile
from django.test import SimpleTestCase, override_settings
from django.urls import path
from PIL import Image

from userprofile_project import urls
from userprofile_project.tests import browser as support
from userprofile_project.tests.browser import BrowserTestCase, Keys
from users import links
from users.management.commands.seed_demo import draw_picture
from users.models import Interest, Profile

User = get_user_model()

PASSWORD = "a-long-Password-7"

# The corners of the phone's photograph as it was seen, clockwise from the left upper one.
CORNERS = ("red", "lime", "blue", "white")


def fail_with(error):
    """Return a view that fails."""

    def view(request):
        raise error

    return view


# The urlconf of PageTests: the site, with an address for each error that a page of it has.
urlpatterns = [
    *urls.urlpatterns,
    path("fails/400/", fail_with(SuspiciousOperation)),
    path("fails/403/", fail_with(PermissionDenied)),
    path("fails/413/", fail_with(RequestDataTooBig)),
    path("fails/500/", fail_with(RuntimeError)),
]
handler400 = urls.handler400


def make_user(name, **columns):
    """Return a stored user who can log in with PASSWORD."""
    return User.objects.create_user(name, f"{name}@example.com", PASSWORD, **columns)


def make_public(user, **columns):
    """Make the page of a user public, with a picture."""
    profile = user.profile
    profile.image = ContentFile(draw_picture(user.username), name="portrait.png")
    profile.is_public = True
    for name, value in columns.items():
        setattr(profile, name, value)
    profile.save()
    return profile


def write_photograph(file, size=(3024, 4032)):
    """Write a JPEG as a phone does that is held upright: the pixels lie on the side, and EXIF tells so, and where."""
    seen = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for corner, place in zip(CORNERS, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
        seen.paste(corner, (*place, place[0] + width, place[1] + height))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn clockwise by a quarter to see it
    exif[0x8825] = {1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)}  # GPS
    seen.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif)


class FilesMixin:
    """A folder for the files that a person chooses."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def photograph(self):
        file = self.folder / "IMG_2041.jpg"
        write_photograph(file)
        return file


class StoryTests(FilesMixin, BrowserTestCase):
    def test_register_edit_be_found_and_be_seen_in_the_admin(self):
        Interest.objects.create(name="Chess")
        User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        browser = self.browser

        browser.open("/")
        browser.follow("Register", within="main")
        browser.fill(username="ada", email="ada@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        self.assertEqual(browser.path, "/profile/")
        self.assertIn("Welcome, ada! Your profile was created.", browser.text(".message"))

        browser.fill(image=self.photograph(), bio="Repairs radios.", location="Lagos")
        browser.tick("Chess")
        browser.tick("Show my profile to everybody")
        browser.follow("Save")
        self.assertIn("Your profile was saved.", browser.text(".message"))
        self.assertEqual(browser.value("bio"), "Repairs radios.")
        self.assertPictureIsUprightSquare(browser.find(".picture-field img"))
        with Image.open(Profile.objects.get(user__username="ada").image.path) as stored:
            self.assertEqual((stored.format, dict(stored.getexif())), ("WEBP", {}))

        browser.follow("Log out")
        browser.follow("People", within="header")
        self.assertShown(browser.find(".people img"))
        browser.follow("ada")
        self.assertEqual(browser.path, "/people/ada/")
        for text in ("Repairs radios.", "Lagos", "Chess"):
            self.assertIn(text, browser.text())
        self.assertNotIn("ada@example.com", browser.driver.page_source)
        self.assertPictureIsUprightSquare(browser.find("main img"))

        browser.log_in("ada", PASSWORD)
        self.assertEqual(browser.path, "/profile/")
        self.assertEqual(browser.text(".account-name"), "ada")
        browser.follow("Log out")

        browser.log_in("root-of-all", PASSWORD)
        browser.follow("Admin")
        browser.follow("Profiles", within="main")
        browser.fill(q="ada")
        browser.follow("Search")
        self.assertEqual(len(browser.find_all("#result_list tbody tr")), 1)
        self.assertShown(browser.find("#result_list img"))
        browser.follow("ada", within="main")
        self.assertEqual(browser.value("bio"), "Repairs radios.")
        self.assertEqual(browser.text("#id_interests_to"), "Chess")

    def assertShown(self, image):
        """Check that a picture has arrived, and is a stored one of ours."""
        width = self.browser.wait_until(lambda: image.get_property("naturalWidth"))
        self.assertEqual((width, image.get_property("naturalHeight")), (512, 512))

    def assertPictureIsUprightSquare(self, image):
        self.assertShown(image)
        self.assertEqual(image.size["width"], image.size["height"])
        script = """
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 4;
            const context = canvas.getContext("2d");
            context.drawImage(arguments[0], 0, 0, 4, 4);
            return [[0, 0], [3, 0], [3, 3], [0, 3]].map(([x, y]) => [...context.getImageData(x, y, 1, 1).data]);
        """
        colours = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
        for corner, seen in zip(CORNERS, self.browser.run(script, image), strict=True):
            for wanted, found in zip(colours[corner], seen, strict=False):
                self.assertAlmostEqual(wanted, found, delta=12, msg=f"{corner}: {seen}")

    def test_a_refused_registration_says_what_and_where_and_keeps_what_was_typed(self):
        make_user("Bruno")
        browser = self.browser
        browser.open("/register/")
        browser.fill(username="bRUNO", email="new@example.com", password1=PASSWORD, password2="another-Password-7")
        browser.follow("Register", within="main")
        self.assertSummary("A user with that username already exists.", "The two password fields didn’t match.")
        self.assertEqual((browser.value("username"), browser.value("email")), ("bRUNO", "new@example.com"))
        self.assertEqual((browser.value("password1"), browser.value("password2")), ("", ""))
        self.assertSummaryLeadsTo("username", "password2")

        browser.fill(username="bruno-2", password1=PASSWORD, password2="another-Password-7")
        browser.follow("Register", within="main")  # the link that was followed doesn't lead the focus astray
        self.assertSummary("The two password fields didn’t match.")
        self.assertFalse(User.objects.filter(email="new@example.com").exists())

    def test_a_refused_profile_says_what_and_where_and_keeps_what_was_typed(self):
        make_user("Bruno")
        make_user("ada")
        browser = self.browser
        text, huge = self.folder / "portrait.png", self.folder / "huge.png"
        text.write_text("I am a text.")
        Image.new("1", (8000, 6000)).save(huge)
        self.assertLess(huge.stat().st_size, 10_000)
        browser.log_in("ada", PASSWORD)

        browser.fill(username="bruno", bio="Repairs radios.", image=text)
        browser.follow("Save")
        self.assertSummary("A user with that username already exists.", "This is not a picture that can be read.")
        self.assertEqual(browser.text(".account-name"), "ada")
        self.assertEqual((browser.value("username"), browser.value("bio")), ("bruno", "Repairs radios."))
        self.assertSummaryLeadsTo("username", "image")

        browser.fill(username="ada", image=huge)
        browser.follow("Save")
        self.assertSummary("The picture has more than 40 megapixels.")
        self.assertSummaryLeadsTo("image")
        self.assertEqual(browser.value("bio"), "Repairs radios.")

        browser.follow("Save")  # without a file: what was typed is saved now
        self.assertIn("Your profile was saved.", browser.text(".message"))
        self.assertEqual(browser.run("return scrollY"), 0)  # and the message can be seen
        self.assertEqual(browser.value("bio"), "Repairs radios.")

    def assertSummary(self, *errors):
        """Check that the error summary tells these errors and no others, and that it has the focus."""
        self.assertIn("error-summary", self.browser.focused.get_attribute("class"))
        items = [item.text for item in self.browser.find_all(".error-summary li")]
        self.assertEqual(len(items), len(errors), items)
        for item, error in zip(items, errors, strict=True):
            self.assertIn(error, item)

    def assertSummaryLeadsTo(self, *names):
        """Check that the links of the error summary move the focus to these fields, which tell their errors too."""
        links = self.browser.find_all(".error-summary a")
        self.assertEqual(len(links), len(names))
        for link, name in zip(links, names, strict=True):
            link.click()
            self.assertEqual(self.browser.focused.get_attribute("name"), name)
            self.assertEqual(self.browser.focused.get_attribute("aria-invalid"), "true")
            told = self.browser.focused.get_attribute("aria-describedby") or ""
            texts = [self.browser.text(f"#{described}") for described in told.split()]
            self.assertIn(link.find_element("xpath", "..").text.partition(": ")[2], "\n".join(texts))

    def test_two_browsers_edit_one_profile_and_nothing_is_lost(self):
        make_user("ada")
        Interest.objects.create(name="Chess")
        first, second = self.browser, self.another_browser()
        for browser in (first, second):
            browser.log_in("ada", PASSWORD)

        first.fill(bio="Repairs radios.", first_name="Ada")
        first.tick("Chess")
        first.follow("Save")
        second.fill(location="Lagos", last_name="Okafor")  # in a page that was loaded before
        second.tick("Show my profile to everybody")
        second.follow("Save")

        first.open("/people/ada/")
        for text in ("Repairs radios.", "Lagos", "Ada Okafor", "Chess"):
            self.assertIn(text, first.text())

    def test_the_back_button_shows_the_stored_state_after_saving(self):
        make_user("ada")
        browser = self.browser
        browser.log_in("ada", PASSWORD)
        browser.follow("People", within="header")
        browser.follow("Profile", within="header")
        browser.fill(bio="Repairs radios.")
        browser.follow("Save")
        seen = []
        for _ in range(3):  # to the page where it was typed, the people, and the profile as it was before
            browser.back()
            seen.append((browser.path, browser.text("h1")))
            if browser.path == "/profile/":
                self.assertEqual(browser.value("bio"), "Repairs radios.")
        profile, people = ("/profile/", "Your profile"), ("/people/", "People")
        self.assertEqual(seen, [profile, people, profile])

    def test_the_back_button_shows_nothing_private_after_logging_out(self):
        make_user("ada")
        browser = self.browser
        browser.log_in("ada", PASSWORD)
        for address in ("/password-change/", "/account/delete/", "/profile/"):
            browser.open(address)
        browser.follow("Log out")
        for _ in range(3):
            browser.back()
            self.assertEqual((browser.path, browser.text("h1")), ("/login/", "Log in"))
            self.assertNotIn("ada@example.com", browser.driver.page_source)
            self.assertEqual(browser.find_all(".account-name"), [])

    def test_register_and_edit_without_javascript(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/register/")
        self.assertFalse(browser.find(".theme-switch").is_displayed())
        browser.fill(username="ada", email="no address", password1=PASSWORD, password2=PASSWORD)
        browser.run("document.querySelector('main form').noValidate = true")  # or the browser would not send it
        browser.follow("Register", within="main")
        self.assertSummary("Enter a valid email address.")

        browser.fill(email="ada@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        self.assertIn("Your profile was created.", browser.text(".message"))
        self.assertFalse(browser.find(".message button").is_displayed())  # it could do nothing

        browser.fill(image=self.photograph(), bio="Repairs radios.")
        browser.follow("Save")
        self.assertIn("Your profile was saved.", browser.text(".message"))
        self.assertEqual(browser.value("bio"), "Repairs radios.")
        self.assertShown(browser.find(".picture-field img"))


class KeyboardTests(BrowserTestCase):
    def tab_stops(self, last):
        """Press the tab key until the element of a CSS selector has the focus; return what was on the way."""
        stops = []
        wanted = self.browser.find(last)
        while self.browser.focused != wanted:
            self.browser.press(Keys.TAB)
            self.assertLess(len(stops), 40, "The tab key leads nowhere.")
            if self.browser.focused.tag_name != "body":  # past the last element, where a window has its own parts
                self.assertNotEqual(self.browser.focused.value_of_css_property("outline-style"), "none", stops)
                stops.append(self.browser.focused.get_attribute("name") or self.browser.focused.text.strip())
        return stops

    def test_the_tab_key_goes_from_the_skip_link_over_the_navigation_to_the_form(self):
        self.browser.open("/register/")
        self.assertEqual(
            self.tab_stops("main button"),
            [
                "Skip to the content",
                "Signals reference",
                *("As the system", "Light", "Dark"),
                *("Home", "People", "Learn", "Log in", "Register"),
                *("username", "email", "password1", "password2"),
                "Register",
            ],
        )

    def test_the_skip_link_shows_itself_and_leads_past_the_navigation(self):
        self.browser.open("/register/")
        self.browser.press(Keys.TAB)
        self.assertGreaterEqual(self.browser.focused.rect["y"], 0)
        self.browser.press(Keys.ENTER)
        self.browser.press(Keys.TAB)
        self.assertEqual(self.browser.focused.get_attribute("name"), "username")

    def test_log_in_and_out_and_close_a_message_by_keys_alone(self):
        make_user("ada")
        self.browser.open("/login/")
        self.assertEqual(self.browser.focused.get_attribute("name"), "username")  # at once
        with self.browser.leaving():
            self.browser.press("ada", Keys.TAB, PASSWORD, Keys.ENTER)
        self.tab_stops("[name=location]")
        with self.browser.leaving():
            self.browser.press("Lagos", Keys.ENTER)
        self.assertEqual(self.browser.value("location"), "Lagos")
        self.tab_stops(".message button")
        self.browser.press(Keys.ENTER)
        self.assertEqual(self.browser.find_all(".message"), [])
        self.assertEqual(self.browser.focused.get_attribute("id"), "content")  # not lost
        self.browser.open("/profile/")
        self.tab_stops("header form button")
        with self.browser.leaving():
            self.browser.press(Keys.ENTER)
        self.assertEqual(self.browser.path, "/")

    def theme(self):
        """Return the theme as marked, checked against what is painted."""
        theme, ground = self.browser.run(
            "return [document.documentElement.dataset.bsTheme, getComputedStyle(document.body).backgroundColor]"
        )
        brightness = sum(int(part) for part in ground[4:-1].split(",")) / 3
        self.assertEqual(theme, "light" if brightness > 128 else "dark")
        return theme

    def choose_theme(self, choice):
        """Press a button of the theme switch by key."""
        button = self.browser.find(f"[data-theme-choice={choice}]")
        self.tab_stops(f"[data-theme-choice={choice}]")
        self.browser.press(Keys.SPACE)
        pressed = [b.get_attribute("data-theme-choice") for b in self.browser.find_all("[aria-pressed=true]")]
        self.assertEqual(pressed, [choice])
        self.assertEqual(self.browser.focused, button)

    def test_the_theme_follows_the_system_until_one_is_chosen(self):
        browser = self.browser
        browser.open("/")
        self.assertEqual(self.theme(), "light")
        browser.wish_for("dark")
        browser.wait_until(lambda: self.theme() == "dark")  # without a reload
        self.choose_theme("light")
        self.assertEqual(self.theme(), "light")
        browser.open("/people/")  # remembered
        self.assertEqual(self.theme(), "light")
        self.choose_theme("dark")
        browser.wish_for("light")
        self.assertEqual(self.theme(), "dark")
        self.choose_theme("auto")
        self.assertEqual(self.theme(), "light")
        browser.wish_for("dark")
        browser.wait_until(lambda: self.theme() == "dark")

    def test_a_theme_chosen_in_one_tab_is_that_of_the_others(self):
        browser = self.browser
        browser.open("/")
        first = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        browser.open("/people/")
        self.choose_theme("dark")
        browser.driver.switch_to.window(first)
        browser.wait_until(lambda: self.theme() == "dark")


class ThemeWithoutScriptsTests(BrowserTestCase):
    """Where no script runs, the theme is that of the system, and looks as the one that theme.js sets."""

    COLOURS = """
        const names = ["color", "backgroundColor", "backgroundImage", "borderTopColor", "borderBottomColor"];
        const look = (each, part) => names.map((name) => getComputedStyle(each, part)[name]);
        return [...document.querySelectorAll("body, body *:not(.btn-close)")].map(
            (each) => [each.tagName, each.className, look(each), look(each, "::file-selector-button")]);
    """
    # The levels of messages, which Bootstrap colours.
    ADD_ALERTS = """
        for (const level of ["success", "info", "warning", "danger"])
            document.querySelector("main").insertAdjacentHTML("beforeend", `<p class="alert alert-${level}">x</p>`);
    """

    def ground(self):
        return self.browser.run("return getComputedStyle(document.body).backgroundColor")

    def test_the_page_is_dark_where_the_system_is(self):
        self.browser.switch_scripts_off()
        self.assertFollowsTheSystem("/")
        with self.assertLogs("django.request"):
            self.assertFollowsTheSystem("/people/nobody/")

    def assertFollowsTheSystem(self, address):
        self.browser.open(address)
        self.browser.wish_for("light")
        self.assertEqual(self.ground(), "rgb(244, 246, 245)")
        self.browser.wish_for("dark")
        self.assertEqual(self.ground(), "rgb(16, 22, 21)")

    def test_it_has_the_colours_of_the_theme_that_a_script_sets(self):
        browser = self.browser
        Interest.objects.create(name="Chess")
        make_public(make_user("ada"))
        browser.log_in("ada", PASSWORD)
        self.send(username="", email="no address", website="no address")
        browser.run(self.ADD_ALERTS)
        browser.tick("Chess")
        for theme in ("dark", "light"):
            browser.wish_for(theme)
            browser.wait_until(lambda theme=theme: browser.theme == theme)
            by_script = browser.run(self.COLOURS)
            browser.run("document.documentElement.removeAttribute('data-bs-theme')")
            for found, expected in zip(browser.run(self.COLOURS), by_script, strict=True):
                self.assertEqual(found, expected)


@override_settings(ROOT_URLCONF=__name__)
class PageTests(FilesMixin, BrowserTestCase):
    """Every page in every state: accessible in both themes, for narrow and wide windows, quiet."""

    def test_pages_for_everybody(self):
        self.check("home", "Signals at real work", "/")
        with self.settings(DEBUG=True):
            self.check("home, with the note for developers", "Signals at real work", "/")
        self.check("people, nobody there", "People", "/people/")
        ada = make_user("ada", first_name="Ada", last_name="Okafor")
        profile = make_public(ada, bio="Repairs radios.\n\nSince 1999.", website="https://example.com/" + "long" * 40)
        profile.interests.add(Interest.objects.create(name="Chess"))
        make_public(make_user("w" * 150))
        self.check("people", "People", "/people/")
        self.check("people, with a query", "People", "/people/?q=ad")
        self.check("people, nobody found", "People", "/people/?q=xyz")
        self.check("people, a page after the last", "People", "/people/?after=zzz")
        self.check("a person", "ada", "/people/ada/")
        self.check("a person with a long name", "w" * 150, f"/people/{'w' * 150}/")

    def test_long_names_and_places_fill_no_screens(self):
        name = "w" * 150
        make_public(make_user(name, first_name=name, last_name=name), location="w" * 100)
        browser = self.browser
        browser.log_in(name, PASSWORD)
        for address, selector, most in (
            ("/people/", ".person-card", 220),
            (f"/people/{name}/", "main h1", 150),
            (f"/people/{name}/", "main .lead", 120),
            ("/", ".own-card", 240),
            ("/", "header", 110),
        ):
            browser.open(address)
            for width in (support.NARROW, support.WIDE):
                with self.subTest(address, selector=selector, width=width):
                    self.assertFits(width)
                    self.assertLess(browser.find(selector).size["height"], most)
        browser.open("/people/")
        self.assertEqual(browser.find(".person-card h2").get_attribute("title"), name)

    def test_registering_and_logging_in(self):
        make_user("ada")
        self.check("register", "Register", "/register/")
        self.send(username="ADA", email="no address", password1="123", password2="456")
        self.check("register, with errors", "Register")
        self.check("login", "Log in", "/login/")
        with self.assertLogs("axes", "WARNING"), self.assertLogs("django.request", "WARNING"):
            self.send(username="ada", password="wrong")
            self.check("login, with an error", "Log in")
            for _ in range(4):
                self.send(username="ada", password="wrong")
            self.check("locked out", "Too many failed attempts")

    def test_resetting_a_password(self):
        make_user("ada")
        self.check("reset", "Reset your password", "/password-reset/")
        self.send(email="no address")
        self.check("reset, with an error", "Reset your password")
        self.send(email="ada@example.com")
        self.check("reset, sent", "Look into your mail")
        link = next(line for line in mail.outbox[0].body.splitlines() if "/password-reset/" in line)
        self.check("new password", "Choose a new password", link.partition("testserver")[2])
        self.send(new_password1="123", new_password2="456")
        self.check("new password, with errors", "Choose a new password")
        self.send(new_password1=PASSWORD[::-1], new_password2=PASSWORD[::-1])
        self.check("new password, done", "Your new password is set")
        self.check("new password, a link that is no good", "This link does not work", link.partition("testserver")[2])

    def test_ones_own_pages(self):
        for name in ("Chess", "Cycling", "Hiking", "Photography"):
            Interest.objects.create(name=name)
        ada = make_user("ada")
        self.browser.log_in("ada", PASSWORD)
        self.check("home, logged in", "Signals at real work", "/")
        self.check("profile", "Your profile", "/profile/")
        make_public(ada)
        file = self.folder / "portrait.png"
        file.write_text("I am a text.")
        self.check("profile, with a picture", "Your profile", "/profile/")
        self.send(bio="Repairs radios.")
        self.check("profile, saved", "Your profile")
        self.send(username="", email="no address", website="no address", image=file)
        self.check("profile, with errors", "Your profile")
        self.check("one's own public page", "ada", "/people/ada/")
        self.check("change the password", "Change your password", "/password-change/")
        self.send(old_password="wrong", new_password1="123", new_password2="456")
        self.check("change the password, with errors", "Change your password")
        self.send(old_password=PASSWORD, new_password1=PASSWORD[::-1], new_password2=PASSWORD[::-1])
        self.check("password changed", "Your password was changed")
        self.check("delete the account", "Delete your account", "/account/delete/")
        self.send(password="wrong")
        self.check("delete the account, with an error", "Delete your account")
        self.send(password=PASSWORD[::-1])
        self.assertEqual(self.browser.path, "/")
        self.assertIn("Your account was deleted.", self.browser.text(".message"))
        self.check("home, after the account went", "Signals at real work")
        self.browser.open("/profile/")
        self.check("login, where the account that went is sent", "Log in")

    def test_downloading_ones_data(self):
        make_user("ada")
        self.browser.log_in("ada", PASSWORD)
        self.check("download your data", "Download your data", "/account/export/")
        self.send(password="wrong")
        self.check("download your data, with an error", "Download your data")
        self.browser.fill(password=PASSWORD)
        with zipfile.ZipFile(self.browser.download("Download", self.folder)) as archive:
            self.assertEqual(archive.namelist(), ["data.json"])
        self.check("download your data, done", "Download your data")

    def test_verifying_an_address(self):
        ada = make_user("ada")
        path = ada.profile.get_verification_path()
        with self.assertLogs("django.request", "WARNING"):
            with mock.patch("django.core.signing.time.time", return_value=time.time() + links.LIFETIME + 1):
                self.check("an expired link", "Email address", path)
            self.assertIn("older than three days", self.browser.text())
            self.check("a broken link", "Email address", path[:-3] + "/")
            self.assertIn("not complete", self.browser.text())
            self.check("a good link", "Email address", path)
            self.browser.driver.refresh()
            self.browser.follow("Yes, verify the address")
            self.assertIn("Thank you, ada: your address is verified.", self.browser.text(".message"))
            self.check("login, where the answer leads a visitor", "Log in")
            self.browser.driver.refresh()  # sends nothing twice
            self.assertEqual(self.browser.text("h1"), "Log in")
            self.browser.back()
            self.assertIn("was used before", self.browser.text())
            self.check("a used link", "Email address", path)
        self.browser.log_in("ada", PASSWORD)
        self.assertEqual(self.browser.text(".state-good"), "verified")
        self.check("profile, verified", "Your profile")
        ada.email = "new@example.com"
        ada.save()
        self.browser.open("/profile/")
        self.assertEqual(self.browser.text(".state-open"), "not verified yet")
        self.browser.follow("Send the link again")
        self.assertIn("new@example.com", self.browser.text(".message"))
        self.check("profile, a link was sent", "Your profile")
        for _ in range(3):
            self.browser.follow("Send the link again")
        self.check("profile, no link was sent", "Your profile")
        self.assertIn("No link was sent", self.browser.text(".message"))

    def test_pages_of_errors(self):
        with self.assertLogs("django", "WARNING"):  # and nothing of it in the output of the tests
            self.check("not found", "There is nothing at this address", "/nothing/here/")
            self.check("not understood", "The request could not be read", "/fails/400/")
            self.check("forbidden", "You may not see this page", "/fails/403/")
            self.check("too large", "That was more than this site takes", "/fails/413/")
            self.check("failed", "Something went wrong on our side", "/fails/500/")
            self.browser.open("/login/")
            self.browser.driver.delete_all_cookies()
            self.send(username="ada", password=PASSWORD)
            self.check("no token", "The form was not accepted")

    def test_the_admin_keeps_to_the_policy(self):
        make_public(make_user("ada"))
        root = User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        self.browser.open("/admin/")
        self.assertQuiet()
        self.browser.fill(username="root-of-all", password=PASSWORD)
        self.browser.follow("Log in")
        user, profile = f"/admin/auth/user/{root.pk}/", f"/admin/users/profile/{root.profile.pk}/"
        for address in (
            "/admin/",
            "/admin/auth/user/",
            "/admin/auth/user/add/",
            f"{user}change/",
            f"{user}password/",
            f"{user}history/",
            f"{user}delete/",
            "/admin/users/profile/",
            f"{profile}change/",
            "/admin/users/interest/",
        ):
            with self.subTest(address):
                self.browser.open(address)
                self.assertEqual(self.browser.path, address)
                self.assertQuiet()


class MissingBrowserTests(SimpleTestCase):
    """Without a browser the tests above are skipped, or fail where one is required."""

    def set_up(self, **environment):
        with mock.patch.dict(os.environ, environment), mock.patch.object(support.shutil, "which", return_value=None):
            BrowserTestCase.setUpClass()

    def test_the_tests_are_skipped_and_the_reason_is_told(self):
        with self.assertRaisesMessage(SkipTest, "Chromium and ChromeDriver, not found here."):
            self.set_up(REQUIRE_BROWSER="0")

    def test_the_tests_fail_where_a_browser_is_required(self):
        with self.assertRaisesMessage(AssertionError, "REQUIRE_BROWSER=1 makes that a failure."):
            self.set_up(REQUIRE_BROWSER="1")
