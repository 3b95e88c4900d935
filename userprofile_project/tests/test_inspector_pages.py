"""The inspector in this project, as people meet it: in a browser, from the strip to the tree."""

from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.test import TestCase, override_settings
from django.urls import path, reverse
from django.utils.http import urlsafe_base64_encode

from signal_inspector import Node, Trace
from signal_inspector.models import StoredTrace
from signal_inspector.requests import store
from userprofile_project import urls
from userprofile_project.tests.browser import NARROW, WIDE, BrowserTestCase, Keys
from users.signals import create_profile

User = get_user_model()

PASSWORD = "a-long-Password-7"


def refuse(request):
    """Save a user, and fail."""
    User.objects.create_user("half-made")
    raise PermissionDenied


urlpatterns = [*urls.urlpatterns, path("refuses/", refuse)]
handler400 = urls.handler400

watching = override_settings(SIGNAL_INSPECTOR_ENABLED=True, DEBUG=True, ROOT_URLCONF=__name__)


class Registering:
    def register(self, name="ada"):
        browser = self.browser
        browser.open("/register/")
        browser.fill(username=name, email=f"{name}@example.com", password1=PASSWORD, password2=PASSWORD)
        browser.follow("Register", within="main")
        return browser

    def stored(self, label):
        method, _, where = label.partition(" ")
        return StoredTrace.objects.get(method=method, path=where)

    def row(self, name, within=".tree"):
        """Return the line of the tree that a name stands in."""
        found = f"//*[contains(@class,'{within[1:]}')]//*[contains(@class,'row')][.//b[text()='{name}']]"
        return self.browser.driver.find_element("xpath", found)


@watching
class StripTests(Registering, BrowserTestCase):
    def test_from_a_form_to_the_tree_of_what_it_set_off(self):
        browser = self.register()
        strip = browser.text(".signal-inspector-strip")
        self.assertIn("Before the redirect", strip)
        stored = self.stored("POST /register/")
        self.assertIn(f"{stored.signals} signals", strip)
        self.assertIn(f"{stored.receivers} receivers", strip)
        self.assertSound()
        browser.resize(WIDE)

        browser.follow("POST /register/")
        self.assertEqual(browser.path, stored.get_absolute_url())
        page = " ".join(browser.text().split())
        for words in (
            "auth.User 1 created",
            "users.Profile 1 created",
            "activity.Entry",
            "notifications.Mail",
            "Give a new user a profile, on the user's own database.",
            "Log that somebody registered.",
            "Put mails into the outbox",
            "after the commit",
        ):
            self.assertIn(words, page)
        self.assertSound()

    def test_the_page_after_the_next_tells_of_itself_alone(self):
        browser = self.register()
        browser.open("/people/")
        strip = browser.text(".signal-inspector-strip")
        self.assertIn("GET /people/", strip)
        self.assertNotIn("POST /register/", strip)

    def test_the_home_page_tells_what_fired(self):
        browser = self.register()
        browser.open("/")
        self.assertIn("POST /register/", browser.text())
        self.assertSound()
        browser.follow("All traces", within="main")
        self.assertEqual(browser.path, "/signals/traces/")


@watching
class StripPlaceTests(BrowserTestCase):
    """Where the strip stands, on pages that are shorter and longer than the window."""

    SPACE = """
        const place = (selector) => document.querySelector(selector).getBoundingClientRect();
        const strip = place(".signal-inspector-strip");
        return [strip.top - place("#footer, .site-footer").bottom,
                document.documentElement.scrollHeight - scrollY - strip.bottom];
    """

    def assertAtTheEnd(self, *addresses):
        for address in addresses:
            self.browser.open(address)
            for width in (NARROW, WIDE):
                with self.subTest(address, width=width):
                    self.browser.resize(width)
                    above, below = self.browser.run(self.SPACE)
                    self.assertGreaterEqual(above, 0)  # it lies over nothing
                    self.assertAlmostEqual(below, 0, delta=1)

    def test_it_stands_at_the_end_of_the_site_and_of_the_admin(self):
        root = User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        self.assertAtTheEnd("/admin/login/", "/people/")
        self.browser.log_in("root-of-all", PASSWORD)
        user = f"/admin/auth/user/{root.pk}"
        self.assertAtTheEnd("/admin/", f"{user}/change/", f"{user}/delete/", "/admin/auth/user/add/?_popup=1")

    def test_no_number_stands_alone_in_a_line_of_a_phone(self):
        self.browser.open("/register/")
        self.browser.resize(NARROW)
        numbers = self.browser.find(".signal-inspector-strip-counts")
        for ms in ("1 ms", "12345 ms"):
            for signals in ("0 signals", "123456 signals"):
                with self.subTest(ms=ms, signals=signals):
                    tops = self.browser.run(
                        "const [signals, ...others] = arguments[0].children, ms = others.at(-1);"
                        "signals.textContent = arguments[1], ms.textContent = arguments[2];"
                        "return [signals, ...others].map((each) => each.offsetTop)",
                        *(numbers, signals, ms),
                    )
                    self.assertGreater(min(map(tops.count, tops)), 1, tops)


