from lessons.exhibits import twice
from lessons.tests.exhibits.support import ExhibitTestCase


class TwiceTests(ExhibitTestCase):
    def test_what_was_done_and_not_noted_is_done_again(self):
        sentence = "1 order, 2 mails, 2 sales. Attempts until it was done: 2 and 2."
        self.assertGoesWrong(twice, sentence, orders=1, mails=2, sales=2, attempts=[2, 2])

    def test_by_a_key_and_in_one_transaction_with_done_it_happens_once(self):
        sentence = "1 order, 1 mail, 1 sale. Attempts until it was done: 2 and 2."
        side = self.assertHolds(twice, sentence, orders=1, mails=1, sales=1, attempts=[2, 2])
        self.assertEqual([moment.name for moment in side.trace.moments].count("ROLLBACK"), 1)
