from userprofile_project.tests.browser import BrowserTestCase


class LessonsTests(BrowserTestCase):
    """A newcomer who knows no signals goes through the lessons."""

    def test_an_exhibit_is_run_and_leads_on(self):
        self.browser.open("/learn/")
        self.assertSound()
        self.browser.follow("A mail goes out, then the transaction rolls back")
        self.assertNotIn("What happened", self.browser.text())
        self.assertSound()
        self.browser.follow("Run both")
        self.assertIn("2 mails, 1 order.", self.browser.text())
        self.assertIn("1 mail, 1 order.", self.browser.text())
        self.assertSound()
        self.browser.follow("Read more in the chapter")
        self.assertEqual(self.browser.path, "/learn/chapters/pitfalls/")

    def test_questions_and_chapters_without_a_script(self):
        self.browser.switch_scripts_off()
        self.browser.open("/learn/questions/")
        self.assertIn("bills after the rollback: 1", self.browser.text())
        self.browser.open("/learn/chapters/")
        self.browser.fill(q="recursion")
        self.browser.follow("Search")
        self.assertIn("with “recursion”", self.browser.text())

    def test_the_pages_that_are_read(self):
        self.check("questions", "Fifteen questions about signals", "/learn/questions/")
        self.check("search", "The documentation", "/learn/chapters/?q=order")
        self.check("chapter", "In which order", "/learn/chapters/order/")
        self.check("pictures and tables", "userprofile_project", "/learn/chapters/readme/")
