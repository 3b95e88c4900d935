from django.test import SimpleTestCase

from lessons.running.cost import ratio_of


class RatioTests(SimpleTestCase):
    def test_a_side_that_is_slower_each_time(self):
        ratio = ratio_of([(3, 1), (2, 1), (4, 1)])
        self.assertEqual((ratio.slower, ratio.factor, ratio.least, ratio.most), ("naive", 3, 2, 4))

    def test_the_other_side(self):
        ratio = ratio_of([(1, 3), (1, 2), (1, 4)])
        self.assertEqual((ratio.slower, ratio.factor, ratio.least, ratio.most), ("right", 3, 2, 4))

    def test_one_round_that_disagrees_among_many_changes_nothing(self):
        ratio = ratio_of([(2, 1)] * 9 + [(1, 5)])
        self.assertEqual((ratio.slower, ratio.agreeing, ratio.rounds), ("naive", 9, 10))

    def test_what_may_be_chance_is_not_called_slower(self):
        self.assertEqual(ratio_of([(1.05, 1)] * 5).slower, "")
        self.assertEqual(ratio_of([(2, 1), (2, 1), (1, 2)]).slower, "")
