from unittest import mock

from django.test import SimpleTestCase

from lessons import searching
from lessons.chapters import library
from lessons.searching import EXHIBIT, QUESTION, SECTION, Part, search

# What newcomers looked for, and something that they have to find.
LOOKED_FOR = {
    "rollback": "Is my receiver in my transaction?",
    "cascade": "What happens to other rows when one is deleted?",
    "recursion": "A receiver that saves its own instance",
    "import": "Where do I put my receivers?",
    "ready": "Where do I put my receivers?",
    "loaddata": "loaddata fails in my receiver.",
    "what changed": "How do I see what changed, and react to that only?",
    "old value": "What changed? The old value is not the one that was loaded",
    "queue": "In production",
    "celery": "What if?",
    "created": "Is the row new?",
    "SEND_robust transaction": "send_robust() inside a transaction",
    "isolate_apps": "Deleting a user",  # in code alone
}


def titles(words):
    return [hit.part.title for hit in search(words)[0]]


class SearchTests(SimpleTestCase):
    def test_what_newcomers_looked_for_is_found(self):
        for words, title in LOOKED_FOR.items():
            self.assertIn(title, titles(words), words)
        self.assertEqual(titles("created")[0], "Is the row new?")

    def test_what_is_nowhere(self):
        self.assertEqual(search("no part says thiss"), ([], 0))
        self.assertEqual(search("  "), ([], 0))
        self.assertEqual(search("[(*"), ([], 0))

    def test_punctuation_is_no_part_of_a_word(self):
        for asked, words in (
            ("Does bulk_create() send signals?", "does bulk_create send signals"),
            ("“order”, of receivers.", "order of receivers"),
            ("m2m_changed's action", "m2m_changed action"),
            ("receivers' order", "receivers order"),
        ):
            self.assertEqual(titles(asked), titles(words), asked)
            self.assertTrue(titles(asked), asked)

    def test_a_part_is_found_once(self):
        hits, _left_out = search("receiver")
        places = [(hit.part.title, hit.part.address) for hit in hits]
        self.assertEqual(len(places), len(set(places)))

    def ranked(self, words, *given):
        with mock.patch.object(searching, "parts", return_value=given):
            return titles(words)

    def test_whole_words_come_first_then_questions_then_titles_and_code_comes_last(self):
        given = [
            Part(SECTION, "code", "", "", "", "save"),
            Part(QUESTION, "part of a word", "saved", "", ""),
            Part(SECTION, "text", "a save", "", ""),
            Part(SECTION, "save in a title", "", "", ""),
            Part(EXHIBIT, "exhibit", "a save", "", ""),
            Part(QUESTION, "question", "Save it", "", ""),
        ]
        order = ["question", "exhibit", "save in a title", "text", "part of a word", "code"]
        self.assertEqual(self.ranked("save", *given), order)

    def test_all_words_must_stand_in_a_part(self):
        given = Part(SECTION, "one", "two three", "", ""), Part(SECTION, "two", "four", "", "")
        self.assertEqual(self.ranked("one three", *given), ["one"])

    def test_an_excerpt_stands_around_what_was_found(self):
        text = f"{'before ' * 50}rollback {'after ' * 50}"
        with mock.patch.object(searching, "parts", return_value=[Part(SECTION, "", text, "", "")]):
            [hit], _left_out = search("Rollback")
        before, found, after = hit.excerpt
        self.assertEqual(found, "rollback")
        self.assertTrue(before.startswith("…before ") and after.endswith(" after…"))
        self.assertLess(len(before + after), 200)

    def test_it_stops_somewhere_and_says_how_many_are_left(self):
        given = [Part(SECTION, "save", "", "", "")] * 50
        with mock.patch.object(searching, "parts", return_value=given):
            hits, left_out = search("save")
        self.assertEqual((len(hits), left_out), (searching.MOST, 50 - searching.MOST))

    def test_without_the_documentation_questions_and_exhibits_are_found(self):
        with mock.patch.object(library, "chapters", list):
            kinds = {hit.part.kind for hit in search("mail")[0]}
        self.assertEqual(kinds, {QUESTION, EXHIBIT})
