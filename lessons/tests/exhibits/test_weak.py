from django.test import override_settings

from lessons.exhibits import weak
from lessons.tests.exhibits.support import ExhibitTestCase


class WeakTests(ExhibitTestCase):
    def test_what_nobody_holds_is_gone(self):
        self.assertGoesWrong(weak, "0 of 2 receivers were called.", called=0)

    @override_settings(DEBUG=True)
    def test_while_debug_django_keeps_one_and_the_sentence_says_so(self):
        side = self.run_side(weak, "naive")
        self.assertEqual((side.left["called"], side.holds), (1, False))
        self.assertIn("DEBUG is on", side.sentence)

    def test_what_a_module_holds_is_called(self):
        side = self.assertHolds(weak, "2 of 2 receivers were called.", called=2)
        self.assertEqual(self.names(side), ["post_save", "count", "keep"])
