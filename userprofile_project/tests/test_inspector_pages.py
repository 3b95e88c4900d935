"""The inspector in this project, as people meet it: in a browser, from the strip to the tree."""

import re
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import path, reverse
from django.utils.http import urlsafe_base64_encode

from listening.muting import muted
from signal_inspector import Node, Trace
from signal_inspector.exporting.formats import FORMATS
from signal_inspector.models import StoredTrace
from signal_inspector.requests import store
from userprofile_project import urls
from userprofile_project.tests.browser import NARROW, WIDE, BrowserTestCase, Keys
from users.signals import create_profile, drop_card_of_profile

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
        stored = self.stored("POST /register/")
        for told in (strip, browser.text(".message")):
            self.assertIn(f"{stored.signals} signals", told)
            self.assertIn(f"{stored.receivers} receivers", told)
        self.assertSound()
        browser.resize(WIDE)

        browser.follow("See how")
        self.assertEqual(browser.path, stored.get_absolute_url())
        page = " ".join(browser.text().split())
        for words in (
            "What was saved and deleted: auth.User, users.Profile, activity.Entry",
            "Give a new user a profile, on the user's own database.",
            "Log that somebody registered.",
            "Write a row for each durable receiver of an event",
            "after the commit",
            "COMMIT default",
        ):
            self.assertIn(words, page)
        self.assertSound()

    def test_the_page_after_the_next_tells_of_itself_alone(self):
        browser = self.register()
        browser.open("/people/")
        strip = browser.find(".signal-inspector-strip").get_property("textContent")
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
        const root = document.documentElement;
        scrollTo(0, 0);
        const foot = place(".signal-inspector-strip").bottom;
        scrollTo(0, root.scrollHeight);
        const strip = place(".signal-inspector-strip");
        return [strip.top - place("#footer, .site-footer").bottom, root.scrollHeight - scrollY - strip.bottom,
                innerHeight - foot, strip.height];
    """

    def assertAtTheEnd(self, *addresses):
        for address in addresses:
            self.browser.open(address)
            for width in (NARROW, WIDE):
                with self.subTest(address, width=width):
                    self.browser.resize(width)
                    above, below, under, height = self.browser.run(self.SPACE)
                    self.assertGreaterEqual(above, -1)  # at the end of the page it lies over nothing
                    self.assertAlmostEqual(below, 0, delta=1)
                    self.assertAlmostEqual(under, 0, delta=1)  # at its beginning it is in sight
                    self.assertLess(height, 45)  # it is one line

    def test_it_stands_at_the_end_of_the_site_and_of_the_admin(self):
        root = User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        self.assertAtTheEnd("/admin/login/", "/people/")
        self.browser.log_in("root-of-all", PASSWORD)
        user = f"/admin/auth/user/{root.pk}"
        self.assertAtTheEnd("/admin/", f"{user}/change/", f"{user}/delete/", "/admin/auth/user/add/?_popup=1")

    def test_what_has_the_focus_is_not_under_it(self):
        browser = self.browser
        browser.open("/people/")
        browser.run(
            """
            const main = document.querySelector("main");
            for (let number = 0; number < 60; number += 1) {
              const link = document.createElement("a");
              link.href = "#", link.textContent = `Link ${number}`, link.className = "d-block";
              main.append(link);
            }
            main.querySelector("a.d-block").focus();
            """
        )
        for _ in range(50):
            browser.press(Keys.TAB)
            bottom, top = browser.run(
                "return [document.activeElement.getBoundingClientRect().bottom,"
                "document.querySelector('.signal-inspector-strip').getBoundingClientRect().top]"
            )
            self.assertLessEqual(bottom, top)


@watching
class StripScriptTests(Registering, BrowserTestCase):
    def test_it_opens_the_upper_levels_in_place_and_escape_closes_them(self):
        browser = self.register()
        browser.find(".signal-inspector-strip summary").click()
        browser.wait_until(lambda: browser.find_all(".signal-inspector-glance"))
        self.assertIn("create_profile", browser.text(".signal-inspector-glance"))
        self.assertSound()
        browser.resize(WIDE)
        browser.press(Keys.ESCAPE)
        self.assertFalse(browser.find(".signal-inspector-strip-panel").is_displayed())
        self.assertEqual(browser.focused.text, "Tree")

    def test_it_follows_what_happens_elsewhere_until_it_is_told_not_to(self):
        browser = self.browser
        browser.open("/people/")
        line = browser.find(".signal-inspector-strip-line")
        self.client.get("/login/")
        browser.wait_until(lambda: "GET /login/" in line.text)
        browser.find("[data-live]").click()
        self.client.get("/register/")
        browser.open("/people/")  # the choice holds on other pages
        self.assertEqual(browser.find("[data-live]").get_attribute("aria-pressed"), "false")

    def test_it_can_be_put_aside_and_taken_back(self):
        browser = self.browser
        browser.open("/people/")
        browser.find("[data-hide]").click()
        self.assertFalse(browser.find(".signal-inspector-strip-line").is_displayed())
        browser.open("/login/")
        self.assertFalse(browser.find(".signal-inspector-strip-line").is_displayed())
        self.assertSound()
        browser.find("[data-hide]").click()
        self.assertTrue(browser.find(".signal-inspector-strip-line").is_displayed())

    def test_without_scripts_it_has_a_link_and_both_requests(self):
        self.register()
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/people/")
        self.assertFalse(browser.find("[data-live]").is_displayed())
        browser.find(".signal-inspector-strip summary").click()
        self.assertIn("This request", browser.text(".signal-inspector-strip-panel"))
        browser.follow("GET /people/", within="aside")
        self.assertIn("/signals/traces/", browser.path)

    def test_the_admin_tells_what_a_form_has_set_off(self):
        root = User.objects.create_superuser("root-of-all", "root@example.com", PASSWORD)
        browser = self.browser
        browser.log_in("root-of-all", PASSWORD)
        browser.open(f"/admin/auth/user/{root.pk}/change/")
        browser.run("document.querySelector('[name=last_name]').value = 'Root'")
        with browser.leaving():
            browser.run("document.querySelector('[name=_continue]').click()")
        self.assertRegex(browser.text(".messagelist li.info"), r"That sent \d+ signals?, which called \d+ receivers?.")
        self.assertIn("POST /admin/auth/user/", browser.text(".signal-inspector-strip-line"))

    def test_the_log_leads_to_the_trace(self):
        browser = self.register()
        browser.open("/activity/")
        browser.follow("What that set off", within="main")
        self.assertEqual(browser.path, self.stored("POST /register/").get_absolute_url())


@watching
class TraceTests(Registering, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.register()
        self.browser.open(self.stored("POST /register/").get_absolute_url())

    def test_lines_open_and_branches_close_by_mouse_and_keyboard(self):
        browser = self.browser
        inner, outer = self.row("make_room_for_fixture"), self.row("create_profile")
        self.assertTrue(inner.is_displayed())
        browser.run("arguments[0].focus()", outer)
        browser.press(Keys.ARROW_LEFT)
        self.assertFalse(inner.is_displayed())
        browser.press(Keys.ARROW_RIGHT)
        self.assertTrue(inner.is_displayed())
        browser.press(Keys.ARROW_DOWN)
        self.assertIn("pre_save", browser.focused.text)
        outer.click()
        browser.wait_until(lambda: "INSERT INTO" in browser.text(".tree"))
        self.assertIn("Profile.objects.create_for(instance, using)", browser.text(".tree"))
        self.assertSound()

    def test_without_scripts_what_a_line_did_is_a_page(self):
        self.browser.switch_scripts_off()
        self.browser.open(self.stored("POST /register/").get_absolute_url())
        self.row("create_profile").click()
        self.browser.follow("What line 4 did", within="main")
        self.assertIn("Line 4: users.signals.create_profile", self.browser.text())
        self.assertIn("INSERT INTO", self.browser.text())

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
        browser.driver.find_element("xpath", "//summary[normalize-space()='Filter']").click()
        browser.find("select[name=app] option[value=notifications]").click()
        with browser.leaving():
            browser.find("form.filters button[type=submit]").click()
        self.assertIn("send_welcome", browser.text(".tree"))
        self.assertNotIn("create_profile", browser.text(".tree"))
        self.assertIn("lines are shown", browser.text())
        self.assertSound()
        browser.follow("Show all")
        self.assertIn("create_profile", browser.text(".tree"))

    def test_a_trace_of_hundreds_of_levels_fits_a_phone(self):
        top = current = Node("signal", "django.db.models.signals.post_save", sender="auth.User", children=[])
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
        self.assertNotIn("401", browser.run(shown))  # its line is loaded when its branch is opened
        for width in (NARROW, WIDE):
            self.assertFits(width)
        self.assertGreater(browser.run("return document.querySelector('.tree li:not(:has(li)) b').offsetWidth"), 80)

    def test_each_name_leads_to_its_source(self):
        browser = self.browser
        self.row("create_profile").click()
        browser.wait_until(lambda: browser.find_all(".tree a[href*='/receiver/']"))
        with browser.leaving():
            browser.find(".tree a[href*='/receiver/'][href*='create_profile']").click()
        self.assertEqual(browser.path, "/signals/receiver/")
        self.assertIn(create_profile.__doc__, browser.text("pre"))
        self.assertIn("of auth.User", browser.text())
        self.assertSound()

    def test_the_other_views(self):
        browser = self.browser
        for tab, words in (
            ("What ran", "after the commit"),
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

    def test_the_why_page_has_examples_and_knows_the_names(self):
        browser = self.browser
        browser.open("/signals/why/")
        known = browser.run("return [...document.querySelector('#why-receiver').list.options].map((one) => one.value)")
        self.assertIn("users.signals.create_profile", known)
        self.assertSound()
        for question, answer in (
            ("called in POST /register/?", " was called"),
            ("is saved?", "is connected to"),
            ("QuerySet.update()", "QuerySet.update() sends no post_save."),
        ):
            browser.open("/signals/why/")
            link = browser.driver.find_element("xpath", f"//main//a[contains(normalize-space(), '{question}')]")
            with browser.leaving():
                link.click()
            self.assertIn(answer, browser.text(".answers"))
        self.assertSound()

    def test_what_is_connected(self):
        self.namesakes = Signal(), Signal()
        browser = self.browser
        browser.follow("Connected", within="header")
        self.assertSound()
        browser.resize(WIDE)
        first = browser.find(".section").rect
        self.assertLess(first["y"] + first["height"], 900)  # the signals of rows are on the first screen
        self.assertNotIn("users.signals.create_profile", browser.text())
        browser.find("[id='django.db.models.signals.post_save'] > summary").click()
        self.assertIn("users.signals.create_profile", browser.text())
        summary = "//summary[normalize-space()='Source of users.signals.create_profile']"
        browser.driver.find_element("xpath", summary).click()
        self.assertIn("def create_profile(", browser.text())
        self.assertSound()

    def test_the_life_of_a_user_has_its_logins(self):
        browser = self.browser
        browser.open("/signals/")
        browser.find("select[name=model] option[value='auth.User']").click()
        browser.follow("Show")
        self.assertIn("in the order of its life", browser.text("h1"))
        names = [heading.text for heading in browser.find_all(".signal-card h2")]
        order = ["pre_save", "post_save", "user_registered", "user_logged_in", "user_logged_out", "post_delete"]
        self.assertEqual(sorted(order, key=names.index), order)
        browser.find("[id='django.contrib.auth.signals.user_logged_in'] > summary").click()
        self.assertIn("Its place is from 1 stored trace.", browser.text())
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

    def test_the_graph_fits_its_window_and_zooms(self):
        browser = self.browser
        browser.open("/signals/graph/")
        sizes = """
            const picture = document.querySelector(".picture"), svg = picture.querySelector("svg");
            return [svg.getBoundingClientRect().width, picture.clientWidth, svg.viewBox.baseVal.width];
        """
        shown, window, full = browser.run(sizes)
        self.assertLessEqual(shown, window + 1)
        self.assertLess(shown, full)
        browser.control("100 %").click()
        self.assertAlmostEqual(browser.run(sizes)[0], full, delta=1)
        browser.control("+ Larger").click()
        self.assertAlmostEqual(browser.run(sizes)[0], full * 1.25, delta=1)
        browser.run("document.querySelector('.picture').focus()")
        browser.press("-", "-")
        self.assertAlmostEqual(browser.run(sizes)[0], full / 1.25, delta=1)
        browser.press("0")
        self.assertAlmostEqual(browser.run(sizes)[0], shown, delta=1)
        turn = "document.querySelector('.picture').dispatchEvent(new WheelEvent('wheel', {deltaY: -1, ctrlKey: %s}))"
        browser.run(turn % "false")
        self.assertAlmostEqual(browser.run(sizes)[0], shown, delta=1)
        browser.run(turn % "true")
        self.assertAlmostEqual(browser.run(sizes)[0], shown * 1.25, delta=1)
        self.assertSound()

    def test_without_scripts_the_graph_has_its_full_size_and_scrolls(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/signals/graph/?model=auth.User")
        self.assertFalse(browser.find(".zoom").is_displayed())
        self.assertEqual(browser.find(".picture").get_attribute("tabindex"), "0")
        self.assertNotIn("connection_created", browser.text(".picture"))

    def test_on_a_phone_the_graph_is_told_in_words_first(self):
        browser = self.browser
        browser.open("/signals/graph/")
        tops = (
            "return ['#in-words', '.picture'].map((each) => document.querySelector(each).getBoundingClientRect().top)"
        )
        words, picture = browser.run(tops)
        self.assertGreater(words, picture)
        browser.resize(NARROW)
        words, picture = browser.run(tops)
        self.assertLess(words, picture)
        self.assertEqual(browser.text("output"), "100 %")  # what fits could not be read
        self.assertIn("create_profile", browser.text(".calls"))

    def test_the_theme_of_the_site_is_kept(self):
        browser = self.browser
        browser.open("/")
        browser.find("[data-theme-choice=dark]").click()
        browser.open("/signals/traces/")
        self.assertEqual(browser.theme, "dark")
        self.assertAccessible()


@watching
class SearchTests(BrowserTestCase):
    """The search over what is connected, while somebody types and without scripts."""

    def shown(self):
        """Return the names of the signals that are seen, in one question, as the script may replace them meanwhile."""
        seen = "[...document.querySelectorAll('.signal-card')].filter((each) => each.checkVisibility())"
        return [name.rpartition(".")[2] for name in self.browser.run(f"return {seen}.map((each) => each.id)")]

    def type(self, words):
        field = self.browser.find("#filter-q")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(words or Keys.BACKSPACE)

    def test_it_answers_while_somebody_types(self):
        browser = self.browser
        browser.open("/signals/")
        first = self.shown()
        self.assertNotIn("user_logged_in", first)
        self.type("log_login")
        browser.wait_until(lambda: self.shown() == ["user_logged_in"])
        self.assertEqual(browser.text("#found"), "One signal has such a name, or a receiver that has.")
        self.assertEqual(
            [hit.find_element("tag name", "b").text for hit in browser.find_all(".hit")],
            ["activity.signals.log_login"],
        )
        self.assertSound()
        self.type("no such name")
        browser.wait_until(lambda: self.shown() == [])
        self.assertIn("No signal and no receiver has such a name.", browser.text())
        self.type("")
        browser.wait_until(lambda: self.shown() == first)
        self.assertEqual(browser.path, "/signals/")

    def test_after_a_search_by_request_it_knows_the_others_too(self):
        browser = self.browser
        browser.open("/signals/?q=log_login")
        self.assertEqual(self.shown(), ["user_logged_in"])
        self.type("create_profile")
        browser.wait_until(lambda: self.shown() == ["post_save"])
        self.assertIn("users.signals.create_profile", browser.text(".hit"))

    def test_without_scripts_it_is_a_form(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/signals/")
        browser.fill(q="log_login")
        browser.follow("Show")
        self.assertEqual(self.shown(), ["user_logged_in"])
        self.assertIn("activity.signals.log_login", browser.text())


@watching
class CompareTests(Registering, BrowserTestCase):
    """Two registrations, of which the second is another story: somebody does not listen who did."""

    def setUp(self):
        super().setUp()
        self.before = self.stored_registration("ada")
        with muted(post_save, drop_card_of_profile):
            self.after = self.stored_registration("bob")

    def stored_registration(self, name):
        passwords = {"password1": PASSWORD, "password2": PASSWORD}
        self.client.logout()
        self.client.post("/register/", {"username": name, "email": f"{name}@example.com", **passwords})
        return StoredTrace.objects.filter(path="/register/").first()

    def choose_both(self):
        browser = self.browser
        browser.open("/signals/traces/")
        for name, stored in (("a", self.before), ("b", self.after)):
            browser.find(f"input[name={name}][value='{stored.pk}']").click()
        browser.follow("Compare", within="main")

    def test_two_of_the_list_as_one_tree(self):
        self.choose_both()
        browser = self.browser
        self.assertEqual(browser.path, "/signals/compare/")
        page = " ".join(browser.text().split())
        self.assertIn("gone: users.signals.drop_card_of_profile", page)
        self.assertIn("gone receiver drop_card_of_profile", page)
        self.assertSound()

    def test_without_scripts(self):
        self.browser.switch_scripts_off()
        self.choose_both()
        self.assertIn("gone: users.signals.drop_card_of_profile", self.browser.text())

    def test_only_what_changed_and_the_other_way_round(self):
        self.choose_both()
        self.browser.follow("The other way round")
        with self.browser.leaving():
            self.browser.find(".tabs li:nth-child(2) a").click()
        rows = [row.text for row in self.browser.find_all(".compared tbody tr[class]")]
        self.assertTrue(rows)
        self.assertIn("added: users.signals.drop_card_of_profile", self.browser.text())


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
        browser.open("/signals/traces/?quiet=1")
        self.assertIn("No request was recorded yet.", browser.text())
        self.visit()
        browser.wait_until(lambda: "GET /people/" in browser.text())
        self.assertEqual(browser.text("[role=status]"), "1 new request")
        self.assertNotIn("No request was recorded yet.", browser.text())
        self.visit(name="bob")
        browser.wait_until(lambda: "POST /register/" in browser.text())
        self.assertEqual([link.text for link in browser.find_all(".traces th a")], ["POST /register/", "GET /people/"])
        self.assertSound()

    def test_what_fires_nothing_is_only_counted(self):
        browser, site = self.browser, self.another_browser()  # not Django's client: it hears template_rendered
        site.open("/people/")
        browser.open("/signals/traces/")
        self.assertIn("Nothing fired yet", browser.text())
        self.assertEqual(browser.text("[data-silent]"), "1")
        site.open("/login/")
        browser.wait_until(lambda: browser.text("[data-silent]") == "2")
        self.visit(name="bob")
        browser.wait_until(lambda: "POST /register/" in browser.text())
        self.assertNotIn("GET /", browser.text(".traces"))
        self.assertIn("created", browser.text(".traces .fired"))
        self.assertIn("ago", browser.text(".traces time"))
        self.assertSound()
        browser.tick("also requests that fired nothing (2)")
        browser.follow("Filter")
        self.assertIn("GET /people/", browser.text())

    def test_they_do_not_move_what_has_the_focus(self):
        browser = self.browser
        self.visit()
        browser.open("/signals/traces/?quiet=1")
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
        browser.open("/signals/traces/?quiet=1")
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
        self.browser.open("/signals/traces/?quiet=1")
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


class LookTests(SimpleTestCase):
    """Site and inspector look alike where they stand beside each other, and each stands alone."""

    def styles(self):
        paths = ("site.css", "signal_inspector/inspector.css")
        return [Path(finders.find(path)).read_text(encoding="utf-8") for path in paths]

    def test_what_has_one_name_has_one_colour(self):
        site, inspector = (
            {
                name: " ".join(value.split())
                for name, value in re.findall(r"^  --([a-z-]+):\s([^;]+);", text, re.MULTILINE)
            }
            for text in self.styles()
        )
        both = site.keys() & inspector.keys()
        self.assertLessEqual({"ground", "surface", "edge", "text", "quiet", "accent", "accent-strong"}, both)
        self.assertEqual({name: site[name] for name in both}, {name: inspector[name] for name in both})

    def test_no_style_needs_the_other(self):
        for text in self.styles():
            self.assertNotIn("@import", text)
        self.assertNotIn("signal_inspector", self.styles()[0])


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
            text += "".join(form.convert(stored.trace, stored.label) for form in FORMATS.values())
            for secret in (PASSWORD, "ada@example.com", self.client.session.session_key or PASSWORD):
                self.assertNotIn(secret, text)
