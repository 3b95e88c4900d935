"""
Tests in a browser: a live server, a headless Chromium driven as a person would, and what every page has to stand.

Found or not, nothing is fetched: Chromium and ChromeDriver are looked up on this machine and named to Selenium,
which would otherwise look for a driver on other hosts.
"""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import SkipTest, mock
from urllib.parse import urlsplit

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.core.cache import cache
from django.test import override_settings, tag

try:
    from selenium import webdriver
    from selenium.common.exceptions import SessionNotCreatedException, TimeoutException, WebDriverException
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.wait import WebDriverWait
    from selenium_axe_python import Axe
except ImportError:  # the tests are skipped then, but their modules have to be importable
    webdriver = Keys = None

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60  # seconds: a busy machine takes its time, and only what fails waits so long

# Nothing but the live server can be reached, and Chromium has no errands of its own.
ARGUMENTS = [
    *"--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --force-device-scale-factor=1".split(),
    *"--no-first-run --disable-background-networking --disable-component-update --disable-sync".split(),
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]

WIDE, NARROW = 1280, 360  # pixels


def find_chromium():
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def missing():
    """Return the names of what a test in a browser needs and this machine lacks."""
    parts = {
        "Selenium": webdriver,
        "Chromium": find_chromium(),
        "ChromeDriver": shutil.which("chromedriver"),
    }
    return [name for name, found in parts.items() if not found]


