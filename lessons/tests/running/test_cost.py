from django.test import SimpleTestCase

from lessons.running.cost import ratio_of


class RatioTests(SimpleTestCase):
    def test_a_side_that_is_slower_each_time(self):
        ratio = ratio_of([(3, 1), (2, 1), (4, 1), (3, 1), (3, 1)])
        self.assertEqual((ratio.slower, ratio.factor, ratio.least, ratio.most), ("naive", 3, 2, 4))

    def test_the_other_side(self):
        ratio = ratio_of([(1, 3), (1, 2), (1, 4), (1, 3), (1, 3)])
        self.assertEqual((ratio.slower, ratio.factor, ratio.least, ratio.most), ("right", 3, 2, 4))

    def test_one_round_that_disagrees_among_many_changes_nothing(self):
        ratio = ratio_of([(2, 1)] * 9 + [(1, 5)])
        self.assertEqual((ratio.slower, ratio.least, ratio.most, ratio.rounds), ("naive", 2, 2, 10))

    def test_what_may_be_chance_is_not_called_slower(self):
        self.assertEqual(ratio_of([(1.05, 1)] * 5).slower, "")
        self.assertEqual(ratio_of([(2, 1), (2, 1), (1, 2), (2, 1), (2, 1)]).slower, "")
        self.assertEqual(ratio_of([(2, 1)] * 8 + [(1, 5)] * 2).slower, "")
        self.assertEqual(ratio_of([(2, 1)] * 4).slower, "")  # too few

    def test_nothing_is_claimed_of_what_is_too_short_for_the_clock(self):
        ratio = ratio_of([(0.0009, 0.0002)] * 11)
        self.assertEqual((ratio.slower, ratio.is_short), ("", True))
        ratio = ratio_of([(0.009, 0.0002)] * 11)
        self.assertEqual((ratio.slower, ratio.is_short), ("naive", False))
