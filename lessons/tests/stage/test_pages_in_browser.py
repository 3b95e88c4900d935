"""The stage in a browser: by buttons, arrow keys and the slider, in both themes, and without scripts."""

from django.test import override_settings

from lessons.stage import recording
from userprofile_project.tests.browser import NARROW, WIDE, BrowserTestCase, Keys


@override_settings(DEBUG=True)
class StageTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        recording.record_registration("grace", "grace@example.com", "correct-horse-7")

    @property
    def here(self):
        """The number of the step that is shown: the sentence, the slider and the address agree on it."""
        number = self.browser.text(".stage-sentence:not([hidden]) .stage-number").split()[0]
        self.assertEqual(self.browser.find("#stage-slider").get_property("value"), number)
        self.assertIn(self.browser.run("return location.search"), ("", f"?step={number}"))
        return int(number)

    def go_to(self, title):
        """Press the right arrow until a step of this title is shown."""
        for _ in range(50):
            if self.browser.text(".stage-sentence:not([hidden]) h2").endswith(title):
                return
            self.browser.press(Keys.ARROW_RIGHT)
        self.fail(f"There is no step {title!r}.")

    def test_buttons_and_arrow_keys_go_back_and_forth(self):
        browser = self.browser
        browser.open("/")
        browser.follow("Begin", within="main")
        self.assertEqual(self.here, 1)
        browser.press(Keys.ARROW_LEFT)  # there is nothing before
        self.assertEqual(self.here, 1)
        browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assertEqual(self.here, 3)
        browser.control("Next", within="main").click()
        self.assertEqual(self.here, 4)
        browser.control("Back", within="main").click()
        browser.press(Keys.ARROW_LEFT)
        self.assertEqual(self.here, 2)

    def test_the_slider_goes_anywhere_and_keeps_its_own_keys(self):
        browser = self.browser
        browser.open("/learn/stage/")
        browser.find("#stage-slider").send_keys(Keys.END)
        last = self.here
        self.assertIn("That was all", browser.text(".stage-sentence:not([hidden])"))
        self.assertIsNone(browser.find("[data-go='1']").get_attribute("href"))
        browser.press(Keys.ARROW_LEFT)
        self.assertEqual(self.here, last - 1)
        self.assertIn("of", browser.find("#stage-slider").get_attribute("aria-valuetext"))

    def test_the_space_bar_presses_what_looks_like_a_button(self):
        browser = self.browser
        browser.open("/learn/stage/")
        browser.run("arguments[0].focus()", browser.control("Next", within="main"))
        browser.press(Keys.SPACE, Keys.SPACE)
        self.assertEqual(self.here, 3)
        browser.run("arguments[0].focus()", browser.control("Back", within="main"))
        browser.press(Keys.SPACE)
        self.assertEqual(self.here, 2)
        self.assertEqual(browser.run("return scrollY"), 0)

    def test_the_slider_has_the_ring_that_all_have(self):
        browser = self.browser
        browser.open("/learn/stage/")
        rings = []
        for selector in ("#stage-slider", ".stage-tree .stage-scroll"):
            browser.find(selector).send_keys(Keys.END)
            style = "const s = getComputedStyle(arguments[0]); return [s.outlineStyle, s.outlineWidth, s.outlineColor]"
            rings.append(browser.run(style, browser.find(selector)))
        self.assertEqual(rings[0], rings[1])
        thumb = "return getComputedStyle(arguments[0], '::-webkit-slider-thumb').boxShadow"
        self.assertEqual(browser.run(thumb, browser.find("#stage-slider")), "none")

    def test_the_last_step_by_its_address_shows_the_end_of_the_tree_and_the_line_that_answered(self):
        browser = self.browser
        browser.open(f"/learn/stage/?step={self.count()}")
        lines = [each for each in browser.find_all(".stage-tree .stage-line") if each.is_displayed()]
        for part, box in ((lines[-1], ".stage-tree"), (browser.find(".stage-code-line.now"), ".stage-code")):
            self.assertTrue(self.is_within(part, browser.find(f"{box} .stage-scroll")), box)

    def test_code_tree_and_rows_go_along(self):
        browser = self.browser
        browser.open("/learn/stage/")
        self.assertNotIn("create_profile", browser.text(".stage-tree"))
        self.go_to("create_profile is called")
        self.assertIn("def create_profile(", browser.text(".stage-code-line.now"))
        self.assertEqual(browser.text(".stage-tree .now"), "create_profile")
        self.assertIn("not committed yet", browser.text(".stage-rows"))
        self.assertIn("A transaction is open.", browser.text(".stage-rows"))
        self.assertNotIn("Profile", browser.text(".stage-rows tbody"))
        self.go_to("COMMIT: now it is true")
        self.assertIn("Profile", browser.text(".stage-rows tbody"))
        self.assertNotIn("not committed yet", browser.text(".stage-rows"))
        self.assertNotIn("A transaction is open.", browser.text(".stage-rows"))

    def test_the_rows_are_in_sight_beside_the_sentence(self):
        browser = self.browser
        browser.open("/learn/stage/")
        for width, height in ((WIDE, 757), (1366, 720)):
            browser.resize(width, height)
            self.go_to("COMMIT: now it is true")
            for selector in (
                ".stage-sentence:not([hidden]) h2",
                ".stage-rows tr.now .state-good",
                ".stage-code-line.now",
            ):
                self.assertTrue(self.is_on_top(browser.find(selector)), (width, selector))
            browser.open("/learn/stage/")

    def test_on_a_phone_the_buttons_stay_and_a_line_tells_of_the_rows(self):
        browser = self.browser
        browser.resize(NARROW, 740)
        browser.open("/learn/stage/")
        self.go_to("post_save is sent")
        self.assertIn("1 row, not committed yet.", browser.text(".stage-sentence:not([hidden])"))
        self.go_to("COMMIT: now it is true")
        self.assertIn("3 rows, committed.", browser.text(".stage-sentence:not([hidden])"))
        for selector in (".stage-sentence:not([hidden]) .stage-count", ".stage-rows th"):
            browser.run("arguments[0].scrollIntoView({block: 'center'})", browser.find(selector))
            self.assertTrue(self.is_on_top(browser.find(selector)), selector)
            self.assertTrue(self.is_on_top(browser.control("Next", within="main")), selector)

    def is_on_top(self, part):
        """Tell whether the middle of an element is in the window, and nothing lies over it."""
        return self.browser.run(
            "const part = arguments[0], box = part.getBoundingClientRect();"
            "const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);"
            "return top !== null && (top === part || part.contains(top))",
            part,
        )

    def test_what_is_marked_is_in_sight(self):
        browser = self.browser
        browser.open("/learn/stage/")
        for _ in range(self.steps() - 1):
            browser.press(Keys.ARROW_RIGHT)
            for part in browser.find_all(".stage-tree .now")[:1]:
                box = browser.find(".stage-tree .stage-scroll")
                self.assertTrue(self.is_within(part, box), part.text)

    def steps(self):
        return int(self.browser.find("#stage-slider").get_attribute("max"))

    def is_within(self, part, box):
        return self.browser.run(
            "const [part, box] = [...arguments].map((each) => each.getBoundingClientRect());"
            "return part.top >= box.top - 1 && part.bottom <= box.bottom + 1",
            part,
            box,
        )

    def test_it_is_sound_at_the_first_a_middle_and_the_last_step(self):
        for step in (1, 13, self.count()):
            self.check(f"step {step}", "Step through a registration", f"/learn/stage/?step={step}")

    def count(self):
        self.browser.open("/learn/stage/")
        return self.steps()

    def test_without_scripts_each_step_is_a_page(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/learn/stage/")
        for step in (2, 3):
            browser.follow("Next", within="main")
            self.assertEqual(self.here, step)
        browser.follow("Back", within="main")
        self.assertEqual(self.here, 2)
        for box in browser.find_all(".stage-code .stage-scroll, .stage-tree .stage-scroll"):
            self.assertEqual(box.get_property("scrollHeight"), box.get_property("clientHeight"))
        browser.find("#stage-slider").send_keys(Keys.END)
        browser.follow("Go there", within="main")
        self.assertIn("That was all", browser.text(".stage-sentence:not([hidden])"))
        self.assertFits(NARROW)

    def test_without_a_recording_the_page_is_sound_too(self):
        recording.Recording.objects.all().delete()
        self.check("empty", "Step through a registration", "/learn/stage/")