class Browser:
    """
    A Chromium that is driven by what a person sees: texts, labels and keys.

    Args:
        address (str): the site, without a path.
    """

    def __init__(self, address):
        self.address = address
        options = webdriver.ChromeOptions()
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.binary_location = find_chromium()
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.add_experimental_option("perfLoggingPrefs", {"enablePage": False})
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # Chromium leaves some of its files
        service = webdriver.ChromeService(shutil.which("chromedriver"), env={**os.environ, "TMPDIR": self.folder.name})
        try:
            self.driver = webdriver.Chrome(options, service)
        except BaseException:
            self.folder.cleanup()
            raise
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.set_script_timeout(PATIENCE)
        self.resize(WIDE)

    def quit(self):
        """End the browser."""
        self.driver.quit()
        self.folder.cleanup()

    def start_over(self):
        """Become a browser that never was on the site: no cookie, no stored choice, no history, a wide window."""
        old = self.driver.window_handles
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "all"})
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        for handle in old:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(new)
        self.resize(WIDE)
        self.wish_for("light")

    # The window and the system around it.

    def resize(self, width, height=900):
        """Give the page a size in pixels. A window of Chromium can't be as narrow as a phone."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.wait_until(lambda: self.run("return innerWidth") == width)

    def wish_for(self, theme):
        """Let the system wish for a theme, "light" or "dark", and for no animation, which would blur what is seen."""
        features = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": n, "value": v} for n, v in features.items()]}
        )

    def switch_scripts_off(self):
        """Run no script of any page from now on."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    # Going somewhere.

    def open(self, path="/"):
        """Go to a path of the site."""
        self.driver.get(self.address + path)

    def back(self):
        """Press the back button."""
        self.driver.back()

    @property
    def path(self):
        """The path of the page that is shown."""
        return urlsplit(self.driver.current_url).path

    @contextmanager
    def leaving(self):
        """Wait until what happens in the block has led to another page."""
        old = self.find("html")
        yield
        try:
            self.wait_until(lambda: staleness_of(old)(self.driver))
        except TimeoutException:
            raise
        except WebDriverException:
            pass  # https://issues.chromium.org/issues/42323468: the right answer under a wrong name
        self.wait_until(lambda: self.run("return document.readyState") == "complete")

    def follow(self, text, within="body"):
        """Press the link or the button with a text, which leads to another page."""
        control = self.control(text, within)
        self.run("arguments[0].scrollIntoView({block: 'nearest'})", control)  # from under what sticks to the window
        with self.leaving():
            control.click()

    def control(self, text, within="body"):
        """Return the link or the button with a text."""
        kinds = f"self::a[{{0}}] or self::button[{{0}}] or self::input[@type='submit' and @value='{text}']"
        found = f"//{within}//*[{kinds}]".format(f"normalize-space()='{text}'")
        return self.driver.find_element("xpath", found)

    # Looking at the page.

    def find(self, selector):
        """Return the first element that a CSS selector finds."""
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector):
        """Return all elements that a CSS selector finds."""
        return self.driver.find_elements("css selector", selector)

    def text(self, selector="main"):
        """Return the text that is shown of an element."""
        return self.find(selector).text

    def value(self, name):
        """Return what stands in the field of a name."""
        return self.find(f"[name={name}]").get_property("value")

    @property
    def theme(self):
        """The theme of the page."""
        return self.find("html").get_attribute("data-bs-theme")

    def run(self, script, *args):
        """Run a script in the page and return what it returns."""
        return self.driver.execute_script(script, *args)

    def wait_until(self, condition):
        """Wait until a function returns something true, and return that."""
        return WebDriverWait(self, PATIENCE, poll_frequency=0.02).until(lambda browser: condition())

    # Filling in forms.

    def fill(self, **values):
        """Type texts into fields, or choose files (pathlib.Path), by the names of the fields."""
        for name, value in values.items():
            field = self.find(f"main [name={name}]")
            if not isinstance(value, Path):
                field.clear()
            field.send_keys(str(value))

    def download(self, text, folder):
        """Press the button with a text, which leads to a file; return its path in a folder (pathlib.Path)."""
        before = {*folder.iterdir()}
        behaviour = {"behavior": "allow", "downloadPath": str(folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
        self.control(text, within="main").click()

        def arrived():
            return [path for path in {*folder.iterdir()} - before if path.suffix != ".crdownload"]

        return self.wait_until(arrived)[0]

    def tick(self, label):
        """Press the label of a checkbox."""
        self.driver.find_element("xpath", f"//label[normalize-space()='{label}']").click()

    def log_in(self, username, password):
        """Log in through the form of the site."""
        self.open("/login/")
        self.fill(username=username, password=password)
        self.follow("Log in", within="main")

    # The keyboard.

    def press(self, *keys):
        """Press keys, one after the other."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    @property
    def focused(self):
        """The element that has the focus."""
        return self.driver.switch_to.active_element

    # What the page must not do.

    def network_events(self):
        """Return what happened in the network since the last call: pairs of the event's name and its parameters."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [(e["method"], e["params"]) for e in entries if e["method"].startswith("Network.")]

    def complaints(self):
        """Return the errors of the browser's log since the last call, violations of the policy among them."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@tag("browser")
class BrowserTestCase(StaticLiveServerTestCase):
    """
    Tests in a browser, ``self.browser``. They are skipped where there is none, and fail there if REQUIRE_BROWSER=1.

    After each test it is checked that no page made the browser complain, had no Content-Security-Policy, or asked
    another host for anything.
    """

    databases = "__all__"  # a removed picture is looked for on all of them
    host = "127.0.0.1"  # "localhost" would be tried by IPv6 first

    @classmethod
    def setUpClass(cls):
        lacking = missing()
        if lacking:
            cls.give_up(f"Tests in a browser need {' and '.join(lacking)}, not found here.")
        # The test talks to ChromeDriver, and Chromium to the live server: no proxy has a business between them.
        cls.enterClassContext(mock.patch.dict(os.environ, {"no_proxy": "*", "NO_PROXY": "*"}))
        # The live server serves media from a folder, and has to know it before it starts.
        media = cls.enterClassContext(tempfile.TemporaryDirectory())
        storages = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
        storages["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        cls.enterClassContext(override_settings(MEDIA_ROOT=media, STORAGES=storages))
        super().setUpClass()
        cls.browser = cls.start_browser()

    @classmethod
    def give_up(cls, reason):
        """Skip the tests of the class, or fail if a browser is required."""
        if os.environ.get("REQUIRE_BROWSER") == "1":
            raise AssertionError(f"{reason} REQUIRE_BROWSER=1 makes that a failure.")
        raise SkipTest(reason)

    @classmethod
    def start_browser(cls):
        """Return a browser of its own, with other cookies than all others. It ends with the class."""
        try:
            browser = Browser(cls.live_server_url)
        except SessionNotCreatedException as error:  # Chromium and ChromeDriver of different versions
            cls.give_up(f"ChromeDriver could not start Chromium: {error.msg}")
        cls.addClassCleanup(browser.quit)
        return browser

    def setUp(self):
        super().setUp()
        cache.clear()  # failed logins and sent mails are counted there
        self.browsers = [self.browser]
        self.browser.start_over()

    def tearDown(self):
        for browser in self.browsers:
            self.assertQuiet(browser)
            browser.driver.get("about:blank")  # no request under way while the tables are emptied
        super().tearDown()

    def another_browser(self):
        """Return a second browser, whose pages are checked like those of the first one."""
        browser = self.start_browser()
        browser.start_over()
        self.browsers.append(browser)
        return browser

    def assertQuiet(self, browser=None):
        """Check that the pages since the last check had a policy, kept it, and asked no other host for anything."""
        browser = browser or self.browser
        pages, elsewhere = {}, []
        for method, params in browser.network_events():
            if method == "Network.requestWillBeSent":
                url = urlsplit(params["request"]["url"])
                if url.scheme not in ("data", "about", "chrome") and url.port != self.server_thread.port:
                    elsewhere.append(url.geturl())
            elif method == "Network.responseReceived" and params["type"] == "Document":
                response = params["response"]
                if urlsplit(response["url"]).port == self.server_thread.port:
                    pages[response["url"]] = {name.lower(): value for name, value in response["headers"].items()}
        self.assertEqual(elsewhere, [], "Another host was asked.")
        for url, headers in pages.items():
            self.assertIn("content-security-policy", headers, url)
        # A page that is an error page on purpose is no news; its parts have no such excuse.
        complaints = [
            complaint
            for complaint in browser.complaints()
            if not ("Failed to load resource" in complaint and complaint.split(" ", 1)[0] in pages)
        ]
        self.assertEqual(complaints, [], "The browser complains.")

    def assertFits(self, width):
        """Check that nothing of the page sticks out at a width in pixels."""
        self.browser.resize(width)
        needed, given = self.browser.run(
            "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
        )
        self.assertLessEqual(needed, given, f"The page sticks out at {width} pixels.")

    def assertAccessible(self):
        """Check the page by axe, as it is shown."""
        axe = Axe(self.browser.driver)
        if not self.browser.run("return 'axe' in window"):
            axe.inject()
        found = axe.run(options={"resultTypes": ["violations"]})["violations"]
        if found:
            self.fail(Axe.report(found))

    def check(self, state, heading, path=None):
        """Check the page at a path, or the one that is shown, as a subtest that is named for its state."""
        with self.subTest(state):
            if path:
                self.browser.open(path)
            self.assertEqual(self.browser.text("h1"), heading)
            self.assertSound()
        self.browser.resize(WIDE)

    def send(self, **values):
        """Send the form of the page with values that the browser's own check might hold back."""
        self.browser.fill(**values)
        self.browser.run("document.querySelector('main form').noValidate = true")
        with self.browser.leaving():
            self.browser.find("main form [type=submit]").click()

    def assertSound(self):
        """Check the page that is shown: accessible in both themes, fitting a phone and a desk, quiet."""
        for theme, width in (("light", WIDE), ("dark", NARROW)):
            self.browser.wish_for(theme)
            self.assertFits(width)
            self.browser.wait_until(lambda theme=theme: self.browser.theme == theme)
            self.assertAccessible()
        self.assertQuiet()
