from lessons.exhibits import together
from lessons.tests.exhibits.support import ExhibitTestCase


class TogetherTests(ExhibitTestCase):
    def test_the_sender_gets_the_error_while_the_other_is_at_work(self):
        sentence = "The warehouse was not told yet; the sender was given the ConnectionError at once."
        self.assertGoesWrong(together, sentence, raised="ConnectionError", done=[], answers=[])

    def test_robustly_both_end_and_the_error_is_an_answer(self):
        sentence = "The warehouse knows; the sender was given the ConnectionError as an answer."
        with self.assertNoLogs("django.dispatch"):  # of what fails on purpose
            self.assertHolds(together, sentence, raised="", done=["warehouse"], answers=["ConnectionError"])
