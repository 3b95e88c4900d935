"""The bench in this project, as people meet it: break a registration, and see what is left."""

from django.contrib.auth import get_user_model
from django.test import override_settings

from userprofile_project.tests.browser import BrowserTestCase

User = get_user_model()
CREATE_PROFILE = "at~django.db.models.signals.post_save~users.signals.create_profile~auth.User"


# Other tests import Celery, and then a trial runs no callback that might give it a task.
@override_settings(DEBUG=True, CELERY_TASK_ALWAYS_EAGER=True)
class BenchTests(BrowserTestCase):
    def choose(self, name, value):
        self.browser.find(f"select[name='{name}'] option[value='{value}']").click()

    def verdict(self):
        return self.browser.text(".verdict")

    def test_break_the_registration(self):
        browser = self.browser
        browser.open("/signals/")
        browser.follow("Try", within="header")
        browser.follow("Run, and roll back")
        self.assertIn("You changed no receiver yet.", browser.text("#result"))
        self.assertSound()
        self.choose(CREATE_PROFILE, "raise")
        browser.follow("Run, and roll back")
        self.assertIn("Nothing is left in the database.", self.verdict())
        self.assertIn("log_registration", self.verdict())
        self.assertSound()
        self.assertFalse(User.objects.exists())

    def test_a_user_without_a_profile(self):
        browser = self.browser
        browser.open("/signals/try/?do=create&model=auth.User")
        self.choose(CREATE_PROFILE, "raise")
        browser.follow("Run, and roll back")
        self.assertIn("The user is there, its profile is not.", self.verdict())
        self.assertSound()
        browser.follow("Link to this choice")
        self.assertIn("Nothing has run yet.", browser.text("#result"))
        self.assertEqual(browser.find(f"select[name='{CREATE_PROFILE}']").get_property("value"), "raise")

    def test_back_and_forth_between_two_trials(self):
        browser = self.browser
        browser.open("/signals/try/?do=create&model=auth.User")
        self.choose(CREATE_PROFILE, "raise")
        browser.follow("Run, and roll back")
        self.choose(CREATE_PROFILE, "wait")
        browser.follow("Run, and roll back")
        self.assertIn("0.2 s longer", self.verdict())
        browser.back()
        browser.wait_until(lambda: "its profile is not" in browser.text(".verdict"))
        self.assertIn("create_profile (auth.User): raises", browser.text("#result"))
        browser.driver.forward()
        browser.wait_until(lambda: "0.2 s longer" in browser.text(".verdict"))

    def test_what_does_not_belong_to_the_operation_is_hidden(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/signals/try/?do=create&model=auth.Group")
        self.assertEqual([browser.find(f"#bench-{each}").is_displayed() for each in ("story", "model")], [False, True])
        self.choose("do", "story")
        self.assertEqual([browser.find(f"#bench-{each}").is_displayed() for each in ("story", "model")], [True, False])

    def test_it_works_without_scripts(self):
        browser = self.browser
        browser.switch_scripts_off()
        browser.open("/signals/try/?do=create&model=auth.Group")
        browser.follow("Does the order matter?")
        self.assertIn("order", self.verdict())
