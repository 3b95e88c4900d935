from lessons.exhibits import failing
from lessons.tests.exhibits.support import ExhibitTestCase


class FailingTests(ExhibitTestCase):
    def test_the_row_stays_and_the_second_try_meets_it(self):
        errors = ["OSError", "IntegrityError"]
        sentence = "After two tries: 1 user, 0 profiles. Errors: OSError, IntegrityError."
        side = self.assertGoesWrong(failing, sentence, errors=errors, users=1, profiles=0)
        self.assertEqual(self.names(side), ["post_save", "make_folder"])  # make_profile never ran
        self.assertEqual((side.cost.statements, side.failures), (2, {1: "IntegrityError"}))  # the second INSERT

    def test_in_a_transaction_the_second_try_is_like_the_first(self):
        sentence = "After two tries: 1 user, 1 profile. Errors: OSError."
        self.assertHolds(failing, sentence, errors=["OSError"], users=1, profiles=1)
