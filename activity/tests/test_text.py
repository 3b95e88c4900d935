"""Text of strangers in one line."""

from django.test import SimpleTestCase

from activity.text import printable


class PrintableTests(SimpleTestCase):
    def test_what_reads_as_it_is_stored_stays(self):
        for text in ("ada", "Ada Okafor", "İzmir", "名前", "🙂", 'a"b<c>&', ""):
            self.assertEqual(printable(text), text)

    def test_what_ends_a_line_becomes_an_escape(self):
        self.assertEqual(printable("a\r\nERROR b"), r"a\r\nERROR b")
        self.assertEqual(printable("a\u2028b\x85c\x1b[31m\x00"), r"a\u2028b\x85c\x1b[31m\x00")

    def test_what_turns_or_hides_text_becomes_an_escape(self):
        self.assertEqual(printable("a\u202eb\u200bc"), r"a\u202eb\u200bc")

    def test_half_a_character_becomes_an_escape(self):
        self.assertEqual(printable("a\ud800"), r"a\ud800")

    def test_anything_has_a_text(self):
        self.assertEqual(printable(None), "None")
