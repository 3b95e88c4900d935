import re

from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils.html import escape

from lessons.bench import link
from lessons.stage import rows
from lessons.stage.folding import steps_of
from lessons.stage.pages import chosen, count
from lessons.tests.stage.support import RecordedTestCase

User = get_user_model()

STAGE = reverse("lessons:stage")


@override_settings(DEBUG=True)
class StageTests(RecordedTestCase):
    def shown(self, page):
        """Return the sentences that are not hidden."""
        sections = re.findall(r'<section class="stage-sentence"(.*?)</section>', page.text, re.DOTALL)
        return [section for section in sections if "hidden>" not in section.partition("<h2>")[0]]

    def test_without_a_script_each_step_is_a_page_with_links_to_the_next_and_the_last(self):
        number = len(steps_of(self.trace))
        first, middle, last = (self.client.get(f"{STAGE}?step={step}") for step in (1, 5, number))
        self.assertEqual([len(self.shown(page)) for page in (first, middle, last)], [1, 1, 1])
        self.assertIn("5 of", self.shown(middle)[0])
        self.assertContains(first, f'href="?step={2}#stage"')
        self.assertNotContains(first, 'href="?step=0')
        self.assertContains(middle, 'href="?step=4#stage"')
        self.assertContains(middle, 'href="?step=6#stage"')
        self.assertNotContains(last, f'href="?step={number + 1}')

    def test_a_step_that_is_not_there_is_the_first(self):
        for text in ("", "0", "-1", "99999", "x", "²", "1" * 50):
            self.assertEqual(chosen(text, 30), 1, text)
        self.assertEqual((chosen("30", 30), chosen("31", 30)), (30, 1))

    def test_the_lessons_lead_there(self):
        self.assertContains(self.client.get("/learn/"), f'href="{STAGE}"')
        with override_settings(DEBUG=False):  # a visitor may not see it
            self.assertNotContains(self.client.get("/learn/"), f'href="{STAGE}"')

    def test_the_last_step_leads_on(self):
        number = len(steps_of(self.trace))
        last = next(each for each in self.shown(self.client.get(f"{STAGE}?step={number}")))
        self.assertEqual(last.count("<a "), 4)
        for address in (reverse("register"), escape(link("stage")), reverse("signal_inspector:traces")):
            self.assertIn(f'href="{address}"', last)
        self.assertNotIn("<a ", self.shown(self.client.get(f"{STAGE}?step={number - 1}"))[0])

    def test_the_home_page_leads_to_the_lessons_and_the_bench_too(self):
        home = self.client.get("/")
        self.assertContains(home, "See what goes wrong")
        self.assertContains(home, f'href="{link()}"')

    def test_a_line_tells_how_many_rows_are_there_and_whether_they_are_committed(self):
        written = [
            rows.Row("auth_user", states=[(3, ("new", []), False), (5, ("new", []), True)]),
            rows.Row("users_profile", states=[(4, ("new", []), False), (6, ("new", []), True)]),
        ]
        told = [count(written, step).removeprefix("In the database: ") for step in range(2, 7)]
        half = "2 rows, 1 of them not committed yet."
        expected = ["nothing yet.", "1 row, not committed yet.", "2 rows, not committed yet.", half]
        self.assertEqual(told, [*expected, "2 rows, committed."])

    def test_it_costs_one_statement(self):
        self.client.get(STAGE)
        with self.assertNumQueries(1):
            self.client.get(STAGE)

    def test_the_home_page_leads_there(self):
        self.assertContains(self.client.get("/"), f'href="{STAGE}"')


class EmptyTests(TestCase):
    @override_settings(DEBUG=True)
    def test_without_a_recording_it_says_how_to_make_one(self):
        self.assertContains(self.client.get(STAGE), "python manage.py seed_demo")

    def test_without_debug_staff_alone_see_the_code(self):
        self.assertRedirects(self.client.get(STAGE), f"/login/?next={STAGE}", fetch_redirect_response=False)
        self.assertNotContains(self.client.get("/"), STAGE)
        self.client.force_login(User.objects.create_user("staff", is_staff=True))
        self.assertEqual(self.client.get(STAGE).status_code, 200)