@watching
class TraceTests(Registering, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.register()
        self.browser.open(self.stored("POST /register/").get_absolute_url())

    def test_the_tree_closes_and_opens_by_mouse_and_keyboard(self):
        browser = self.browser
        inner = self.row("make_room_for_fixture")
        self.assertTrue(inner.is_displayed())
        outer = self.row("create_profile")
        outer.find_element("css selector", ".kind").click()
        self.assertFalse(inner.is_displayed())
        browser.run("arguments[0].focus()", outer)
        browser.press(Keys.ENTER)
        self.assertTrue(inner.is_displayed())
        browser.control("Close all").click()
        self.assertFalse(outer.is_displayed())
        browser.control("Open all").click()
        self.assertTrue(inner.is_displayed())

    def test_it_does_so_without_scripts_too(self):
        self.browser.switch_scripts_off()
        self.browser.open(self.stored("POST /register/").get_absolute_url())
        self.browser.driver.find_element("css selector", ".tree summary .kind").click()
        self.assertEqual(len(self.browser.find_all(".tree > li > details:not([open])")), 1)
        self.assertNotIn("Close all", self.browser.text())

    def test_the_menus_are_short_on_a_phone(self):
        browser = self.browser
        browser.resize(NARROW)
        for address in ("/signals/", "/signals/traces/", browser.path):
            browser.open(address)
            for menu, most in (("header nav", 2), (".tabs", 1)):
                rows = {link.rect["y"] for link in browser.find_all(f"{menu} a")}
                self.assertLessEqual(len(rows), most, f"{menu} of {address}")

    def test_filters(self):
        browser = self.browser
        browser.find("select[name=app] option[value=notifications]").click()
        browser.follow("Filter")
        self.assertIn("send_welcome", browser.text(".tree"))
        self.assertNotIn("create_profile", browser.text(".tree"))
        self.assertIn("lines are shown", browser.text())
        self.assertSound()
        browser.follow("Show all")
        self.assertIn("create_profile", browser.text(".tree"))

    def test_a_trace_of_hundreds_of_levels_fits_a_phone(self):
        top = current = Node("signal", "django.db.models.signals.post_save", sender="auth.User")
        for number in range(400):
            child = Node("signal" if number % 2 else "receiver", "users.signals.create_profile")
            current.add(child)
            current = child
        trace = Trace()
        trace.roots.append(top)
        columns = {"method": "GET", "path": "/deep/", "status": 200, "duration": 1, "before": ""}
        store.save({"id": "d" * 32, **columns}, trace)
        browser = self.browser
        browser.open(self.stored("GET /deep/").get_absolute_url())
        shown = "return document.querySelector('.tree').innerText"  # what WebDriver finds only after minutes
        self.assertNotIn("level 401", browser.run(shown))
        browser.control("Open all").click()
        self.assertIn("level 401", browser.run(shown))
        for width in (NARROW, WIDE):
            self.assertFits(width)
        self.assertGreater(browser.run("return document.querySelector('.tree li:not(:has(li)) b').offsetWidth"), 80)

    def test_each_name_leads_to_its_source(self):
        browser = self.browser
        browser.follow("source of create_profile", within="main")
        self.assertEqual(browser.path, "/signals/receiver/")
        self.assertIn(create_profile.__doc__, browser.text("pre"))
        self.assertIn("of auth.User", browser.text())
        self.assertSound()

    def test_the_other_views(self):
        browser = self.browser
        for tab, words in (
            ("In time", "after the commit"),
            ("Not called", "announce_interests"),
            ("Not heard", "pre_init"),
            ("Graph", "Which signals call which receivers"),
        ):
            browser.open(self.stored("POST /register/").get_absolute_url())
            browser.follow(tab, within="main")
            self.assertIn(words, browser.text())
            self.assertSound()

    def test_why_a_receiver_was_not_called(self):
        browser = self.browser
        browser.open(f"{self.stored('POST /register/').get_absolute_url()}?view=not-called")
        with browser.leaving():
            browser.find("a[href*='announce_interests&trace=']").click()
        self.assertEqual(browser.path, "/signals/why/")
        self.assertIn("m2m_changed was not sent while this was recorded.", browser.text())
        self.assertIn("POST /register/", browser.text("form"))
        self.assertSound()
        browser.follow("Why not called?", within="header")
        browser.fill(receiver="create_profile")
        browser.find("select[name=operation] option[value=bulk_create]").click()
        browser.follow("Ask")
        self.assertIn("bulk_create() sends no post_save.", browser.text())
        self.assertSound()

    def test_what_is_connected(self):
        self.namesakes = Signal(), Signal()
        browser = self.browser
        browser.follow("What is connected")
        self.assertIn("users.signals.create_profile", browser.text())
        summary = "//summary[normalize-space()='Source of users.signals.create_profile']"
        browser.driver.find_element("xpath", summary).click()
        self.assertIn("def create_profile(", browser.text())
        self.assertSound()
        browser.find("select[name=model] option[value='users.Profile']").click()
        browser.follow("Show")
        self.assertIn("in order of its life", browser.text("h1"))
        self.assertSound()

    def test_the_graph_of_all(self):
        browser = self.browser
        browser.follow("Graph", within="header")
        self.assertIn("update_last_login", browser.text(".picture"))
        self.assertSound()
        link = browser.find(".picture a[href*='create_profile']")
        with browser.leaving():
            browser.run("arguments[0].focus()", link)
            browser.press(Keys.ENTER)
        self.assertEqual(browser.path, "/signals/receiver/")

    def test_the_theme_of_the_site_is_kept(self):
        browser = self.browser
        browser.open("/")
        browser.find("[data-theme-choice=dark]").click()
        browser.open("/signals/traces/")
        self.assertEqual(browser.theme, "dark")
        self.assertAccessible()


@watching
class ListTests(Registering, BrowserTestCase):
    def visit(self, where="/people/", name=None):
        """Ask for a page as somebody else would."""
        if name:
            passwords = {"password1": PASSWORD, "password2": PASSWORD}
            self.client.post("/register/", {"username": name, "email": f"{name}@x.org", **passwords})
        else:
            self.client.get(where)

    def test_new_requests_appear_by_themselves(self):
        browser = self.browser
        browser.open("/signals/traces/")
        self.assertIn("No request was recorded yet.", browser.text())
        self.visit()
        browser.wait_until(lambda: "GET /people/" in browser.text())
        self.assertEqual(browser.text("[role=status]"), "1 new request")
        self.assertNotIn("No request was recorded yet.", browser.text())
        self.visit(name="bob")
        browser.wait_until(lambda: "POST /register/" in browser.text())
        self.assertEqual([link.text for link in browser.find_all(".traces th a")], ["POST /register/", "GET /people/"])
        self.assertSound()

    def test_they_do_not_move_what_has_the_focus(self):
        browser = self.browser
        self.visit()
        browser.open("/signals/traces/")
        browser.run("arguments[0].focus()", browser.find(".traces th a"))
        self.visit("/login/")
        browser.wait_until(lambda: "GET /login/" in browser.text())
        self.assertEqual(browser.focused.text, "GET /people/")

    def test_only_those_that_fit_the_filters(self):
        browser = self.browser
        browser.open("/signals/traces/?app=notifications")
        self.visit()
        self.visit(name="bob")
        browser.wait_until(lambda: "POST /register/" in browser.text())
        self.assertNotIn("GET /people/", browser.text())

    def test_it_can_be_held(self):
        browser = self.browser
        self.visit()
        browser.open("/signals/traces/")
        button = browser.find("[data-live] button")
        button.click()
        self.assertEqual(button.get_attribute("aria-pressed"), "false")
        self.visit("/login/")
        browser.run("return new Promise((resolve) => setTimeout(resolve, 2500))")
        self.assertNotIn("GET /login/", browser.text())
        button.click()
        browser.wait_until(lambda: "GET /login/" in browser.text())

    def test_without_scripts_it_is_a_list(self):
        self.visit()
        self.browser.switch_scripts_off()
        self.browser.open("/signals/traces/")
        self.assertIn("GET /people/", self.browser.text())
        self.assertFalse(self.browser.find("[data-live] button").is_displayed())
        self.browser.resize(NARROW)
        self.browser.follow("GET /people/")
        self.assertEqual(self.browser.path, self.stored("GET /people/").get_absolute_url())

    def test_a_failed_request(self):
        browser = self.browser
        with self.assertLogs("django.request"):
            browser.open("/refuses/")
        self.assertIn("GET /refuses/", browser.text(".signal-inspector-strip"))
        browser.open("/signals/traces/")
        self.assertIn("403", browser.text(".traces"))


@override_settings(SIGNAL_INSPECTOR_ENABLED=True)
class WithoutDebugTests(TestCase):
    """Who sees what where DEBUG is off."""

    def test_visitors_see_no_sign_of_it(self):
        page = self.client.get("/")
        self.assertNotContains(page, "signal-inspector-strip")
        self.assertNotContains(page, "/signals/traces/")
        self.assertRedirects(self.client.get("/signals/"), "/login/?next=/signals/", fetch_redirect_response=False)

    def test_staff_see_strip_and_link(self):
        self.client.force_login(User.objects.create_user("staff", is_staff=True))
        page = self.client.get("/")
        self.assertContains(page, "signal-inspector-strip")
        self.assertContains(page, f'href="{reverse("signal_inspector:index")}"')

    def test_a_link_that_resets_a_password_is_not_stored(self):
        user = User.objects.create_user("ada")
        token = default_token_generator.make_token(user)
        self.client.get(reverse("password_reset_confirm", args=[urlsafe_base64_encode(b"1"), token]))
        self.assertEqual(StoredTrace.objects.get().path, "/password-reset/MQ/<token>/")

    def test_no_secret_is_stored(self):
        self.client.post(
            "/register/",
            {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD},
        )
        self.client.post("/login/", {"username": "ada", "password": "wrong-" + PASSWORD})
        for stored in StoredTrace.objects.all():
            text = stored.data + stored.summary + stored.edges + stored.path
            for secret in (PASSWORD, "ada@example.com", self.client.session.session_key or PASSWORD):
                self.assertNotIn(secret, text)
