from unittest import mock

from django.test import AsyncClient, Client, TestCase
from django.urls import reverse

from lessons.listing import EXHIBITS
from lessons.questions import answers
from lessons.running import trying, turns

MAIL = "/learn/exhibits/mail/"


class IndexTests(TestCase):
    def test_it_leads_to_everything(self):
        with self.assertNumQueries(0):
            response = self.client.get("/learn/")
        for exhibit in EXHIBITS.values():
            self.assertContains(response, f'href="/learn/exhibits/{exhibit.name}/"')
        for question in answers.QUESTIONS:
            self.assertContains(response, f'href="/learn/questions/#{question.name}"')
        self.assertContains(response, "/learn/chapters/signals/")


class ExhibitTests(TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(trying, "LONGEST", 0))  # the clock is not what these are about

    def test_it_can_be_read_and_nothing_runs(self):
        for name in EXHIBITS:
            with turns.alone(), self.assertNumQueries(0):  # one that ran would have to wait
                response = self.client.get(reverse("lessons:exhibit", args=[name]))
            self.assertContains(response, "naive")
            self.assertNotContains(response, "What happened")

    def test_it_runs_when_the_button_is_pressed(self):
        with self.assertNumQueries(0):
            response = self.client.post(MAIL)
        self.assertContains(response, "2 mails, 1 order.")
        self.assertContains(response, "1 mail, 1 order.")
        self.assertContains(response, "goes wrong", count=1)
        self.assertContains(response, "holds", count=1)
        self.assertContains(response, "confirm_after_commit")
        self.assertContains(response, "ROLLBACK", count=2)

    def test_all_of_them_run(self):
        for name in EXHIBITS:
            response = self.client.post(reverse("lessons:exhibit", args=[name]))
            self.assertContains(response, "goes wrong", count=1)
            self.assertNotContains(response, "style=")

    def test_others_are_running_theirs(self):
        logs = self.assertLogs("django.request", "WARNING")
        with mock.patch.object(turns, "PATIENCE", 0.01), turns.alone(), logs:
            response = self.client.post(MAIL)
        self.assertContains(response, "Others are running theirs", status_code=429)

    def test_not_from_another_site_and_not_by_other_methods(self):
        with self.assertLogs("django", "WARNING"):
            self.assertEqual(Client(enforce_csrf_checks=True).post(MAIL).status_code, 403)
            self.assertEqual(self.client.put(MAIL).status_code, 405)
            self.assertEqual(self.client.post("/learn/exhibits/nothing/").status_code, 404)

    async def test_under_asgi(self):
        for name in ("together", "mail"):
            response = await AsyncClient().post(f"/learn/exhibits/{name}/")
            self.assertContains(response, "goes wrong", count=1)


class QuestionsTests(TestCase):
    def test_each_with_what_it_prints(self):
        response = self.client.get("/learn/questions/")
        for question in answers.QUESTIONS:
            self.assertContains(response, f'id="{question.name}"')
        self.assertContains(response, "bills inside: 2\nbills after the rollback: 1")

    def test_readable_while_others_run_theirs(self):
        answers.printed.cache_clear()
        with mock.patch.object(turns, "PATIENCE", 0.01), turns.alone():
            response = self.client.get("/learn/questions/")
        self.assertContains(response, "load the page again", count=15)
