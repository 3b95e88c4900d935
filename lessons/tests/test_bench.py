from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from django.test import TestCase, override_settings
from django.urls import NoReverseMatch
from django.utils.html import escape
from django.utils.module_loading import import_string

from lessons import bench
from lessons.listing import EXHIBITS
from lessons.questions.answers import QUESTIONS


@override_settings(DEBUG=True)
class BenchTests(TestCase):
    def chosen(self, *names):
        """Return the parameters of a link, as the page gets them."""
        return dict(parse_qsl(urlsplit(bench.link(*names)).query))

    def test_each_exhibit_has_a_choice_and_each_choice_is_of_a_lesson(self):
        questions = {question.name for question in QUESTIONS}
        self.assertEqual(EXHIBITS.keys() - bench.CHOICES.keys(), set())
        self.assertEqual(bench.CHOICES.keys() - EXHIBITS.keys() - questions, {"stage"})

    def test_the_page_knows_what_is_chosen(self):
        for name, choice in bench.CHOICES.items():
            with self.subTest(name):
                page = self.client.get(bench.link(name))
                kept = page.context["choice"]
                for key, value in choice.items():
                    if key in kept.plain:
                        self.assertEqual(kept.plain[key], value)
                self.assertEqual(dict(parse_qsl(kept.query())), choice)

    def test_the_signals_and_receivers_that_are_named_are_there_and_connected(self):
        for key in {key for choice in bench.CHOICES.values() for key in choice if "~" in key}:
            _what, signal, *receiver = key.split("~")
            connected = import_string(signal)
            if receiver:
                self.assertIn(import_string(*receiver), [each[1]() for each in connected.receivers])

    def test_a_failing_receiver_is_shown_by_the_link_of_its_exhibit(self):
        data = {**self.chosen("failing"), "set~username": "newcomer"}
        page = self.client.post("/signals/try/", data, follow=True)
        self.assertContains(page, "The user is there, its profile is not.")


class LinkTests(TestCase):
    def test_pages_have_the_links(self):
        self.assertContains(self.client.get("/learn/exhibits/failing/"), escape(bench.link("failing")))
        page = self.client.get("/learn/questions/")
        self.assertContains(page, escape(bench.link("failing")))
        self.assertNotContains(page, 'href="/signals/try/"')

    def test_a_question_has_the_choice_of_its_exhibit_and_one_that_fits_nothing_has_none(self):
        self.assertEqual(bench.link("why_not_in_bulk", "bulk"), bench.link("bulk"))
        self.assertEqual(bench.link("when_not", ""), "")
        self.assertEqual(bench.link(), "/signals/try/")

    def test_a_project_without_the_inspector_has_no_bench(self):
        with mock.patch.object(bench, "reverse", side_effect=NoReverseMatch):
            self.assertEqual((bench.link(), bench.link("failing")), ("", ""))
