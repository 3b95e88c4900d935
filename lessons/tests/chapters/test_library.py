from unittest import mock

from django.test import SimpleTestCase

from lessons.chapters import library


class LibraryTests(SimpleTestCase):
    def test_each_chapter_is_there_with_a_title(self):
        self.assertEqual([chapter.name for chapter in library.chapters()], list(library.PATHS))
        for chapter in library.chapters():
            self.assertEqual(chapter.headings[0].level, 1, chapter.name)

    def test_every_page_of_the_signals_is_a_chapter(self):
        pages = set((library.ROOT / "docs" / "signals").glob("*.md"))
        self.assertEqual(pages - set(library.PATHS.values()), set())

    def test_a_part_is_a_heading_with_the_prose_and_the_code_below_it(self):
        chapter = library.chapter_named("pitfalls")
        self.assertEqual([heading for heading, *_rest in chapter.parts], chapter.headings)
        [(text, code)] = [rest[1:] for heading, *rest in chapter.parts if heading.anchor == "update_last_login"]
        self.assertIn("saves the user with update_fields", text)
        self.assertNotIn("assert ", text)
        self.assertIn("assert ", code)

    def test_each_question_in_bold_is_a_part_of_its_own(self):
        parts = {
            question: (heading.anchor, text)
            for heading, question, text, _code in library.chapter_named("signals").parts
        }
        self.assertEqual(parts["loaddata fails in my receiver."], ("too-much-happens", "Return at once if raw."))
        self.assertNotIn("loaddata", " ".join(text for question, (_anchor, text) in parts.items() if not question))

    def test_a_server_without_the_documentation_has_no_chapters(self):
        gone = {name: path.with_name(f"no-{path.name}") for name, path in library.PATHS.items()}
        with mock.patch.dict(library.PATHS, gone):
            self.assertEqual(library.chapters(), [])
            self.assertIsNone(library.chapter_named("order"))
