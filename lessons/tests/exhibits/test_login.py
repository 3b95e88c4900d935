from lessons.exhibits import login
from lessons.tests.exhibits.support import ExhibitTestCase


class LoginTests(ExhibitTestCase):
    def test_the_tutorials_receiver_overwrites_a_change_and_keeps_somebody_out(self):
        sentence = "The change was overwritten (bio: “old”); bob's login failed with RelatedObjectDoesNotExist."
        side = self.assertGoesWrong(login, sentence, bio="old", failed="RelatedObjectDoesNotExist")
        self.assertEqual(self.names(side), ["post_save", "save_profile"] * 2)

    def test_who_looks_at_update_fields_writes_nothing(self):
        sentence = "The change of the other window is there (bio: “new”); bob, who has no profile, is logged in too."
        side = self.assertHolds(login, sentence, bio="new", failed="")
        self.assertEqual([node.queries for node, _depth in side.trace.walk()], [0] * 4)
