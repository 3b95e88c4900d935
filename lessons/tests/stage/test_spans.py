from django.test import SimpleTestCase

from lessons.stage.spans import Span


class SpanTests(SimpleTestCase):
    def test_neighbours_are_written_as_one_part(self):
        self.assertEqual(str(Span([3, 4, 5, 9])), "3-5 9")
        self.assertEqual(str(Span()), "")

    def test_it_holds_its_numbers(self):
        self.assertIn(4, Span(range(3, 6)))
        self.assertNotIn(6, Span(range(3, 6)))
        self.assertFalse(Span())
