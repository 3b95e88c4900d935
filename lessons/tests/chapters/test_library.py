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

    def test_the_search_finds_all_words_in_headings_in_any_case(self):
        found = [(chapter.name, heading.anchor) for chapter, heading in library.search("SEND_robust transaction")]
        self.assertIn(("pitfalls", "send_robust-inside-a-transaction"), found)
        self.assertEqual(library.search("no heading says this"), [])
        self.assertEqual(library.search("  "), [])

    def test_a_server_without_the_documentation_has_no_chapters(self):
        gone = {name: path.with_name(f"no-{path.name}") for name, path in library.PATHS.items()}
        with mock.patch.dict(library.PATHS, gone):
            self.assertEqual(library.chapters(), [])
            self.assertIsNone(library.chapter_named("order"))
